package io.sluice.identity;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.regex.Pattern;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** A glob is what the regular expression says it is. */
class GlobProperties {
  private static Glob glob(String pattern) {
    return PolicyText.parse(pattern, false).glob(name -> null);
  }

  /** The naive one: slow, and plainly right. */
  private static boolean naively(String pattern, String text) {
    StringBuilder regex = new StringBuilder();
    pattern
        .codePoints()
        .forEach(
            c ->
                regex.append(
                    c == '*' ? ".*" : c == '?' ? "." : Pattern.quote(Character.toString(c))));
    return Pattern.compile(regex.toString(), Pattern.DOTALL).matcher(text).matches();
  }

  @Property(tries = 3000)
  void matchesLikeTheRegularExpression(
      @ForAll("patterns") String pattern, @ForAll("texts") String text) {
    assertThat(glob(pattern).matches(text)).isEqualTo(naively(pattern, text));
  }

  @Property(tries = 3000)
  void whatIsLeftAfterAStartMatchesWhatTheWholeMatchesBehindIt(
      @ForAll("patterns") String pattern,
      @ForAll("starts") String start,
      @ForAll("texts") String text) {
    boolean rest = glob(pattern).after(start).stream().anyMatch(glob -> glob.matches(text));
    assertThat(rest).isEqualTo(naively(pattern, start + text));
  }

  @Property
  void aPatternWithoutWildcardsMatchesItselfAlone(
      @ForAll("texts") String pattern, @ForAll("texts") String text) {
    assertThat(glob(pattern).matches(text)).isEqualTo(pattern.equals(text));
  }

  @Provide
  Arbitrary<String> patterns() {
    return pieces("a", "b", "/", "*", "?", "*", "+", "#", "\uD83D\uDE00")
        .ofMaxSize(8)
        .map(this::join);
  }

  @Provide
  Arbitrary<String> starts() {
    return pieces("a", "b", "/").ofMaxSize(4).map(this::join);
  }

  @Provide
  Arbitrary<String> texts() {
    return pieces("a", "b", "/", "+", "#", "\n", "\uD83D\uDE00").ofMaxSize(8).map(this::join);
  }

  private net.jqwik.api.arbitraries.ListArbitrary<String> pieces(String... pieces) {
    return Arbitraries.of(pieces).list();
  }

  private String join(java.util.List<String> pieces) {
    return String.join("", pieces);
  }
}
