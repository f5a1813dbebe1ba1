package io.sluice.sql;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The size of a pattern before it is compiled. */
class PatternSizeTest {
  @ParameterizedTest(name = "{0} has {1}")
  @CsvSource(
      delimiter = '¦',
      quoteCharacter = '`',
      textBlock =
          """
          abc                          ¦ 3
          a{10}                        ¦ 10
          a{2,7}b                      ¦ 8
          a{3,}                        ¦ 4
          a{x}                         ¦ 4
          [0-9]{4}-[0-9]{2}            ¦ 7
          (ab){3}                      ¦ 12
          ((x{100}){100}){100}         ¦ 1020200
          \\Q(\\E{3}                   ¦ 3
          \\p{L}{5}\\x{10FFFF}         ¦ 6
          [](]{3}                      ¦ 3
          [^]{2}]{3}                   ¦ 3
          [[:alpha:]]{4}               ¦ 4
          [\\]x]{4}                    ¦ 4
          a|b*                         ¦ 4
          (a                           ¦ 3
          a{10}(?i){20}                ¦ 200
          a)                           ¦ 1
          {5}                          ¦ 0
          """)
  void isEstimated(String pattern, int size) {
    assertThat(PatternSize.of(pattern)).isEqualTo(size);
  }
}
