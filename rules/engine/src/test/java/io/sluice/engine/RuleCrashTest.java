package io.sluice.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.engine.Ledger.Entry;
import io.sluice.message.Publication;
import io.sluice.message.PublicationCodec;
import io.sluice.store.LogRecord;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whole lives of rules on a disk that forgets what was not synced; the seed is in the name. After
 * all crashes each message that the log kept has had each of its effects once, and the ledger says
 * so.
 */
class RuleCrashTest {
  private static final String HOT = "SELECT n FROM 'f/+' WHERE t > 20";
  private static final String BROKEN =
      "SELECT get_secret('s', 'SecretString', 'r') AS s FROM 'f/+'";
  private static final String HOT_ACTIONS =
      """
      'actions': [
        {'sqs': {'queueUrl': 'u/q'}},
        {'kinesis': {'streamName': 's', 'partitionKey': '${newuuid()}'}},
        {'firehose': {'deliveryStreamName': 'shaky'}},
        {'republish': {'topic': 'out/${topic(2)}'}}],
      'errorAction': {'sqs': {'queueUrl': 'u/errors'}}
      """;

  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233})
  void everyMessageOfTheLogHasItsEffectsOnceAndTheLedgerSaysSo(long seed) {
    Random random = new Random(seed);
    RulesHouse house = new RulesHouse();
    house.create("hot", HOT, HOT_ACTIONS);
    house.create("all", "SELECT * FROM '#'", "'actions': [{'sqs': {'queueUrl': 'u/all'}}]");
    house.create("broken", BROKEN, "'actions': [{'sqs': {'queueUrl': 'u/never'}}]");
    int n = 0;
    for (int life = 0; life < 10; life++) {
      house.store.manualSync();
      if (random.nextBoolean()) {
        house.fake().missing.add("delivery/shaky");
      }
      for (int i = random.nextInt(30); i >= 0; i--) {
        int t = random.nextInt(40);
        house.log(house.message("f/" + random.nextInt(4), "{\"n\":%d,\"t\":%d}".formatted(n++, t)));
        for (int steps = random.nextInt(12); steps > 0; steps--) {
          house.simulation.step();
        }
        if (random.nextInt(8) == 0) {
          house.store.sync();
        }
        if (random.nextInt(15) == 0) {
          house.simulation.advance(1_800_000); // the hours of the ledger pass
        }
      }
      house = house.afterCrash(random);
    }
    house.simulation.run();
    check(house, "seed " + seed);
  }

  private static void check(RulesHouse house, String where) {
    assertThat(house.isIdle()).as(where).isTrue();
    List<String> all = new ArrayList<>();
    List<String> hot = new ArrayList<>();
    List<String> out = new ArrayList<>();
    for (int p = 0; p < house.partitions.count(); p++) {
      for (LogRecord record :
          house.store.log(RulesHouse.INGRESS).read(p, 0, Integer.MAX_VALUE, Integer.MAX_VALUE)) {
        Publication publication = PublicationCodec.decode(record.bytes());
        String payload = new String(publication.payload(), StandardCharsets.UTF_8);
        all.add(payload);
        if (publication.topic().toString().startsWith("out/")) {
          out.add(payload);
        } else if (RulesHouse.json(payload).path("t").asInt() > 20) {
          hot.add("{\"n\":%d}".formatted(RulesHouse.json(payload).path("n").asInt()));
        }
      }
    }
    assertThat(hot).as(where).isNotEmpty();
    assertThat(house.fake().at("queue/all")).as(where).containsExactlyInAnyOrderElementsOf(all);
    assertThat(house.fake().at("queue/q")).as(where).containsExactlyInAnyOrderElementsOf(hot);
    assertThat(house.fake().at("stream/s")).as(where).containsExactlyInAnyOrderElementsOf(hot);
    assertThat(out).as(where).containsExactlyInAnyOrderElementsOf(hot);
    assertThat(new HashSet<>(house.fake().keysAt("queue/q"))).as(where).hasSize(hot.size());
    int landed = house.fake().at("delivery/shaky").size();
    int errors = house.fake().at("queue/errors").size();
    assertThat(landed + errors).as(where).isEqualTo(hot.size());

    int sent = all.size() - out.size();
    assertThat(counts(house, "hot", ""))
        .as(where)
        .containsEntry(Entry.MATCHED, (long) hot.size())
        .containsEntry(Entry.NOT_MATCHED, (long) sent - hot.size());
    assertThat(counts(house, "broken", ""))
        .as(where)
        .containsEntry(Entry.EVALUATION_FAILED, (long) sent);
    assertThat(counts(house, "all", "0/sqs"))
        .as(where)
        .containsEntry(Entry.DELIVERED, (long) all.size());
    for (String action : List.of("0/sqs", "1/kinesis", "3/republish")) {
      assertThat(counts(house, "hot", action))
          .as(where + ", " + action)
          .containsEntry(Entry.DELIVERED, (long) hot.size());
    }
    assertThat(counts(house, "hot", "2/firehose"))
        .as(where)
        .containsEntry(Entry.DELIVERED, (long) landed)
        .containsEntry(Entry.ACTION_FAILED, (long) errors);
    if (errors > 0) {
      assertThat(counts(house, "hot", "error/sqs"))
          .as(where)
          .containsEntry(Entry.ERROR_ACTION_DELIVERED, (long) errors);
    }
    assertThat(house.rules.ledger().lines(0, Long.MAX_VALUE))
        .as(where + ": no hour was dropped")
        .isEqualTo(house.rules.ledger().lines());
  }

  private static Map<Entry, Long> counts(RulesHouse house, String rule, String action) {
    return house.rules.ledger().lines().stream()
        .filter(line -> line.rule().equals(rule) && line.action().equals(action))
        .findFirst()
        .orElseThrow()
        .counts();
  }
}
