package io.sluice.fleet;

/** A query or aggregation that is not understood; the sentence says where and what to do. */
public final class QueryRefused extends RuntimeException {
  QueryRefused(String message) {
    super(message, null, false, false);
  }
}
