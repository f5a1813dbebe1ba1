package io.sluice.session;

import io.sluice.message.Publication;
import io.sluice.message.QoS;
import io.sluice.message.Stamps;
import io.sluice.message.TopicFilter;
import io.sluice.message.TopicTrie;
import io.sluice.store.Partitions;
import io.sluice.store.Request;
import io.sluice.store.Table;
import io.sluice.store.Turn;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;

/**
 * All sessions: opens and closes them, keeps their subscriptions, and holds what waits for those
 * that are offline.
 *
 * <p>Threads: every public method may be called from any thread and none blocks. A client
 * identifier's state belongs to the owner of its partition, see {@link SessionOwner}. The
 * subscriptions of a session that is not persistent belong to its connection's event loop, which
 * alone calls {@link #subscribe}, {@link #unsubscribe} and {@link #close} for it.
 */
public final class Sessions {
  /** The tables that the store must open for this room. */
  public static final Set<Table> TABLES =
      Set.of(
          SessionTables.SESSIONS,
          SessionTables.SUBSCRIPTIONS,
          SessionTables.INBOX,
          SessionTables.MESSAGES,
          SessionTables.RETAINED);

  /**
   * "The session does not expire" [MQTT-3.1.2-23], and what a 3.1.1 client asks for with
   * CleanSession 0.
   */
  public static final long EXPIRY_NEVER = 0xFFFF_FFFFL;

  /** A filter with its options, as a SUBSCRIBE asks for it. */
  public record Wanted(TopicFilter filter, Subscription.Options options) {

    /** The subscription identifier, to be sent with what it matches; empty when it has none. */
    int[] identifiers() {
      return options.identifier() == 0 ? new int[0] : new int[] {options.identifier()};
    }

    boolean wantsRetained(boolean isNew) {
      return switch (options.retainHandling()) {
        case SEND -> true;
        case SEND_IF_NEW -> isNew;
        case DO_NOT_SEND -> false;
      };
    }
  }

  /**
   * A session that is now online.
   *
   * @param present whether it was there before: CONNACK's Session Present [MQTT-3.2.2-2]
   * @param expirySeconds how long it outlives the connection, after the gateway's limit
   * @param opening how many connections it has had, with this one; see {@link Session#openings}
   */
  public record Opened(Session session, boolean present, long expirySeconds, int opening) {}

  /**
   * What became of one filter of a SUBSCRIBE.
   *
   * @param retained the retained messages to send for it; for a persistent session only those of
   *     QoS 0, the others are in its inbox
   * @param identifiers the subscription identifier, to be sent with them; empty when it has none
   */
  public record Subscribed(QoS granted, List<Publication> retained, int[] identifiers) {}

  private final Partitions partitions;
  private final SessionLimits limits;
  private final Stamps stamps;
  private final SessionCounters counters = new SessionCounters();
  private final TopicTrie<Subscription> subscriptions = new TopicTrie<>();
  private final RetainedMessages retained;
  private final SessionOwner[] owners;
  private volatile CompletableFuture<?> loading = CompletableFuture.completedFuture(true);

  public Sessions(Partitions partitions, SessionLimits limits, Stamps stamps) {
    this.partitions = partitions;
    this.limits = limits;
    this.stamps = stamps;
    this.retained = new RetainedMessages(limits, counters);
    this.owners = new SessionOwner[partitions.count()];
    for (int p = 0; p < owners.length; p++) {
      owners[p] = new SessionOwner(limits, counters, subscriptions, retained, partitions);
    }
    register(SessionRequests.Open.class, (owner, open) -> turn -> owner.open(turn, open));
    register(SessionRequests.Close.class, (owner, close) -> turn -> owner.close(turn, close));
    register(SessionRequests.Resume.class, (owner, resume) -> turn -> owner.resume(turn, resume));
    register(SessionRequests.Feed.class, (owner, feed) -> turn -> owner.feed(turn, feed.session()));
    register(
        SessionRequests.Subscribe.class,
        (owner, subscribe) -> turn -> owner.subscribe(turn, subscribe));
    register(
        SessionRequests.Unsubscribe.class,
        (owner, unsubscribe) -> turn -> owner.unsubscribe(turn, unsubscribe));
    register(
        SessionRequests.Acknowledge.class,
        (owner, acknowledge) -> turn -> owner.acknowledge(turn, acknowledge));
    register(SessionRequests.Load.class, (owner, load) -> owner::load);
    partitions.onTimer(
        SessionOwner.EXPIRY_TIMER, (turn, key, due) -> owner(turn).expire(turn, key));
    partitions.onTimer(SessionOwner.PURGE_TIMER, (turn, key, due) -> owner(turn).purge(turn, key));
    partitions.onTimer(
        RetainedMessages.EXPIRY_TIMER, (turn, key, due) -> retained.expire(turn, key));
    partitions.onStart(this::load);
  }

  /** What an owner does with a request, once it has the turn. */
  private interface Decision<R> {
    R decide(Turn turn);
  }

