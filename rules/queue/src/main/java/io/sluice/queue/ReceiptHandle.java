package io.sluice.queue;

import io.sluice.queue.QueueError.Code;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * Names one receive of one message. Opaque to clients; made from what is on disk, so it outlives a
 * restart.
 *
 * @param receives which receive of the message in this queue, from 1
 */
record ReceiptHandle(long incarnation, long sequence, int receives) {
  private static final byte VERSION = 1;
  private static final int BYTES = 1 + Long.BYTES + Long.BYTES + Integer.BYTES + Integer.BYTES;

  String text() {
    ByteBuffer bytes = ByteBuffer.allocate(BYTES);
    bytes.put(VERSION).putLong(incarnation).putLong(sequence).putInt(receives);
    bytes.putInt(check(bytes.array()));
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.array());
  }

  /**
   * @throws QueueError when it is none of ours
   */
  static ReceiptHandle parse(String text) {
    byte[] bytes = decode(text);
    if (bytes == null || bytes.length != BYTES || bytes[0] != VERSION) {
      throw invalid(text);
    }
    ByteBuffer in = ByteBuffer.wrap(bytes, 1, BYTES - 1);
    ReceiptHandle handle = new ReceiptHandle(in.getLong(), in.getLong(), in.getInt());
    if (in.getInt() != check(bytes)) {
      throw invalid(text);
    }
    return handle;
  }

  static QueueError expired(String text) {
    return QueueError.outOfRange("ReceiptHandle", text, "The receipt handle has expired.");
  }

  static QueueError gone(String text) {
    return QueueError.outOfRange(
        "ReceiptHandle",
        text,
        "Message does not exist or is not available for visibility timeout change.");
  }

  private static QueueError invalid(String text) {
    return new QueueError(
        Code.RECEIPT_HANDLE_IS_INVALID,
        "The input receipt handle \"%s\" is not a valid receipt handle.".formatted(text));
  }

  /** Tells a mistyped handle from a real one; it is no secret. */
  private static int check(byte[] bytes) {
    CRC32 crc = new CRC32();
    crc.update(bytes, 0, BYTES - Integer.BYTES);
    return (int) crc.getValue();
  }

  private static byte @Nullable [] decode(String text) {
    try {
      return Base64.getUrlDecoder().decode(text);
    } catch (IllegalArgumentException notBase64) { // none of ours
      return null;
    }
  }
}
