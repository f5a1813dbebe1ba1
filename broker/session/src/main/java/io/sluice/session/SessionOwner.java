package io.sluice.session;

import io.sluice.store.Keys;
import io.sluice.store.Partitions;
import io.sluice.store.Turn;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The sessions of one partition. Owner thread only, each method within a turn; what is here in
 * memory is rebuilt from the rows by {@link SessionLoader}.
 */
final class SessionOwner {
  static final String EXPIRY_TIMER = "session-expiry";
  static final String PURGE_TIMER = "inbox-purge";

  private final SessionCounters counters;
  private final SubscriptionTree subscriptions;
  private final Partitions partitions;
  private final Ingress ingress;
  private final SharedLog shared;
  private final GroupMembers members;
  final OwnedSubscriptions own;
  final Inboxes inboxes;
  final Wills wills;
  final Loans loans;
  final Map<String, Session> persistent = new HashMap<>();
  private final Map<String, Session> online = new HashMap<>();

  /** By client identifier: CONNECTs that wait until an older connection has settled. */
  private final Map<String, Settling> settling = new HashMap<>();

  private long tickets;

  /** See {@link #open}. */
  private static final class Settling {
    int waiting;
    long opened; // the ticket of the last CONNECT that got the session meanwhile
  }

  SessionOwner(
      SessionLimits limits,
      SessionCounters counters,
      SubscriptionTree subscriptions,
      RetainedMessages retained,
      Partitions partitions,
      Ingress ingress,
      SharedLog shared,
      Inboxes inboxes,
      Wills wills) {
    this.counters = counters;
    this.subscriptions = subscriptions;
    this.partitions = partitions;
    this.ingress = ingress;
    this.shared = shared;
    this.inboxes = inboxes;
    this.wills = wills;
    this.loans = new Loans(shared);
    this.own = new OwnedSubscriptions(limits, subscriptions, retained, inboxes);
    this.members = new GroupMembers(partitions, subscriptions, inboxes);
  }

  /** How its sessions stand. */
  Census census(Turn turn) {
    Census census = Census.NONE;
    for (Session session : persistent.values()) {
      Inbox inbox = session.inbox;
      census =
          census.plus(
              new Census(
                  1,
                  session.outlet() == null ? 1 : 0,
                  inbox == null ? 0 : inbox.size,
                  inbox == null ? 0 : inbox.size,
                  inbox == null ? 0 : inbox.bytes,
                  0));
    }
    return census.plus(new Census(0, 0, 0, 0, 0, wills.count()));
  }

  // ---- a session's life

  /**
   * Opens the session, or lets the connection that has it settle first. CONNECTs count in the order
   * they came, not in the order that they settled: one that was overtaken gets nothing, or a client
   * that gave up an attempt and came again would lose to its own past.
   */
  SessionRequests.OpenReply open(Turn turn, SessionRequests.Open open) {
    String id = open.arrival().clientId();
    Settling others = settling.get(id);
    long ticket = open.ticket();
    if (ticket == SessionRequests.NO_TICKET) {
      ticket = ++tickets;
      Session holder = online.get(id);
      Outlet connection = holder == null ? null : holder.outlet();
      if (connection != null) {
        settling.computeIfAbsent(id, i -> new Settling()).waiting++;
        return new SessionRequests.OpenReply(null, connection, ticket);
      }
    } else {
      giveUp(id);
    }
    if (others != null) {
      if (ticket < others.opened) {
        return new SessionRequests.OpenReply(null, null, ticket);
      }
      others.opened = ticket;
    }
    return new SessionRequests.OpenReply(opened(turn, open), null, ticket);
  }

  /** One that was settling is so no more; answers whether there was one. */
  boolean giveUp(String clientId) {
    Settling others = settling.get(clientId);
    if (others != null && --others.waiting == 0) {
      settling.remove(clientId);
    }
    return others != null;
  }

