package io.sluice.fleet;

import org.jspecify.annotations.Nullable;

/** A request about the fleet that is not granted, other than for its query. Nothing was changed. */
public final class FleetRefused extends RuntimeException {
  /** Why. */
  public enum Why {
    /** Another version was expected. */
    VERSION_CONFLICT,
    /** There is another one of that name. */
    EXISTS,
    /** There are as many as may be. */
    LIMIT,
    /** It is not there. */
    MISSING,
    /** As many questions wait as may. */
    BUSY,
    /** What is asked for is not indexed. */
    OFF
  }

  private final Why why;
  private final @Nullable String id;

  public FleetRefused(Why why, String message) {
    this(why, message, null);
  }

  FleetRefused(Why why, String message, @Nullable String id) {
    super(message, null, false, false);
    this.why = why;
    this.id = id;
  }

  public Why why() {
    return why;
  }

  /** Of what exists already. */
  public @Nullable String id() {
    return id;
  }
}
