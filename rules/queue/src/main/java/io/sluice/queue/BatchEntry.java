package io.sluice.queue;

/** One request of a batch with the {@code Id} that its answer carries. */
public record BatchEntry<T>(String id, T request) {}
