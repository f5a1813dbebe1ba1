package io.sluice.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.engine.Carrier.Outcome;
import io.sluice.engine.Ledger.Entry;
import io.sluice.message.Publication;
import io.sluice.message.PublicationCodec;
import io.sluice.sql.Lookups;
import io.sluice.store.LogRecord;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Lives of a gateway whose destination is dead, slow, flapping or picky, and whose disk forgets
 * what was not synced; the seed is in the name. Every message of the log that a rule selected has
 * been delivered, has failed with its error action, was dropped with it, or waits; the ledger says
 * the same; what a key's messages brought about came in their order.
 */
class OutboxSimulationTest {
  private static final String RULE =
      """
      'actions': [
        {'http': {'url': 'https://x/${topic(2)}', 'outbox': {'ageSeconds': 7200}}},
        {'sqs': {'queueUrl': 'u/q'}}],
      'errorAction': {'sqs': {'queueUrl': 'u/errors'}}
      """;

  private enum Mood {
    WELL,
    DEAD,
    FLAPPING,
    PICKY
  }

  private final FakeCarrier outside = new FakeCarrier();
  private Mood mood = Mood.WELL;

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 377, 610, 987, 1597})
  void everyMessageIsDeliveredOrFailedOrWaitsAndTheLedgerSaysSo(long seed) {
    Random random = new Random(seed);
    if (seed % 2 == 0) {
      outside.batching = new Carrier.Batching(5, 10_000, 0, seed % 4 == 0);
    }
    OutboxSettings settings =
        new OutboxSettings(
            seed % 3 == 0 ? 20 : 100_000,
            1 << 20,
            1 << 20,
            Duration.ofHours(1),
            OutboxSettings.Policy.DROP,
            4);
    outside.answers = delivery -> answer(delivery, random);
    RulesHouse house = new RulesHouse(Lookups.NONE, Runnable::run, outside.with(settings));
    house.create("out", "SELECT n FROM 'f/+'", RULE);
    int n = 0;
    for (int life = 0; life < 12; life++) {
      house.store.manualSync();
      for (int i = random.nextInt(40); i >= 0; i--) {
        if (random.nextInt(6) == 0) {
          mood = Mood.values()[random.nextInt(4)];
        }
        house.log(house.message("f/" + random.nextInt(4), "{\"n\":%d}".formatted(n++)));
        for (int steps = random.nextInt(20); steps > 0; steps--) {
          if (random.nextInt(3) == 0) {
            outside.step(random); // any of the calls under way: some are slow
          } else {
            house.simulation.step();
          }
        }
        if (random.nextInt(5) == 0) {
          house.store.sync();
        }
        if (random.nextInt(8) == 0) {
          house.simulation.advance(random.nextInt(40_000));
        }
        if (random.nextInt(60) == 0) {
          house.simulation.advance(3_600_000);
        }
      }
      outside.waiting.clear(); // its workers are gone with it
      house = house.afterCrash(random);
    }
    check(house, "seed " + seed + ", with a backlog");
    mood = Mood.WELL;
    for (int i = 0; i < 500 && house.rules.outboxBacklog() > 0; i++) {
      while (outside.step(random)) {
        house.simulation.run();
      }
      house.simulation.advance(10_000);
    }
    assertThat(house.rules.outboxBacklog()).as("seed " + seed).isZero();
    check(house, "seed " + seed);
  }

  private Outcome answer(Carrier.Delivery delivery, Random random) {
    return switch (mood) {
      case WELL -> Outcome.DELIVERED;
      case DEAD -> new Outcome.Retry("dead");
      case FLAPPING -> random.nextBoolean() ? Outcome.DELIVERED : new Outcome.Retry("not now");
      case PICKY ->
          number(new String(delivery.body(), StandardCharsets.UTF_8)) % 3 == 0
              ? new Outcome.Refused("I do not like it")
              : Outcome.DELIVERED;
    };
  }

  private static int number(String json) {
    return RulesHouse.json(json).path("n").asInt();
  }

  private void check(RulesHouse house, String where) {
    house.simulation.run();
    Map<String, List<Integer>> logged = new TreeMap<>();
    for (int p = 0; p < house.partitions.count(); p++) {
      for (LogRecord record :
          house.store.log(RulesHouse.INGRESS).read(p, 0, Integer.MAX_VALUE, Integer.MAX_VALUE)) {
        Publication publication = PublicationCodec.decode(record.bytes());
        logged
            .computeIfAbsent(publication.topic().toString(), topic -> new ArrayList<>())
            .add(number(new String(publication.payload(), StandardCharsets.UTF_8)));
      }
    }
    Set<Integer> failed = new HashSet<>();
    for (String error : house.fake().at("queue/errors")) {
      JsonNode document = RulesHouse.json(error);
      failed.add(
          number(
              new String(
                  java.util.Base64.getDecoder()
                      .decode(document.path("base64OriginalPayload").asText()),
                  StandardCharsets.UTF_8)));
    }
    int all = 0;
    Set<Integer> came = new HashSet<>();
    for (Map.Entry<String, List<Integer>> topic : logged.entrySet()) {
      all += topic.getValue().size();
      Set<Integer> first = new LinkedHashSet<>();
      outside
          .at("https://x/" + topic.getKey().substring(2))
          .forEach(body -> first.add(number(body)));
      came.addAll(first);
      List<Integer> kept = new ArrayList<>(topic.getValue());
      kept.retainAll(first);
      first.retainAll(topic.getValue()); // what the log forgot may have been seen by nobody
      assertThat(first).as(where + ": order of " + topic.getKey()).containsExactlyElementsOf(kept);
    }
    Map<Entry, Long> counts = counts(house, "0/http");
    long waiting = house.rules.outboxBacklog();
    assertThat(
            counts.get(Entry.DELIVERED)
                + counts.get(Entry.ACTION_FAILED)
                + counts.get(Entry.DROPPED)
                + waiting)
        .as(where + ": the sums")
        .isEqualTo(all)
        .isEqualTo(counts(house, "").get(Entry.MATCHED));
    assertThat(counts.get(Entry.ACTION_FAILED) + counts.get(Entry.DROPPED))
        .as(where + ": one error action for each failure")
        .isEqualTo(house.fake().at("queue/errors").size())
        .isEqualTo(failed.size());
    if (waiting == 0) {
      logged
          .values()
          .forEach(
              numbers ->
                  assertThat(numbers)
                      .as(where + ": nobody is lost")
                      .allMatch(number -> came.contains(number) || failed.contains(number)));
    }
    assertThat(house.fake().at("queue/q")).as(where).hasSize(all);
  }

  private static Map<Entry, Long> counts(RulesHouse house, String action) {
    return house.rules.ledger().lines().stream()
        .filter(line -> line.rule().equals("out") && line.action().equals(action))
        .findFirst()
        .map(Ledger.Line::counts)
        .orElse(
            Map.of(
                Entry.DELIVERED,
                0L,
                Entry.ACTION_FAILED,
                0L,
                Entry.DROPPED,
                0L,
                Entry.MATCHED,
                0L));
  }
}
