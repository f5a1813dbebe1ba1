package io.sluice.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.engine.Ledger.Entry;
import io.sluice.sql.LookupFailed;
import io.sluice.sql.Lookups;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Rules that ask somebody who may take his time. */
class QuestionsTest {
  private static final String TO_Q = "'actions': [{'sqs': {'queueUrl': 'http://h/1/q'}}]";
  private static final String ASKING =
      "SELECT aws_lambda('arn:aws:lambda:r:1:function:f', {'n': n}).v AS v, newuuid() AS u FROM"
          + " 'a'";

  private final Deque<Runnable> waiting = new ArrayDeque<>();
  private final List<String> asked = new ArrayList<>();

  private final Lookups lookups =
      new Lookups() {
        @Override
        public byte[] invoke(String functionArn, byte[] json) {
          asked.add(new String(json, StandardCharsets.UTF_8));
          if (asked.get(asked.size() - 1).contains("13")) {
            throw new LookupFailed("aws_lambda: 'f' answered status 500");
          }
          return "{\"v\":\"yes\"}".getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public String secretString(String id) {
          return "s3cret";
        }
      };

  private RulesHouse house = new RulesHouse(lookups, waiting::add);

  /** Lets the workers work, until nothing moves. */
  private void work() {
    house.simulation.run();
    while (!waiting.isEmpty()) {
      waiting.remove().run();
      house.simulation.run();
    }
  }

  private List<String> got() {
    return house.fake().at("queue/q");
  }

  @Test
  void aRuleThatAsksDelaysNobodyAndRunsWhenItHasItsAnswers() {
    house.create("asks", ASKING, TO_Q);
    house.create("plain", "SELECT n FROM 'a'", TO_Q);
    house.publish("a", "{\"n\":1}");
    assertThat(got()).containsExactly("{\"n\":1}");
    assertThat(house.rules.questionBacklog()).isEqualTo(1);
    assertThat(asked).isEmpty();
    work();
    assertThat(got()).hasSize(2);
    assertThat(got().get(1)).startsWith("{\"v\":\"yes\",\"u\":\"");
    assertThat(asked).containsExactly("{\"n\":1}");
    assertThat(house.rules.questionBacklog()).isZero();
    assertThat(house.count("asks", Entry.MATCHED)).isEqualTo(1);
    assertThat(house.count("asks", Entry.DELIVERED)).isEqualTo(1);
  }

  @Test
  void whoDoesNotAnswerFailsTheEvaluation() {
    house.create("asks", ASKING, TO_Q);
    house.publish("a", "{\"n\":13}");
    work();
    assertThat(got()).isEmpty();
    assertThat(house.count("asks", Entry.EVALUATION_FAILED)).isEqualTo(1);
    assertThat(house.rules.recent("asks", 1).get(0).reasons().toString()).contains("status 500");
  }

  @Test
  void aDefaultStandsInForWhoDoesNotAnswer() {
    house.create(
        "asks", "SELECT get_or_default(aws_lambda('f', {'n': n}).v, 'no') AS v FROM 'a'", TO_Q);
    house.publish("a", "{\"n\":13}");
    work();
    assertThat(got()).containsExactly("{\"v\":\"no\"}");
  }

  @Test
  void templatesMayAskToo() {
    house.create(
        "asks",
        "SELECT n FROM 'a'",
        "'actions': [{'sqs': {'queueUrl': 'http://h/1/q${aws_lambda(\\\"f\\\", {\\\"t\\\":"
            + " n}).v}'}}]");
    house.publish("a", "{\"n\":1}");
    work();
    assertThat(house.fake().at("queue/qyes")).containsExactly("{\"n\":1}");
    assertThat(asked).containsExactly("{\"t\":1}");
  }

  @Test
  void whatWaitsSurvivesACrashAndRunsOnce() {
    house.create("asks", ASKING, TO_Q);
    house.publish("a", "{\"n\":1}");
    house.publish("a", "{\"n\":2}");
    house.store.sync();
    waiting.clear(); // the process is gone with its workers
    house =
        new RulesHouse(
            house.store.crash(new Random(1)),
            house.simulation.now(),
            FakeDestinations::new,
            lookups,
            waiting::add);
    assertThat(house.rules.questionBacklog()).isEqualTo(2);
    work();
    assertThat(got()).hasSize(2);
    assertThat(house.count("asks", Entry.MATCHED)).isEqualTo(2);
    assertThat(house.rules.questionBacklog()).isZero();
  }

  @Test
  void aRuleThatIsGoneWhenItsAnswersComeIsAFailedEvaluation() {
    house.create("asks", ASKING, TO_Q);
    house.publish("a", "{\"n\":1}");
    house.await(house.rules.delete("asks"));
    work();
    assertThat(got()).isEmpty();
    assertThat(house.count("asks", Entry.EVALUATION_FAILED)).isEqualTo(1);
  }

  @Test
  void oneRulesQueueLeavesWorkersToTheOthers() {
    house.create("asks", ASKING, TO_Q);
    for (int i = 20; i < 40; i++) {
      house.publish("a", "{\"n\":" + i + "}");
    }
    assertThat(waiting).hasSize(4);
    assertThat(house.rules.questionBacklog()).isEqualTo(20);
    work();
    assertThat(got()).hasSize(20);
  }

  @Test
  void secretsAreNeverWrittenDown() {
    house.create("asks", "SELECT get_secret('k', 'SecretString', 'r') AS s, n FROM 'a'", TO_Q);
    house.publish("a", "{\"n\":1}");
    work();
    assertThat(got()).containsExactly("{\"s\":\"s3cret\",\"n\":1}");
    RecordedLookups asking = RecordedLookups.asking(lookups);
    assertThat(asking.secretString("k")).isEqualTo("s3cret");
    assertThat(asking.answers()).isEmpty();
  }
}
