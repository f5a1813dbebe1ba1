package io.sluice.session;

import io.sluice.message.Publication;
import io.sluice.message.PublicationCodec;
import io.sluice.message.QoS;
import io.sluice.message.Stamps;
import io.sluice.message.TopicFilter;
import io.sluice.message.TopicTrie;
import io.sluice.store.Keys;
import io.sluice.store.Partitions;
import io.sluice.store.Request;
import io.sluice.store.Row;
import io.sluice.store.Table;
import io.sluice.store.Turn;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * All sessions: opens and closes them, keeps their subscriptions, and holds what waits for those
 * that are offline.
 *
 * <p>Threads: every public method may be called from any thread and none blocks. A client
 * identifier's state belongs to the owner of its partition. The subscriptions of a session that is
 * not persistent belong to its connection's event loop, which alone calls {@link #subscribe},
 * {@link #unsubscribe} and {@link #close} for it.
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

  private static final String EXPIRY_TIMER = "session-expiry";
  private static final int PAGE = 512;

  /** A filter with its options, as a SUBSCRIBE asks for it. */
  public record Wanted(TopicFilter filter, Subscription.Options options) {}

  /**
   * A session that is now online.
   *
   * @param present whether it was there before: CONNACK's Session Present [MQTT-3.2.2-2]
   * @param expirySeconds how long it outlives the connection, after the gateway's limit
   */
  public record Opened(Session session, boolean present, long expirySeconds) {}

  /**
   * What became of one filter of a SUBSCRIBE.
   *
   * @param retained the retained messages to send for it; for a persistent session only those of
   *     QoS 0, the others are in its inbox
   * @param identifiers the subscription identifier, to be sent with them; empty when it has none
   */
  public record Subscribed(QoS granted, List<Publication> retained, int[] identifiers) {}

  private record Open(String clientId, boolean cleanStart, long expirySeconds, Outlet outlet)
      implements Request<Opened> {}

  private record Close(Session session, @Nullable Outlet outlet, long expirySeconds)
      implements Request<Boolean> {}

  private record Resume(Session session, Outlet outlet, int receiveMaximum)
      implements Request<Boolean> {}

  private record Feed(Session session) implements Request<Boolean> {}

  private record Subscribe(Session session, List<Wanted> wanted, long sinceMicros)
      implements Request<List<Subscribed>> {}

  private record Unsubscribe(Session session, List<TopicFilter> filters)
      implements Request<List<Boolean>> {}

  private record Acknowledge(Session session, long[] sequences) implements Request<Boolean> {}

  private record Load() implements Request<Boolean> {}

  /** What one partition's owner knows. */
  private static final class Owned {
    final Map<String, Session> persistent = new HashMap<>();
    final Map<String, Session> online = new HashMap<>();
    final Inboxes inboxes;

    Owned(Inboxes inboxes) {
      this.inboxes = inboxes;
    }
  }

  private final Partitions partitions;
  private final SessionLimits limits;
  private final Stamps stamps;
  private final SessionCounters counters = new SessionCounters();
  private final TopicTrie<Subscription> subscriptions = new TopicTrie<>();
  private final RetainedMessages retained;
  private final Owned[] owned;

  public Sessions(Partitions partitions, SessionLimits limits, Stamps stamps) {
    this.partitions = partitions;
    this.limits = limits;
    this.stamps = stamps;
    this.retained = new RetainedMessages(limits, counters);
    this.owned = new Owned[partitions.count()];
    for (int p = 0; p < owned.length; p++) {
      owned[p] = new Owned(new Inboxes(limits, counters));
    }
    partitions.register(Open.class, this::handleOpen);
    partitions.register(Close.class, this::handleClose);
    partitions.register(Resume.class, this::handleResume);
    partitions.register(Feed.class, this::handleFeed);
    partitions.register(Subscribe.class, this::handleSubscribe);
    partitions.register(Unsubscribe.class, this::handleUnsubscribe);
    partitions.register(Acknowledge.class, this::handleAcknowledge);
    partitions.register(Load.class, this::handleLoad);
    partitions.onTimer(EXPIRY_TIMER, this::expire);
    partitions.onStart(this::load);
  }

  private void load() {
    List<CompletableFuture<Boolean>> loaded = new ArrayList<>();
    for (int p = 0; p < owned.length; p++) {
      loaded.add(partitions.apply(p, new Load()));
    }
    loading = CompletableFuture.allOf(loaded.toArray(CompletableFuture<?>[]::new));
  }

  private CompletableFuture<?> loading = CompletableFuture.completedFuture(true);

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

  // ---- requests
  // ----------------------------------------------------------------------------------------------------------------

  /**
   * Opens the session of a client that was let in; a connection that uses the identifier already is
   * told to close [MQTT-3.1.4-3].
   *
   * @param expirySeconds how long the session shall outlive the connection; 0: not at all
   * @return the session, when its state is durable
   */
  public CompletableFuture<Opened> open(
      String clientId, boolean cleanStart, long expirySeconds, Outlet outlet) {
    return partitions.ask(
        clientId,
        new Open(clientId, cleanStart, Math.min(expirySeconds, limits.expirySecondsMax()), outlet));
  }

  /**
   * The CONNACK has left: what waits in the inbox may follow, at most {@code receiveMaximum}
   * unacknowledged [MQTT-3.3.4-9].
   */
  public void resume(Session session, Outlet outlet, int receiveMaximum) {
    if (session.isPersistent()) {
      partitions.apply(
          partitions.of(session.clientId()), new Resume(session, outlet, receiveMaximum));
    }
  }

  /** Hands on what {@link #subscribe} put into the inbox; called after the SUBACK has left. */
  public void feed(Session session) {
    if (session.isPersistent()) {
      partitions.apply(partitions.of(session.clientId()), new Feed(session));
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
      session.own.forEach((filter, subscription) -> subscriptions.remove(filter, subscription));
      session.own.clear();
    }
    return partitions.ask(
        session.clientId(),
        new Close(session, outlet, Math.min(expirySeconds, limits.expirySecondsMax())));
  }

  /**
   * Subscribes; answers for each filter in order, when the subscriptions are durable (for a
   * persistent session).
   */
  public CompletableFuture<List<Subscribed>> subscribe(Session session, List<Wanted> wanted) {
    long since =
        stamps.next(); // here, not at the owner: what the client publishes behind this SUBSCRIBE is
    // live for it
    if (session.isPersistent()) {
      return partitions.ask(session.clientId(), new Subscribe(session, wanted, since));
    }
    List<Subscribed> results = new ArrayList<>(wanted.size());
    for (Wanted want : wanted) {
      boolean isNew = add(session, want, since);
      List<Publication> messages = new ArrayList<>();
      if (wantsRetained(want.options(), isNew)) {
        retained.visit(want.filter(), partitions.clock().millis(), messages::add);
      }
      results.add(new Subscribed(want.options().qos(), messages, identifiers(want)));
    }
    return CompletableFuture.completedFuture(results);
  }

  /** Unsubscribes; answers for each filter in order whether there was a subscription. */
  public CompletableFuture<List<Boolean>> unsubscribe(Session session, List<TopicFilter> filters) {
    if (session.isPersistent()) {
      return partitions.ask(session.clientId(), new Unsubscribe(session, filters));
    }
    return CompletableFuture.completedFuture(
        filters.stream().map(filter -> remove(session, filter)).toList());
  }

  /** The client acknowledged these places of its inbox. */
  public void acknowledge(Session session, long[] sequences) {
    partitions.apply(partitions.of(session.clientId()), new Acknowledge(session, sequences));
  }

  /**
   * An effect of a logged publication, inside a turn of the sessions' partition: puts it into their
   * inboxes.
   */
  public void deliver(Turn turn, InboxDelivery delivery) {
    Owned here = owned[turn.partition()];
    List<InboxDelivery.Reader> alive = delivery.readers();
    for (InboxDelivery.Reader reader : delivery.readers()) {
      if (here.persistent.get(reader.session().clientId()) != reader.session()) {
        alive =
            alive.stream()
                .filter(r -> here.persistent.get(r.session().clientId()) == r.session())
                .toList();
        break; // a session that ended since the match gets nothing
      }
    }
    if (!alive.isEmpty()) {
      here.inboxes.append(turn, delivery.shipment(), delivery.encoded(), alive);
    }
  }

  // ---- on the owner's thread
  // ---------------------------------------------------------------------------------------------------

  private Opened handleOpen(Turn turn, Open open) {
    Owned here = owned[turn.partition()];
    String id = open.clientId();
    Session before = here.online.remove(id);
    if (before != null) {
      counters.takeovers.increment();
      Outlet old = before.outlet();
      disconnect(before);
      if (old != null) {
        old.takenOver();
      }
    }
    Session session = here.persistent.get(id);
    if (session != null && open.cleanStart()) {
      end(turn, here, session); // [MQTT-3.1.2-4]
      session = null;
    }
    boolean present = session != null;
    if (session == null) {
      Inbox inbox = open.expirySeconds() > 0 ? new Inbox() : null;
      session = new Session(id, inbox, open.expirySeconds());
      if (inbox != null) {
        here.persistent.put(id, session);
      }
    }
    session.expirySeconds = open.expirySeconds();
    session.outlet(open.outlet());
    here.online.put(id, session);
    if (session.isPersistent()) {
      turn.put(
          SessionTables.SESSIONS,
          utf8(id),
          new SessionRow(open.expirySeconds(), 0, Long.MAX_VALUE).encode());
    }
    return new Opened(session, present, open.expirySeconds());
  }

  private Boolean handleClose(Turn turn, Close close) {
    Owned here = owned[turn.partition()];
    Session session = close.session();
    String id = session.clientId();
    if (here.online.get(id) != session || session.outlet() != close.outlet()) {
      return false; // taken over
    }
    here.online.remove(id);
    disconnect(session);
    Inbox inbox = session.inbox;
    if (inbox == null) {
      return true;
    }
    if (close.expirySeconds() == 0) {
      end(turn, here, session);
      return true;
    }
    rest(turn, session, inbox, close.expirySeconds());
    return true;
  }

  /** Writes that a persistent session is offline from now on. */
  private static void rest(Turn turn, Session session, Inbox inbox, long expirySeconds) {
    session.expirySeconds = expirySeconds;
    SessionRow row = new SessionRow(expirySeconds, turn.now(), inbox.sentBefore);
    turn.put(SessionTables.SESSIONS, utf8(session.clientId()), row.encode());
    if (expirySeconds != EXPIRY_NEVER) {
      turn.schedule(EXPIRY_TIMER, turn.now() + expirySeconds * 1000, utf8(session.clientId()));
    }
  }

  private static void disconnect(Session session) {
    session.outlet(null);
    if (session.inbox != null) {
      session.inbox.disconnect();
    }
  }

  /** Forgets a persistent session and all that belongs to it. */
  private void end(Turn turn, Owned here, Session session) {
    here.persistent.remove(session.clientId());
    for (TopicFilter filter : List.copyOf(session.own.keySet())) {
      remove(session, filter);
      turn.delete(SessionTables.SUBSCRIPTIONS, subscriptionKey(session, filter));
    }
    if (session.inbox != null) {
      here.inboxes.clear(turn, session, session.inbox);
    }
    turn.delete(SessionTables.SESSIONS, utf8(session.clientId()));
  }

  private void expire(Turn turn, byte[] key, long due) {
    Owned here = owned[turn.partition()];
    Session session = here.persistent.get(new String(key, StandardCharsets.UTF_8));
    if (session == null || session.outlet() != null) {
      return; // it came back
    }
    SessionRow row = SessionRow.decode(turn.get(SessionTables.SESSIONS, key));
    if (row != null && row.disconnectedAtMillis() + row.expirySeconds() * 1000 <= turn.now()) {
      counters.sessionsExpired.increment();
      end(turn, here, session);
    }
  }

  private Boolean handleResume(Turn turn, Resume resume) {
    Inbox inbox = resume.session().inbox;
    if (inbox == null || resume.session().outlet() != resume.outlet()) {
      return false;
    }
    inbox.windowMax = resume.receiveMaximum();
    inbox.nextToSend = 0;
    owned[turn.partition()].inboxes.feed(turn, resume.session(), inbox);
    return true;
  }

  private Boolean handleFeed(Turn turn, Feed feed) {
    Inbox inbox = feed.session().inbox;
    if (inbox != null) {
      owned[turn.partition()].inboxes.feed(turn, feed.session(), inbox);
    }
    return true;
  }

  private Boolean handleAcknowledge(Turn turn, Acknowledge acknowledge) {
    Inbox inbox = acknowledge.session().inbox;
    if (inbox != null) {
      owned[turn.partition()].inboxes.acknowledge(
          turn, acknowledge.session(), inbox, acknowledge.sequences());
    }
    return true;
  }

  private List<Subscribed> handleSubscribe(Turn turn, Subscribe subscribe) {
    Session session = subscribe.session();
    long since = subscribe.sinceMicros();
    List<Subscribed> results = new ArrayList<>();
    for (Wanted want : subscribe.wanted()) {
      boolean isNew = add(session, want, since);
      turn.put(
          SessionTables.SUBSCRIPTIONS,
          subscriptionKey(session, want.filter()),
          new SubscriptionRow(want.options(), since).encode());
      List<Publication> now = new ArrayList<>();
      if (wantsRetained(want.options(), isNew)) {
        retained.visit(
            want.filter(),
            turn.now(),
            publication -> sendRetained(turn, session, want, publication, now));
      }
      results.add(new Subscribed(want.options().qos(), now, identifiers(want)));
    }
    return results;
  }

  private void sendRetained(
      Turn turn, Session session, Wanted want, Publication publication, List<Publication> now) {
    QoS qos = QoS.min(publication.qos(), want.options().qos());
    if (qos == QoS.AT_MOST_ONCE) {
      now.add(publication);
      return;
    }
    InboxDelivery.Reader reader = new InboxDelivery.Reader(session, qos, true, identifiers(want));
    owned[turn.partition()].inboxes.append(
        turn, new Shipment(publication), PublicationCodec.encode(publication), List.of(reader));
  }

  private List<Boolean> handleUnsubscribe(Turn turn, Unsubscribe unsubscribe) {
    List<Boolean> removed = new ArrayList<>();
    for (TopicFilter filter : unsubscribe.filters()) {
      removed.add(remove(unsubscribe.session(), filter));
      turn.delete(SessionTables.SUBSCRIPTIONS, subscriptionKey(unsubscribe.session(), filter));
    }
    return removed;
  }

  private Boolean handleLoad(Turn turn, Load load) {
    Owned here = owned[turn.partition()];
    retained.load(turn);
    byte[] from = new byte[0];
    byte[] end = Keys.after(new byte[] {(byte) 0xFF});
    while (true) {
      List<Row> page = turn.range(SessionTables.SESSIONS, from, end, PAGE);
      for (Row row : page) {
        loadSession(turn, here, row);
      }
      if (page.size() < PAGE) {
        return true;
      }
      from = Keys.of().raw(page.get(PAGE - 1).key()).raw(new byte[1]).bytes();
    }
  }

  private void loadSession(Turn turn, Owned here, Row row) {
    SessionRow state = SessionRow.decode(row.value());
    if (state == null) {
      return;
    }
    Inbox inbox = new Inbox();
    Session session =
        new Session(new String(row.key(), StandardCharsets.UTF_8), inbox, state.expirySeconds());
    here.persistent.put(session.clientId(), session);
    here.inboxes.load(session, inbox, turn);
    inbox.sentBefore = Math.min(state.sentBefore(), inbox.next);
    byte[] prefix = Inbox.rowPrefix(session.clientId());
    for (Row subscription : turn.prefix(SessionTables.SUBSCRIPTIONS, prefix, Integer.MAX_VALUE)) {
      String filter =
          new String(
              subscription.key(),
              prefix.length,
              subscription.key().length - prefix.length,
              StandardCharsets.UTF_8);
      SubscriptionRow stored = SubscriptionRow.decode(subscription.value());
      add(session, new Wanted(TopicFilter.of(filter), stored.options()), stored.sinceMicros());
    }
    if (state.disconnectedAtMillis() == 0) {
      rest(turn, session, inbox, state.expirySeconds()); // it was online when the process ended
    }
  }

  // ---- subscriptions, on the owner's thread or the connection's loop
  // -----------------------------------------------------------

  private boolean add(Session session, Wanted want, long since) {
    Subscription subscription = new Subscription(session, want.filter(), want.options(), since);
    boolean isNew = session.own.put(want.filter(), subscription) == null;
    if (isNew) {
      session.countSubscription(1);
    }
    subscriptions.add(want.filter(), subscription);
    return isNew;
  }

  private boolean remove(Session session, TopicFilter filter) {
    Subscription subscription = session.own.remove(filter);
    if (subscription == null) {
      return false;
    }
    session.countSubscription(-1);
    return subscriptions.remove(filter, subscription);
  }

  private static int[] identifiers(Wanted want) {
    int id = want.options().identifier();
    return id == 0 ? new int[0] : new int[] {id};
  }

  private static boolean wantsRetained(Subscription.Options options, boolean isNew) {
    return switch (options.retainHandling()) {
      case SEND -> true;
      case SEND_IF_NEW -> isNew;
      case DO_NOT_SEND -> false;
    };
  }

  private static byte[] subscriptionKey(Session session, TopicFilter filter) {
    return Keys.of().text(session.clientId()).raw(utf8(filter.toString())).bytes();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
