package io.sluice.stream;

/**
 * A place in a shard, between two records.
 *
 * @param streamNumber the life of the stream that it belongs to
 * @param counter of the next record to read
 */
record Position(String stream, long streamNumber, int shard, long counter) {}
