package io.sluice.sql;

import io.sluice.message.InvalidTopic;
import io.sluice.message.TopicFilter;
import io.sluice.sql.Select.Item;
import io.sluice.sql.SqlRejected.Code;
import io.sluice.sql.Statement.Assignment;
import io.sluice.sql.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Statements: SET, SELECT, FROM, WHERE (AWS IoT Developer Guide, "AWS IoT SQL reference"). Our own
 * descent rather than a general SQL parser; {@code docs/decisions/0020-own-sql-parser.md} tells
 * what was tried.
 */
final class Parser extends ExpressionParser {
  /** A rule with its SQL, actions and texts may have 128 KB. */
  static final int TEXT_MAX = 128 * 1024;

  private static final Set<String> CLAUSES = Set.of("from", "where", "as", "incase");

  private Parser(SourceText source, SqlVersion version) {
    super(source, version);
  }

  static Statement statement(SourceText source, SqlVersion version) {
    checkLength(source);
    return new Parser(source, version).statement();
  }

  /** An expression alone, as in a substitution template. */
  static Expression expression(SourceText source, SqlVersion version) {
    checkLength(source);
    Parser parser = new Parser(source, version);
    Expression expression = parser.expression();
    parser.expect(Kind.END, "");
    return expression;
  }

  private static void checkLength(SourceText source) {
    if (source.text().length() > TEXT_MAX) {
      throw new SqlRejected(
          Code.TOO_LONG,
          source,
          0,
          source.text().length() + " characters",
          "at most " + TEXT_MAX,
          "");
    }
  }

  private Statement statement() {
    List<Assignment> assignments = peek().is("set") ? assignments() : List.of();
    Statement.Foreach foreach = null;
    Select select;
    if (version.extended() && takeIf("foreach")) {
      Expression source = expression();
      String name = takeIf("as") ? expect(Kind.WORD, "").text() : Foreach.ELEMENT;
      Token start = peek();
      select = takeIf("do") ? select() : wholeElement(start);
      foreach = new Statement.Foreach(source, name, takeIf("incase") ? expression() : null);
    } else {
      expect("SELECT", peek().is("foreach") ? "FOREACH is in version sluice-1." : "");
      select = select();
    }
    Statement.From from = takeIf("from") ? from() : null;
    Expression where = takeIf("where") ? expression() : null;
    if (!peek().is(Kind.END)) {
      throw unexpected(
          where != null
              ? "an operator or the end of the statement"
              : from != null
                  ? "WHERE or the end of the statement"
                  : "an operator, ',', AS, FROM, WHERE or the end of the statement",
          adviceAtEnd());
    }
    return new Statement(assignments, foreach, select, from, where);
  }

  /** FOREACH without DO passes the elements on as they are. */
  private static Select wholeElement(Token at) {
    return new Select(false, List.of(new Item(new Expression.Whole(at.span()), List.of())));
  }

  private String adviceAtEnd() {
    Token token = peek();
    if (token.is(Kind.WORD)) {
      return switch (token.text().toLowerCase(Locale.ROOT)) {
        case "group", "order", "having", "limit", "join", "union" ->
            "The dialect looks at one message: it has no GROUP BY, ORDER BY, HAVING, LIMIT or"
                + " JOIN.";
        case "like" ->
            "The dialect has regexp_matches(text, pattern), startswith and endswith; LIKE is in"
                + " version sluice-1.";
        case "between" -> "Write x >= a AND x <= b.";
        case "is" -> "Write isNull(x) or isUndefined(x).";
        case "not" -> "Write NOT (x IN array).";
        default -> "A second name needs AS.";
      };
    }
    return "";
  }

  private List<Assignment> assignments() {
    take();
    List<Assignment> assignments = new ArrayList<>();
    do {
      Token name = expect(Kind.VARIABLE, "SET assigns variables: SET @name = expression.");
      expect(Kind.EQUAL, "");
      assignments.add(new Assignment(name.text(), expression(), name.span()));
    } while (takeIf(Kind.COMMA));
    return assignments;
  }

