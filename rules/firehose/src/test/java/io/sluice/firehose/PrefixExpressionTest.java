package io.sluice.firehose;

import static io.sluice.firehose.DeliveryStreamsTest.refused;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Iterator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Source of the rows: Firehose Developer Guide, "Custom Prefixes for Amazon S3 Objects". */
class PrefixExpressionTest {
  private static final ZonedDateTime OLDEST =
      ZonedDateTime.of(2018, 8, 27, 10, 30, 0, 0, ZoneOffset.UTC);

  @ParameterizedTest(name = "{0} -> {1}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ''                                         | 2018/08/27/10/
          logs/                                      | logs/2018/08/27/10/
          myPrefix                                   | myPrefix2018/08/27/10/
          logs/!{timestamp:yyyy}/                    | logs/2018/
          year=!{timestamp:yyyy}/month=!{timestamp:MM}/ | year=2018/month=08/
          !{timestamp:'y='yyyy'/m='MM}/              | y=2018/m=08/
          !{firehose:random-string}/                 | one/2018/08/27/10/
          !{firehose:random-string}!{timestamp:/HH/}!{firehose:random-string} | one/10/two
          a}b!c{d/                                   | a}b!c{d/2018/08/27/10/
          """)
  void evaluates(String prefix, String expected) {
    Iterator<String> random = List.of("one", "two").iterator();

    assertThat(PrefixExpression.ofPrefix(prefix).evaluate(OLDEST, random::next))
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "!{timestamp:yyyy",
        "!{timestamp:nonsense}",
        "!{clock:yyyy}",
        "!{firehose:error-output-type}/",
        "!{partitionKeyFromQuery:customer}/",
        "!{}"
      })
  void refuses(String prefix) {
    refused(FirehoseError.Code.INVALID_ARGUMENT, () -> PrefixExpression.ofPrefix(prefix));
  }

  @Test
  void anErrorPrefixWithExpressionsNamesTheErrorsType() {
    refused(
        FirehoseError.Code.INVALID_ARGUMENT,
        () -> PrefixExpression.ofErrorOutputPrefix("errors/!{timestamp:yyyy}/"));

    assertThat(
            PrefixExpression.ofErrorOutputPrefix("errors/!{firehose:error-output-type}/")
                .evaluate(OLDEST, () -> ""))
        .isEqualTo("errors/processing-failed/");
  }
}
