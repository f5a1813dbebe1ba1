package io.sluice.sql;

/** The door of this room: statements in, rules ready to run out. */
public final class RuleSql {
  private RuleSql() {}

  /**
   * Parses, checks and compiles a statement.
   *
   * @throws SqlRejected with the place and what was expected, when it cannot become a rule
   */
  public static CompiledRule compile(String sql, SqlVersion version) {
    return compile(sql, version, IntDivision.DECIMAL);
  }

  /** As {@link #compile(String, SqlVersion)}, with the other reading of {@code Int / Int}. */
  public static CompiledRule compile(String sql, SqlVersion version, IntDivision division) {
    return CompiledRule.of(new SourceText(sql), version, division);
  }
}