  private Select select() {
    boolean value = peek().is("value");
    if (value && isValueKeyword()) {
      return selectValue();
    }
    int start = mark();
    List<Item> items = new ArrayList<>();
    do {
      items.add(item());
    } while (takeIf(Kind.COMMA));
    if (value && items.size() == 1 && isDifferenceWithoutName(items.get(0))) {
      rewind(start); // VALUE -x: the key value minus x would have needed a name
      return selectValue();
    }
    return new Select(false, items);
  }

  private static boolean isDifferenceWithoutName(Item item) {
    return item.alias().isEmpty()
        && item.expression() instanceof Expression.Chain chain
        && chain.links().get(0).operator() == Expression.Operator.SUBTRACT;
  }

  /** VALUE is a common key of payloads, so it is the keyword only where an item follows. */
  private boolean isValueKeyword() {
    Token behind = peek(1);
    return switch (behind.kind()) {
      case WORD -> !CLAUSES.contains(behind.text().toLowerCase(Locale.ROOT)) && !isInfix(behind);
      case NUMBER, STRING, VARIABLE, OPEN, OPEN_BRACE -> true;
      case OPEN_BRACKET ->
          !version.extended() || behind.span().start() > peek().span().end(); // value[0], VALUE [0]
      case STAR -> {
        Token afterStar = peek(2);
        yield afterStar.is(Kind.END)
            || afterStar.is(Kind.CLOSE)
            || afterStar.is("from")
            || afterStar.is("where");
      }
      default -> false;
    };
  }

  private boolean isInfix(Token token) {
    if (token.is("and") || token.is("or")) {
      return true;
    }
    return (token.is("in") || token.is("like") && version.extended()) && !peek(2).is(Kind.DOT);
  }

  private Select selectValue() {
    take();
    Item item = item();
    if (!item.alias().isEmpty()) {
      throw rejected(
          Code.SYNTAX, last(), "no AS", "SELECT VALUE gives a bare value, which has no name.");
    }
    if (peek().is(Kind.COMMA)) {
      throw unexpected(
          "FROM, WHERE or the end",
          "SELECT VALUE takes one item; without VALUE there may be several.");
    }
    return new Select(true, List.of(item));
  }

  private Item item() {
    Kind behind = peek(1).kind();
    Expression expression;
    if (peek().is(Kind.STAR)
        && (behind == Kind.COMMA
            || behind == Kind.END
            || behind == Kind.CLOSE
            || peek(1).is(Kind.WORD))) {
      expression = new Expression.Whole(take().span());
    } else {
      expression = expression();
    }
    List<String> alias = new ArrayList<>();
    if (takeIf("as")) {
      do {
        alias.add(
            expect(
                    Kind.WORD,
                    "Names behind AS are letters, digits and '_'; other keys: SELECT {\"the-key\":"
                        + " value}.")
                .text());
      } while (takeIf(Kind.DOT));
    }
    return new Item(expression, alias);
  }

  private Statement.From from() {
    Token filter = expect(Kind.STRING, "FROM takes one topic filter in quotes: FROM 'a/+/b'.");
    if (!version.extended() && source.text().charAt(filter.span().start()) == '"') {
      throw rejected(
          Code.SYNTAX,
          filter,
          "a topic filter in single quotes",
          "Write FROM '%s'; double quotes are for strings.".formatted(filter.text()));
    }
    try {
      TopicFilter.of(filter.text());
    } catch (InvalidTopic invalid) {
      throw rejected(
          Code.TOPIC_FILTER_INVALID,
          filter,
          "a topic filter",
          invalid.getMessage() == null ? "" : invalid.getMessage());
    }
    if (filter.text().startsWith("$aws/rules/")) {
      throw rejected(
          Code.TOPIC_FILTER_INVALID,
          filter,
          "a topic filter outside $aws/rules/",
          "What is published to $aws/rules/NAME/topic starts that rule by itself; leave the prefix"
              + " out.");
    }
    return new Statement.From(filter.text(), filter.span());
  }

  @Override
  Expression.Nested nested(Token open) {
    needs2016(open, "a nested SELECT");
    enter();
    take();
    Select select = select();
    expect("FROM", "A nested SELECT reads from an array or an object.");
    Expression source = expression();
    String name = takeIf("as") ? expect(Kind.WORD, "").text() : null;
    Expression where = takeIf("where") ? expression() : null;
    expect(Kind.CLOSE, "");
    leave();
    return new Expression.Nested(select, source, name, where, open.span().to(last().span()));
  }
}
