package io.sluice.sql;

/**
 * A word of the statement.
 *
 * @param text a word as written, a string without its quotes, a variable without its {@code @}
 */
record Token(Kind kind, String text, Span span) {
  enum Kind {
    WORD("a name"),
    VARIABLE("a variable"),
    NUMBER("a number"),
    STRING("a string"),
    COMMA("','"),
    DOT("'.'"),
    OPEN("'('"),
    CLOSE("')'"),
    OPEN_BRACE("'{'"),
    CLOSE_BRACE("'}'"),
    OPEN_BRACKET("'['"),
    CLOSE_BRACKET("']'"),
    COLON("':'"),
    STAR("'*'"),
    SLASH("'/'"),
    PERCENT("'%'"),
    PLUS("'+'"),
    MINUS("'-'"),
    EQUAL("'='"),
    NOT_EQUAL("'<>'"),
    LESS("'<'"),
    LESS_OR_EQUAL("'<='"),
    GREATER("'>'"),
    GREATER_OR_EQUAL("'>='"),
    END("the end of the statement");

    final String label;

    Kind(String label) {
      this.label = label;
    }
  }

  boolean is(Kind wanted) {
    return kind == wanted;
  }

  /** Whether it is this keyword, in any case. */
  boolean is(String keyword) {
    return kind == Kind.WORD && text.equalsIgnoreCase(keyword);
  }

  /** As a message quotes it. */
  String shown(SourceText source) {
    return kind == Kind.END ? kind.label : "'" + source.excerpt(span) + "'";
  }
}
