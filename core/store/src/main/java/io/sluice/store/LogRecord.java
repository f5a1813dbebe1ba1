package io.sluice.store;

/**
 * One record of a log with its place; offsets count from 0 and have no gaps until the log is
 * trimmed.
 */
public record LogRecord(long offset, byte[] bytes) {}
