package io.sluice.store;

import org.jspecify.annotations.Nullable;

/**
 * The disk refused or holds what we cannot read. The store takes no more writes; the sentence says
 * what to do.
 */
public final class StoreFailed extends RuntimeException {
  public StoreFailed(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
