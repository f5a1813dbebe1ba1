package io.sluice.sql;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A statement compiled: the parts of one evaluation. */
record Program(
    List<Code> assignments,
    Condition where,
    Code select,
    @Nullable Foreach foreach,
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
    Statement.Foreach written = statement.foreach();
    Foreach foreach = written == null ? null : compiler.foreach(written, statement.select());
    Code select = foreach == null ? compiler.select(statement.select()) : foreach.select();
    return new Program(
        assignments,
        where,
        select,
        foreach,
        compiler.nestingDepth(),
        compiler.callsOut(),
        List.copyOf(compiler.variables()));
  }

  /** What comes out of a message that WHERE lets through. */
  Evaluation output(Frame frame, Variables values) {
    return foreach == null
        ? CompiledRule.fired(select.run(frame), values)
        : foreach.run(frame, values);
  }
}
