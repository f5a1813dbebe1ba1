package io.sluice.firehose;

import java.io.IOException;
import java.io.OutputStream;

/**
 * Where objects go: a folder today, an S3-compatible server next.
 *
 * <p>Called on the delivery executor's threads, several at a time but never twice at once for one
 * delivery stream; may block. When {@link #write} returns, the object is durable and whole; when it
 * throws, no reader sees any of it. The same bucket and key again replaces the object: after a
 * crash we deliver once more what may have been delivered, byte for byte the same.
 */
public interface ObjectTarget {

  /**
   * Writes one object.
   *
   * @param bucket the name in {@code arn:aws:s3:::NAME}
   * @param key up to 1024 bytes, parts separated by {@code /}
   * @return where a person finds it, such as a path or a URL
   * @throws IOException when it could not be written; it is tried again later. The message is shown
   *     to the operator.
   */
  String write(String bucket, String key, Body body) throws IOException;

  /** The bytes of an object, written once per call. */
  @FunctionalInterface
  interface Body {
    /** Borrows the stream: does not close it. */
    void writeTo(OutputStream out) throws IOException;
  }
}
