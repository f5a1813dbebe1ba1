package io.sluice.transport;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.stream.Stream;

/**
 * One line of {@code bad-packets.txt}: what a client must not say, and what becomes of it.
 *
 * @param version of the CONNECT that goes before; 0: none, these are the first bytes
 * @param answer the first packet that comes back, or {@code closed}
 * @param counter which of the server's counters it moves
 */
record BadPacket(String what, int version, byte[] bytes, String answer, String counter) {

  static List<BadPacket> all() {
    try (InputStream in = BadPacket.class.getResourceAsStream("bad-packets.txt")) {
      return new String(in.readAllBytes(), UTF_8)
          .lines()
          .filter(line -> !line.isBlank() && !line.startsWith("#"))
          .map(BadPacket::of)
          .toList();
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  private static BadPacket of(String line) {
    String[] cells = Stream.of(line.split("\\|")).map(String::strip).toArray(String[]::new);
    if (cells.length != 5) {
      throw new IllegalArgumentException("five cells, please: " + line);
    }
    int version = cells[1].equals("-") ? 0 : Integer.parseInt(cells[1]);
    return new BadPacket(cells[0], version, PacketText.bytes(cells[2]), cells[3], cells[4]);
  }

  /** The connection is over after it. */
  boolean ends() {
    return answer.equals("closed") || answer.startsWith("DISCONNECT") || version == 0;
  }

  /** All bytes of the connection, CONNECT and all. */
  byte[] stream() {
    return version == 0
        ? bytes
        : RawClient.join(RawClient.connect(version, "from-the-list"), bytes);
  }

  @Override
  public String toString() {
    return "%s (%s)".formatted(what, version == 0 ? "first" : version == 4 ? "3.1.1" : version);
  }
}
