package io.sluice.engine;

import io.sluice.store.Keys;
import io.sluice.store.Partitions;
import io.sluice.store.Row;
import io.sluice.store.Table;
import io.sluice.store.Turn;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * Destinations that keep what they get as rows, so a crash takes and leaves it like all else. A
 * name that begins with {@code no-} is not there, one that begins with {@code bad-} throws.
 */
final class FakeDestinations implements Destinations {
  static final Table TABLE = new Table("fake-destinations");
  private final Partitions partitions;
  final Set<String> missing = new HashSet<>();

  FakeDestinations(Partitions partitions) {
    this.partitions = partitions;
  }

  @Override
  public int ofQueue(String queue) {
    return partitions.of("queue/" + queue);
  }

  @Override
  public int ofStream(String stream, String partitionKey) {
    return partitions.of("stream/" + stream);
  }

  @Override
  public int ofDeliveryStream(String deliveryStream) {
    return partitions.of("delivery/" + deliveryStream);
  }

  @Override
  public String send(Turn turn, String queue, byte[] body, UUID messageId) {
    return keep(turn, "queue/" + queue, messageId.toString(), body);
  }

  @Override
  public String put(Turn turn, String stream, String partitionKey, byte[] data) {
    return keep(turn, "stream/" + stream, partitionKey, data);
  }

  @Override
  public String deliver(Turn turn, String deliveryStream, List<byte[]> records) {
    for (byte[] record : records) {
      String refused = keep(turn, "delivery/" + deliveryStream, "", record);
      if (!refused.isEmpty()) {
        return refused;
      }
    }
    return "";
  }

  private String keep(Turn turn, String place, String key, byte[] data) {
    String name = place.substring(place.indexOf('/') + 1);
    if (turn.partition() != partitions.of(place)) {
      throw new IllegalStateException(place + " has another partition");
    }
    if (name.startsWith("bad-")) {
      throw new IllegalStateException("a mistake in the destination");
    }
    if (name.startsWith("no-") || missing.contains(place)) {
      return name + " does not exist";
    }
    byte[] prefix = Keys.of().text(place).bytes();
    long next = turn.prefix(TABLE, prefix, Integer.MAX_VALUE).size();
    turn.put(
        TABLE, Keys.of().text(place).number(next).bytes(), Keys.of().text(key).raw(data).bytes());
    return "";
  }

  /** What is at {@code queue/NAME}, {@code stream/NAME} or {@code delivery/NAME}, in order. */
  List<String> at(String place) {
    return rows(place).stream()
        .map(row -> new String(tail(row.value()), StandardCharsets.UTF_8))
        .toList();
  }

  /** The message identifiers or partition keys there. */
  List<String> keysAt(String place) {
    return rows(place).stream().map(row -> Keys.textAt(row.value(), 0)).toList();
  }

  private static byte[] tail(byte[] row) {
    return Arrays.copyOfRange(row, Keys.textEnd(row, 0), row.length);
  }

  private List<Row> rows(String place) {
    List<Row> rows = new ArrayList<>();
    int partition = partitions.of(place);
    byte[] prefix =
        Keys.of().raw(new byte[] {(byte) (partition >>> 8), (byte) partition}).text(place).bytes();
    rows.addAll(partitions.store().range(TABLE, prefix, Keys.after(prefix), Integer.MAX_VALUE));
    return rows;
  }
}
