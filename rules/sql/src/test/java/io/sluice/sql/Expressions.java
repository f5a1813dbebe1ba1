package io.sluice.sql;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/** Random expressions of the dialect, three levels deep. */
final class Expressions {
  private Expressions() {}

  static Arbitrary<String> any() {
    return any(3);
  }

  private static Arbitrary<String> any(int depth) {
    Arbitrary<String> leaf =
        Arbitraries.of(
            "a",
            "b",
            "c.d",
            "a.b.c",
            "value",
            "1",
            "0",
            "-2.5",
            "1E3",
            "'x'",
            "\"12\"",
            "''",
            "TRUE",
            "false",
            "NULL",
            "topic(2)",
            "timestamp()",
            "[1, 'x']",
            "{'k': a}",
            "get(*, 'from')",
            "encode(*, 'base64')",
            "9223372036854775807");
    if (depth == 0) {
      return leaf;
    }
    Arbitrary<String> inner = any(depth - 1);
    Arbitrary<String> operators =
        Arbitraries.of("+", "-", "*", "/", "%", "=", "<>", "<", "<=", ">", ">=", "IN", "AND", "OR");
    Arbitrary<String> ofOne =
        Arbitraries.of(
            "abs",
            "ceil",
            "floor",
            "round",
            "sign",
            "sqrt",
            "ln",
            "exp",
            "tan",
            "bitnot",
            "chr",
            "length",
            "numbytes",
            "lower",
            "upper",
            "trim",
            "md5",
            "sha256",
            "isNull",
            "isUndefined",
            "get_or_default",
            "-");
    Arbitrary<String> ofTwo =
        Arbitraries.of(
            "mod",
            "power",
            "atan2",
            "bitand",
            "concat",
            "startswith",
            "indexof",
            "lpad",
            "rpad",
            "trunc",
            "nanvl",
            "substring",
            "regexp_matches",
            "regexp_substr",
            "get",
            "decode",
            "encode",
            "parse_time",
            "time_to_epoch",
            "get_or_default");
    return Arbitraries.oneOf(
        leaf,
        Combinators.combine(inner, operators, inner)
            .as((l, op, r) -> "(" + l + " " + op + " " + r + ")"),
        Combinators.combine(inner, operators, inner)
            .as((l, op, r) -> "(NOT " + l + " " + op + " " + r + ")"),
        Combinators.combine(ofOne, inner).as((f, x) -> f + "(" + x + ")"),
        Combinators.combine(ofTwo, inner, inner).as((f, x, y) -> f + "(" + x + ", " + y + ")"),
        Combinators.combine(inner, inner, inner)
            .as((x, y, z) -> "CASE " + x + " WHEN " + y + " THEN " + z + " ELSE " + x + " END"),
        Combinators.combine(inner, inner, inner)
            .as((x, y, z) -> "(SELECT VALUE " + x + " FROM " + y + " AS e WHERE " + z + ")"),
        inner.map(x -> "EXISTS (SELECT * FROM " + x + ")"),
        Combinators.combine(inner, Arbitraries.of("Int", "Decimal", "String", "Boolean", "Double"))
            .as((x, t) -> "cast(" + x + " AS " + t + ")"),
        inner.map(x -> "[" + x + ", " + x + "]"),
        inner.map(x -> "{'k': " + x + ", 'v': *}"));
  }
}
