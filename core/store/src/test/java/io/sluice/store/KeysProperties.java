package io.sluice.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.Chars;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.NumericChars;
import net.jqwik.api.constraints.Size;

/** The order of keys is the order of their parts. */
class KeysProperties {

  @Property
  void numbersSortAsNumbers(
      @ForAll @LongRange(min = 0) long a, @ForAll @LongRange(min = 0) long b) {
    int order = Arrays.compareUnsigned(Keys.of().number(a).bytes(), Keys.of().number(b).bytes());
    assertThat(Integer.signum(order)).isEqualTo(Long.compare(a, b));
    assertThat(Keys.numberAt(Keys.of().number(a).bytes(), 0)).isEqualTo(a);
  }

  @Property
  void textsSortBeforeWhatFollowsThem(
      @ForAll @AlphaChars @NumericChars @Chars({'\u0001', '-', '\u00fc', '\u4e16'}) String a,
      @ForAll @AlphaChars @NumericChars @Chars({'\u0001', '-', '\u00fc', '\u4e16'}) String b,
      @ForAll @LongRange(min = 0) long after,
      @ForAll @LongRange(min = 0) long other) {
    byte[] first = Keys.of().text(a).number(after).bytes();
    byte[] second = Keys.of().text(b).number(other).bytes();
    int expected = a.equals(b) ? Long.compare(after, other) : a.compareTo(b); // no surrogates here
    assertThat(Integer.signum(Arrays.compareUnsigned(first, second)))
        .isEqualTo(Integer.signum(expected));
    assertThat(Keys.textAt(first, 0)).isEqualTo(a);
    assertThat(Keys.numberAt(first, Keys.textEnd(first, 0))).isEqualTo(after);
  }

  @Property
  void afterIsBehindAllKeysWithThePrefixAndBeforeAllOthers(
      @ForAll @Size(max = 4) byte[] prefix,
      @ForAll @Size(max = 4) byte[] rest,
      @ForAll @Size(max = 8) byte[] any) {
    byte[] with = Keys.of().raw(prefix).raw(rest).bytes();
    assertThat(Arrays.compareUnsigned(with, Keys.after(prefix))).isNegative();
    boolean hasPrefix =
        any.length >= prefix.length && Arrays.equals(prefix, Arrays.copyOf(any, prefix.length));
    if (!hasPrefix && Arrays.compareUnsigned(any, prefix) > 0) {
      assertThat(Arrays.compareUnsigned(any, Keys.after(prefix))).isNotNegative();
    }
  }

  @Example
  void refusesWhatWouldBreakTheOrder() {
    assertThatThrownBy(() -> Keys.of().text("a\u0000b"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("U+0000");
    assertThatThrownBy(() -> Keys.of().number(-1)).isInstanceOf(IllegalArgumentException.class);
  }
}
