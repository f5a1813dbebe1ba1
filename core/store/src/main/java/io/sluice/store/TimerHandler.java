package io.sluice.store;

/**
 * What happens when a timer of one kind is due; runs on the owner thread like a {@link Handler}.
 * The timer's row is gone after.
 */
@FunctionalInterface
public interface TimerHandler {
  /**
   * @param key what was given to {@link Turn#schedule}
   * @param due when it was due, milliseconds since the epoch; {@link Turn#now} may be much later
   *     after a stop
   */
  void fire(Turn turn, byte[] key, long due);
}
