package io.sluice.shadow;

/** A row of this room that this version cannot read. The shadow is answered 500 and left alone. */
final class UnreadableRow extends RuntimeException {
  UnreadableRow(String what, int at, String found) {
    super(
        "%s: found %s at byte %d. It was written by another version or damaged: start the version that wrote it, or restore the data directory from a backup"
            .formatted(what, found, at));
  }
}
