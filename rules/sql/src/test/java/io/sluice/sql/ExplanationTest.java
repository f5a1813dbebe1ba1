package io.sluice.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.message.TopicName;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Why a rule did not fire. */
class ExplanationTest {
  private static Explanation explain(String sql, String payload) {
    return RuleSql.compile(sql, SqlVersion.V2016_03_23)
        .explain(
            new MessageView(
                TopicName.of("t/u"),
                payload.getBytes(StandardCharsets.UTF_8),
                MessageContext.UNKNOWN),
            new EvaluationContext("0", 0, new SplittableRandom(1), Lookups.NONE));
  }

  @Test
  void showsEachClauseWithItsValue() {
    Explanation explanation =
        explain(
            "SELECT *\nFROM 't/#'\nWHERE speed > 100 AND gear = 'R' AND ok",
            "{\"speed\":120,\"gear\":\"D\",\"ok\":7}");
    assertThat(explanation.evaluation()).isInstanceOf(Evaluation.NotMatched.class);
    assertThat(explanation.clauses())
        .containsExactly(
            new Explanation.Clause(3, 7, "speed > 100", "true", true),
            new Explanation.Clause(3, 23, "gear = 'R'", "false", false),
            new Explanation.Clause(3, 38, "ok", "7", false));
    assertThat(explanation.undefined()).isEmpty();
  }

  @Test
  void namesTheMissingKeyAndNotWhatFollowsFromIt() {
    Explanation explanation =
        explain("SELECT a FROM 't/#' WHERE NOT (gps.speed * 2 > 100)", "{\"gps\":{\"lat\":1}}");
    assertThat(explanation.clauses())
        .extracting(Explanation.Clause::value)
        .containsExactly("Undefined");
    assertThat(explanation.undefined())
        .containsExactly(new Explanation.Missing(1, 32, "gps.speed", List.of("gps = {\"lat\":1}")));
  }

  @Test
  void showsTheOperandsOfAnOperationWithoutValue() {
    Explanation explanation =
        explain("SELECT a FROM 't/#' WHERE a + 1 < b", "{\"a\":true,\"b\":3}");
    assertThat(explanation.undefined())
        .containsExactly(new Explanation.Missing(1, 27, "a + 1", List.of("a = true")));
  }

  @Test
  void failsAsTheEvaluationDoes() {
    Explanation explanation =
        explain(
            "SELECT a FROM 't/#' WHERE get_thing_shadow('x', 'r').a = 1 AND b = 2", "{\"b\":2}");
    assertThat(explanation.evaluation()).isInstanceOf(Evaluation.Failed.class);
    assertThat(explanation.clauses())
        .extracting(Explanation.Clause::holds)
        .containsExactly(false, true);
  }

  @Test
  void firesAsTheEvaluationDoes() {
    Explanation explanation = explain("SELECT a FROM 't/#'", "{\"b\":2}");
    assertThat(explanation.evaluation()).isInstanceOf(Evaluation.Json.class);
    assertThat(explanation.undefined()).extracting(Explanation.Missing::text).containsExactly("a");
  }
}
