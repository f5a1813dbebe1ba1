package io.sluice.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.message.TopicName;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The two readings of Int / Int. */
class IntDivisionTest {
  @ParameterizedTest(name = "{0}: {1} by DECIMAL, {2} by INT")
  @CsvSource({
    "7 / 2, 3.5, 3",
    "-7 / 2, -3.5, -3",
    "8 / 2, 4, 4",
    "7.0 / 2, 3.5, 3",
    "7.5 / 2.5, 3, 3",
    "'7' / '2', 3.5, 3",
    "1 / 2.5, 0.4, 0.4"
  })
  void isChosenWithTheRule(String expression, String decimal, String whole) {
    assertThat(evaluate(expression, IntDivision.DECIMAL)).isEqualTo(decimal);
    assertThat(evaluate(expression, IntDivision.INT)).isEqualTo(whole);
  }

  private static String evaluate(String expression, IntDivision division) {
    Evaluation evaluation =
        RuleSql.compile(
                "SELECT VALUE " + expression + " FROM '#'", SqlVersion.V2016_03_23, division)
            .evaluate(
                new MessageView(TopicName.of("t"), new byte[0], MessageContext.UNKNOWN),
                new EvaluationContext("0", 0, new SplittableRandom(1), Lookups.NONE));
    return new String(((Evaluation.Json) evaluation).bytes(), StandardCharsets.UTF_8);
  }
}
