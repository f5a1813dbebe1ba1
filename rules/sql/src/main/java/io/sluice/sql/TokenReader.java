package io.sluice.sql;

import io.sluice.sql.SqlRejected.Code;
import io.sluice.sql.Token.Kind;
import java.util.List;

/** Reads the words of a statement one by one, and says what is wrong with them. */
class TokenReader {
  /**
   * Brackets, functions, NOTs and minus signs inside each other: evaluation recurses once per
   * level.
   */
  static final int NESTING_MAX = 100;

  final SourceText source;
  final SqlVersion version;
  private final List<Token> tokens;
  private int next;
  private int depth;

  TokenReader(SourceText source, SqlVersion version) {
    this.source = source;
    this.version = version;
    this.tokens = Lexer.cut(source, version.extended());
  }

  Token peek() {
    return tokens.get(next);
  }

  Token peek(int ahead) {
    return tokens.get(Math.min(next + ahead, tokens.size() - 1));
  }

  Token take() {
    Token token = peek();
    if (!token.is(Kind.END)) {
      next++;
    }
    return token;
  }

  /** A place to come back to. */
  int mark() {
    return next;
  }

  void rewind(int mark) {
    next = mark;
  }

  /** The word read last. */
  Token last() {
    return tokens.get(Math.max(0, next - 1));
  }

  boolean takeIf(Kind kind) {
    boolean there = peek().is(kind);
    if (there) {
      next++;
    }
    return there;
  }

  boolean takeIf(String keyword) {
    boolean there = peek().is(keyword);
    if (there) {
      next++;
    }
    return there;
  }

  Token expect(Kind kind, String advice) {
    if (!peek().is(kind)) {
      throw unexpected(kind.label, advice);
    }
    return take();
  }

  void expect(String keyword, String advice) {
    if (!takeIf(keyword)) {
      throw unexpected(keyword, advice);
    }
  }

  void enter() {
    if (++depth > NESTING_MAX) {
      throw new SqlRejected(
          Code.NESTED_TOO_DEEP,
          source,
          peek().span().start(),
          "the " + depth + "th level of nesting",
          "at most " + NESTING_MAX,
          "Compute parts in SET variables.");
    }
  }

  void leave() {
    depth--;
  }

  SqlRejected unexpected(String expected, String advice) {
    return rejected(Code.SYNTAX, peek(), expected, advice);
  }

  SqlRejected rejected(Code code, Token at, String expected, String advice) {
    return new SqlRejected(code, source, at.span().start(), at.shown(source), expected, advice);
  }

  void needs2016(Token at, String what) {
    if (!version.has2016()) {
      throw new SqlRejected(
          Code.NOT_IN_VERSION,
          source,
          at.span().start(),
          what,
          "what version 2015-10-08 has",
          "Set the rule's awsIotSqlVersion to 2016-03-23.");
    }
  }
}
