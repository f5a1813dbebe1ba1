package io.sluice.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.engine.Carrier.Outcome;
import io.sluice.engine.Ledger.Entry;
import io.sluice.sql.Lookups;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Messages on their way out of the process. */
class OutboxTest {
  private static final String OUT = "'actions': [{'http': {'url': 'https://x/${topic()}'}}]";
  private static final String ERRORS = ", 'errorAction': {'sqs': {'queueUrl': 'u/errors'}}";
  private static final Outcome DOWN = new Outcome.Retry("connection refused");

  private final FakeCarrier outside = new FakeCarrier();
  private RulesHouse house = house(OutboxSettings.STANDARD);

  private RulesHouse house(OutboxSettings settings) {
    return new RulesHouse(Lookups.NONE, Runnable::run, outside.with(settings));
  }

  private static OutboxSettings bounded(int messages, OutboxSettings.Policy policy) {
    return new OutboxSettings(messages, 1 << 20, 1 << 20, Duration.ofHours(24), policy, 8);
  }

  /** Lets calls run until nothing moves. */
  private void work() {
    house.simulation.run();
    while (!outside.waiting.isEmpty()) {
      outside.waiting.remove().run();
      house.simulation.run();
    }
  }

  private void after(Duration time) {
    house.simulation.advance(time.toMillis());
    work();
  }

  private OutboxLaneView lane() {
    return house.rules.outbox().get(0);
  }

  @Test
  void aMessageIsCarriedOutAndCountedOnce() {
    house.create("out", "SELECT n FROM 'a'", OUT);
    house.publish("a", "{\"n\":1}");
    assertThat(house.rules.outboxBacklog()).isEqualTo(1);
    assertThat(house.count("out", Entry.MATCHED)).isEqualTo(1);
    assertThat(house.count("out", Entry.DELIVERED)).isZero();
    work();
    assertThat(outside.at("https://x/a")).containsExactly("{\"n\":1}");
    assertThat(house.count("out", Entry.DELIVERED)).isEqualTo(1);
    assertThat(house.rules.outboxBacklog()).isZero();
  }

  @Test
  void aDestinationThatNeverAnswersDelaysNoOtherRule() {
    house.create("stuck", "SELECT n FROM 'a'", OUT);
    house.create("queue", "SELECT n FROM 'a'", "'actions': [{'sqs': {'queueUrl': 'u/q'}}]");
    house.create("other", "SELECT n FROM 'a'", OUT.replace("https://x", "https://y"));
    for (int n = 0; n < 50; n++) {
      house.publish("a", "{\"n\":%d}".formatted(n));
    }
    Runnable stuck = outside.waiting.remove(); // never runs
    work();
    assertThat(house.fake().at("queue/q")).hasSize(50);
    assertThat(outside.got.values().stream().mapToInt(List::size).sum()).isEqualTo(50);
    assertThat(stuck).isNotNull();
    assertThat(house.rules.outboxBacklog()).isEqualTo(50);
  }

  @Test
  void whatFailsIsTriedAgainLaterAndLaterAndArrives() {
    outside.answers = delivery -> DOWN;
    house.create("out", "SELECT n FROM 'a'", OUT);
    house.publish("a", "{\"n\":1}");
    work();
    assertThat(house.count("out", Entry.RETRIED)).isEqualTo(1);
    after(Duration.ofMillis(500));
    assertThat(house.count("out", Entry.RETRIED)).isEqualTo(1);
    after(Duration.ofMillis(800));
    assertThat(house.count("out", Entry.RETRIED)).isEqualTo(2);
    after(Duration.ofMillis(1300));
    assertThat(house.count("out", Entry.RETRIED)).isEqualTo(2);
    assertThat(lane().lastError()).isEqualTo("connection refused");
    outside.answers = delivery -> Outcome.DELIVERED;
    after(Duration.ofMillis(1300));
    assertThat(outside.at("https://x/a")).containsExactly("{\"n\":1}");
    assertThat(house.count("out", Entry.DELIVERED)).isEqualTo(1);
  }

