package io.sluice.session;

import io.sluice.message.Publication;
import io.sluice.message.PublicationCodec;
import io.sluice.message.QoS;
import io.sluice.message.TopicFilter;
import io.sluice.message.TopicTrie;
import io.sluice.store.Keys;
import io.sluice.store.Partitions;
import io.sluice.store.Row;
import io.sluice.store.Turn;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The sessions of one partition. Owner thread only, each method within a turn; what is here in
 * memory is rebuilt from the rows by {@link #load}.
 */
final class SessionOwner {
  static final String EXPIRY_TIMER = "session-expiry";
  static final String PURGE_TIMER = "inbox-purge";
  private static final int PAGE = 512;

  private final SessionCounters counters;
  private final TopicTrie<Subscription> subscriptions;
  private final RetainedMessages retained;
  private final Partitions partitions;
  private final Inboxes inboxes;
  private final Map<String, Session> persistent = new HashMap<>();
  private final Map<String, Session> online = new HashMap<>();

  SessionOwner(
      SessionLimits limits,
      SessionCounters counters,
      TopicTrie<Subscription> subscriptions,
      RetainedMessages retained,
      Partitions partitions) {
    this.counters = counters;
    this.subscriptions = subscriptions;
    this.retained = retained;
    this.partitions = partitions;
    this.inboxes = new Inboxes(limits, counters);
  }

  // ---- a session's life

  Sessions.Opened open(Turn turn, SessionRequests.Open open) {
    String id = open.clientId();
    takeOver(id);
    Session session = persistent.get(id);
    if (session != null && open.cleanStart()) {
      end(turn, session); // [MQTT-3.1.2-4]
      session = null;
    }
    boolean present = session != null;
    if (session == null) {
      session = new Session(id, open.expirySeconds() > 0 ? inboxes.create(id) : null);
    }
    session.connect(open.outlet());
    online.put(id, session);
    if (session.inbox != null) {
      persistent.put(id, session);
      stopExpiry(turn, session);
      write(turn, session, SessionRow.online(open.expirySeconds(), session.inbox.from));
    }
    return new Sessions.Opened(session, present, open.expirySeconds(), session.openings());
  }

  /** A connection that uses the identifier already must close [MQTT-3.1.4-3]. */
  private void takeOver(String clientId) {
    Session before = online.remove(clientId);
    if (before != null) {
      counters.takeovers.increment();
      Outlet old = before.outlet();
      before.disconnect();
      if (old != null) {
        old.takenOver();
      }
    }
  }

  /** Answers false when another connection has taken the session over. */
  boolean close(Turn turn, SessionRequests.Close close) {
    Session session = close.session();
    String id = session.clientId();
    if (online.get(id) != session || session.outlet() != close.outlet()) {
      return false;
    }
    online.remove(id);
    session.disconnect();
    Inbox inbox = session.inbox;
    if (inbox != null && close.expirySeconds() == 0) {
      end(turn, session);
    } else if (inbox != null) {
      rest(turn, session, inbox, close.expirySeconds());
    }
    return true;
  }

  /** Writes that a persistent session is offline from now on. */
  private static void rest(Turn turn, Session session, Inbox inbox, long expirySeconds) {
    SessionRow row = new SessionRow(expirySeconds, turn.now(), inbox.sentBefore, inbox.from);
    write(turn, session, row);
    if (expirySeconds != Sessions.EXPIRY_NEVER) {
      session.expiryDueMillis = row.expiresAtMillis();
      turn.schedule(EXPIRY_TIMER, session.expiryDueMillis, utf8(session.clientId()));
    }
  }

  /** Without this, a client that comes and goes would leave a timer each time. */
  private static void stopExpiry(Turn turn, Session session) {
    if (session.expiryDueMillis != 0) {
      turn.cancel(EXPIRY_TIMER, session.expiryDueMillis, utf8(session.clientId()));
      session.expiryDueMillis = 0;
    }
  }

  private static void write(Turn turn, Session session, SessionRow row) {
    turn.put(SessionTables.SESSIONS, utf8(session.clientId()), row.encode());
  }

  /** Forgets a persistent session and all that belongs to it. */
  private void end(Turn turn, Session session) {
    persistent.remove(session.clientId());
    stopExpiry(turn, session);
    for (TopicFilter filter : session.filters()) {
      session.remove(subscriptions, filter);
      turn.delete(SessionTables.SUBSCRIPTIONS, subscriptionKey(session, filter));
    }
    turn.delete(SessionTables.SESSIONS, utf8(session.clientId()));
    if (session.inbox != null && !inboxes.clear(turn, session.clientId(), session.inbox.next)) {
      purgeLater(turn, session.clientId(), session.inbox.next);
    }
  }

  void expire(Turn turn, byte[] key) {
    Session session = persistent.get(new String(key, StandardCharsets.UTF_8));
    if (session == null
        || session.expiryDueMillis == 0
        || session.expiryDueMillis > turn.now()
        || session.outlet() != null) {
      return; // it came back
    }
    session.expiryDueMillis = 0; // the timer's row is gone
    counters.sessionsExpired.increment();
    end(turn, session);
  }

  /** Goes on with an inbox that is too large to be forgotten in one turn. */
  void purge(Turn turn, byte[] key) {
    String clientId = Keys.textAt(key, 0);
    long before = Keys.numberAt(key, Keys.textEnd(key, 0));
    if (!inboxes.clear(turn, clientId, before)) {
      purgeLater(turn, clientId, before);
    }
  }

  private static void purgeLater(Turn turn, String clientId, long before) {
    byte[] key = Keys.of().text(clientId).number(before).bytes();
    turn.schedule(PURGE_TIMER, turn.now(), key);
  }

  // ---- its inbox

  boolean resume(Turn turn, SessionRequests.Resume resume) {
    Session session = resume.session();
    Inbox inbox = session.inbox;
    if (inbox == null || session.outlet() != resume.outlet()) {
      return false; // taken over
    }
    inbox.windowMax = resume.receiveMaximum();
    return feed(turn, session);
  }

  boolean feed(Turn turn, Session session) {
    Inbox inbox = session.inbox;
    if (inbox == null) {
      return false;
    }
    if (inboxes.feed(turn, session, inbox)) {
      partitions.apply(turn.partition(), new SessionRequests.Feed(session)); // others first
    }
    return true;
  }

  boolean acknowledge(Turn turn, SessionRequests.Acknowledge acknowledge) {
    Session session = acknowledge.session();
    Inbox inbox = session.inbox;
    if (inbox == null) {
      return false;
    }
    inboxes.acknowledge(turn, session, inbox, acknowledge.sequences());
    return feed(turn, session);
  }

  void deliver(Turn turn, InboxDelivery delivery) {
    List<InboxDelivery.Reader> readers = delivery.readers();
    for (InboxDelivery.Reader reader : readers) {
      if (!isAlive(reader.session())) {
        readers = readers.stream().filter(r -> isAlive(r.session())).toList();
        break; // a session that ended since the match gets nothing
      }
    }
    if (!readers.isEmpty()) {
      inboxes.append(turn, delivery.shipment(), delivery.encoded(), readers);
    }
  }

  private boolean isAlive(Session session) {
    return persistent.get(session.clientId()) == session;
  }

  // ---- its subscriptions

  List<Sessions.Subscribed> subscribe(Turn turn, SessionRequests.Subscribe subscribe) {
    Session session = alive(subscribe.session());
    List<Sessions.Subscribed> results = new ArrayList<>();
    for (Sessions.Wanted want : subscribe.wanted()) {
      Subscription before = session.add(subscriptions, want, subscribe.sinceMicros());
      long since = before == null ? subscribe.sinceMicros() : before.sinceMicros();
      turn.put(
          SessionTables.SUBSCRIPTIONS,
          subscriptionKey(session, want.filter()),
          new SubscriptionRow(want.options(), since).encode());
      List<Publication> now = new ArrayList<>();
      if (want.wantsRetained(before == null)) {
        retained.visit(
            want.filter(),
            turn.now(),
            publication -> sendRetained(turn, session, want, publication, now));
      }
      results.add(new Sessions.Subscribed(want.options().qos(), now, want.identifiers()));
    }
    return results;
  }

  private void sendRetained(
      Turn turn,
      Session session,
      Sessions.Wanted want,
      Publication publication,
      List<Publication> now) {
    QoS qos = QoS.min(publication.qos(), want.options().qos());
    if (qos == QoS.AT_MOST_ONCE) {
      now.add(publication);
      return;
    }
    InboxDelivery.Reader reader = new InboxDelivery.Reader(session, qos, true, want.identifiers());
    inboxes.append(
        turn, new Shipment(publication), PublicationCodec.encode(publication), List.of(reader));
  }

  List<Boolean> unsubscribe(Turn turn, SessionRequests.Unsubscribe unsubscribe) {
    Session session = alive(unsubscribe.session());
    List<Boolean> removed = new ArrayList<>();
    for (TopicFilter filter : unsubscribe.filters()) {
      removed.add(session.remove(subscriptions, filter));
      turn.delete(SessionTables.SUBSCRIPTIONS, subscriptionKey(session, filter));
    }
    return removed;
  }

  /** A session that ended must not write rows: they would belong to its successor. */
  private Session alive(Session session) {
    if (!isAlive(session)) {
      throw new IllegalStateException(
          "the session of client '%s' has ended; its client must connect again"
              .formatted(session.clientId()));
    }
    return session;
  }

  // ---- after a restart

  boolean load(Turn turn) {
    retained.load(turn);
    byte[] from = new byte[0];
    byte[] end = Keys.after(new byte[] {(byte) 0xFF});
    List<Row> page;
    Map<Session, SessionRow> rows = new HashMap<>();
    do {
      page = turn.range(SessionTables.SESSIONS, from, end, PAGE);
      for (Row row : page) {
        loadSession(turn, row, rows);
        from = Keys.of().raw(row.key()).raw(new byte[1]).bytes();
      }
    } while (page.size() == PAGE);
    inboxes.load(turn, persistent);
    rows.forEach((session, row) -> settle(turn, session, row));
    return true;
  }

  private void loadSession(Turn turn, Row row, Map<Session, SessionRow> rows) {
    SessionRow state = SessionRow.decode(row.value());
    String clientId = new String(row.key(), StandardCharsets.UTF_8);
    Session session = new Session(clientId, new Inbox(state.inboxFrom()));
    persistent.put(clientId, session);
    rows.put(session, state);
    byte[] prefix = Inbox.rowPrefix(clientId);
    for (Row subscription : turn.prefix(SessionTables.SUBSCRIPTIONS, prefix, Integer.MAX_VALUE)) {
      byte[] key = subscription.key();
      String filter =
          new String(key, prefix.length, key.length - prefix.length, StandardCharsets.UTF_8);
      SubscriptionRow stored = SubscriptionRow.decode(subscription.value());
      Sessions.Wanted want = new Sessions.Wanted(TopicFilter.of(filter), stored.options());
      session.add(subscriptions, want, stored.sinceMicros());
    }
  }

  private static void settle(Turn turn, Session session, SessionRow row) {
    Inbox inbox = session.inbox;
    if (inbox == null) {
      return;
    }
    inbox.sentBefore = Math.min(row.sentBefore(), inbox.next);
    if (row.isOnline()) {
      rest(turn, session, inbox, row.expirySeconds()); // it was, when the process ended
    } else if (row.expirySeconds() != Sessions.EXPIRY_NEVER) {
      session.expiryDueMillis = row.expiresAtMillis();
    }
  }

  private static byte[] subscriptionKey(Session session, TopicFilter filter) {
    return Keys.of().text(session.clientId()).raw(utf8(filter.toString())).bytes();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
