package io.sluice.engine;

import io.sluice.sql.CompiledRule;
import io.sluice.sql.RuleSql;
import io.sluice.sql.SqlRejected;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A rule ready to run: its statement and all templates of its actions compiled once. Immutable but
 * for what happened lately, for any thread.
 *
 * @param callsOut whether its statement or a template of its actions may wait for somebody
 * @param recent what happened lately, of all versions of the rule
 */
record ActiveRule(
    Rule rule,
    CompiledRule sql,
    List<CompiledAction> actions,
    @Nullable CompiledAction errorAction,
    boolean callsOut,
    RecentEvaluations recent) {

  /** Where the error action stands in its rule. */
  static final String ERROR = "error";

  /**
   * Compiles.
   *
   * @throws RuleRejected when the statement or a template is refused, with its place
   */
  static ActiveRule of(Rule rule, ActionCompiler.Targets targets, RecentEvaluations recent) {
    CompiledRule sql;
    try {
      sql = RuleSql.compile(rule.sql(), rule.version());
    } catch (SqlRejected refused) {
      throw new RuleRejected(
          RuleRejected.Code.SQL_PARSE,
          "rule '%s': %s".formatted(rule.name(), refused.getMessage()));
    }
    boolean callsOut = sql.callsOut();
    List<CompiledAction> actions = new ArrayList<>();
    for (RuleAction action : rule.actions()) {
      String place = String.valueOf(actions.size());
      ActionCompiler compiler = new ActionCompiler(rule.name(), sql, place, targets);
      actions.add(action.accept(compiler));
      callsOut |= compiler.callsOut();
    }
    RuleAction error = rule.errorAction();
    return new ActiveRule(
        rule,
        sql,
        List.copyOf(actions),
        error == null ? null : error.accept(new ActionCompiler(rule.name(), sql, ERROR, targets)),
        callsOut,
        recent);
  }

  /** An outbound action by its label; null when there is none. */
  @Nullable OutboundAction outbound(String label) {
    if (errorAction instanceof OutboundAction error && error.label().equals(label)) {
      return error;
    }
    for (CompiledAction action : actions) {
      if (action instanceof OutboundAction outbound && outbound.label().equals(label)) {
        return outbound;
      }
    }
    return null;
  }

  String name() {
    return rule.name();
  }
}
