package io.sluice.session;

import io.sluice.store.Partitions;
import io.sluice.store.Turn;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The log of publications on their way to a member of a shared subscription: those that a member
 * gave back, and those for which the group's partition has chosen a member that lives elsewhere.
 * Each step is an append in the record that takes the publication from where it was, so it is never
 * in two places and never in none.
 *
 * <p>A record is {@code length of the address(2) | address | publication}; the address is the
 * group's name, and when a member is chosen U+0000 and its client identifier.
 */
public final class SharedLog {
  /** The log's name in the store. */
  public static final String NAME = "shared";

  /**
   * A publication on its way to a member.
   *
   * @param group {@code $share/{ShareName}/{filter}}
   * @param member the client identifier of the one that was chosen; null: nobody yet
   * @param encoded the publication as PublicationCodec writes it
   */
  public record Entry(String group, @Nullable String member, byte[] encoded) {}

  private final Partitions partitions;

  SharedLog(Partitions partitions) {
    this.partitions = partitions;
  }

  /** It was given back. */
  void append(Turn turn, String group, byte[] encoded) {
    appendTo(turn, group, group, encoded);
  }

  /** It is for this member. */
  void append(Turn turn, String group, String member, byte[] encoded) {
    appendTo(turn, group, group + '\0' + member, encoded);
  }

  private void appendTo(Turn turn, String group, String address, byte[] encoded) {
    byte[] name = address.getBytes(StandardCharsets.UTF_8);
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
    String address = new String(record, Short.BYTES, length, StandardCharsets.UTF_8);
    int end = address.indexOf('\0');
    return new Entry(
        end < 0 ? address : address.substring(0, end),
        end < 0 ? null : address.substring(end + 1),
        Arrays.copyOfRange(record, Short.BYTES + length, record.length));
  }
}
