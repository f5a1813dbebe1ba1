package io.sluice.stream;

import io.sluice.store.Keys;
import io.sluice.store.Row;
import io.sluice.store.Turn;
import io.sluice.stream.StreamError.Code;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * The streams of one partition: kept in memory, made again from their rows at start. Every method
 * checks everything before it changes anything, so a refusal leaves rows and memory as they were.
 *
 * <p>Owner thread of the partition only.
 */
final class PartitionStreams {
  static final int RETENTION_HOURS_MIN = 24;
  static final int RETENTION_HOURS_MAX = 8760;
  private static final int TAGS_MAX = 50;
  private static final int PAGE = 512;
  private static final byte[] NEXT_NUMBER = Stream.rowKey(""); // no stream has an empty name

  private final StreamSettings settings;
  private final ShardListeners listeners;
  private final TreeMap<String, Stream> byName = new TreeMap<>();
  private final Map<Long, Stream> byNumber = new HashMap<>();
  private long nextNumber = 1;

  PartitionStreams(StreamSettings settings, ShardListeners listeners) {
    this.settings = settings;
    this.listeners = listeners;
  }

  /** A record to put, checked and hashed. */
  record Entry(HashKey hashKey, byte[] partitionKey, byte[] data) {
    int bytes() {
      return partitionKey.length + data.length;
    }
  }

  // ---- streams

  boolean load(Turn turn) {
    byte[] from = new byte[0];
    List<Row> page;
    do {
      page = turn.range(StreamTables.STREAMS, from, Keys.after(new byte[0]), PAGE);
      for (Row row : page) {
        String name = Keys.textAt(row.key(), 0);
        if (name.isEmpty()) {
          nextNumber = Keys.numberAt(row.value(), 0);
        } else {
          loadStream(turn, Stream.decode(name, row.value()));
        }
        from = Keys.of().raw(row.key()).raw(new byte[1]).bytes();
      }
    } while (page.size() == PAGE);
    return true;
  }

  private void loadStream(Turn turn, Stream stream) {
    byte[] shards = Keys.of().number(stream.number).bytes();
    for (Row row : turn.prefix(StreamTables.SHARDS, shards, Integer.MAX_VALUE)) {
      Shard shard = Shard.decode(stream.number, row.value());
      if (shard.isOpen()) {
        ShardLog.findEnd(turn, shard);
      }
      stream.add(shard);
      if (!shard.isEmpty() || !shard.isOpen()) {
        Retention.takeUp(turn, stream, shard);
      }
    }
    byName.put(stream.name, stream);
    byNumber.put(stream.number, stream);
  }

  boolean create(
      Turn turn, String name, int shardCount, StreamMode mode, Map<String, String> tags) {
    if (byName.containsKey(name)) {
      throw new StreamError(
          Code.RESOURCE_IN_USE,
          "Stream %s under account %s already exists.",
          name,
          settings.account());
    }
    if (byName.size() >= settings.limits().streamsPerPartitionMax()) {
      throw new StreamError(
          Code.LIMIT_EXCEEDED,
          "This gateway keeps %d streams in the part of the store where %s belongs; delete one, or"
              + " choose another name.",
          byName.size(),
          name);
    }
    checkOpenShards(name, shardCount);
    checkTags(tags);
    Stream stream = new Stream(name, nextNumber++, turn.now(), mode, RETENTION_HOURS_MIN);
    stream.tags.putAll(tags);
    for (HashRange range : HashRange.divide(shardCount)) {
      Shard shard =
          new Shard(stream.number, stream.nextShard, range, Shard.NONE, Shard.NONE, turn.now());
      shard.write(turn);
      stream.add(shard);
    }
    stream.write(turn);
    turn.put(StreamTables.STREAMS, NEXT_NUMBER, Keys.of().number(nextNumber).bytes());
    byName.put(name, stream);
    byNumber.put(stream.number, stream);
    return true;
  }

  boolean delete(Turn turn, String name) {
    Stream stream = stream(name);
    for (Shard shard : stream.shards()) {
      shard.delete(turn);
      Purge.start(turn, shard, shard.first, shard.next);
    }
    turn.delete(StreamTables.STREAMS, Stream.rowKey(name));
    byName.remove(name);
    byNumber.remove(stream.number);
    return true;
  }

  StreamView view(String name) {
    return stream(name).view();
  }

  List<StreamView> views() {
    List<StreamView> views = new ArrayList<>(byName.size());
    byName.values().forEach(stream -> views.add(stream.view()));
    return views;
  }

  boolean change(Turn turn, String name, Consumer<Stream> change) {
    Stream stream = stream(name);
    change.accept(stream); // refuses before it changes
    stream.write(turn);
    return true;
  }

  boolean retain(Turn turn, String name, int hours, boolean increase) {
    return change(
        turn,
        name,
        stream -> {
          if (hours < RETENTION_HOURS_MIN || hours > RETENTION_HOURS_MAX) {
            throw StreamError.invalid(
                "RetentionPeriodHours must be %d to %d, found %d.",
                RETENTION_HOURS_MIN, RETENTION_HOURS_MAX, hours);
          }
          if (increase ? hours < stream.retentionHours : hours > stream.retentionHours) {
            throw StreamError.invalid(
                "RetentionPeriodHours %d would %s the %d hours of stream %s; use the other"
                    + " operation.",
                hours, increase ? "shorten" : "lengthen", stream.retentionHours, name);
          }
          stream.retentionHours = hours;
          for (Shard shard : stream.shards()) {
            if (!shard.isEmpty() || !shard.isOpen()) {
              Retention.schedule(turn, stream, shard, turn.now());
            }
          }
        });
  }

