package io.sluice.store;

/**
 * A kind of row. Rooms declare theirs as constants and hand them to the store when it opens; the
 * name is on disk (a column family) and never changes.
 *
 * @param name lower-case letters, digits, dots and dashes, unique in the house
 */
public record Table(String name) {
  public Table {
    if (!name.matches("[a-z0-9.-]{1,64}")) {
      throw new IllegalArgumentException(
          "table name '%s' must be 1 to 64 of a-z, 0-9, '.', '-'".formatted(name));
    }
  }
}
