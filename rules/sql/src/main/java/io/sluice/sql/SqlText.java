package io.sluice.sql;

import io.sluice.sql.Expression.Operator;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Writes a statement back as text, with a bracket around every operation: what the parser
 * understood.
 */
final class SqlText implements Expression.Visitor<String> {
  private static final SqlText WRITER = new SqlText();

  private SqlText() {}

  static String print(Statement statement) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < statement.assignments().size(); i++) {
      Statement.Assignment assignment = statement.assignments().get(i);
      text.append(i == 0 ? "SET @" : ", @")
          .append(assignment.name())
          .append(" = ")
          .append(print(assignment.expression()));
    }
    text.append(text.isEmpty() ? "" : " ");
    Statement.Foreach foreach = statement.foreach();
    if (foreach == null) {
      text.append(print(statement.select()));
    } else {
      text.append("FOREACH ").append(print(foreach.source())).append(" AS ").append(foreach.name());
      text.append(" DO ").append(print(statement.select()).substring("SELECT ".length()));
      Expression incase = foreach.incase();
      text.append(incase == null ? "" : " INCASE " + print(incase));
    }
    Statement.From from = statement.from();
    if (from != null) {
      text.append(" FROM ").append(quoted(from.filter()));
    }
    Expression where = statement.where();
    if (where != null) {
      text.append(" WHERE ").append(print(where));
    }
    return text.toString();
  }

  static String print(Expression expression) {
    return expression.accept(WRITER);
  }

  private static String print(Select select) {
    return select.items().stream()
        .map(
            item ->
                print(item.expression())
                    + (item.alias().isEmpty() ? "" : " AS " + String.join(".", item.alias())))
        .collect(Collectors.joining(", ", select.value() ? "SELECT VALUE " : "SELECT ", ""));
  }

  private static String quoted(String text) {
    return "'" + text.replace("'", "''") + "'";
  }

  private static String list(
      List<Expression> expressions, String separator, String open, String close) {
    return expressions.stream()
        .map(SqlText::print)
        .collect(Collectors.joining(separator, open, close));
  }

  @Override
  public String literal(Expression.Literal e) {
    Value value = e.value();
    return value instanceof Text text ? quoted(text.toString()) : Conversions.json(value);
  }

  @Override
  public String attribute(Expression.Attribute e) {
    return e.name();
  }

  @Override
  public String variable(Expression.Variable e) {
    return "@" + e.name();
  }

  @Override
  public String whole(Expression.Whole e) {
    return "*";
  }

  @Override
  public String members(Expression.Members e) {
    return print(e.base()) + "." + String.join(".", e.path());
  }

  @Override
  public String subscript(Expression.Subscript e) {
    return print(e.base()) + "[" + print(e.index()) + "]";
  }

  @Override
  public String negation(Expression.Negation e) {
    return "(-(" + print(e.operand()) + "))";
  }

  @Override
  public String not(Expression.Not e) {
    return "(NOT " + print(e.operand()) + ")";
  }

  @Override
  public String and(Expression.And e) {
    return list(e.operands(), " AND ", "(", ")");
  }

  @Override
  public String or(Expression.Or e) {
    return list(e.operands(), " OR ", "(", ")");
  }

  @Override
  public String chain(Expression.Chain e) {
    StringBuilder text = new StringBuilder("(").append(print(e.first()));
    for (Expression.Link link : e.links()) {
      Operator operator = link.operator();
      text.append(' ').append(operator.symbol).append(' ').append(print(link.operand()));
    }
    return text.append(')').toString();
  }

  @Override
  public String choice(Expression.Case e) {
    StringBuilder text = new StringBuilder("(CASE");
    Expression operand = e.operand();
    if (operand != null) {
      text.append(' ').append(print(operand));
    }
    e.whens()
        .forEach(
            when ->
                text.append(" WHEN ")
                    .append(print(when.match()))
                    .append(" THEN ")
                    .append(print(when.result())));
    Expression otherwise = e.otherwise();
    if (otherwise != null) {
      text.append(" ELSE ").append(print(otherwise));
    }
    return text.append(" END)").toString();
  }

  @Override
  public String call(Expression.Call e) {
    return e.name() + list(e.arguments(), ", ", "(", ")");
  }

  @Override
  public String cast(Expression.Cast e) {
    return "cast(" + print(e.operand()) + " AS " + e.type().name() + ")";
  }

  @Override
  public String objectLiteral(Expression.ObjectLiteral e) {
    return e.entries().stream()
        .map(entry -> quoted(entry.key()) + ": " + print(entry.value()))
        .collect(Collectors.joining(", ", "{", "}"));
  }

  @Override
  public String arrayLiteral(Expression.ArrayLiteral e) {
    return list(e.elements(), ", ", "[", "]");
  }

  @Override
  public String nested(Expression.Nested e) {
    StringBuilder text =
        new StringBuilder("(").append(print(e.select())).append(" FROM ").append(print(e.source()));
    String name = e.name();
    if (name != null) {
      text.append(" AS ").append(name);
    }
    Expression where = e.where();
    if (where != null) {
      text.append(" WHERE ").append(print(where));
    }
    return text.append(')').toString();
  }

  @Override
  public String exists(Expression.Exists e) {
    return "EXISTS " + print(e.nested());
  }
}