  private Sessions.Opened opened(Turn turn, SessionRequests.Open open) {
    Sessions.Arrival arrival = open.arrival();
    String id = arrival.clientId();
    takeOver(turn, id);
    Session session = persistent.get(id);
    if (session != null && arrival.cleanStart()) {
      end(turn, session); // [MQTT-3.1.2-4]
      session = null;
    }
    boolean present = session != null;
    if (session == null) {
      wills.sessionEnded(turn, id);
      session = new Session(id, arrival.expirySeconds() > 0 ? inboxes.create(id) : null);
    } else {
      wills.revoke(turn, id);
    }
    wills.leave(turn, id, arrival.will(), arrival.willDelaySeconds());
    session.expirySeconds = arrival.expirySeconds();
    session.connect(open.outlet(), arrival.receiveMaximum());
    online.put(id, session);
    if (session.inbox != null) {
      persistent.put(id, session);
      stopExpiry(turn, session);
      SessionRow row = SessionRow.online(arrival.expirySeconds(), session.inbox.from);
      turn.put(SessionTables.SESSIONS, utf8(id), row.encode());
      members.wake(session);
    }
    return new Sessions.Opened(
        session,
        present,
        arrival.expirySeconds(),
        session.openings(),
        session.received.stream().mapToInt(Integer::intValue).toArray());
  }

