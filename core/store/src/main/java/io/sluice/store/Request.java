package io.sluice.store;

/**
 * What a partition is asked: a small immutable value. It carries everything that its handler must
 * not make up itself, such as random identifiers.
 *
 * @param <R> the reply
 */
public interface Request<R> {}
