package io.sluice.store;

/**
 * What a store counted since it opened. In the two histograms bucket i counts the values from
 * 2^(i-1) up to but not including 2^i; bucket 0 counts zeros.
 *
 * @param commits records of partitions written
 * @param appends log records written that did not come with a partition's record
 * @param bytes keys and values written
 * @param syncs how often the disk was made to keep what was written
 * @param overloaded appends refused because too many waited
 * @param writesPerSync how many commits and appends one sync made durable
 * @param syncNanos how long a sync took
 * @param writesSum all values of {@code writesPerSync} together
 * @param syncNanosSum all values of {@code syncNanos} together
 */
public record StoreFigures(
    long commits,
    long appends,
    long bytes,
    long syncs,
    long overloaded,
    long[] writesPerSync,
    long[] syncNanos,
    long writesSum,
    long syncNanosSum) {}
