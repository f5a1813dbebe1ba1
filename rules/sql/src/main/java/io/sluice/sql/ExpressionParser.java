package io.sluice.sql;

import io.sluice.sql.Expression.Link;
import io.sluice.sql.Expression.Operator;
import io.sluice.sql.SqlRejected.Code;
import io.sluice.sql.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Expressions, by descent through the precedences of section "Operators" of the AWS IoT Developer
 * Guide.
 */
abstract class ExpressionParser extends TokenReader {
  private static final Set<String> RESERVED =
      Set.of(
          "select", "from", "where", "as", "and", "or", "not", "in", "case", "when", "then", "else",
          "end");
  private static final Map<Kind, Operator> COMPARISONS =
      Map.of(
          Kind.EQUAL, Operator.EQUAL,
          Kind.NOT_EQUAL, Operator.NOT_EQUAL,
          Kind.LESS, Operator.LESS,
          Kind.LESS_OR_EQUAL, Operator.LESS_OR_EQUAL,
          Kind.GREATER, Operator.GREATER,
          Kind.GREATER_OR_EQUAL, Operator.GREATER_OR_EQUAL);
  private static final Map<Kind, Operator> SUMS =
      Map.of(Kind.PLUS, Operator.ADD, Kind.MINUS, Operator.SUBTRACT);
  private static final Map<Kind, Operator> PRODUCTS =
      Map.of(
          Kind.STAR,
          Operator.MULTIPLY,
          Kind.SLASH,
          Operator.DIVIDE,
          Kind.PERCENT,
          Operator.REMAINDER);

  ExpressionParser(SourceText source, SqlVersion version) {
    super(source, version);
  }

  /** Behind an opening bracket, with SELECT next; reads the closing bracket too. */
  abstract Expression.Nested nested(Token open);

  Expression expression() {
    enter();
    Expression first = and();
    if (peek().is("or")) {
      List<Expression> operands = new ArrayList<>(List.of(first));
      while (takeIf("or")) {
        operands.add(and());
      }
      first = new Expression.Or(operands, first.span().to(last().span()));
    }
    leave();
    return first;
  }

  private Expression and() {
    Expression first = not();
    if (!peek().is("and")) {
      return first;
    }
    List<Expression> operands = new ArrayList<>(List.of(first));
    while (takeIf("and")) {
      operands.add(not());
    }
    return new Expression.And(operands, first.span().to(last().span()));
  }

  private Expression not() {
    if (!peek().is("not")) {
      return comparison();
    }
    Token not = take();
    enter();
    Expression operand = not();
    leave();
    return new Expression.Not(operand, not.span().to(last().span()));
  }

  private Expression comparison() {
    Expression first = sum();
    List<Link> links = new ArrayList<>();
    while (true) {
      Operator operator = comparisonOperator();
      if (operator == null) {
        break;
      }
      take();
      links.add(new Link(operator, sum()));
    }
    return chain(first, links);
  }

  private @Nullable Operator comparisonOperator() {
    Token token = peek();
    if (token.is("in")) {
      return Operator.IN;
    }
    if (token.is("like") && version.extended()) {
      return Operator.LIKE;
    }
    return COMPARISONS.get(token.kind());
  }

  private Expression sum() {
    Expression first = product();
    List<Link> links = new ArrayList<>();
    for (Operator operator = SUMS.get(peek().kind());
        operator != null;
        operator = SUMS.get(peek().kind())) {
      take();
      links.add(new Link(operator, product()));
    }
    return chain(first, links);
  }

  private Expression product() {
    Expression first = unary();
    List<Link> links = new ArrayList<>();
    for (Operator operator = PRODUCTS.get(peek().kind());
        operator != null;
        operator = PRODUCTS.get(peek().kind())) {
      take();
      links.add(new Link(operator, unary()));
    }
    return chain(first, links);
  }

  private Expression chain(Expression first, List<Link> links) {
    return links.isEmpty()
        ? first
        : new Expression.Chain(first, links, first.span().to(last().span()));
  }

  private Expression unary() {
    if (!peek().is(Kind.MINUS)) {
      return postfix();
    }
    Token minus = take();
    if (peek().is(Kind.NUMBER)) {
      return number(take(), minus);
    }
    enter();
    Expression operand = unary();
    leave();
    return new Expression.Negation(operand, minus.span().to(last().span()));
  }

  private Expression postfix() {
    Expression base = primary();
    while (true) {
      if (peek().is(Kind.DOT)) {
        base = members(base);
      } else if (peek().is(Kind.OPEN_BRACKET) && version.extended()) {
        enter(); // each subscript is a level of its own
        take();
        Expression index = expression();
        expect(Kind.CLOSE_BRACKET, "");
        leave();
        base = new Expression.Subscript(base, index, base.span().to(last().span()));
      } else if (peek().is(Kind.OPEN_BRACKET)) {
        throw unexpected(
            "an operator, ',' or a keyword", "Array elements are reached by get(array, index).");
      } else {
        return base;
      }
    }
  }

  private Expression members(Expression base) {
    List<String> path = new ArrayList<>();
    while (takeIf(Kind.DOT)) {
      path.add(
          expect(Kind.WORD, "Keys that are no names are reached by get(object, \"key\").")
              .text()); // also a keyword
    }
    return new Expression.Members(base, path, base.span().to(last().span()));
  }

