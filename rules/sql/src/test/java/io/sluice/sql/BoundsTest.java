package io.sluice.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.message.TopicName;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Payloads and statements that mean harm: each gets a typed answer in time. */
@Timeout(30)
class BoundsTest {
  private static final EvaluationContext WORLD =
      new EvaluationContext("0", 0, new SplittableRandom(1), Lookups.NONE);

  private static Evaluation evaluate(String sql, String payload) {
    return RuleSql.compile(sql, SqlVersion.V2016_03_23)
        .evaluate(
            new MessageView(
                TopicName.of("t"),
                payload.getBytes(StandardCharsets.UTF_8),
                MessageContext.UNKNOWN),
            WORLD);
  }

  private static String json(Evaluation evaluation) {
    return new String(((Evaluation.Json) evaluation).bytes(), StandardCharsets.UTF_8);
  }

  private static void assertFailed(Evaluation evaluation, Evaluation.Failed.Code code) {
    assertThat(evaluation)
        .isInstanceOfSatisfying(
            Evaluation.Failed.class, failed -> assertThat(failed.code()).isEqualTo(code));
  }

  @Test
  void payloadsAreReadDownTo512Levels() {
    String payload = "[".repeat(JsonScanner.DEPTH_MAX) + "]".repeat(JsonScanner.DEPTH_MAX);
    assertThat(json(evaluate("SELECT * FROM 't'", payload))).isEqualTo(payload);
    assertThat(json(evaluate("SELECT VALUE a FROM 't'", "{\"a\":" + payload + "}")))
        .isEqualTo(payload);
  }

  @Test
  void payloadsBelow512LevelsAreRefused() {
    assertFailed(
        evaluate("SELECT * FROM 't'", "[".repeat(100_000)),
        Evaluation.Failed.Code.PAYLOAD_TOO_DEEP);
    assertFailed(
        evaluate("SELECT a FROM 't' WHERE a = 1", "{\"a\":".repeat(100_000)),
        Evaluation.Failed.Code.PAYLOAD_TOO_DEEP);
    assertFailed(
        evaluate("SELECT a FROM 't' WHERE a = 1", "[{\"a\":".repeat(100_000)),
        Evaluation.Failed.Code.PAYLOAD_TOO_DEEP);
  }

  @Test
  void deepPayloadsAreComparedWithoutTrouble() {
    String deep = "[".repeat(500) + "]".repeat(500);
    assertThat(
            json(
                evaluate(
                    "SELECT VALUE a = b FROM 't'", "{\"a\":%s,\"b\":%s}".formatted(deep, deep))))
        .isEqualTo("true");
  }

  @Test
  void rulesThatDoNotReadThePayloadDoNotMindIt() {
    assertThat(json(evaluate("SELECT topic() AS t FROM 't'", "[".repeat(100_000))))
        .isEqualTo("{\"t\":\"t\"}");
  }

  @Test
  void hugeNumbersHaveNoValueAndPassThroughAsTheyAre() {
    String digits = "9".repeat(100_000);
    assertThat(json(evaluate("SELECT isUndefined(a) AS u FROM 't'", "{\"a\":" + digits + "}")))
        .isEqualTo("{\"u\":true}");
    assertThat(json(evaluate("SELECT isUndefined(a) AS u FROM 't'", "{\"a\":1e999999999}")))
        .isEqualTo("{\"u\":true}");
    assertThat(json(evaluate("SELECT isUndefined(a) AS u FROM 't'", "{\"a\":1e" + digits + "}")))
        .isEqualTo("{\"u\":true}");
    assertThat(json(evaluate("SELECT a + 1 AS b FROM 't'", "{\"a\":1e-99999}"))).isEqualTo("{}");
    assertThat(json(evaluate("SELECT * FROM 't'", "{\"a\":1e99999}"))).isEqualTo("{\"a\":1e99999}");
    assertThat(
            json(
                evaluate("SELECT 'x' * 1 AS b, a * 1 AS c FROM 't'", "{\"a\":\"" + digits + "\"}")))
        .isEqualTo("{}");
  }

  @Test
  void numbersFarApartAreAddedAndDividedInTime() {
    assertThat(
            json(
                evaluate(
                    "SELECT a + b AS s, a % b AS r, floor(a) AS f, a = b AS e FROM 't'",
                    "{\"a\":1.5E999,\"b\":1.1E-999}")))
        .contains("\"s\":1.5");
  }

  @Test
  void nestedQueriesOverNestedQueriesEnd() {
    String array = "[" + "1,".repeat(5_000) + "1]";
    String sql =
        "SELECT (SELECT VALUE (SELECT VALUE (SELECT VALUE 1 FROM a) FROM a) FROM a) AS x FROM 't'";
    assertFailed(evaluate(sql, "{\"a\":" + array + "}"), Evaluation.Failed.Code.TOO_LARGE);
  }

  @Test
  void searchesInNestedQueriesEnd() {
    String array = "[" + "\"x\",".repeat(20_000) + "1]";
    assertFailed(
        evaluate(
            "SELECT (SELECT VALUE 'y' FROM a AS e WHERE 'z' IN a) AS x FROM 't'",
            "{\"a\":" + array + "}"),
        Evaluation.Failed.Code.TOO_LARGE);
  }

  @Test
  void textsThatGrowEnd() {
    String doubled = "concat(%s, %s)";
    String grown = "a";
    for (int i = 0; i < 12; i++) {
      grown = doubled.formatted(grown, grown);
    }
    assertFailed(
        evaluate("SELECT " + grown + " AS x FROM 't'", "{\"a\":\"" + "y".repeat(20_000) + "\"}"),
        Evaluation.Failed.Code.TOO_LARGE);
    assertFailed(
        evaluate(
            "SELECT replace(a, '', a) AS x FROM 't'", "{\"a\":\"" + "y".repeat(20_000) + "\"}"),
        Evaluation.Failed.Code.TOO_LARGE);
  }

  @Test
  void variablesHaveABound() {
    assertFailed(
        evaluate(
            "SET @v = a SELECT @v AS v FROM 't'",
            "{\"a\":[\"" + "y".repeat(Variables.BYTES_MAX) + "\"]}"),
        Evaluation.Failed.Code.TOO_LARGE);
  }

  @Test
  void evilPatternsTakeLinearTime() {
    assertThat(
            json(
                evaluate(
                    "SELECT regexp_matches(a, '^(y+)+$') AS m FROM 't'",
                    "{\"a\":\"" + "y".repeat(20_000) + "!\"}")))
        .isEqualTo("{\"m\":false}");
    String nested = "{\"p\":\"" + "(".repeat(50) + "x" + "{100})".repeat(50) + "\"}";
    assertThat(json(evaluate("SELECT isUndefined(regexp_matches('x', p)) AS m FROM 't'", nested)))
        .isEqualTo("{\"m\":true}");
  }

  @Test
  void aMillionEvaluationsOfABombAreCheap() {
    MessageView view =
        new MessageView(
            TopicName.of("t"),
            "[".repeat(1000).getBytes(StandardCharsets.UTF_8),
            MessageContext.UNKNOWN);
    CompiledRule rule = RuleSql.compile("SELECT a FROM 't' WHERE a = 1", SqlVersion.V2016_03_23);
    long start = System.nanoTime();
    for (int i = 0; i < 10_000; i++) {
      assertFailed(rule.evaluate(view, WORLD), Evaluation.Failed.Code.PAYLOAD_TOO_DEEP);
    }
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
  }
}
