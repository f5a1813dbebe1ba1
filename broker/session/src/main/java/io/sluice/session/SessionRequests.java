package io.sluice.session;

import io.sluice.message.Publication;
import io.sluice.store.Request;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What {@link Sessions} asks of the owners of its partitions. */
final class SessionRequests {
  private SessionRequests() {}

  /**
   * A client was let in.
   *
   * @param ticket {@link #NO_TICKET} at first; the second time, when a connection that uses the
   *     identifier has had time to read what its client sent before, the one of the first reply
   */
  record Open(Sessions.Arrival arrival, Outlet outlet, long ticket) implements Request<OpenReply> {}

  static final long NO_TICKET = 0;

  /**
   * One of the two; neither when a later CONNECT has the session by now.
   *
   * @param holder the connection to settle before asking again
   * @param ticket to ask again with
   */
  record OpenReply(Sessions.@Nullable Opened opened, @Nullable Outlet holder, long ticket) {}

  /** A CONNECT that waited to be opened does so no more. */
  record GiveUp(String clientId) implements Request<Boolean> {}

  record Close(Session session, Outlet outlet, long expirySeconds, boolean revokeWill)
      implements Request<Boolean> {}

  record Resume(Session session, Outlet outlet, int receiveMaximum) implements Request<Boolean> {}

  record Feed(Session session) implements Request<Boolean> {}

  record Subscribe(Session session, List<Sessions.Wanted> wanted, long sinceMicros)
      implements Request<List<Sessions.Subscribed>> {}

  record Unsubscribe(Session session, List<SubscribedFilter> filters)
      implements Request<List<Boolean>> {}

  record Filters(Session session) implements Request<List<SubscribedFilter>> {}

  /** What a persistent session has subscribed to, and how. */
  record Wants(Session session) implements Request<List<Sessions.Wanted>> {}

  record Find(String clientId) implements Request<Found> {}

  /**
   * @param session the client's, online or not; null when it has none
   * @param expirySeconds how long it outlives its connection
   */
  record Found(@Nullable Session session, long expirySeconds, ClientState.Waiting waiting) {}

  /** An operator is done with a client that is offline; see {@link Clients#end}. */
  record Forget(Session session, boolean cleanSession, boolean preventWill)
      implements Request<Boolean> {}

  record Acknowledge(Session session, long[] sequences) implements Request<Boolean> {}

  /** The client sent PUBREC for these places. */
  record Received(Session session, Outlet outlet, long[] sequences) implements Request<Boolean> {}

  /** The client published with QoS 2. */
  record Take(Session session, Outlet outlet, int packetId, Publication publication)
      implements Request<Boolean> {}

  /** The client sent PUBREL. */
  record Release(Session session, int packetId) implements Request<Boolean> {}

  /** Another member of the group is online: it may have what waits for this one. */
  record HandOn(Session session, String group, long from) implements Request<Boolean> {}

  /** A loan is settled. */
  record Settle(long number, boolean done) implements Request<Boolean> {}

  record Load() implements Request<Boolean> {}

  record Count() implements Request<Census> {}
}
