package io.sluice.store;

/**
 * One row as it was read; the arrays are the caller's. Keys read through a {@link Turn} come
 * without the partition in front.
 */
public record Row(byte[] key, byte[] value) {}