  @Test
  void whatIsRefusedIsNotTriedAgainAndItsErrorActionRunsWithTheDocumentedPayload() {
    outside.answers = delivery -> new Outcome.Refused("status 404");
    house.create("out", "SELECT n FROM 'a'", OUT + ERRORS);
    house.publish("a", "{\"n\":1}");
    work();
    assertThat(house.count("out", Entry.ACTION_FAILED)).isEqualTo(1);
    assertThat(house.count("out", Entry.ERROR_ACTION_DELIVERED)).isEqualTo(1);
    var error = RulesHouse.json(house.fake().at("queue/errors").get(0));
    assertThat(error.path("ruleName").asText()).isEqualTo("out");
    assertThat(error.path("base64OriginalPayload").asText()).isEqualTo("eyJuIjoxfQ==");
    assertThat(error.path("failures").get(0).toString())
        .isEqualTo(
            "{\"failedAction\":\"HttpAction\",\"failedResource\":\"https://x/a\",\"errorMessage\":\"status 404\"}");
    assertThat(house.rules.outboxBacklog()).isZero();
  }

  @Test
  void anErrorActionMayLeaveTheProcessToo() {
    house.create(
        "out",
        "SELECT n FROM 'a'",
        "'actions': [{'sqs': {'queueUrl': 'u/no-queue'}}], 'errorAction': {'http': {'url': 'https://x/errors'}}");
    house.publish("a", "{\"n\":1}");
    work();
    assertThat(outside.at("https://x/errors").get(0)).contains("\"failedAction\":\"SqsAction\"");
    assertThat(house.count("out", Entry.ERROR_ACTION_DELIVERED)).isEqualTo(1);
  }

  @Test
  void afterFiveFailuresInARowOneMessageProbesAndWhenItGetsThroughAllGo() {
    outside.answers = delivery -> DOWN;
    house.create("out", "SELECT n FROM 'a/+'", OUT);
    for (int n = 0; n < 100; n++) {
      house.publish("a/" + n, "{\"n\":%d}".formatted(n));
    }
    work();
    assertThat(lane().circuitOpen()).isTrue();
    int before = outside.calls.size();
    assertThat(before).isBetween(5, 12);
    after(Duration.ofSeconds(29));
    assertThat(outside.calls).hasSize(before);
    after(Duration.ofSeconds(2));
    assertThat(outside.calls).hasSize(before + 1);
    outside.answers = delivery -> Outcome.DELIVERED;
    after(Duration.ofSeconds(31));
    assertThat(lane().circuitOpen()).isFalse();
    assertThat(house.count("out", Entry.DELIVERED)).isEqualTo(100);
  }

  @Test
  void oneKeyThatFailsHoldsBackItsOwnOrderAlone() {
    outside.answers =
        delivery -> delivery.context().topic().equals("a/bad") ? DOWN : Outcome.DELIVERED;
    house.create("out", "SELECT n FROM 'a/+'", OUT);
    for (int n = 0; n < 10; n++) {
      house.publish("a/bad", "{\"n\":%d}".formatted(n));
      house.publish("a/good", "{\"n\":%d}".formatted(n));
    }
    work();
    assertThat(outside.at("https://x/a/good")).hasSize(10);
    assertThat(house.count("out", Entry.RETRIED)).isEqualTo(1);
    outside.answers = delivery -> Outcome.DELIVERED;
    after(Duration.ofSeconds(2));
    assertThat(outside.at("https://x/a/bad"))
        .isEqualTo(outside.at("https://x/a/good"))
        .startsWith("{\"n\":0}", "{\"n\":1}");
  }

  @Test
  void aBacklogFarBeyondMemoryGoesOutInOrder() {
    outside.answers = delivery -> DOWN;
    house.create("out", "SELECT n FROM 'a'", OUT);
    List<String> sent = new ArrayList<>();
    for (int n = 0; n < 2000; n++) {
      sent.add("{\"n\":%d}".formatted(n));
      house.publish("a", sent.get(n));
    }
    work();
    outside.answers = delivery -> Outcome.DELIVERED;
    after(Duration.ofSeconds(31));
    after(Duration.ofSeconds(31));
    assertThat(outside.at("https://x/a")).isEqualTo(sent);
    assertThat(house.rules.outboxBacklog()).isZero();
  }

  @Test
  void whatWaitsSurvivesARestartWithItsCounts() {
    outside.answers = delivery -> DOWN;
    house.create("out", "SELECT n FROM 'a'", OUT);
    for (int n = 0; n < 1000; n++) {
      house.publish("a", "{\"n\":%d}".formatted(n));
    }
    work();
    OutboxLaneView before = lane();
    outside.waiting.clear(); // the workers are gone with it
    house = house.afterRestart();
    assertThat(lane().messages()).isEqualTo(before.messages()).isEqualTo(1000);
    assertThat(lane().bytes()).isEqualTo(before.bytes());
    outside.answers = delivery -> Outcome.DELIVERED;
    after(Duration.ofMinutes(6));
    work();
    assertThat(house.count("out", Entry.DELIVERED)).isEqualTo(1000);
    assertThat(outside.at("https://x/a")).hasSize(1000).startsWith("{\"n\":0}");
  }

