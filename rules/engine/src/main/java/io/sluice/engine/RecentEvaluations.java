package io.sluice.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * What one rule did lately: the first few evaluations of each second, the newest {@value #KEPT_MAX}
 * of them. Also says when a line may go to the log. Safe for any thread; the lock is held for a few
 * instructions.
 */
final class RecentEvaluations {
  static final int KEPT_MAX = 100;
  private static final int PER_SECOND_MAX = 5;
  private static final long LOG_EVERY_MILLIS = 60_000;

  private final Deque<RuleEvaluation> kept = new ArrayDeque<>();
  private volatile long second = Long.MIN_VALUE;
  private volatile int inSecond;
  private boolean logged;
  private long loggedMillis;
  private long unlogged;

  /** Whether a sample is wanted now. Hot path: most messages ask and are told no. */
  boolean wants(long nowMillis) {
    return second != nowMillis / 1000 || inSecond < PER_SECOND_MAX;
  }

  synchronized void add(RuleEvaluation evaluation) {
    long now = evaluation.atMillis() / 1000;
    if (now != second) {
      inSecond = 0;
      second = now;
    }
    inSecond = inSecond + 1; // under the lock
    if (kept.size() == KEPT_MAX) {
      kept.removeFirst();
    }
    kept.addLast(evaluation);
  }

  /** The newest first. */
  synchronized List<RuleEvaluation> newest(int max) {
    List<RuleEvaluation> newest = new ArrayList<>();
    kept.descendingIterator()
        .forEachRemaining(
            evaluation -> {
              if (newest.size() < max) {
                newest.add(evaluation);
              }
            });
    return newest;
  }

  /**
   * Whether the rule's trouble may be logged now: once a minute, lest a bad message a thousand
   * times a second fills the disk.
   *
   * @return -1 when not; else how many lines were held back since the last
   */
  synchronized long mayLog(long nowMillis) {
    if (logged && nowMillis - loggedMillis < LOG_EVERY_MILLIS) {
      unlogged++;
      return -1;
    }
    logged = true;
    loggedMillis = nowMillis;
    long held = unlogged;
    unlogged = 0;
    return held;
  }
}
