package io.sluice.sql;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A WHERE: it holds when it is the Boolean true. Of operands joined by AND the first that is not
 * true decides, since neither false nor Undefined would let the message through; so what stands
 * behind it is not evaluated.
 */
final class Condition {
  private static final Condition ALWAYS = new Condition(new Code[0], false);

  private final Code[] clauses;
  private final boolean joined; // an operand of AND may be the text "true", a WHERE may not

  private Condition(Code[] clauses, boolean joined) {
    this.clauses = clauses;
    this.joined = joined;
  }

  static Condition of(@Nullable Expression where, Compiler compiler) {
    if (where == null) {
      return ALWAYS;
    }
    return new Condition(compiler.compile(clauses(where)), where instanceof Expression.And);
  }

  /** The operands of the outermost AND, or the whole. */
  static List<Expression> clauses(Expression where) {
    return where instanceof Expression.And and ? and.operands() : List.of(where);
  }

  boolean holds(Frame frame) {
    for (Code clause : clauses) {
      if (!accepts(clause.run(frame))) {
        return false;
      }
    }
    return true;
  }

  private boolean accepts(Value value) {
    return value == Bool.TRUE || joined && Conversions.toBoolean(value) == Bool.TRUE;
  }

  /** Each clause by itself. */
  Code[] clauses() {
    return clauses.clone();
  }

  boolean acceptsClause(Value value) {
    return accepts(value);
  }
}
