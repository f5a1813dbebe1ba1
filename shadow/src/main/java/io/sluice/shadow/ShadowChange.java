package io.sluice.shadow;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.message.Origin;
import io.sluice.store.Keys;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * One change of a shadow as its history row holds it: who made which version, when, and by asking
 * what. {@code docs/formats/shadow.md} draws the row.
 *
 * @param version the version it made; for a delete the one it deleted
 * @param kind what was done
 * @param atMillis when
 * @param baseVersion the newest version at or before this one that was kept whole
 * @param author who
 * @param patchJson the {@code state} that was asked for: an object, or null for all of it to go
 * @param snapshot the whole version, null when it has to be built from its base
 */
record ShadowChange(
    long version,
    Kind kind,
    long atMillis,
    long baseVersion,
    Author author,
    byte[] patchJson,
    @Nullable Snapshot snapshot) {

  private static final int FORMAT = 1;
  private static final int FLAG_SNAPSHOT = 1;

  /** Who made a change: what stays of an {@link Origin}. */
  record Author(
      Origin.Kind source,
      @Nullable String clientId,
      @Nullable String principal,
      @Nullable String sourceIp) {

    static Author of(Origin origin) {
      return new Author(origin.kind(), origin.clientId(), origin.principal(), origin.sourceIp());
    }
  }

  /** The whole of a version. */
  record Snapshot(byte[] stateJson, byte[] metadataJson) {}

  /** What was done; the code is on disk. */
  enum Kind {
    UPDATE(0),
    ROLLBACK(1),
    DELETE(2);

    private final int code;

    Kind(int code) {
      this.code = code;
    }

    static @Nullable Kind of(int code) {
      for (Kind kind : values()) {
        if (kind.code == code) {
          return kind;
        }
      }
      return null;
    }
  }

  /** Sorts by version, a delete behind what made the version. */
  byte[] key(ShadowAddress address) {
    return key(address, version, kind == Kind.DELETE);
  }

  static byte[] key(ShadowAddress address, long version, boolean delete) {
    return Keys.of()
        .raw(StoredShadow.key(address))
        .number(version)
        .raw(new byte[] {(byte) (delete ? 1 : 0)})
        .bytes();
  }

  private static long versionOf(byte[] key) {
    return Keys.numberAt(key, key.length - 1 - Long.BYTES);
  }

  /** What was asked, as an update that can be applied again. */
  ShadowUpdate update() {
    return new ShadowUpdate(json(patchJson), null, null, null);
  }

  /** The version that was kept whole here. */
  ShadowDocument whole() {
    if (snapshot == null) {
      throw new RowBytes.Reader("history row of version " + version, new byte[0])
          .unreadable("no whole version");
    }
    return ShadowDocument.of(version, json(snapshot.stateJson), json(snapshot.metadataJson));
  }

  private JsonNode json(byte[] bytes) {
    try {
      return ShadowJson.read(bytes, 0, bytes.length);
    } catch (IOException notJson) {
      throw new RowBytes.Reader("history row of version " + version, bytes)
          .unreadable("a document that is not JSON");
    }
  }

  byte[] encode() {
    RowBytes.Writer row =
        new RowBytes.Writer(128 + patchJson.length)
            .octet(FORMAT)
            .octet(snapshot == null ? 0 : FLAG_SNAPSHOT)
            .octet(kind.code)
            .number(atMillis)
            .number(baseVersion)
            .octet(codeOf(author.source))
            .text(author.clientId)
            .text(author.principal)
            .text(author.sourceIp)
            .block(patchJson);
    if (snapshot != null) {
      row.block(snapshot.stateJson).block(snapshot.metadataJson);
    }
    return row.end();
  }

  static ShadowChange decode(byte[] key, byte[] row) {
    long version = versionOf(key);
    RowBytes.Reader reader = new RowBytes.Reader("history row of version " + version, row);
    int format = reader.octet();
    if (format != FORMAT) {
      throw reader.unreadable("format " + format);
    }
    boolean whole = (reader.octet() & FLAG_SNAPSHOT) != 0;
    int code = reader.octet();
    Kind kind = Kind.of(code);
    if (kind == null) {
      throw reader.unreadable("change " + code);
    }
    long at = reader.number();
    long base = reader.number();
    Origin.Kind source = originKind(reader);
    Author author = new Author(source, reader.text(), reader.text(), reader.text());
    byte[] patch = reader.block();
    Snapshot snapshot = whole ? new Snapshot(reader.block(), reader.block()) : null;
    reader.end();
    return new ShadowChange(version, kind, at, base, author, patch, snapshot);
  }

  /** Our own codes: those of the message's own record are its room's business. */
  private static int codeOf(Origin.Kind kind) {
    return switch (kind) {
      case MQTT -> 0;
      case HTTP -> 1;
      case GATEWAY -> 2;
      case WILL -> 3;
    };
  }

  private static Origin.Kind originKind(RowBytes.Reader reader) {
    int code = reader.octet();
    return switch (code) {
      case 0 -> Origin.Kind.MQTT;
      case 1 -> Origin.Kind.HTTP;
      case 2 -> Origin.Kind.GATEWAY;
      case 3 -> Origin.Kind.WILL;
      default -> throw reader.unreadable("origin " + code);
    };
  }
}
