package io.sluice.shadow;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.store.Keys;
import io.sluice.store.Table;
import io.sluice.store.Turn;
import java.io.IOException;

/**
 * A shadow as its row holds it; {@code docs/formats/shadow.md} draws the row.
 *
 * @param deleted a tombstone: no shadow, but its version goes on and its past can be read
 * @param changedAtMillis when this version was made or deleted; never before an earlier one, also
 *     when the clock went back
 * @param document the current version; of a tombstone only the version
 * @param stateJson {@code document.state()} as it is written
 * @param past what of its history is kept
 * @param sequences with which sequence each reported attribute came, see {@link StaleReports}
 */
record StoredShadow(
    boolean deleted,
    long changedAtMillis,
    ShadowDocument document,
    byte[] stateJson,
    Past past,
    ObjectNode sequences) {

  static final Table TABLE = new Table("shadows");

  /** Ends a tombstone. */
  static final String TOMBSTONE_TIMER = "shadow-tombstone";

  private static final int FORMAT = 1;
  private static final int FLAG_DELETED = 1;
  static final byte[] EMPTY_STATE = {'{', '}'};

  /** Where there is no row. */
  static final StoredShadow NONE =
      new StoredShadow(
          true,
          0,
          ShadowDocument.NONE,
          EMPTY_STATE,
          Past.NONE,
          JsonNodeFactory.instance.objectNode());

  /**
   * What of a shadow's history is kept.
   *
   * @param firstVersion the oldest version, 0 for none
   * @param snapshotVersion the newest version that was kept whole
   * @param timerMillis when the next look at its age is due, 0 when none is
   */
  record Past(long firstVersion, long snapshotVersion, long timerMillis) {
    static final Past NONE = new Past(0, 0, 0);
  }

  /** Whether there is neither shadow nor tombstone: versions start at 1. */
  boolean isNone() {
    return document.version() == 0;
  }

  StoredShadow withPast(Past changed) {
    return new StoredShadow(deleted, changedAtMillis, document, stateJson, changed, sequences);
  }

  static byte[] key(ShadowAddress address) {
    String name = address.name();
    return Keys.of().text(address.thing()).text(name == null ? "" : name).bytes();
  }

  /** The shadow of a key; classic has the empty name, which no named one can have. */
  static ShadowAddress address(byte[] key) {
    String name = Keys.textAt(key, Keys.textEnd(key, 0));
    return new ShadowAddress(Keys.textAt(key, 0), name.isEmpty() ? null : name);
  }

  /** The shadow as this turn sees it, {@link #NONE} where there is no row. */
  static StoredShadow load(Turn turn, ShadowAddress address) {
    byte[] row = turn.get(TABLE, key(address));
    return row == null ? NONE : decode(row);
  }

  void save(Turn turn, ShadowAddress address) {
    turn.put(TABLE, key(address), encode());
  }

  /** When a tombstone ends. */
  long tombstoneEnds(ShadowSettings settings) {
    return changedAtMillis + settings.tombstone().toMillis();
  }

  /**
   * Whether it is a tombstone whose time is over. It stays one until its timer has fired: requests
   * do not look at the time.
   */
  boolean isBuried(long nowMillis, ShadowSettings settings) {
    return deleted && tombstoneEnds(settings) <= nowMillis;
  }

  byte[] encode() {
    byte[] metadata = ShadowJson.write(document.metadata());
    byte[] order = sequences.isEmpty() ? new byte[0] : ShadowJson.write(sequences);
    return new RowBytes.Writer(64 + stateJson.length + metadata.length + order.length)
        .octet(FORMAT)
        .octet(deleted ? FLAG_DELETED : 0)
        .number(document.version())
        .number(changedAtMillis)
        .number(past.firstVersion)
        .number(past.snapshotVersion)
        .number(past.timerMillis)
        .block(stateJson)
        .block(metadata)
        .block(order)
        .end();
  }

  static StoredShadow decode(byte[] row) {
    RowBytes.Reader reader = reader(row);
    boolean deleted = (reader.octet() & FLAG_DELETED) != 0;
    long version = reader.number();
    long changedAt = reader.number();
    Past past = new Past(reader.number(), reader.number(), reader.number());
    byte[] state = reader.block();
    byte[] metadata = reader.block();
    byte[] order = reader.block();
    reader.end();
    try {
      JsonNode sequences =
          order.length == 0 ? NONE.sequences : ShadowJson.read(order, 0, order.length);
      if (!(sequences instanceof ObjectNode object)) {
        throw reader.unreadable("sequences that are no object");
      }
      return new StoredShadow(
          deleted, changedAt, document(version, state, metadata), state, past, object);
    } catch (IOException notJson) {
      throw reader.unreadable("a document that is not JSON");
    }
  }

  /** The document of a version from what rows hold of it. */
  static ShadowDocument document(long version, byte[] state, byte[] metadata) throws IOException {
    return ShadowDocument.of(
        version,
        ShadowJson.read(state, 0, state.length),
        ShadowJson.read(metadata, 0, metadata.length));
  }

  /** Whether a row is a tombstone, without reading the rest. */
  static boolean isDeleted(byte[] row) {
    return (reader(row).octet() & FLAG_DELETED) != 0;
  }

  private static RowBytes.Reader reader(byte[] row) {
    RowBytes.Reader reader = new RowBytes.Reader("shadow row", row);
    int format = reader.octet();
    if (format != FORMAT) {
      throw reader.unreadable("format " + format);
    }
    return reader;
  }
}
