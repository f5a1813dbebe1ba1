package io.sluice.engine;

import java.util.concurrent.atomic.LongAdder;

/** What happened since the start that belongs to no rule. Any thread. */
public final class RuleCounters {
  /** Messages of Basic Ingest whose rule is missing or disabled. */
  public final LongAdder ruleNotFound = new LongAdder();

  /** Messages that a rule could not keep because too many wait for answers already. */
  public final LongAdder questionsDropped = new LongAdder();

  /** Failures of actions whose record could not be read back. */
  public final LongAdder unreadableFailures = new LongAdder();
}
