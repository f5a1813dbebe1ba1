package io.sluice.sql;

import io.sluice.sql.SqlRejected.Code;
import io.sluice.sql.Token.Kind;
import java.util.ArrayList;
import java.util.List;

/**
 * Cuts a statement into words.
 *
 * <p>Strings stand in single or double quotes; the quote itself is written twice, and a backslash
 * is a backslash, so that regular expressions need no second escape. Whether AWS reads escapes
 * there is not documented.
 */
final class Lexer {
  private final SourceText source;
  private final String text;
  private final boolean extended;
  private final List<Token> tokens = new ArrayList<>();
  private int p;

  private Lexer(SourceText source, boolean extended) {
    this.source = source;
    this.text = source.text();
    this.extended = extended;
  }

  /** All words, the last being {@link Kind#END}. */
  static List<Token> cut(SourceText source, boolean extended) {
    Lexer lexer = new Lexer(source, extended);
    lexer.run();
    return lexer.tokens;
  }

  private void run() {
    while (true) {
      skipSpace();
      if (p == text.length()) {
        tokens.add(new Token(Kind.END, "", new Span(p, p)));
        return;
      }
      char c = text.charAt(p);
      if (c == '\'' || c == '"') {
        string(c);
      } else if (isDigit(c)) {
        number();
      } else if (isNameStart(p)) {
        int end = nameEnd(p);
        add(Kind.WORD, text.substring(p, end), end);
      } else if (c == '@') {
        variable();
      } else {
        symbol(c);
      }
    }
  }

  private void skipSpace() {
    while (p < text.length()) {
      if (Character.isWhitespace(text.charAt(p))) {
        p++;
      } else if (extended && text.startsWith("--", p)) {
        int end = text.indexOf('\n', p);
        p = end < 0 ? text.length() : end;
      } else if (extended && text.startsWith("/*", p)) {
        int end = text.indexOf("*/", p + 2);
        if (end < 0) {
          throw new SqlRejected(Code.CHARACTER, source, p, "a comment without an end", "'*/'", "");
        }
        p = end + 2;
      } else {
        return;
      }
    }
  }

  private void string(char quote) {
    StringBuilder inside = new StringBuilder();
    int from = p + 1;
    while (true) {
      int end = text.indexOf(quote, from);
      if (end < 0) {
        throw new SqlRejected(
            Code.CHARACTER,
            source,
            p,
            "a string without an end",
            "a closing " + quote,
            "A quote inside a string is written twice.");
      }
      inside.append(text, from, end);
      if (end + 1 == text.length() || text.charAt(end + 1) != quote) {
        add(Kind.STRING, inside.toString(), end + 1);
        return;
      }
      inside.append(quote);
      from = end + 2;
    }
  }

  private void number() {
    int end = digits(p);
    if (end + 1 < text.length() && text.charAt(end) == '.' && isDigit(text.charAt(end + 1))) {
      end = digits(end + 1);
    }
    if (end < text.length() && (text.charAt(end) == 'e' || text.charAt(end) == 'E')) {
      int exponent = end + 1;
      if (exponent < text.length()
          && (text.charAt(exponent) == '-' || text.charAt(exponent) == '+')) {
        exponent++;
      }
      int digits = digits(exponent);
      end = digits > exponent ? digits : end;
    }
    if (end < text.length() && isNameStart(end)) {
      throw new SqlRejected(
          Code.SYNTAX,
          source,
          p,
          "'" + text.substring(p, nameEnd(end)) + "'",
          "a number or a name",
          "A name that begins with a digit is reached by get(object, \"name\").");
    }
    add(Kind.NUMBER, text.substring(p, end), end);
  }

  private void variable() {
    if (p + 1 == text.length() || !isNamePart(p + 1)) {
      throw new SqlRejected(Code.SYNTAX, source, p, "'@'", "a variable's name behind it", "");
    }
    int end = nameEnd(p + 1);
    add(Kind.VARIABLE, text.substring(p + 1, end), end);
  }

  private void symbol(char c) {
    switch (c) {
      case ',' -> add(Kind.COMMA);
      case '.' -> add(Kind.DOT);
      case '(' -> add(Kind.OPEN);
      case ')' -> add(Kind.CLOSE);
      case '{' -> add(Kind.OPEN_BRACE);
      case '}' -> add(Kind.CLOSE_BRACE);
      case '[' -> add(Kind.OPEN_BRACKET);
      case ']' -> add(Kind.CLOSE_BRACKET);
      case ':' -> add(Kind.COLON);
      case '*' -> add(Kind.STAR);
      case '/' -> add(Kind.SLASH);
      case '%' -> add(Kind.PERCENT);
      case '+' -> add(Kind.PLUS);
      case '-' -> add(Kind.MINUS);
      case '=' -> add(Kind.EQUAL);
      case '<' -> {
        if (text.startsWith("<>", p)) {
          add(Kind.NOT_EQUAL, "<>", p + 2);
        } else if (text.startsWith("<=", p)) {
          add(Kind.LESS_OR_EQUAL, "<=", p + 2);
        } else {
          add(Kind.LESS);
        }
      }
      case '>' -> {
        if (text.startsWith(">=", p)) {
          add(Kind.GREATER_OR_EQUAL, ">=", p + 2);
        } else {
          add(Kind.GREATER);
        }
      }
      default -> {
        if (extended && text.startsWith("!=", p)) {
          add(Kind.NOT_EQUAL, "!=", p + 2);
        } else {
          throw foreign(c);
        }
      }
    }
  }

  private SqlRejected foreign(char c) {
    String advice =
        switch (c) {
          case '!' -> "Not equal is written <>.";
          case ';' -> "A statement has no semicolon.";
          case '$' ->
              "Templates ${...} belong into actions; a key with a '$' is reached by get(object, \"name\").";
          case '`' -> "There are no quoted names; use get(object, \"name\").";
          default -> "";
        };
    return new SqlRejected(
        Code.CHARACTER,
        source,
        p,
        "'" + Character.toString(text.codePointAt(p)) + "'",
        "a word of the statement",
        advice);
  }

  private void add(Kind kind) {
    add(kind, text.substring(p, p + 1), p + 1);
  }

  private void add(Kind kind, String value, int end) {
    tokens.add(new Token(kind, value, new Span(p, end)));
    p = end;
  }

  private int digits(int from) {
    int end = from;
    while (end < text.length() && isDigit(text.charAt(end))) {
      end++;
    }
    return end;
  }

  private int nameEnd(int from) {
    int end = from;
    while (end < text.length() && isNamePart(end)) {
      end += Character.charCount(text.codePointAt(end));
    }
    return end;
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private boolean isNameStart(int at) {
    int c = text.codePointAt(at);
    return c == '_' || Character.isLetter(c);
  }

  private boolean isNamePart(int at) {
    int c = text.codePointAt(at);
    return c == '_' || Character.isLetterOrDigit(c);
  }
}