  /** A connection that uses the identifier already must close [MQTT-3.1.4-3]. */
  private void takeOver(Turn turn, String clientId) {
    Session before = online.remove(clientId);
    if (before != null) {
      counters.takeovers.increment();
      Outlet old = before.outlet();
      before.disconnect();
      wills.connectionEnded(turn, clientId, false, before.expirySeconds);
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
    wills.connectionEnded(turn, id, close.revokeWill(), close.expirySeconds());
    Inbox inbox = session.inbox;
    if (inbox != null && close.expirySeconds() == 0) {
      end(turn, session);
    } else if (inbox != null) {
      rest(turn, session, inbox, close.expirySeconds());
      members.goOffline(turn, session);
    }
    return true;
  }

  SessionRequests.Found find(String clientId) {
    Session session = online.getOrDefault(clientId, persistent.get(clientId));
    if (session == null) {
      return new SessionRequests.Found(null, 0, ClientState.Waiting.NOTHING);
    }
    Inbox inbox = session.inbox;
    return new SessionRequests.Found(
        session,
        session.expirySeconds,
        inbox == null
            ? ClientState.Waiting.NOTHING
            : new ClientState.Waiting(inbox.size, inbox.bytes));
  }

  /** Answers false when its client is back, or the session has ended. */
  boolean forget(Turn turn, SessionRequests.Forget forget) {
    Session session = forget.session();
    if (!isAlive(session) || session.outlet() != null) {
      return false;
    }
    if (forget.preventWill()) {
      wills.revoke(turn, session.clientId());
    }
    if (forget.cleanSession()) {
      end(turn, session);
    }
    return true;
  }

  /** Writes that a persistent session is offline from now on. */
  static void rest(Turn turn, Session session, Inbox inbox, long expirySeconds) {
    SessionRow row = new SessionRow(expirySeconds, turn.now(), inbox.sentBefore, inbox.from);
    session.expirySeconds = expirySeconds;
    turn.put(SessionTables.SESSIONS, utf8(session.clientId()), row.encode());
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

  /** Forgets a persistent session and all that belongs to it. */
  private void end(Turn turn, Session session) {
    String id = session.clientId();
    persistent.remove(id);
    stopExpiry(turn, session);
    wills.sessionEnded(turn, id);
    for (SubscribedFilter filter : session.filters()) {
      own.remove(turn, session, filter);
    }
    for (int packetId : session.received) {
      turn.delete(SessionTables.RECEIVED, receivedKey(session, packetId));
    }
    session.received.clear();
    turn.delete(SessionTables.SESSIONS, utf8(id));
    Inbox inbox = session.inbox;
    if (inbox != null && !inboxes.clear(turn, id, inbox.next, inbox.sentBefore)) {
      purgeLater(turn, id, inbox.next);
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
    if (!inboxes.clear(turn, clientId, before, Long.MAX_VALUE)) {
      purgeLater(turn, clientId, before);
    }
  }

  private static void purgeLater(Turn turn, String clientId, long before) {
    byte[] key = Keys.of().text(clientId).number(before).bytes();
    turn.schedule(PURGE_TIMER, turn.now(), key);
  }

  // ---- what its client publishes with QoS 2

  /**
   * Takes a publication of QoS 2 exactly once: its packet identifier and the publication itself
   * enter the store in one record [MQTT-4.3.3-10].
   *
   * @return whether it is new; false when the identifier is known, so nothing was published
   */
  boolean take(Turn turn, SessionRequests.Take take) {
    Session session = take.session();
    if (!isAlive(session) || session.outlet() != take.outlet()) {
      throw new IllegalStateException("another connection has taken the session over");
    }
    if (!session.received.add(take.packetId())) {
      return false;
    }
    turn.put(SessionTables.RECEIVED, receivedKey(session, take.packetId()), new byte[] {1});
    ingress.append(turn, take.publication());
    return true;
  }

  /** Forgets a packet identifier, which may then stand for another publication. */
  boolean release(Turn turn, SessionRequests.Release release) {
    Session session = release.session();
    if (!isAlive(session) || !session.received.remove(release.packetId())) {
      return false;
    }
    turn.delete(SessionTables.RECEIVED, receivedKey(session, release.packetId()));
    return true;
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
    if (inbox == null || !isAlive(session)) {
      return false;
    }
    boolean more = own.sendRetained(turn, session, inbox);
    if (inboxes.feed(turn, session, inbox) || more) {
      partitions.apply(turn.partition(), new SessionRequests.Feed(session)); // others first
    }
    return true;
  }

  boolean acknowledge(Turn turn, SessionRequests.Acknowledge acknowledge) {
    Session session = acknowledge.session();
    Inbox inbox = session.inbox;
    if (inbox == null || !isAlive(session)) {
      return false;
    }
    inboxes.acknowledge(turn, session, inbox, acknowledge.sequences());
    return feed(turn, session);
  }

  /** PUBREL follows when it is on disk that the client has the messages. */
  boolean received(Turn turn, SessionRequests.Received received) {
    Session session = received.session();
    Inbox inbox = session.inbox;
    if (inbox == null || session.outlet() != received.outlet() || !isAlive(session)) {
      return false;
    }
    long[] known = inboxes.received(turn, session, inbox, received.sequences());
    if (known.length > 0) {
      turn.afterDurable(() -> received.outlet().releaseInbox(known));
    }
    return true;
  }

  void deliver(Turn turn, InboxDelivery delivery) {
    List<InboxDelivery.Reader> readers = delivery.readers();
    for (InboxDelivery.Reader reader : readers) {
      if (!isThere(reader)) {
        readers = stillThere(turn, delivery);
        break;
      }
    }
    if (!readers.isEmpty()) {
      inboxes.append(turn, delivery.shipment(), delivery.encoded(), readers, true);
    }
  }

  /** A publication comes for a member that is one no more. */
  void giveBack(Turn turn, String group, String clientId, byte[] encoded) {
    Session session = persistent.get(clientId);
    if (session != null) {
      session.unassigned();
    }
    shared.append(turn, group, encoded);
  }

  /** A session that ended since the match gets nothing; a group's message goes to another. */
  private List<InboxDelivery.Reader> stillThere(Turn turn, InboxDelivery delivery) {
    List<InboxDelivery.Reader> there = new ArrayList<>();
    for (InboxDelivery.Reader reader : delivery.readers()) {
      if (isThere(reader)) {
        there.add(reader);
      } else if (!reader.share().isEmpty()) {
        reader.session().unassigned();
        shared.append(turn, reader.share(), delivery.encoded());
      }
    }
    return there;
  }

  private boolean isThere(InboxDelivery.Reader reader) {
    Session session = reader.session();
    if (!isAlive(session)) {
      return false;
    }
    if (reader.share().isEmpty() || session.outlet() != null) {
      return true;
    }
    SharedGroup group = subscriptions.group(reader.share());
    return group == null || !group.hasOnlineBeside(session);
  }

  private boolean isAlive(Session session) {
    return persistent.get(session.clientId()) == session;
  }

  // ---- its subscriptions

  List<Sessions.Subscribed> subscribe(Turn turn, SessionRequests.Subscribe subscribe) {
    Session session = alive(subscribe.session());
    List<Sessions.Subscribed> results = own.subscribe(turn, subscribe);
    members.wake(session);
    return results;
  }

  List<Boolean> unsubscribe(Turn turn, SessionRequests.Unsubscribe unsubscribe) {
    Session session = alive(unsubscribe.session());
    List<Boolean> removed = new ArrayList<>();
    for (SubscribedFilter filter : unsubscribe.filters()) {
      removed.add(own.remove(turn, session, filter));
      members.leave(turn, session, filter);
    }
    return removed;
  }

  /** Another member of the group is online. */
  boolean handOn(Turn turn, SessionRequests.HandOn request) {
    return isAlive(request.session()) && members.handOn(turn, request);
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

  static byte[] receivedKey(Session session, int packetId) {
    return Keys.of().text(session.clientId()).number(packetId).bytes();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
