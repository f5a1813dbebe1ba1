package io.sluice.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.message.TopicName;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Numbers in statements beside BigDecimal. */
class ArithmeticProperties {
  private static final EvaluationContext WORLD =
      new EvaluationContext("0", 0, new SplittableRandom(1), Lookups.NONE);

  private static BigDecimal evaluate(String expression, Object a, Object b) {
    String payload = "{\"a\":%s,\"b\":%s}".formatted(a, b);
    Evaluation evaluation =
        RuleSql.compile("SELECT VALUE " + expression + " FROM '#'", SqlVersion.V2016_03_23)
            .evaluate(
                new MessageView(
                    TopicName.of("t"),
                    payload.getBytes(StandardCharsets.UTF_8),
                    MessageContext.UNKNOWN),
                WORLD);
    return new BigDecimal(
        new String(((Evaluation.Json) evaluation).bytes(), StandardCharsets.UTF_8));
  }

  @Property
  void intsAreExact(@ForAll("ints") BigInteger a, @ForAll("ints") BigInteger b) {
    assertThat(evaluate("a + b", a, b)).isEqualByComparingTo(new BigDecimal(a.add(b)));
    assertThat(evaluate("a - b", a, b)).isEqualByComparingTo(new BigDecimal(a.subtract(b)));
    assertThat(evaluate("a * b", a, b))
        .isEqualByComparingTo(new BigDecimal(a.multiply(b)).round(MathContext.DECIMAL128));
    assertThat(evaluate("-a", a, b)).isEqualByComparingTo(new BigDecimal(a.negate()));
  }

  @Property
  void decimalsHave34Digits(@ForAll("decimals") BigDecimal a, @ForAll("decimals") BigDecimal b) {
    MathContext digits = MathContext.DECIMAL128;
    assertThat(evaluate("a + b", a, b)).isEqualByComparingTo(a.add(b, digits));
    assertThat(evaluate("a - b", a, b)).isEqualByComparingTo(a.subtract(b, digits));
    assertThat(evaluate("a * b", a, b)).isEqualByComparingTo(a.multiply(b, digits));
    if (b.signum() != 0) {
      assertThat(evaluate("a / b", a, b)).isEqualByComparingTo(a.divide(b, digits));
      assertThat(evaluate("a % b", a, b)).isEqualByComparingTo(a.remainder(b));
    }
  }

  /** Whatever the types: one of the three comparisons is true. */
  @Property
  void numbersHaveAnOrder(@ForAll("decimals") BigDecimal a, @ForAll("ints") BigInteger b) {
    int order = a.compareTo(new BigDecimal(b));
    assertThat(
            evaluate(
                "CASE a < b WHEN true THEN -1 ELSE CASE a > b WHEN true THEN 1 ELSE CASE a = b WHEN true THEN 0 END END END",
                a,
                b))
        .isEqualByComparingTo(BigDecimal.valueOf(order));
  }

  @Provide
  Arbitrary<BigInteger> ints() {
    return Arbitraries.oneOf(
        Arbitraries.longs().map(BigInteger::valueOf),
        Arbitraries.bigIntegers().between(BigInteger.TEN.pow(33).negate(), BigInteger.TEN.pow(33)));
  }

  @Provide
  Arbitrary<BigDecimal> decimals() {
    return Arbitraries.oneOf(
        Arbitraries.bigDecimals().between(new BigDecimal("-1E9"), new BigDecimal("1E9")).ofScale(6),
        Arbitraries.bigIntegers()
            .between(BigInteger.TEN.pow(33).negate(), BigInteger.TEN.pow(33))
            .flatMap(
                digits ->
                    Arbitraries.integers()
                        .between(-200, 200)
                        .map(scale -> new BigDecimal(digits, scale))));
  }
}
