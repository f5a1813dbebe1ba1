package io.sluice.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.message.TopicName;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** jq() answers, and no program of an author runs for ever or eats the memory. */
class JqTest {
  private static Evaluation run(String program, String payload) {
    return RuleSql.compile(
            "SELECT VALUE jq('" + program.replace("'", "''") + "', *) FROM '#'",
            SqlVersion.SLUICE_1)
        .evaluate(
            new MessageView(
                TopicName.of("t"),
                payload.getBytes(StandardCharsets.UTF_8),
                MessageContext.UNKNOWN),
            new EvaluationContext("000000000000", 0, new SplittableRandom(1), Lookups.NONE));
  }

  @ParameterizedTest(name = "{0} on {1}: {2}")
  @CsvSource(
      delimiter = '¦',
      quoteCharacter = '`',
      textBlock =
          """
          .a                                  ¦ {"a":1}                        ¦ [1]
          .a, .b                              ¦ {"a":1,"b":2}                  ¦ [1,2]
          .s[] | select(.n > 1) | .n      ¦ {"s":[{"n":1},{"n":2}]}        ¦ [2]
          [.s[] | .n] | add               ¦ {"s":[{"n":1},{"n":2}]}        ¦ [3]
          .s | map(.n + 1)                  ¦ {"s":[{"n":1},{"n":2}]}        ¦ [[2,3]]
          to_entries | map(.key)            ¦ {"x":1,"y":2}                  ¦ [["x","y"]]
          {n: .a, m: (.b // 7)}               ¦ {"a":1}                        ¦ [{"n":1,"m":7}]
          .s | join("-")                    ¦ {"s":["a","b",null,3]}         ¦ ["a-b--3"]
          [range(3)]                          ¦ {}                             ¦ [[0,1,2]]
          [limit(3; range(9))]               ¦ {}                             ¦ [[0,1,2]]
          reduce .s[] as $x (0; . + $x)       ¦ {"s":[1,2,3]}                  ¦ [6]
          def f(x): x * 2; f(.a)              ¦ {"a":4}                        ¦ [8]
          if .a then "y" else "n" end         ¦ {"a":true}                     ¦ ["y"]
          .n                                  ¦ {"n":1.2345678901234567890123} ¦ [1.2345678901234567890123]
          "\\(.a)!"                           ¦ {"a":1}                        ¦ ["1!"]
          [.. | numbers]                    ¦ {"a":[1,{"b":2}]}              ¦ [[1,2]]
          .a | length                       ¦ {"a":"héé"}                    ¦ [3]
          group_by(.k) | map(length)        ¦ [{"k":1},{"k":2},{"k":1}]      ¦ [[2,1]]
          try error("x") catch .              ¦ {}                             ¦ ["x"]
          infinite                            ¦ {}                             ¦ [null]
          """)
  void answers(String program, String payload, String expected) {
    Evaluation evaluation = run(program, payload);
    assertThat(new String(evaluation.outputs().get(0).bytes(), StandardCharsets.UTF_8))
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {".a.b", "error(\"x\")", ".[0]", "tonumber", "def f: f; f"})
  void isUndefinedWhenItFails(String program) {
    assertThat(run(program, "{\"a\":1}")).isInstanceOf(Evaluation.Empty.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[range(1e12)]",
        "range(1e12)",
        "[repeat(1)]",
        "last(repeat(1))",
        "[limit(1e12; repeat(1))]",
        "until(false; .)",
        "[while(true; .)]",
        "reduce range(1e12) as $i (0; . + 1)",
        "[foreach range(1e12) as $i (0; . + 1)]",
        "reduce range(60) as $i (\"xx\"; . + .)",
        "reduce range(60) as $i ([1]; . + .)",
        "reduce range(60) as $i ([1]; [., .] | flatten)",
        "reduce range(60) as $i (\"x\"; \"\\(.)\\(.)\")",
        "reduce range(60) as $i (\"\\\"\"; tojson)",
        "reduce range(60) as $i (\"xx\"; [., .] | join(\",\"))",
        "[range(100)] as $a | [$a[] as $x | $a[] as $y | $a[] as $z | $a[] as $w | $a[] | . + $x]",
        "[range(30000)] | map([.]) | add",
        "[[range(40)] | combinations(9)]"
      })
  void stopsWhatWouldNotEnd(String program) {
    Assertions.assertTimeoutPreemptively(
        Duration.ofSeconds(60),
        () ->
            assertThat(run(program, "{}"))
                .satisfiesAnyOf(
                    e -> assertThat(e).isInstanceOf(Evaluation.Failed.class),
                    e -> assertThat(e).isInstanceOf(Evaluation.Empty.class)));
  }

  @ParameterizedTest
  @ValueSource(strings = {".a =", "[", ".[1000000000] = 1", ".a |= 2", ".a += 1"})
  void refusesWhatIsNoProgramOrNotMetered(String program) {
    assertThatThrownBy(() -> run(program, "{}"))
        .isInstanceOfSatisfying(
            SqlRejected.class,
            refused -> assertThat(refused.code()).isEqualTo(SqlRejected.Code.ARGUMENT_INVALID));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "test(\"(a+)+$\")",
        "env",
        "$ENV",
        "now",
        "input",
        "setpath([1000000000]; 1)",
        "\"x\" * 1000000000"
      })
  void hasNoFunctionsThatReachOutOrRunAway(String program) {
    assertThat(run(program, "\"aaaa\"")).isInstanceOf(Evaluation.Empty.class);
  }

  @Test
  void isOfSluiceAlone() {
    assertThatThrownBy(
            () -> RuleSql.compile("SELECT jq('.', *) AS x FROM 't'", SqlVersion.V2016_03_23))
        .isInstanceOfSatisfying(
            SqlRejected.class,
            refused -> assertThat(refused.code()).isEqualTo(SqlRejected.Code.NOT_IN_VERSION));
  }

  @Test
  void takesAConstantProgram() {
    assertThatThrownBy(() -> RuleSql.compile("SELECT jq(p, *) AS x FROM 't'", SqlVersion.SLUICE_1))
        .isInstanceOfSatisfying(
            SqlRejected.class,
            refused -> assertThat(refused.code()).isEqualTo(SqlRejected.Code.ARGUMENT_INVALID));
  }
}
