package io.sluice.sql;

import java.util.List;

/** A statement compiled: the parts of one evaluation. */
record Program(
    List<Code> assignments,
    Condition where,
    Code select,
    int nestingDepth,
    boolean callsOut,
    List<String> variables) {
  static Program of(
      Statement statement,
      SourceText source,
      SqlVersion version,
      IntDivision division,
      boolean traced) {
    Compiler compiler = new Compiler(source, version, division, false, traced);
    List<Code> assignments = compiler.assignments(statement.assignments());
    Condition where = Condition.of(statement.where(), compiler);
    Code select = compiler.select(statement.select());
    return new Program(
        assignments,
        where,
        select,
        compiler.nestingDepth(),
        compiler.callsOut(),
        List.copyOf(compiler.variables()));
  }
}
