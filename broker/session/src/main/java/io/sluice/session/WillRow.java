package io.sluice.session;

import io.sluice.message.Publication;
import io.sluice.message.PublicationCodec;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * A will on disk; drawn in {@code docs/formats/session.md}.
 *
 * @param message what is to be published; its stamp is given when it is
 * @param delaySeconds how long after the end of the connection [MQTT-3.1.3-9]
 * @param dueMillis when it is published, 0 while its connection lives
 */
record WillRow(Publication message, long delaySeconds, long dueMillis) {
  private static final byte VERSION = 1;
  private static final int FIXED_BYTES = 1 + 2 * Long.BYTES;

  WillRow due(long millis) {
    return new WillRow(message, delaySeconds, millis);
  }

  byte[] encode() {
    byte[] publication = PublicationCodec.encode(message);
    return ByteBuffer.allocate(FIXED_BYTES + publication.length)
        .put(VERSION)
        .putLong(delaySeconds)
        .putLong(dueMillis)
        .put(publication)
        .array();
  }

  static WillRow decode(byte[] row) {
    ByteBuffer in = ByteBuffer.wrap(row);
    byte version = in.get();
    if (version != VERSION) {
      throw new IllegalStateException(
          "will row has version %d, this gateway reads %d; start the gateway that wrote it"
              .formatted(version, VERSION));
    }
    long delay = in.getLong();
    long due = in.getLong();
    return new WillRow(
        PublicationCodec.decode(Arrays.copyOfRange(row, FIXED_BYTES, row.length)), delay, due);
  }
}
