package io.sluice.sql;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.OptionalInt;
import java.util.function.BinaryOperator;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;

/**
 * Numbers. Trigonometry, logarithms, powers and roots have the precision of a double, everything
 * else is exact.
 */
final class MathFunctions {
  private static final int PLACES_MAX = 34;

  private MathFunctions() {}

  static void addTo(Functions.Registry functions) {
    functions.add(
        "abs",
        1,
        1,
        a ->
            a.number(0) instanceof Value.Num n
                ? n.signum() < 0 ? negated(n, a) : n
                : Undefined.UNDEFINED);
    functions.add(
        "sign",
        1,
        1,
        a -> a.number(0) instanceof Value.Num n ? Int.of(n.signum()) : Undefined.UNDEFINED);
    functions.add("ceil", 1, 1, a -> rounded(a, RoundingMode.CEILING));
    functions.add("floor", 1, 1, a -> rounded(a, RoundingMode.FLOOR));
    functions.add("round", 1, 1, a -> rounded(a, RoundingMode.HALF_UP)); // ties away from zero
    functions.add("trunc", 2, 2, MathFunctions::trunc);
    functions.add(
        "nanvl",
        2,
        2,
        a -> a.at(0).isUndefined() || a.at(0) == Null.NULL ? a.at(1) : a.at(0)); // JSON has no NaN
    functions.add(
        new Functions.Function("mod", 2, 2, SqlVersion.V2015_10_08, MathFunctions::remainder));
    functions.add(
        new Functions.Function(
            "remainder", 2, 2, SqlVersion.V2015_10_08, MathFunctions::remainder));
    functions.add(
        "rand", 0, 0, a -> Numbers.of(a.frame().context().random().nextDouble(), a.wholeIsInt()));

    bits(functions, "bitand", BigInteger::and);
    bits(functions, "bitor", BigInteger::or);
    bits(functions, "bitxor", BigInteger::xor);
    functions.add("bitnot", 1, 1, MathFunctions::bitnot);

    of(functions, "acos", Math::acos);
    of(functions, "asin", Math::asin);
    of(functions, "atan", Math::atan);
    of(functions, "cos", Math::cos);
    of(functions, "cosh", Math::cosh);
    of(functions, "sin", Math::sin);
    of(functions, "sinh", Math::sinh);
    of(functions, "tan", Math::tan);
    of(functions, "tanh", Math::tanh);
    of(functions, "exp", Math::exp);
    of(functions, "ln", Math::log);
    of(functions, "log", Math::log10);
    of(functions, "sqrt", Math::sqrt);
    ofTwo(functions, "atan2", Math::atan2);
    ofTwo(functions, "power", Math::pow);
  }

  private static void of(Functions.Registry functions, String name, DoubleUnaryOperator operator) {
    functions.add(
        name,
        1,
        1,
        a ->
            a.number(0) instanceof Value.Num n
                ? Numbers.of(operator.applyAsDouble(n.decimal().doubleValue()), a.wholeIsInt())
                : Undefined.UNDEFINED);
  }

  private static void ofTwo(
      Functions.Registry functions, String name, DoubleBinaryOperator operator) {
    functions.add(
        name,
        2,
        2,
        a ->
            a.number(0) instanceof Value.Num n && a.number(1) instanceof Value.Num m
                ? Numbers.of(
                    operator.applyAsDouble(n.decimal().doubleValue(), m.decimal().doubleValue()),
                    a.wholeIsInt())
                : Undefined.UNDEFINED);
  }

  private static void bits(
      Functions.Registry functions, String name, BinaryOperator<BigInteger> operator) {
    functions.add(
        name,
        2,
        2,
        a ->
            a.floor(0) instanceof Int n && a.floor(1) instanceof Int m
                ? Numbers.of(operator.apply(n.integer(), m.integer()))
                : Undefined.UNDEFINED);
  }

  /**
   * The complement of an Int: -14 for 13. What is neither number nor String comes back as it is.
   */
  private static Value bitnot(Args a) {
    if (a.at(0) instanceof Value.Num || a.at(0) instanceof Text) {
      return a.floor(0) instanceof Int n ? Numbers.of(n.integer().not()) : Undefined.UNDEFINED;
    }
    return a.at(0);
  }

  private static Value negated(Value.Num number, Args a) {
    return number instanceof Int whole
        ? Numbers.of(whole.integer().negate())
        : Numbers.of(number.decimal().negate(), a.wholeIsInt());
  }

  private static Value rounded(Args a, RoundingMode rounding) {
    return a.number(0) instanceof Value.Num n ? Numbers.whole(n, rounding) : Undefined.UNDEFINED;
  }

  /** Cut, not rounded; a String as the number of places is no number here. */
  private static Value trunc(Args a) {
    OptionalInt wanted = a.place(1);
    if (!(a.number(0) instanceof Value.Num n)
        || !(a.at(1) instanceof Value.Num)
        || wanted.isEmpty()) {
      return Undefined.UNDEFINED;
    }
    if (n instanceof Int) {
      return n;
    }
    int places = Math.max(0, Math.min(PLACES_MAX, wanted.getAsInt()));
    BigDecimal value = n.decimal();
    BigDecimal cut = value.scale() > places ? value.setScale(places, RoundingMode.DOWN) : value;
    return Numbers.of(
        cut.signum() == 0 ? BigDecimal.ZERO : cut.stripTrailingZeros(), a.wholeIsInt());
  }

  private static Code remainder(Expression.Call call, Compiler compiler) {
    Code left = compiler.compile(call.arguments().get(0));
    Code right = compiler.compile(call.arguments().get(1));
    Arithmetic arithmetic = compiler.arithmetic;
    return frame -> arithmetic.remainder(left.run(frame), right.run(frame));
  }
}
