package io.sluice.gateway;

/**
 * Text from outside as a terminal may have it: client identifiers and topic names may hold what
 * moves the cursor, or turns the direction of writing.
 */
final class Printable {
  private Printable() {}

  static String of(String text) {
    StringBuilder printable = new StringBuilder(text.length());
    text.codePoints()
        .forEach(
            c ->
                printable.appendCodePoint(
                    Character.isISOControl(c) || Character.getType(c) == Character.FORMAT
                        ? '?'
                        : c));
    return printable.toString();
  }
}
