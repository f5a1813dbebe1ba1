package io.sluice.sql;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.message.TopicName;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Laws of whole statements, over random statements and random payloads. */
class EvaluationProperties {
  private static final TopicName TOPIC = TopicName.of("fleet/u7/stat");

  private static EvaluationContext world() {
    return new EvaluationContext(
        "000000000000", 1_700_000_000_000L, new SplittableRandom(7), Lookups.NONE);
  }

  private static MessageView message(String payload) {
    return new MessageView(TOPIC, payload.getBytes(StandardCharsets.UTF_8), MessageContext.UNKNOWN);
  }

  /** Printed with all its brackets, a statement is understood the same again. */
  @Property(tries = 500)
  void printedIsParsedTheSame(@ForAll("expressions") String expression) {
    String once =
        RuleSql.compile("SELECT VALUE " + expression + " FROM '#'", SqlVersion.V2016_03_23)
            .canonical();
    assertThat(RuleSql.compile(once, SqlVersion.V2016_03_23).canonical()).isEqualTo(once);
  }

  /** Every message gets an answer, and what fires is JSON again. */
  @Property(tries = 1000)
  void everyMessageGetsAnAnswer(
      @ForAll("expressions") String expression,
      @ForAll("expressions") String where,
      @ForAll("documents") JsonNode payload) {
    String sql =
        ("SET @v = %s SELECT (SELECT VALUE @v FROM a) AS y, @v AS x, * FROM '#'"
                + " WHERE isUndefined(%s) OR true")
            .formatted(expression, where);
    Evaluation evaluation =
        RuleSql.compile(sql, SqlVersion.V2016_03_23).evaluate(message(payload.toString()), world());
    assertThat(evaluation)
        .isInstanceOfAny(
            Evaluation.Json.class, Evaluation.Failed.class, Evaluation.NotMatched.class);
    if (evaluation instanceof Evaluation.Json json) {
      Json.read(json.bytes(), true);
    }
  }

  /** An explanation tells what the evaluation did. */
  @Property(tries = 300)
  void explanationAndEvaluationAgree(
      @ForAll("expressions") String where, @ForAll("documents") JsonNode payload) {
    CompiledRule rule =
        RuleSql.compile("SELECT a FROM '#' WHERE " + where + " AND a = a", SqlVersion.V2016_03_23);
    Evaluation evaluation = rule.evaluate(message(payload.toString()), world());
    Explanation explanation = rule.explain(message(payload.toString()), world());
    assertThat(explanation.evaluation().getClass()).isEqualTo(evaluation.getClass());
    assertThat(explanation.clauses().stream().allMatch(Explanation.Clause::holds))
        .isEqualTo(evaluation instanceof Evaluation.Fired);
  }

  /** Any text at all is compiled or refused with a place inside it. */
  @Property(tries = 700)
  void anyTextIsCompiledOrRefused(
      @ForAll("expressions") String expression, @ForAll int place, @ForAll("junk") String junk) {
    String good = "SELECT VALUE " + expression + " FROM '#'";
    int at = Math.floorMod(place, good.length());
    String text = good.substring(0, at) + junk + good.substring(Math.min(good.length(), at + 1));
    try {
      RuleSql.compile(text, SqlVersion.SLUICE_1);
    } catch (SqlRejected rejected) {
      assertThat(rejected.line()).isEqualTo(1);
      assertThat(rejected.column()).isBetween(1, text.length() + 1);
      assertThat(rejected.getMessage()).contains("expected");
    }
  }

  @Provide
  Arbitrary<String> expressions() {
    return Expressions.any();
  }

  @Provide
  Arbitrary<JsonNode> documents() {
    return Documents.any();
  }

  @Provide
  Arbitrary<String> junk() {
    return net.jqwik.api.Arbitraries.of(
        "", "(", ")", "'", "@", "SELECT ", "$", "[", "{", "..", "😀", " NOT ", "9", "\u0000",
        "WHERE", "CASE ", "*", ",");
  }
}
