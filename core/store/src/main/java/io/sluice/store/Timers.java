package io.sluice.store;

/** Timers as rows, sorted by due time: {@code due | kind | key}. */
final class Timers {
  static final Table TABLE = new Table("timers");

  private Timers() {}

  static byte[] row(String kind, long dueMillis, byte[] key) {
    return Keys.of().number(Math.max(0, dueMillis)).text(kind).raw(key).bytes();
  }

  static long due(byte[] row) {
    return Keys.numberAt(row, 0);
  }

  static String kind(byte[] row) {
    return Keys.textAt(row, Long.BYTES);
  }

  static byte[] key(byte[] row) {
    return java.util.Arrays.copyOfRange(row, Keys.textEnd(row, Long.BYTES), row.length);
  }
}
