package io.sluice.store;

import java.util.List;

/** What {@code FORMAT} says of a data directory: lines of {@code name: number}. */
record DataFormat(int version, int partitions) {
  /** The newest this gateway reads, and the one it writes. */
  static final int VERSION = 1;

  private static final String TITLE = "Sluice data directory";

  String text() {
    return "%s%nversion: %d%npartitions: %d%n"
        .formatted(TITLE, version, partitions)
        .replace("\r\n", "\n");
  }

  /**
   * @throws IllegalArgumentException saying what is wrong; a newer version is not: only its first
   *     two lines must be as here
   */
  static DataFormat parse(List<String> lines) {
    if (lines.size() < 2 || !lines.get(0).equals(TITLE)) {
      throw new IllegalArgumentException("its first line is not '" + TITLE + "'");
    }
    int version = number("version", lines.get(1));
    if (version > VERSION) {
      return new DataFormat(version, 1);
    }
    int partitions = number("partitions", lines.size() > 2 ? lines.get(2) : "");
    if (partitions > DataDirectory.PARTITIONS_MAX) {
      throw new IllegalArgumentException("it names " + partitions + " partitions");
    }
    return new DataFormat(version, partitions);
  }

  private static int number(String name, String line) {
    String prefix = name + ": ";
    if (!line.startsWith(prefix) || !line.substring(prefix.length()).matches("[1-9][0-9]{0,8}")) {
      throw new IllegalArgumentException("the line '%s<number>' is missing".formatted(prefix));
    }
    return Integer.parseInt(line.substring(prefix.length()));
  }
}
