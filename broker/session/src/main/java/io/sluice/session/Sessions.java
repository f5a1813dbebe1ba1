package io.sluice.session;

import io.sluice.message.Publication;
import io.sluice.message.QoS;
import io.sluice.message.Stamps;
import io.sluice.message.TopicTrie;
import io.sluice.store.Overloaded;
import io.sluice.store.Partitions;
import io.sluice.store.Request;
import io.sluice.store.Table;
import io.sluice.store.Turn;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

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
          SessionTables.RECEIVED,
          SessionTables.WILLS,
          SessionTables.LOANS,
          SessionTables.RETAINED);

  /**
   * "The session does not expire" [MQTT-3.1.2-23], and what a 3.1.1 client asks for with
   * CleanSession 0.
   */
  public static final long EXPIRY_NEVER = 0xFFFF_FFFFL;

  private static final int SETTLE_MILLIS_MAX = 500;

  /** A filter with its options, as a SUBSCRIBE asks for it. */
  public record Wanted(SubscribedFilter filter, Subscription.Options options) {

    /** The subscription identifier, to be sent with what it matches; empty when it has none. */
    int[] identifiers() {
      return options.identifier() == 0 ? new int[0] : new int[] {options.identifier()};
    }

    /** Whether retained messages are asked for, at least when the subscription is new. */
    public boolean mayWantRetained() {
      return wantsRetained(true);
    }

    /** A shared subscription gets no retained messages. Source: MQTT 5.0, section 4.8.2. */
    boolean wantsRetained(boolean isNew) {
      return filter.share() == null
          && switch (options.retainHandling()) {
            case SEND -> true;
            case SEND_IF_NEW -> isNew;
            case DO_NOT_SEND -> false;
          };
    }
  }

  /**
   * A client that was let in.
   *
   * @param expirySeconds how long the session shall outlive the connection; 0: not at all
   * @param receiveMaximum how many messages it takes unacknowledged
   * @param will what is published when its connection ends without a goodbye, null: nothing; the
   *     stamp is given then
   * @param willDelaySeconds how long after the end of the connection
   */
  public record Arrival(
      String clientId,
      boolean cleanStart,
      long expirySeconds,
      int receiveMaximum,
      @Nullable Publication will,
      long willDelaySeconds) {

    Arrival expiringWithin(long secondsMax) {
      return new Arrival(
          clientId,
          cleanStart,
          Math.min(expirySeconds, secondsMax),
          receiveMaximum,
          will,
          willDelaySeconds);
    }
  }

  /**
   * A session that is now online.
   *
   * @param present whether it was there before: CONNACK's Session Present [MQTT-3.2.2-2]
   * @param expirySeconds how long it outlives the connection, after the gateway's limit
   * @param opening how many connections it has had, with this one; see {@link Session#openings}
   * @param received packet identifiers of its client's QoS 2 publications that were taken and not
   *     released yet
   */
  public record Opened(
      Session session, boolean present, long expirySeconds, int opening, int[] received) {}

  /**
   * What became of one filter of a SUBSCRIBE.
   *
   * @param granted null when that is one subscription too many, or another session holds the
   *     exclusive filter
   * @param retained the retained messages to send for it; null when there are none, or when they
   *     come through the inbox of a persistent session
   * @param identifiers the subscription identifier, to be sent with them; empty when it has none
   */
  public record Subscribed(
      @Nullable QoS granted, @Nullable RetainedCursor retained, int[] identifiers) {
    static final Subscribed REFUSED = new Subscribed(null, null, new int[0]);
  }

  /** A later CONNECT has the session already: the connection that this one came on must close. */
  public static final class Overtaken extends RuntimeException {
    Overtaken(String clientId) {
      super(
          "a later connection uses the client identifier '%s' already".formatted(clientId),
          null,
          false,
          false);
    }
  }

  private final Partitions partitions;
  private final SessionLimits limits;
  private final Stamps stamps;
  private final SessionCounters counters = new SessionCounters();
  private final SubscriptionTree subscriptions;
  private final RetainedMessages retained;
  private final SessionOwner[] owners;
  private final SharedLog shared;
  private final Clients clients;
  private volatile CompletableFuture<?> loading = CompletableFuture.completedFuture(true);

  /**
   * @param ingress where wills and publications of QoS 2 go on
   */
  public Sessions(Partitions partitions, SessionLimits limits, Stamps stamps, Ingress ingress) {
    this.partitions = partitions;
    this.limits = limits;
    this.subscriptions = new SubscriptionTree(limits.parentsMatched());
    this.stamps = stamps;
    this.retained = new RetainedMessages(limits, counters);
    this.owners = new SessionOwner[partitions.count()];
    this.shared = new SharedLog(partitions);
    this.clients = new Clients(partitions, counters);
    for (int p = 0; p < owners.length; p++) {
      owners[p] =
          new SessionOwner(
              limits,
              counters,
              subscriptions,
              retained,
              partitions,
              ingress,
              shared,
              new Inboxes(limits, counters, shared),
              new Wills(ingress, stamps, counters));
    }
    register(SessionRequests.Open.class, (owner, open) -> turn -> owner.open(turn, open));
    register(
        SessionRequests.GiveUp.class, (owner, given) -> turn -> owner.giveUp(given.clientId()));
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
    register(
        SessionRequests.Received.class,
        (owner, received) -> turn -> owner.received(turn, received));
    register(SessionRequests.Take.class, (owner, take) -> turn -> owner.take(turn, take));
    register(
        SessionRequests.Release.class, (owner, release) -> turn -> owner.release(turn, release));
    register(
        SessionRequests.Filters.class, (owner, filters) -> turn -> filters.session().filters());
    register(SessionRequests.Wants.class, (owner, wants) -> turn -> wants.session().wants());
    register(SessionRequests.Find.class, (owner, find) -> turn -> owner.find(find.clientId()));
    register(SessionRequests.Forget.class, (owner, forget) -> turn -> owner.forget(turn, forget));
    register(SessionRequests.HandOn.class, (owner, handOn) -> turn -> owner.handOn(turn, handOn));
    register(
        SessionRequests.Settle.class,
        (owner, settle) -> turn -> owner.loans.settle(turn, settle.number(), settle.done()));
    register(SessionRequests.Count.class, (owner, count) -> owner::census);
    register(SessionRequests.Load.class, (owner, load) -> turn -> load(turn, owner));
    partitions.onTimer(
        SessionOwner.EXPIRY_TIMER, (turn, key, due) -> owner(turn).expire(turn, key));
    partitions.onTimer(SessionOwner.PURGE_TIMER, (turn, key, due) -> owner(turn).purge(turn, key));
    partitions.onTimer(Wills.TIMER, (turn, key, due) -> owner(turn).wills.due(turn, key));
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

  private boolean load(Turn turn, SessionOwner owner) {
    retained.load(turn);
    new SessionLoader(turn, owner, subscriptions).load();
    return true;
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
  public TopicTrie<Subscriber> subscriptions() {
    return subscriptions.trie();
  }

  /** The shared subscription {@code $share/{ShareName}/{filter}}; null when it has no member. */
  public @Nullable SharedGroup group(String name) {
    return subscriptions.group(name);
  }

  /** For operators: how clients stand, and the end of them. */
  public Clients clients() {
    return clients;
  }

  public SessionLimits limits() {
    return limits;
  }

  /** How all sessions stand, counted by their owners; for a look now and then. */
  public CompletableFuture<Census> census() {
    CompletableFuture<Census> all = CompletableFuture.completedFuture(Census.NONE);
    for (int p = 0; p < owners.length; p++) {
      all = all.thenCombine(partitions.apply(p, new SessionRequests.Count()), Census::plus);
    }
    return all;
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
   * @return the session, when its state is durable; fails with {@link Overtaken}
   */
  public CompletableFuture<Opened> open(Arrival arrival, Outlet outlet) {
    Arrival within = arrival.expiringWithin(limits.expirySecondsMax());
    return partitions
        .ask(within.clientId(), new SessionRequests.Open(within, outlet, SessionRequests.NO_TICKET))
        .thenCompose(
            reply -> {
              Outlet holder = reply.holder();
              return holder == null
                  ? CompletableFuture.completedFuture(reply)
                  : holder
                      .settle()
                      .completeOnTimeout(null, SETTLE_MILLIS_MAX, TimeUnit.MILLISECONDS)
                      .thenCompose(read -> openSettled(within, outlet, reply.ticket()));
            })
        .thenApply(
            reply -> {
              Opened opened = reply.opened();
              if (opened == null) {
                throw new Overtaken(within.clientId());
              }
              return opened;
            });
  }

  private CompletableFuture<SessionRequests.OpenReply> openSettled(
      Arrival arrival, Outlet outlet, long ticket) {
    int partition = partitions.of(arrival.clientId());
    return partitions
        .ask(partition, new SessionRequests.Open(arrival, outlet, ticket))
        .whenComplete(
            (reply, failure) -> {
              if (failure instanceof Overloaded) { // the owner has not seen it, and counts on it
                partitions.apply(partition, new SessionRequests.GiveUp(arrival.clientId()));
              }
            });
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
   * @param revokeWill the client said goodbye [MQTT-3.14.4-3], or may no longer publish it
   * @return when the session's end or rest is durable
   */
  public CompletableFuture<Boolean> close(
      Session session, Outlet outlet, long expirySeconds, boolean revokeWill) {
    if (!session.isPersistent()) {
      session.filters().forEach(filter -> session.remove(subscriptions, filter));
    }
    long granted = Math.min(expirySeconds, limits.expirySecondsMax());
    SessionRequests.Close close = new SessionRequests.Close(session, outlet, granted, revokeWill);
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
      boolean isNew = session.subscription(want.filter()) == null;
      if (session.add(subscriptions, want, since, limits.subscriptionsMax()) == null) {
        results.add(Subscribed.REFUSED);
        continue;
      }
      RetainedCursor messages =
          want.wantsRetained(isNew) ? retained.cursor(want.filter().topics()) : null;
      results.add(new Subscribed(want.options().qos(), messages, want.identifiers()));
      SharedGroup group = want.filter().share() == null ? null : group(want.filter().toString());
      if (group != null) {
        wake(partitions, group, session);
      }
    }
    return CompletableFuture.completedFuture(results);
  }

  /** Lets what waits for members of a group that are offline come to one that is online. */
  static void wake(Partitions partitions, SharedGroup group, Session online) {
    for (Subscription member : group.members()) {
      Session session = member.session();
      if (session != online && session.isPersistent() && session.outlet() == null) {
        partitions.apply(
            partitions.of(session.clientId()),
            new SessionRequests.HandOn(session, group.name().toString(), 0));
      }
    }
  }

  /** Unsubscribes; answers for each filter in order whether there was a subscription. */
  public CompletableFuture<List<Boolean>> unsubscribe(
      Session session, List<SubscribedFilter> filters) {
    if (session.isPersistent()) {
      return partitions.ask(session.clientId(), new SessionRequests.Unsubscribe(session, filters));
    }
    return CompletableFuture.completedFuture(
        filters.stream().map(filter -> session.remove(subscriptions, filter)).toList());
  }

  /**
   * What a session has subscribed to. Of one that is not persistent its connection's event loop
   * asks.
   */
  public CompletableFuture<List<SubscribedFilter>> filters(Session session) {
    return session.isPersistent()
        ? partitions.ask(session.clientId(), new SessionRequests.Filters(session))
        : CompletableFuture.completedFuture(session.filters());
  }

  /** The client acknowledged these places of its inbox. */
  public void acknowledge(Session session, long[] sequences) {
    apply(session, new SessionRequests.Acknowledge(session, sequences));
  }

  /** The client sent PUBREC for these places: {@link Outlet#releaseInbox} follows. */
  public void received(Session session, Outlet outlet, long[] sequences) {
    apply(session, new SessionRequests.Received(session, outlet, sequences));
  }

  /**
   * A client with a persistent session published with QoS 2: its packet identifier is kept and the
   * publication enters the ingress log, both in one record.
   *
   * @return whether the identifier was new, when that is durable; when not, nothing was published.
   *     Fails when another connection has taken the session over
   */
  public CompletableFuture<Boolean> take(
      Session session, Outlet outlet, int packetId, Publication publication) {
    return partitions.ask(
        session.clientId(), new SessionRequests.Take(session, outlet, packetId, publication));
  }

  /** The client sent PUBREL; answers whether the identifier was kept, when it is so no more. */
  public CompletableFuture<Boolean> release(Session session, int packetId) {
    return partitions.ask(session.clientId(), new SessionRequests.Release(session, packetId));
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

  /**
   * An effect of a logged publication, inside a turn of the group's partition: lends it to a member
   * that is not persistent.
   */
  public void lend(Turn turn, LoanRequest request) {
    int partition = turn.partition();
    owner(turn)
        .loans
        .lend(
            turn,
            request,
            (number, done) ->
                partitions.apply(partition, new SessionRequests.Settle(number, done)));
  }

  /**
   * Inside a turn of the group's partition: a member was chosen that lives in another one. What was
   * chosen is written, so that it does not change when a crash makes all this happen again.
   */
  public void sendOn(Turn turn, String group, Session member, byte[] encoded) {
    shared.append(turn, group, member.clientId(), encoded);
  }

  /** Inside a turn of the client's partition: the one that was chosen is no member any more. */
  public void giveBack(Turn turn, String group, String clientId, byte[] encoded) {
    owner(turn).giveBack(turn, group, clientId, encoded);
  }
}
