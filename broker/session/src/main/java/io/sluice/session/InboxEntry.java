package io.sluice.session;

import io.sluice.message.QoS;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * One place of an inbox on disk; drawn in {@code docs/formats/session.md}. The publication is there
 * when no other inbox of the partition waits for it; otherwise the message number names a row of
 * {@link SessionTables#MESSAGES}.
 *
 * @param released the client has the message (it sent PUBREC); only PUBREL and PUBCOMP are left,
 *     and the publication is gone
 * @param messageNumber 0: the publication is inline
 * @param bytes what the publication weighs, also when it is not inline
 * @param share the shared subscription it came by, empty for none
 * @param inline empty when the message number is not 0
 */
record InboxEntry(
    QoS qos,
    boolean retain,
    boolean released,
    long messageNumber,
    int bytes,
    int[] subscriptionIds,
    String share,
    byte[] inline) {
  private static final byte VERSION = 2;
  private static final int RETAIN = 0x04;
  private static final int RELEASED = 0x08;
  private static final int FIXED_BYTES = 18;

  byte[] encode() {
    byte[] group = share.getBytes(StandardCharsets.UTF_8);
    ByteBuffer out =
        ByteBuffer.allocate(
            FIXED_BYTES + 4 * subscriptionIds.length + group.length + inline.length);
    out.put(VERSION)
        .put((byte) (qos.value() | (retain ? RETAIN : 0) | (released ? RELEASED : 0)))
        .putLong(messageNumber)
        .putInt(bytes)
        .putShort((short) subscriptionIds.length);
    for (int id : subscriptionIds) {
      out.putInt(id);
    }
    return out.putShort((short) group.length).put(group).put(inline).array();
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
    int bytes = in.getInt();
    int[] ids = new int[in.getShort() & 0xFFFF];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = in.getInt();
    }
    byte[] group = new byte[in.getShort() & 0xFFFF];
    in.get(group);
    return new InboxEntry(
        QoS.of(flags & 0x03),
        (flags & RETAIN) != 0,
        (flags & RELEASED) != 0,
        number,
        bytes,
        ids,
        new String(group, StandardCharsets.UTF_8),
        Arrays.copyOfRange(row, in.position(), row.length));
  }

  /** The row that is left when the client has the message. */
  InboxEntry release() {
    return new InboxEntry(qos, retain, true, 0, 0, new int[0], "", new byte[0]);
  }

  boolean isShared() {
    return !share.isEmpty();
  }

  /** The message number alone, without decoding the rest. */
  static long messageNumber(byte[] row) {
    return ByteBuffer.wrap(row).getLong(2);
  }
}
