package io.sluice.stream;

import io.sluice.store.Keys;
import io.sluice.store.Turn;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A stream and its shards. The {@code number} names this life of it: one that is deleted and made
 * again under its name has another, so neither old rows nor old iterators can be taken for its own.
 *
 * <p>Owner thread of the stream's partition only.
 */
final class Stream {
  private static final byte VERSION = 1;
  private static final long HOUR_MILLIS = 3_600_000;

  final String name;
  final long number;
  final long createdMillis;
  StreamMode mode;
  int retentionHours;
  int nextShard;
  final TreeMap<String, String> tags = new TreeMap<>();
  private final TreeMap<Integer, Shard> shards = new TreeMap<>();
  private Shard[] open = {}; // by hash range, without a hole

  Stream(String name, long number, long createdMillis, StreamMode mode, int retentionHours) {
    this.name = name;
    this.number = number;
    this.createdMillis = createdMillis;
    this.mode = mode;
    this.retentionHours = retentionHours;
  }

  void add(Shard shard) {
    shards.put(shard.index, shard);
    nextShard = Math.max(nextShard, shard.index + 1);
    order();
  }

  void remove(Shard shard) {
    shards.remove(shard.index);
    order();
  }

  /** Called when shards opened or closed. */
  void order() {
    open =
        shards.values().stream()
            .filter(Shard::isOpen)
            .sorted((a, b) -> a.range.first().compareTo(b.range.first()))
            .toArray(Shard[]::new);
  }

  @Nullable Shard shard(int index) {
    return shards.get(index);
  }

  Iterable<Shard> shards() {
    return shards.values();
  }

  int openShards() {
    return open.length;
  }

  /** The open shard whose range holds the key. */
  Shard shardFor(HashKey key) {
    int low = 0;
    int high = open.length - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (open[middle].range.first().compareTo(key) <= 0) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    assert open[low].range.contains(key) : "stream " + name + " has a hole at " + key;
    return open[low];
  }

  long retentionMillis() {
    return retentionHours * HOUR_MILLIS;
  }

  void write(Turn turn) {
    turn.put(StreamTables.STREAMS, rowKey(name), encode());
  }

  static byte[] rowKey(String name) {
    return Keys.of().text(name).bytes();
  }

  /**
   * {@code version(1) | number(8) | createdMillis(8) | mode(1) | retentionHours(4) | nextShard(4) |
   * tags(2) | (keyLength(2) | key | valueLength(2) | value)*}.
   */
  byte[] encode() {
    List<byte[]> texts = new ArrayList<>();
    int length = 28;
    for (Map.Entry<String, String> tag : tags.entrySet()) {
      for (String text : List.of(tag.getKey(), tag.getValue())) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        texts.add(utf8);
        length += 2 + utf8.length;
      }
    }
    ByteBuffer out =
        ByteBuffer.allocate(length)
            .put(VERSION)
            .putLong(number)
            .putLong(createdMillis)
            .put(mode.onDisk)
            .putInt(retentionHours)
            .putInt(nextShard)
            .putShort((short) tags.size());
    texts.forEach(utf8 -> out.putShort((short) utf8.length).put(utf8));
    return out.array();
  }

  static Stream decode(String name, byte[] row) {
    ByteBuffer in = ByteBuffer.wrap(row);
    byte version = in.get();
    if (version != VERSION) {
      throw new IllegalStateException(
          "stream row has version %d, this gateway reads %d; start the version that wrote the data directory"
              .formatted(version, VERSION));
    }
    long number = in.getLong();
    long createdMillis = in.getLong();
    StreamMode mode = StreamMode.onDisk(in.get());
    Stream stream = new Stream(name, number, createdMillis, mode, in.getInt());
    stream.nextShard = in.getInt();
    int tags = in.getShort();
    for (int i = 0; i < tags; i++) {
      stream.tags.put(text(in), text(in));
    }
    return stream;
  }

  private static String text(ByteBuffer in) {
    byte[] utf8 = new byte[in.getShort() & 0xFFFF];
    in.get(utf8);
    return new String(utf8, StandardCharsets.UTF_8);
  }

  /** What others may know of it; immutable. */
  StreamView view() {
    List<ShardView> views = new ArrayList<>(shards.size());
    shards.values().forEach(shard -> views.add(shard.view()));
    return new StreamView(
        name, number, createdMillis, mode, retentionHours, Map.copyOf(tags), List.copyOf(views));
  }
}
