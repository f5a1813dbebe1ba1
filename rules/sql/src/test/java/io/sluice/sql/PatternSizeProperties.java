package io.sluice.sql;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** The estimate beside the program that RE2/J makes. */
class PatternSizeProperties {
  @Property(tries = 2000)
  void isNeverFarBelowTheProgram(@ForAll("patterns") String pattern) {
    int size = PatternSize.of(pattern);
    Assume.that(size <= 2_000); // beyond, compiling is what we are afraid of
    try {
      assertThat(Pattern.compile(pattern).programSize())
          .as(pattern)
          .isLessThanOrEqualTo(4 * size + 10);
    } catch (PatternSyntaxException invalid) {
      assertThat(invalid.getPattern()).isNotNull(); // refused before it is large
    }
  }

  @Provide
  Arbitrary<String> patterns() {
    return Arbitraries.of(
            "a",
            "b",
            ".",
            "\\d",
            "\\pL",
            "\\p{Greek}",
            "\\x{41}",
            "\\Q",
            "\\E",
            "\\(",
            "\\{",
            "[a-z]",
            "[^]]",
            "[",
            "]",
            "[]a]",
            "[\\]]",
            "[[:alpha:]",
            "(",
            "(?:",
            "(?i)",
            ")",
            "|",
            "*",
            "+?",
            "?",
            "{3}",
            "{2,5}",
            "{2,}",
            "{20}",
            "{1000}",
            "{",
            "}",
            "{,3}",
            "^",
            "$",
            "^*")
        .list()
        .ofMinSize(1)
        .ofMaxSize(14)
        .map(parts -> String.join("", parts));
  }
}
