package io.sluice.sql;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.sf.jsqlparser.JSQLParserException;
import net.sf.jsqlparser.expression.BinaryExpression;
import net.sf.jsqlparser.expression.Expression;
import net.sf.jsqlparser.expression.NotExpression;
import net.sf.jsqlparser.expression.operators.relational.ParenthesedExpressionList;
import net.sf.jsqlparser.parser.CCJSqlParserUtil;
import net.sf.jsqlparser.schema.Column;

/** Our precedences beside those of a parser of general SQL, on what both understand. */
class PrecedenceProperties {
  @Property(tries = 300)
  void operatorsBindAsInSql(@ForAll("conditions") String condition) throws JSQLParserException {
    io.sluice.sql.Expression ours =
        Parser.expression(new SourceText(condition), SqlVersion.V2016_03_23);
    Expression theirs = CCJSqlParserUtil.parseCondExpression(condition);
    assertThat(bracketed(ours)).isEqualTo(bracketed(theirs));
  }

  private static String bracketed(Expression e) {
    if (e instanceof ParenthesedExpressionList<?> list) {
      return bracketed(list.get(0));
    } else if (e instanceof NotExpression not) {
      return "(NOT " + bracketed(not.getExpression()) + ")";
    } else if (e instanceof BinaryExpression binary) {
      return "("
          + bracketed(binary.getLeftExpression())
          + " "
          + binary.getStringExpression()
          + " "
          + bracketed(binary.getRightExpression())
          + ")";
    }
    assertThat(e).isInstanceOf(Column.class);
    return e.toString();
  }

  /** Chains as pairs from the left, as a parser without lists has them. */
  private static String bracketed(io.sluice.sql.Expression e) {
    if (e instanceof io.sluice.sql.Expression.Chain chain) {
      String left = bracketed(chain.first());
      for (io.sluice.sql.Expression.Link link : chain.links()) {
        left = "(" + left + " " + link.operator().symbol + " " + bracketed(link.operand()) + ")";
      }
      return left;
    } else if (e instanceof io.sluice.sql.Expression.And and) {
      return and.operands().stream()
          .map(PrecedenceProperties::bracketed)
          .reduce((l, r) -> "(" + l + " AND " + r + ")")
          .orElseThrow();
    } else if (e instanceof io.sluice.sql.Expression.Or or) {
      return or.operands().stream()
          .map(PrecedenceProperties::bracketed)
          .reduce((l, r) -> "(" + l + " OR " + r + ")")
          .orElseThrow();
    } else if (e instanceof io.sluice.sql.Expression.Not not) {
      return "(NOT " + bracketed(not.operand()) + ")";
    }
    return ((io.sluice.sql.Expression.Attribute) e).name();
  }

  @Provide
  Arbitrary<String> conditions() {
    Arbitrary<String> name = Arbitraries.of("a", "b", "c");
    Arbitrary<String> sum =
        Combinators.combine(
                name,
                Arbitraries.of(" + ", " - ", " * ", " / ", " % "),
                name,
                Arbitraries.of(" + ", " - ", " * ", " / "),
                name)
            .as((x, op, y, op2, z) -> x + op + y + op2 + z);
    Arbitrary<String> comparison =
        Combinators.combine(
                Arbitraries.of("", "", "NOT "),
                Arbitraries.oneOf(name, sum),
                Arbitraries.of("=", "<>", "<", ">="),
                Arbitraries.oneOf(name, sum))
            .as((not, x, op, y) -> not + x + " " + op + " " + y);
    Arbitrary<String> joined =
        Combinators.combine(
                comparison,
                Arbitraries.of(" AND ", " OR "),
                comparison,
                Arbitraries.of(" AND ", " OR "),
                comparison)
            .as((x, op, y, op2, z) -> x + op + y + op2 + z);
    return Arbitraries.oneOf(
        joined, Combinators.combine(joined, comparison).as((x, y) -> "(" + x + ") AND " + y));
  }
}