  @Test
  void aFullLaneDropsAndTheErrorActionSaysSo() {
    house = house(bounded(3, OutboxSettings.Policy.DROP));
    house.create("out", "SELECT n FROM 'a'", OUT + ERRORS);
    for (int n = 0; n < 5; n++) {
      assertThat(house.publish("a", "{\"n\":%d}".formatted(n))).isTrue();
    }
    assertThat(house.count("out", Entry.DROPPED)).isEqualTo(2);
    assertThat(house.fake().at("queue/errors")).hasSize(2);
    work();
    assertThat(outside.at("https://x/a")).hasSize(3);
    assertThat(house.count("out", Entry.MATCHED))
        .isEqualTo(house.count("out", Entry.DELIVERED) + house.count("out", Entry.DROPPED));
  }

  @Test
  void aFullLaneRefusesThePublishUntilThereIsRoom() {
    house = house(bounded(3, OutboxSettings.Policy.REFUSE));
    house.create("out", "SELECT n FROM 'a'", OUT);
    var topic = io.sluice.message.TopicName.of("a");
    for (int n = 0; n < 3; n++) {
      assertThat(house.rules.refuses(topic)).isFalse();
      house.publish("a", "{\"n\":%d}".formatted(n));
    }
    assertThat(house.rules.refuses(topic)).isTrue();
    assertThat(house.rules.refuses(io.sluice.message.TopicName.of("$aws/rules/out"))).isTrue();
    assertThat(house.rules.refuses(io.sluice.message.TopicName.of("b"))).isFalse();
    house.publish("a", "{\"n\":3}"); // acknowledged before the lane was full: kept
    work();
    assertThat(house.rules.refuses(topic)).isFalse();
    assertThat(outside.at("https://x/a")).hasSize(4);
    assertThat(house.count("out", Entry.DROPPED)).isZero();
  }

  @Test
  void aRulesAuthorMayNarrowTheBounds() {
    house.create(
        "out",
        "SELECT n FROM 'a'",
        "'actions': [{'http': {'url': 'https://x/a', 'outbox': {'messagesMax': 1, 'policy': 'refuse', 'triesMax': 2}}}]");
    outside.answers = delivery -> DOWN;
    house.publish("a", "{\"n\":1}");
    assertThat(house.rules.refuses(io.sluice.message.TopicName.of("a"))).isTrue();
    work();
    after(Duration.ofSeconds(2));
    assertThat(house.count("out", Entry.ACTION_FAILED)).isEqualTo(1);
    assertThat(lane().lastError()).startsWith("given up after 2 tries");
    assertThat(house.rules.refuses(io.sluice.message.TopicName.of("a"))).isFalse();
  }

  @Test
  void aDestinationThatIsDeadForADayFailsWhatIsTooOldWithoutATryEach() {
    outside.answers = delivery -> DOWN;
    house.create("out", "SELECT n FROM 'a'", OUT + ERRORS);
    for (int n = 0; n < 200; n++) {
      house.publish("a", "{\"n\":%d}".formatted(n));
    }
    work();
    for (int i = 0; i < 6; i++) { // its circuit opens
      after(Duration.ofMinutes(6));
    }
    after(Duration.ofHours(24));
    after(Duration.ofMinutes(1));
    assertThat(house.rules.outboxBacklog()).isZero();
    assertThat(house.count("out", Entry.ACTION_FAILED)).isEqualTo(200);
    assertThat(house.fake().at("queue/errors")).hasSize(200);
    assertThat(outside.calls.size()).isLessThan(20);
  }

  @Test
  void messagesShareACallWhenTheirActionSaysSo() {
    outside.batching = new Carrier.Batching(10, 10_000, 20, true);
    house.create("out", "SELECT n FROM 'a/+'", OUT.replace("${topic()}", "same"));
    for (int n = 0; n < 25; n++) {
      house.publish("a/" + n % 3, "{\"n\":%d}".formatted(n));
    }
    work();
    assertThat(outside.calls).containsExactly(10, 10);
    after(Duration.ofMillis(60));
    assertThat(outside.calls).containsExactly(10, 10, 5);
    assertThat(outside.at("https://x/same")).hasSize(25);
    assertThat(house.count("out", Entry.DELIVERED)).isEqualTo(25);
  }

