package io.sluice.session;

import io.sluice.message.QoS;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * One place of an inbox on disk: {@code version(1) | qos and flags(1) | message number(8) | count
 * of identifiers(2) | identifiers(4 each) | publication}. The publication is there when no other
 * inbox of the partition waits for it; otherwise the message number names a row of {@link
 * SessionTables#MESSAGES}.
 *
 * @param messageNumber 0: the publication is inline
 * @param inline empty when the message number is not 0
 */
record InboxEntry(
    QoS qos, boolean retain, long messageNumber, int[] subscriptionIds, byte[] inline) {
  private static final byte VERSION = 1;
  private static final int RETAIN = 0x04;

  byte[] encode() {
    ByteBuffer out = ByteBuffer.allocate(12 + 4 * subscriptionIds.length + inline.length);
    out.put(VERSION)
        .put((byte) (qos.value() | (retain ? RETAIN : 0)))
        .putLong(messageNumber)
        .putShort((short) subscriptionIds.length);
    for (int id : subscriptionIds) {
      out.putInt(id);
    }
    return out.put(inline).array();
  }

  static InboxEntry decode(byte[] row) {
    ByteBuffer in = ByteBuffer.wrap(row);
    byte version = in.get();
    if (version != VERSION) {
      throw new IllegalStateException(
          "inbox row has version %d, this gateway reads %d".formatted(version, VERSION));
    }
    int flags = in.get();
    long number = in.getLong();
    int[] ids = new int[in.getShort() & 0xFFFF];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = in.getInt();
    }
    return new InboxEntry(
        QoS.of(flags & 0x03),
        (flags & RETAIN) != 0,
        number,
        ids,
        Arrays.copyOfRange(row, in.position(), row.length));
  }

  /** The message number alone, without decoding the rest. */
  static long messageNumber(byte[] row) {
    return ByteBuffer.wrap(row).getLong(2);
  }
}
