package io.sluice.session;

import io.sluice.message.TopicFilter;
import io.sluice.store.Request;
import java.util.List;

/** What {@link Sessions} asks of the owners of its partitions. */
final class SessionRequests {
  private SessionRequests() {}

  record Open(String clientId, boolean cleanStart, long expirySeconds, Outlet outlet)
      implements Request<Sessions.Opened> {}

  record Close(Session session, Outlet outlet, long expirySeconds) implements Request<Boolean> {}

  record Resume(Session session, Outlet outlet, int receiveMaximum) implements Request<Boolean> {}

  record Feed(Session session) implements Request<Boolean> {}

  record Subscribe(Session session, List<Sessions.Wanted> wanted, long sinceMicros)
      implements Request<List<Sessions.Subscribed>> {}

  record Unsubscribe(Session session, List<TopicFilter> filters)
      implements Request<List<Boolean>> {}

  record Acknowledge(Session session, long[] sequences) implements Request<Boolean> {}

  record Load() implements Request<Boolean> {}
}