  boolean tag(Turn turn, String name, Map<String, String> add, List<String> remove) {
    return change(
        turn,
        name,
        stream -> {
          TreeMap<String, String> tags = new TreeMap<>(stream.tags);
          remove.forEach(tags::remove);
          tags.putAll(add);
          checkTags(tags);
          stream.tags.clear();
          stream.tags.putAll(tags);
        });
  }

  boolean split(Turn turn, String name, int shard, HashKey at) {
    Stream stream = resharded(name);
    checkOpenShards(name, stream.openShards() + 1);
    Resharding.split(turn, stream, shard(stream, shard), at);
    return true;
  }

  boolean merge(Turn turn, String name, int shard, int adjacent) {
    Stream stream = resharded(name);
    Resharding.merge(turn, stream, shard(stream, shard), shard(stream, adjacent));
    return true;
  }

  void retentionDue(Turn turn, byte[] timer, long due) {
    Retention.fire(turn, byNumber.get(Retention.streamNumber(timer)), timer, due);
  }

  // ---- records

  /** Puts what the dispatcher brings: acknowledged already, so no rate refuses it. */
  Placed put(Turn turn, String name, Entry entry) {
    return append(turn, stream(name), entry);
  }

  /**
   * Puts what the wire brings.
   *
   * @return in the order of the entries; empty where the shard takes no more in this second
   */
  List<Optional<Placed>> putAll(Turn turn, String name, List<Entry> entries) {
    Stream stream = stream(name);
    List<Optional<Placed>> placed = new ArrayList<>(entries.size());
    for (Entry entry : entries) {
      Shard shard = stream.shardFor(entry.hashKey());
      boolean refused =
          stream.mode == StreamMode.PROVISIONED
              && shard.writeRate.refuses(settings.limits(), turn.now(), entry.bytes());
      placed.add(refused ? Optional.empty() : Optional.of(append(turn, stream, entry)));
    }
    return placed;
  }

  private Placed append(Turn turn, Stream stream, Entry entry) {
    Shard shard = stream.shardFor(entry.hashKey());
    shard.writeRate.count(turn.now(), entry.bytes());
    if (shard.isEmpty()) {
      Retention.schedule(turn, stream, shard, turn.now() + stream.retentionMillis());
    }
    long counter = ShardLog.append(turn, shard, entry.partitionKey(), entry.data());
    listeners.changed(turn, stream.name, shard.index);
    return new Placed(shard.index, shard.sequenceNumber(counter, shard.lastArrivalMillis));
  }

  Position locate(Turn turn, String name, int index, Start start) {
    Stream stream = stream(name);
    return ShardReader.locate(turn, stream, shard(stream, index), start);
  }

  ShardReader.Page read(Turn turn, Position position, int recordsMax) {
    Stream stream = stream(position.stream());
    if (stream.number != position.streamNumber()) {
      throw StreamError.noStream(
          position.stream() + " (that the iterator is of)", settings.account());
    }
    Shard shard = shard(stream, position.shard());
    return ShardReader.read(turn, stream, shard, position.counter(), recordsMax);
  }

  // ---- checks

  private Stream stream(String name) {
    Stream stream = byName.get(name);
    if (stream == null) {
      throw StreamError.noStream(name, settings.account());
    }
    return stream;
  }

  private Stream resharded(String name) {
    Stream stream = stream(name);
    if (stream.mode == StreamMode.ON_DEMAND) {
      throw new StreamError(
          Code.VALIDATION,
          "Stream %s is ON_DEMAND, so its shards are not split or merged by request; use a"
              + " PROVISIONED stream.",
          name);
    }
    return stream;
  }

  private Shard shard(Stream stream, int index) {
    Shard shard = stream.shard(index);
    if (shard == null) {
      throw StreamError.noShard(Shard.id(index), stream.name, settings.account());
    }
    return shard;
  }

  private void checkOpenShards(String name, int shards) {
    if (shards < 1 || shards > settings.limits().shardsPerStreamMax()) {
      throw new StreamError(
          Code.LIMIT_EXCEEDED,
          "Stream %s would have %d open shards; this gateway allows 1 to %d.",
          name,
          shards,
          settings.limits().shardsPerStreamMax());
    }
  }

  private static void checkTags(Map<String, String> tags) {
    if (tags.size() > TAGS_MAX) {
      throw StreamError.invalid(
          "A stream has at most %d tags; this would make %d.", TAGS_MAX, tags.size());
    }
    tags.forEach(
        (key, value) -> {
          if (key.isEmpty() || key.length() > 128 || value.length() > 256) {
            throw StreamError.invalid(
                "A tag's key has 1 to 128 characters and its value at most 256; found %d and %d.",
                key.length(), value.length());
          }
        });
  }
}