  private <Q extends Request<R>, R> void register(
      Class<Q> kind, BiFunction<SessionOwner, Q, Decision<R>> decision) {
    partitions.register(kind, (turn, request) -> decision.apply(owner(turn), request).decide(turn));
  }

  private SessionOwner owner(Turn turn) {
    return owners[turn.partition()];
  }

  private void load() {
    List<CompletableFuture<Boolean>> loaded = new ArrayList<>();
    for (int p = 0; p < owners.length; p++) {
      loaded.add(partitions.apply(p, new SessionRequests.Load()));
    }
    loading = CompletableFuture.allOf(loaded.toArray(CompletableFuture<?>[]::new));
  }

  /**
   * Completes when all sessions of an earlier life are back; until then no connection may be
   * accepted.
   */
  public CompletableFuture<?> loaded() {
    return loading;
  }

  /** Everybody who subscribed, online or not. */
  public TopicTrie<Subscription> subscriptions() {
    return subscriptions;
  }

  public RetainedMessages retained() {
    return retained;
  }

  public SessionCounters counters() {
    return counters;
  }

  /**
   * Opens the session of a client that was let in; a connection that uses the identifier already is
   * told to close [MQTT-3.1.4-3].
   *
   * @param expirySeconds how long the session shall outlive the connection; 0: not at all
   * @return the session, when its state is durable
   */
  public CompletableFuture<Opened> open(
      String clientId, boolean cleanStart, long expirySeconds, Outlet outlet) {
    long granted = Math.min(expirySeconds, limits.expirySecondsMax());
    return partitions.ask(
        clientId, new SessionRequests.Open(clientId, cleanStart, granted, outlet));
  }

  /**
   * The CONNACK has left: what waits in the inbox may follow, at most {@code receiveMaximum}
   * unacknowledged [MQTT-3.3.4-9].
   */
  public void resume(Session session, Outlet outlet, int receiveMaximum) {
    if (session.isPersistent()) {
      apply(session, new SessionRequests.Resume(session, outlet, receiveMaximum));
    }
  }

  /** Hands on what {@link #subscribe} put into the inbox; called after the SUBACK has left. */
  public void feed(Session session) {
    if (session.isPersistent()) {
      apply(session, new SessionRequests.Feed(session));
    }
  }

  /**
   * The connection is gone. A takeover has closed it already; then this does nothing.
   *
   * @param expirySeconds how long the session lives on; 0 ends it
   * @return when the session's end or rest is durable
   */
  public CompletableFuture<Boolean> close(Session session, Outlet outlet, long expirySeconds) {
    if (!session.isPersistent()) {
      session.filters().forEach(filter -> session.remove(subscriptions, filter));
    }
    long granted = Math.min(expirySeconds, limits.expirySecondsMax());
    SessionRequests.Close close = new SessionRequests.Close(session, outlet, granted);
    return partitions
        .ask(session.clientId(), close)
        .exceptionallyCompose(
            // Also when too much waits: else a connection that is gone would hold its session.
            overloaded -> apply(session, close));
  }

  /**
   * Subscribes; answers for each filter in order, when the subscriptions are durable (for a
   * persistent session).
   */
  public CompletableFuture<List<Subscribed>> subscribe(Session session, List<Wanted> wanted) {
    // Here, not at the owner: what the client publishes behind this SUBSCRIBE is live for it.
    long since = stamps.next();
    if (session.isPersistent()) {
      return partitions.ask(
          session.clientId(), new SessionRequests.Subscribe(session, wanted, since));
    }
    List<Subscribed> results = new ArrayList<>(wanted.size());
    for (Wanted want : wanted) {
      boolean isNew = session.add(subscriptions, want, since) == null;
      List<Publication> messages = new ArrayList<>();
      if (want.wantsRetained(isNew)) {
        retained.visit(want.filter(), partitions.clock().millis(), messages::add);
      }
      results.add(new Subscribed(want.options().qos(), messages, want.identifiers()));
    }
    return CompletableFuture.completedFuture(results);
  }

  /** Unsubscribes; answers for each filter in order whether there was a subscription. */
  public CompletableFuture<List<Boolean>> unsubscribe(Session session, List<TopicFilter> filters) {
    if (session.isPersistent()) {
      return partitions.ask(session.clientId(), new SessionRequests.Unsubscribe(session, filters));
    }
    return CompletableFuture.completedFuture(
        filters.stream().map(filter -> session.remove(subscriptions, filter)).toList());
  }

  /** The client acknowledged these places of its inbox. */
  public void acknowledge(Session session, long[] sequences) {
    apply(session, new SessionRequests.Acknowledge(session, sequences));
  }

  private CompletableFuture<Boolean> apply(Session session, Request<Boolean> request) {
    return partitions.apply(partitions.of(session.clientId()), request);
  }

  /**
   * An effect of a logged publication, inside a turn of the sessions' partition: puts it into their
   * inboxes.
   */
  public void deliver(Turn turn, InboxDelivery delivery) {
    owner(turn).deliver(turn, delivery);
  }
}
