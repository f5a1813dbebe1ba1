package io.sluice.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.stream.StreamReplies.PutRecordReply;
import io.sluice.stream.StreamReplies.StreamRecord;
import io.sluice.stream.StreamRequests.GetRecords;
import io.sluice.stream.StreamRequests.SplitShard;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole lives of a stream on a disk that forgets what was not synced; the seed is in the name. */
class StreamCrashTest {
  private record Put(String data, CompletableFuture<PutRecordReply> reply) {}

  private final Map<String, String> acknowledged = new TreeMap<>(); // data -> sequence number
  private final Map<String, String> seen = new TreeMap<>(); // by a reader, before a crash
  private int serial;

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233})
  void noAcknowledgedRecordIsLostDoubledOrRenamed(long seed) {
    Random random = new Random(seed);
    House house = new House();
    house.create("orders", 1 + random.nextInt(3));
    for (int life = 0; life < 12; life++) {
      List<Put> puts = live(house, random);
      house = house.afterCrash(random);
      puts.stream()
          .filter(put -> put.reply().isDone())
          .forEach(put -> acknowledged.put(put.data(), put.reply().join().sequenceNumber()));
      check(house, seed, life);
    }
    assertThat(acknowledged).isNotEmpty();
  }

  private List<Put> live(House house, Random random) {
    house.store.manualSync();
    List<Put> puts = new ArrayList<>();
    int actions = random.nextInt(40);
    for (int i = 0; i < actions; i++) {
      int dice = random.nextInt(20);
      if (dice < 14) {
        String data = "record " + serial++;
        String key = "key" + random.nextInt(9);
        puts.add(new Put(data, house.streams.putRecord(House.putRequest("orders", key, data))));
      } else if (dice < 16) {
        house.store.sync();
      } else if (dice < 18) {
        read(house, random.nextInt(2));
      } else if (dice < 19) {
        house.simulation.advance(random.nextInt(5000));
      } else {
        split(house, random);
      }
      house.simulation.run();
    }
    return puts;
  }

  private void read(House house, int shard) {
    house
        .streams
        .getShardIterator(
            new StreamRequests.GetShardIterator(
                "orders", null, Shard.id(shard), "TRIM_HORIZON", null, null))
        .thenCompose(at -> house.streams.getRecords(new GetRecords(at.shardIterator(), null, null)))
        .thenAccept(
            page -> page.records().forEach(r -> seen.put(House.text(r), r.sequenceNumber())));
  }

  private static void split(House house, Random random) {
    String place = new java.math.BigInteger(120, random).toString();
    house.streams.splitShard(new SplitShard("orders", null, Shard.id(0), place));
  }

  private void check(House house, long seed, int life) {
    Map<String, String> kept = new TreeMap<>();
    Set<String> numbers = new HashSet<>();
    int records = 0;
    for (int shard = 0; shard < shards(house); shard++) {
      List<StreamRecord> all = house.readAll("orders", shard, 7);
      records += all.size();
      for (StreamRecord record : all) {
        kept.put(House.text(record), record.sequenceNumber());
        numbers.add(record.sequenceNumber());
      }
    }
    String where = "seed " + seed + ", life " + life;
    assertThat(kept).as(where).containsAllEntriesOf(acknowledged);
    assertThat(kept).as(where + ": what a reader saw stays").containsAllEntriesOf(seen);
    assertThat(kept).as(where + ": none twice").hasSize(records);
    assertThat(numbers).as(where + ": one name each").hasSize(records);
  }

  private static int shards(House house) {
    return house
        .await(
            house.streams.listShards(
                new StreamRequests.ListShards("orders", null, null, null, null, null, null)))
        .shards()
        .size();
  }
}
