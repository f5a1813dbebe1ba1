package io.sluice.transport;

import io.sluice.dispatch.PublishPath;
import io.sluice.message.Stamps;
import io.sluice.session.Sessions;

/** What all connections work with: the rooms below, the bounds and the counters. */
public record Broker(
    Sessions sessions,
    PublishPath publishPath,
    Stamps stamps,
    TransportLimits limits,
    TransportCounters counters,
    LifecycleEvents lifecycle) {

  public Broker(
      Sessions sessions,
      PublishPath publishPath,
      Stamps stamps,
      TransportLimits limits,
      TransportCounters counters) {
    this(
        sessions,
        publishPath,
        stamps,
        limits,
        counters,
        new LifecycleEvents(publishPath, stamps, limits.lifecycleEvents()));
  }

  /** The same, with somebody who learns of presence; not when lifecycle events are off. */
  public Broker telling(PresenceListener presences) {
    lifecycle.tell(presences);
    return this;
  }
}
