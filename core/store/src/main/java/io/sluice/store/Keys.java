package io.sluice.store;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Builds keys whose order as unsigned bytes is the order of their parts: texts end with a zero byte
 * (they must not hold U+0000), numbers are big-endian and not negative. Confined to one thread.
 *
 * <p>{@code Keys.of().text("orders").number(7).bytes()}
 */
public final class Keys {
  static final int PARTITION_BYTES = 2;

  private byte[] buffer = new byte[32];
  private int length;

  private Keys() {}

  public static Keys of() {
    return new Keys();
  }

  /** A text of UTF-8 and a zero byte behind it. */
  public Keys text(String text) {
    if (text.indexOf('\u0000') >= 0) {
      throw new IllegalArgumentException("a key's text must not hold U+0000");
    }
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    reserve(utf8.length + 1);
    System.arraycopy(utf8, 0, buffer, length, utf8.length);
    length += utf8.length;
    buffer[length++] = 0;
    return this;
  }

  /** Eight bytes, big-endian; not negative. */
  public Keys number(long number) {
    if (number < 0) {
      throw new IllegalArgumentException("a key's number must not be negative, found " + number);
    }
    reserve(8);
    for (int shift = 56; shift >= 0; shift -= 8) {
      buffer[length++] = (byte) (number >>> shift);
    }
    return this;
  }

  /** Bytes as they are: only as the last part, or of fixed length. */
  public Keys raw(byte[] bytes) {
    reserve(bytes.length);
    System.arraycopy(bytes, 0, buffer, length, bytes.length);
    length += bytes.length;
    return this;
  }

  public byte[] bytes() {
    return Arrays.copyOf(buffer, length);
  }

  /** The eight bytes at {@code at} as a number. */
  public static long numberAt(byte[] key, int at) {
    long number = 0;
    for (int i = 0; i < 8; i++) {
      number = number << 8 | key[at + i] & 0xFF;
    }
    return number;
  }

  /**
   * The text that begins at {@code at}; it takes {@code textEnd(key, at) - at} bytes with its zero
   * byte.
   */
  public static String textAt(byte[] key, int at) {
    return new String(key, at, textEnd(key, at) - 1 - at, StandardCharsets.UTF_8);
  }

  /** Where the part after the text at {@code at} begins. */
  public static int textEnd(byte[] key, int at) {
    int end = at;
    while (key[end] != 0) {
      end++;
    }
    return end + 1;
  }

  /** The first key after all that begin with {@code prefix}. */
  public static byte[] after(byte[] prefix) {
    for (int i = prefix.length - 1; i >= 0; i--) {
      if (prefix[i] != (byte) 0xFF) {
        byte[] after = Arrays.copyOf(prefix, i + 1);
        after[i]++;
        return after;
      }
    }
    byte[] last = new byte[prefix.length + 64]; // longer than any key that begins with 0xFF..FF
    Arrays.fill(last, (byte) 0xFF);
    return last;
  }

  static byte[] inPartition(int partition, byte[] key) {
    byte[] full = new byte[PARTITION_BYTES + key.length];
    full[0] = (byte) (partition >>> 8);
    full[1] = (byte) partition;
    System.arraycopy(key, 0, full, PARTITION_BYTES, key.length);
    return full;
  }

  private void reserve(int more) {
    if (length + more > buffer.length) {
      buffer = Arrays.copyOf(buffer, Math.max(2 * buffer.length, length + more));
    }
  }
}
