package io.sluice.session;

import io.sluice.store.Partitions;
import io.sluice.store.Turn;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The log of publications that a member of a shared subscription gave back: dispatch carries each
 * to another member. Giving back is an append in the record that takes the publication from the
 * member, so it is never in two places and never in none.
 *
 * <p>A record is {@code length of the group's name(2) | name | publication}.
 */
public final class SharedLog {
  /** The log's name in the store. */
  public static final String NAME = "shared";

  /**
   * A publication on its way to a member.
   *
   * @param group {@code $share/{ShareName}/{filter}}
   * @param encoded the publication as PublicationCodec writes it
   */
  public record Entry(String group, byte[] encoded) {}

  private final Partitions partitions;

  SharedLog(Partitions partitions) {
    this.partitions = partitions;
  }

  void append(Turn turn, String group, byte[] encoded) {
    byte[] name = group.getBytes(StandardCharsets.UTF_8);
    byte[] record =
        ByteBuffer.allocate(Short.BYTES + name.length + encoded.length)
            .putShort((short) name.length)
            .put(name)
            .put(encoded)
            .array();
    turn.append(NAME, partitions.of(group), record);
  }

  /** Reads a record. */
  public static Entry decode(byte[] record) {
    int length = ByteBuffer.wrap(record).getShort() & 0xFFFF;
    return new Entry(
        new String(record, Short.BYTES, length, StandardCharsets.UTF_8),
        Arrays.copyOfRange(record, Short.BYTES + length, record.length));
  }
}