  @Test
  void aRuleThatIsGoneStillSendsWhatItTook() {
    house.create("out", "SELECT n FROM 'a'", OUT);
    outside.answers = delivery -> DOWN;
    house.publish("a", "{\"n\":1}");
    work();
    house.await(house.rules.delete("out"));
    outside.answers = delivery -> Outcome.DELIVERED;
    after(Duration.ofSeconds(2));
    assertThat(outside.at("https://x/a")).hasSize(1);
  }

  @Test
  void aWorkerLessMomentDelaysAndLosesNothing() {
    outside.freeWorkers = 0;
    house.create("out", "SELECT n FROM 'a'", OUT);
    house.publish("a", "{\"n\":1}");
    assertThat(outside.waiting).isEmpty();
    outside.freeWorkers = 10;
    after(Duration.ofMillis(100));
    assertThat(outside.at("https://x/a")).hasSize(1);
  }

  @Test
  void whatTheCarrierCannotTakeIsRefusedWhenTheRuleIsMade() {
    assertThatThrownBy(
            () ->
                house.create(
                    "bad",
                    "SELECT * FROM 'a'",
                    "'actions': [{'http': {'url': 'https://forbidden'}}]"))
        .isInstanceOf(RuleRejected.class)
        .hasMessage("rule 'bad': 0/http: this url is forbidden");
  }

  @Test
  void aSecretIsInPlaceWhenTheMessageLeavesAndNeverOnDisk() {
    Lookups secrets =
        new Lookups() {
          @Override
          public String secretString(String id) {
            return "{\"token\":\"s3cr\\\"et\"}";
          }
        };
    house = new RulesHouse(secrets, Runnable::run, outside.with(OutboxSettings.STANDARD));
    List<String> seen = new ArrayList<>();
    outside.answers =
        delivery -> {
          seen.add(delivery.fields().at("/headers/0/value").asText());
          return Outcome.DELIVERED;
        };
    house.create(
        "out",
        "SELECT n FROM 'a'",
        "'actions': [{'http': {'url': 'https://x/a', 'headers': [{'key': 'Authorization', 'value':"
            + " 'Bearer ${get_secret(\\\"k\\\", \\\"SecretString\\\", \\\"token\\\", \\\"r\\\")}'}]}}]");
    house.publish("a", "{\"n\":1}");
    house.simulation.run();
    assertThat(house.rules.outboxBacklog()).isEqualTo(1);
    for (int p = 0; p < 4; p++) {
      for (var row : house.store.range(Outbox.TABLE, new byte[0], new byte[] {-1}, 100)) {
        assertThat(new String(row.value(), java.nio.charset.StandardCharsets.ISO_8859_1))
            .doesNotContain("s3cr");
      }
    }
    work();
    assertThat(seen).containsExactly("Bearer s3cr\"et");
  }

  @Test
  void aPayloadCannotNameASecret() {
    house.create(
        "out",
        "SELECT n FROM 'a'",
        "'actions': [{'http': {'url': 'https://x/a', 'headers': [{'key': 'k', 'value': '${n}'}]}}]");
    house.publish("a", "{\"n\":\"\uE000a2V5:\uE001\"}");
    work();
    assertThat(outside.calls).isEmpty();
    assertThat(house.count("out", Entry.ACTION_FAILED)).isEqualTo(1);
  }

  @Test
  void aDryRunShowsTheFilledFields() {
    Rule rule = RulesHouse.rule("draft", "SELECT n FROM 'a'", OUT);
    DryRun run = house.rules.dryRun(rule, house.message("a", "{\"n\":1}"));
    assertThat(run.actions().get(0).fields()).isEqualTo(Map.of("url", "https://x/a", "bytes", "7"));
  }

  @Test
  void oneOfManyDeadLanesLeavesWorkersToTheOthers() {
    outside.freeWorkers = 64;
    for (int r = 0; r < 40; r++) {
      house.create("r" + r, "SELECT n FROM 'a/+'", OUT);
    }
    for (int n = 0; n < 20; n++) {
      house.publish("a/" + n, "{\"n\":%d}".formatted(n));
    }
    assertThat(outside.waiting.size()).isBetween(40, 64); // every lane has its first call
    while (outside.step(new Random(1))) {
      house.simulation.run();
      house.simulation.advance(60);
    }
    assertThat(house.rules.outboxBacklog()).isZero();
  }
}
