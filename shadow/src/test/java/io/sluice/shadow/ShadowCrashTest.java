package io.sluice.shadow;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.message.Origin;
import io.sluice.store.LogRecord;
import io.sluice.store.SimulatedPartitions;
import io.sluice.store.SimulatedStore;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A disk that forgets what it did not sync, at random moments: an acknowledged update is never
 * lost, a version never repeats with another content, and what was told is what is kept.
 */
class ShadowCrashTest {
  private static final String[] THINGS = {"a", "b", "c"};
  private static final Origin DEVICE = ShadowHouse.DEVICE;
  private static final String LOG = "told";
  private static final int VERSIONS_KEPT = 5;

  /** One life of the process. */
  private static final class Life {
    final SimulatedStore store;
    final SimulatedPartitions partitions;
    final ShadowService service;

    Life(SimulatedStore store, long now, Duration historyAge) {
      this.store = store.manualSync();
      this.partitions = new SimulatedPartitions(store, now);
      this.service =
          new ShadowService(
              partitions.partitions(),
              ShadowSettings.standard().withHistory(VERSIONS_KEPT, historyAge),
              (turn, topic, payload, cause) ->
                  turn.append(
                      LOG,
                      turn.partition(),
                      (topic + "\n" + text(payload)).getBytes(StandardCharsets.UTF_8)));
      partitions.partitions().start();
      partitions.run();
    }
  }

  private static String text(byte[] utf8) {
    return new String(utf8, StandardCharsets.UTF_8);
  }

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
  void acknowledgedUpdatesSurviveAndVersionsNeverRepeat(long seed) {
    Random random = new Random(seed);
    Map<String, Map<Long, Integer>> acknowledged = new HashMap<>(); // thing -> version -> value
    boolean ages = seed % 2 == 0;
    Duration age = ages ? Duration.ofMinutes(1) : Duration.ofDays(1);
    Life life = new Life(new SimulatedStore(2), ShadowHouse.NOW, age);
    int value = 0;
    for (int crash = 0; crash < 8; crash++) {
      List<CompletableFuture<ShadowReply>> replies = new ArrayList<>();
      List<String> things = new ArrayList<>();
      List<Integer> values = new ArrayList<>();
      for (int step = random.nextInt(40); step >= 0; step--) {
        String thing = THINGS[random.nextInt(THINGS.length)];
        byte[] payload =
            Json.bytes("{'state':{'reported':{'v':%d,'k%d':1}}}".formatted(++value, value % 4));
        replies.add(
            life.service.ask(
                new ShadowRequest.Update(ShadowAddress.classic(thing), payload, DEVICE)));
        things.add(thing);
        values.add(value);
        life.partitions.run();
        if (random.nextInt(6) == 0) {
          life.store.sync();
          life.partitions.run();
        }
        if (random.nextInt(10) == 0) {
          life.partitions.advance(30_000);
        }
      }
      for (int i = 0; i < replies.size(); i++) {
        if (replies.get(i).isDone()) {
          long version = ShadowHouse.accepted(replies.get(i).join()).get("version").longValue();
          Integer before =
              acknowledged
                  .computeIfAbsent(things.get(i), t -> new HashMap<>())
                  .put(version, values.get(i));
          assertThat(before).as("version %d acknowledged twice", version).isNull();
        }
      }
      life = new Life(life.store.crash(random), life.partitions.now() + 1, age);
      verify(life, acknowledged, ages ? 1 : VERSIONS_KEPT);
    }
  }

  private static void verify(Life life, Map<String, Map<Long, Integer>> acknowledged, int keptMin) {
    for (Map.Entry<String, Map<Long, Integer>> thing : acknowledged.entrySet()) {
      ShadowAddress address = ShadowAddress.classic(thing.getKey());
      JsonNode now = ask(life, new ShadowRequest.Get(address, new byte[0], ShadowHouse.BACKEND));
      long newest = thing.getValue().keySet().stream().mapToLong(v -> v).max().orElseThrow();
      assertThat(now.get("version").longValue()).isGreaterThanOrEqualTo(newest);
      JsonNode history = ask(life, new ShadowRequest.History(address, 1, 100));
      for (JsonNode change : history.get("versions")) {
        long version = change.get("version").longValue();
        JsonNode was = ask(life, new ShadowRequest.AsOfVersion(address, version));
        assertThat(was.at("/state/reported/v")).isEqualTo(change.at("/state/reported/v"));
        Integer promised = thing.getValue().get(version);
        if (promised != null) {
          assertThat(was.at("/state/reported/v").intValue()).isEqualTo(promised);
        }
      }
      assertThat(history.get("versions").size())
          .isGreaterThanOrEqualTo(Math.min(keptMin, (int) newest));
      assertThat(toldVersions(life, thing.getKey()))
          .as("every version that is kept was told, once, and none other")
          .isEqualTo(LongStream.rangeClosed(1, now.get("version").longValue()).boxed().toList());
    }
  }

  private static List<Long> toldVersions(Life life, String thing) {
    List<Long> versions = new ArrayList<>();
    int partition = life.partitions.partitions().of(thing);
    for (LogRecord record :
        life.store.log(LOG).read(partition, 0, Integer.MAX_VALUE, Integer.MAX_VALUE)) {
      String[] told = text(record.bytes()).split("\n", 2);
      if (told[0].equals("$aws/things/" + thing + "/shadow/update/accepted")) {
        versions.add(
            Json.tree(told[1].getBytes(StandardCharsets.UTF_8)).get("version").longValue());
      }
    }
    return versions;
  }

  private static JsonNode ask(Life life, ShadowRequest request) {
    CompletableFuture<ShadowReply> reply = life.service.ask(request);
    life.partitions.run();
    life.store.sync();
    return ShadowHouse.accepted(reply.join());
  }
}
