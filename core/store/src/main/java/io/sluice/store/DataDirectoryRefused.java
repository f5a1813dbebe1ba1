package io.sluice.store;

import org.jspecify.annotations.Nullable;

/**
 * The operator's data directory cannot be used as it is. The sentence names the directory, what was
 * found and what to do; programs read {@link #reason}.
 */
public final class DataDirectoryRefused extends RuntimeException {

  /** Why. */
  public enum Reason {
    /** The path is a file. */
    NOT_A_DIRECTORY,
    /** It cannot be made, read or written with the rights of this process. */
    UNWRITABLE,
    /** It holds files of somebody else, or has lost its FORMAT. */
    NOT_OURS,
    /** A later version of the gateway wrote it. */
    NEWER_FORMAT,
    /** FORMAT is there but cannot be read. */
    DAMAGED_FORMAT,
    /** Another gateway runs on it. */
    IN_USE,
    /** The database in it cannot be opened. */
    DAMAGED_STORE
  }

  private final Reason reason;

  DataDirectoryRefused(Reason reason, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.reason = reason;
  }

  /** Why, for programs. */
  public Reason reason() {
    return reason;
  }
}
