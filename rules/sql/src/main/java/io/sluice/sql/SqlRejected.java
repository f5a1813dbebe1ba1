package io.sluice.sql;

/**
 * A statement or a template that cannot become a rule: what is wrong, where, what was found, and
 * what to do next. Programs read the {@link #code}, people the message.
 */
public final class SqlRejected extends RuntimeException {
  /** What kind of mistake it is. */
  public enum Code {
    /** The text does not follow the grammar. */
    SYNTAX,
    /** A string or a comment has no end, or a character belongs to nothing. */
    CHARACTER,
    /** A number the dialect cannot hold. */
    NUMBER_OUT_OF_RANGE,
    /** No function has this name. */
    UNKNOWN_FUNCTION,
    /** Too few or too many arguments. */
    WRONG_ARITY,
    /** An argument that must be a constant, or one of a few, is not. */
    ARGUMENT_INVALID,
    /** The construct exists in a newer version than the rule's. */
    NOT_IN_VERSION,
    /** FROM is no topic filter, or one that rules cannot listen to. */
    TOPIC_FILTER_INVALID,
    /** The item has no name of its own and no AS. */
    ALIAS_MISSING,
    /** A variable that SET does not assign before. */
    VARIABLE_UNKNOWN,
    /** A variable that is assigned twice or badly named, or one too many. */
    VARIABLE_INVALID,
    /** A function used more often than a statement may. */
    USED_TOO_OFTEN,
    /** A function where it may not stand. */
    NOT_ALLOWED_HERE,
    /** Deeper than any evaluation should go. */
    NESTED_TOO_DEEP,
    /** Longer than a rule may be. */
    TOO_LONG
  }

  private final Code code;
  private final int line;
  private final int column;
  private final String found;
  private final String expected;

  SqlRejected(
      Code code, SourceText source, int offset, String found, String expected, String advice) {
    super(
        message(source.line(offset), source.column(offset), found, expected, advice),
        null,
        false,
        false);
    this.code = code;
    this.line = source.line(offset);
    this.column = source.column(offset);
    this.found = found;
    this.expected = expected;
  }

  private static String message(
      int line, int column, String found, String expected, String advice) {
    return "line %d, column %d: found %s, expected %s.%s"
        .formatted(line, column, found, expected, advice.isEmpty() ? "" : " " + advice);
  }

  /** For programs. */
  public Code code() {
    return code;
  }

  /** Counted from 1. */
  public int line() {
    return line;
  }

  /** Counted from 1, in characters. */
  public int column() {
    return column;
  }

  /** What stands there, in the author's words. */
  public String found() {
    return found;
  }

  /** What could stand there. */
  public String expected() {
    return expected;
  }
}
