package io.sluice.store;

/**
 * Decides one kind of request: reads the partition through the turn, writes its effects into the
 * turn, and answers. It runs on the partition's owner thread, keeps no state but what it can
 * rebuild from rows, reads no clock but {@link Turn#now}, no random source and no other partition.
 *
 * @param <Q> the request
 * @param <R> the reply
 */
@FunctionalInterface
public interface Handler<Q extends Request<R>, R> {

  /**
   * @throws RuntimeException to refuse: no effect of this turn is written and the asker's future
   *     fails with the same exception. What the handler keeps in memory must not have changed by
   *     then.
   */
  R handle(Turn turn, Q request);
}