  private Expression primary() {
    Token token = peek();
    return switch (token.kind()) {
      case NUMBER -> number(take(), null);
      case STRING -> new Expression.Literal(Text.literal(take().text()), token.span());
      case VARIABLE -> new Expression.Variable(take().text(), token.span());
      case OPEN -> bracket();
      case OPEN_BRACE -> objectLiteral();
      case OPEN_BRACKET -> arrayLiteral();
      case WORD -> word();
      default ->
          throw unexpected(
              "an expression",
              token.is(Kind.STAR) ? "'*' stands alone as an item or an argument." : "");
    };
  }

  private Expression bracket() {
    Token open = take();
    if (peek().is("select")) {
      return nested(open);
    }
    Expression inside = expression();
    if (peek().is(Kind.COMMA)) {
      throw unexpected("')'", "A list is written with brackets: [a, b].");
    }
    expect(Kind.CLOSE, "");
    return inside;
  }

  private Expression word() {
    Token word = peek();
    boolean called = peek(1).is(Kind.OPEN);
    return switch (word.text().toLowerCase(Locale.ROOT)) {
      case "true" -> new Expression.Literal(Bool.TRUE, take().span());
      case "false" -> new Expression.Literal(Bool.FALSE, take().span());
      case "null" -> new Expression.Literal(Null.NULL, take().span());
      case "case" -> choice();
      case "cast" -> called ? cast() : name(false);
      case "exists" -> called ? exists() : name(false);
      default -> name(called);
    };
  }

  private Expression name(boolean called) {
    Token word = peek();
    if (RESERVED.contains(word.text().toLowerCase(Locale.ROOT))) {
      throw unexpected(
          "an expression",
          "A key with a keyword's name is reached by get(*, \"%s\").".formatted(word.text()));
    }
    take();
    return called ? call(word) : new Expression.Attribute(word.text(), word.span());
  }

  private Expression call(Token name) {
    take();
    List<Expression> arguments = new ArrayList<>();
    if (!takeIf(Kind.CLOSE)) {
      do {
        arguments.add(argument());
      } while (takeIf(Kind.COMMA));
      expect(Kind.CLOSE, "");
    }
    return new Expression.Call(name.text(), arguments, name.span().to(last().span()));
  }

  /** An expression or {@code *}. */
  private Expression argument() {
    Kind behind = peek(1).kind();
    if (peek().is(Kind.STAR)
        && (behind == Kind.COMMA || behind == Kind.CLOSE || behind == Kind.CLOSE_BRACE)) {
      return new Expression.Whole(take().span());
    }
    return expression();
  }

  private Expression choice() {
    Token start = take();
    enter();
    Expression operand = null;
    if (!peek().is("when")) {
      operand = expression();
    } else if (!version.extended()) {
      throw unexpected(
          "the operand of CASE",
          "CASE compares one operand with the values behind WHEN; it has no conditions.");
    }
    List<Expression.When> whens = new ArrayList<>();
    do {
      expect("WHEN", "");
      Expression match = expression();
      expect("THEN", "");
      whens.add(new Expression.When(match, expression()));
    } while (peek().is("when"));
    Expression otherwise = takeIf("else") ? expression() : null;
    expect("END", "");
    leave();
    return new Expression.Case(operand, whens, otherwise, start.span().to(last().span()));
  }

  private Expression cast() {
    Token start = take();
    take();
    Expression operand = argument();
    expect("AS", "A conversion is written cast(value AS type).");
    Token word = peek();
    CastType type = word.is(Kind.WORD) ? CastType.of(word.text()).orElse(null) : null;
    if (type == null) {
      throw unexpected("a type", "Types are String, Int, Decimal, Double and Boolean.");
    }
    if (type.since2016()) {
      needs2016(word, "cast AS " + word.text());
    }
    take();
    expect(Kind.CLOSE, "");
    return new Expression.Cast(operand, type, start.span().to(last().span()));
  }

  private Expression exists() {
    Token start = take();
    Token open = take();
    if (!peek().is("select")) {
      throw unexpected("SELECT", "EXISTS takes a nested query.");
    }
    Expression.Nested nested = nested(open);
    return new Expression.Exists(nested, start.span().to(last().span()));
  }

  private Expression objectLiteral() {
    Token open = take();
    needs2016(open, "an object literal");
    List<Expression.Entry> entries = new ArrayList<>();
    if (!takeIf(Kind.CLOSE_BRACE)) {
      do {
        String key = expect(Kind.STRING, "Keys of an object literal are quoted.").text();
        expect(Kind.COLON, "");
        entries.add(new Expression.Entry(key, argument()));
      } while (takeIf(Kind.COMMA));
      expect(Kind.CLOSE_BRACE, "");
    }
    return new Expression.ObjectLiteral(entries, open.span().to(last().span()));
  }

  private Expression arrayLiteral() {
    Token open = take();
    needs2016(open, "an array literal");
    List<Expression> elements = new ArrayList<>();
    if (!takeIf(Kind.CLOSE_BRACKET)) {
      do {
        elements.add(expression());
      } while (takeIf(Kind.COMMA));
      expect(Kind.CLOSE_BRACKET, "");
    }
    return new Expression.ArrayLiteral(elements, open.span().to(last().span()));
  }

  private Expression number(Token digits, @Nullable Token minus) {
    String text = (minus == null ? "" : "-") + digits.text();
    Value value = Numbers.parse(text, version.has2016());
    if (value.isUndefined()) {
      throw rejected(Code.NUMBER_OUT_OF_RANGE, digits, "a number between 1E-999 and 9.99E999", "");
    }
    return new Expression.Literal(
        value, minus == null ? digits.span() : minus.span().to(digits.span()));
  }
}
