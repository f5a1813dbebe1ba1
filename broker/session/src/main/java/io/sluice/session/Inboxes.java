package io.sluice.session;

import io.sluice.message.Publication;
import io.sluice.message.PublicationCodec;
import io.sluice.message.QoS;
import io.sluice.store.Keys;
import io.sluice.store.Row;
import io.sluice.store.Turn;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The inboxes of one partition: messages that wait for persistent sessions, as rows. A message that
 * several inboxes wait for is one row with a count of its readers; the count is kept in memory and
 * made again from the rows at start.
 *
 * <p>Owner thread of the partition only.
 */
final class Inboxes {
  private static final Logger LOG = LoggerFactory.getLogger(Inboxes.class);
  private static final int PAGE = 512;
  private static final int FEED_PAGE = 64;
  private static final int FEED_PAGES_MAX = 16; // in one turn; expired messages can be many
  private static final int CLEAR_MAX = 4096; // in one turn
  private static final long ALL = Long.MAX_VALUE;

  private final SessionLimits limits;
  private final SessionCounters counters;
  private final SharedLog shared;
  private final Map<Long, Integer> readers = new HashMap<>(); // of messages with rows of their own
  private long nextMessage = 1;

  /** Behind the last row of each inbox that is being forgotten. */
  private final Map<String, Long> clearing = new HashMap<>();

  Inboxes(SessionLimits limits, SessionCounters counters, SharedLog shared) {
    this.limits = limits;
    this.counters = counters;
    this.shared = shared;
  }

  /** An empty inbox, behind what may still be there of an earlier one. */
  Inbox create(String clientId) {
    return new Inbox(clearing.getOrDefault(clientId, 0L));
  }

  // ---- after a restart

  /** Counts what an earlier life left, also of sessions that are being forgotten. */
  void load(Turn turn, Map<String, Session> sessions) {
    byte[] from = new byte[0];
    byte[] end = Keys.after(new byte[] {(byte) 0xFF});
    String clientId = "";
    Session session = null;
    List<Row> page;
    do {
      page = turn.range(SessionTables.INBOX, from, end, PAGE);
      for (Row row : page) {
        String id = Keys.textAt(row.key(), 0);
        if (!id.equals(clientId)) {
          tell(session);
          clientId = id;
          session = sessions.get(id);
        }
        load(row, clientId, session);
        from = Keys.of().raw(row.key()).raw(new byte[1]).bytes();
      }
    } while (page.size() == PAGE);
    tell(session);
  }

  private void load(Row row, String clientId, @Nullable Session session) {
    long sequence = Inbox.sequenceOf(row.key());
    Inbox inbox = session == null ? null : session.inbox;
    if (session == null || inbox == null || sequence < inbox.from) {
      clearing.merge(clientId, sequence + 1, Math::max);
    } else {
      InboxEntry entry = InboxEntry.decode(row.value());
      if (inbox.size++ == 0) {
        inbox.first = sequence;
        inbox.nextToSend = sequence;
      }
      inbox.next = sequence + 1;
      inbox.bytes += entry.bytes();
      if (entry.isShared()) {
        inbox.shared++;
        session.assigned();
      }
    }
    long message = InboxEntry.messageNumber(row.value());
    if (message != 0) {
      readers.merge(message, 1, Integer::sum);
      nextMessage = Math.max(nextMessage, message + 1);
    }
  }

  /** Lets other threads know how full the session's inbox is. */
  private void tell(@Nullable Session session) {
    Inbox inbox = session == null ? null : session.inbox;
    if (session != null && inbox != null) {
      session.inboxIs(inbox.size, isFull(inbox, 1));
    }
  }

  private boolean isFull(Inbox inbox, int bytes) {
    return inbox.size >= limits.inboxMessagesMax()
        || inbox.bytes + bytes > limits.inboxBytesMax() && inbox.size > 0;
  }

  // ---- in

  /**
   * Puts a publication into the inboxes of the sessions given.
   *
   * @param encoded the publication as {@link PublicationCodec} writes it
   * @param handOn whether it goes out at once where a connection has room; else with the next
   *     {@link #feed}
   */
  void append(
      Turn turn, Shipment shipment, byte[] encoded, List<InboxDelivery.Reader> to, boolean handOn) {
    long message = 0;
    if (to.size() > 1) {
      message = nextMessage++;
      turn.put(SessionTables.MESSAGES, Keys.of().number(message).bytes(), encoded);
      readers.put(message, to.size());
    }
    for (InboxDelivery.Reader reader : to) {
      Inbox inbox = reader.session().inbox;
      if (inbox == null || !makeRoom(turn, reader.session(), inbox, encoded.length)) {
        counters.inboxDroppedFull.increment();
        release(turn, message);
        if (!reader.share().isEmpty()) {
          reader.session().unassigned();
        }
      } else {
        append(turn, shipment, encoded, message, reader, inbox, handOn);
        tell(reader.session());
      }
    }
  }

  /** Whether a message of this size may enter; what must give way for it is dropped. */
  private boolean makeRoom(Turn turn, Session session, Inbox inbox, int bytes) {
    if (!isFull(inbox, bytes)) {
      return true;
    }
    return switch (limits.inboxPolicy()) {
      case DROP_NEWEST -> false;
      case REJECT -> true; // it was acknowledged before the inbox was known to be full
      case DROP_OLDEST -> dropOldest(turn, session, inbox, bytes);
    };
  }

  private boolean dropOldest(Turn turn, Session session, Inbox inbox, int bytes) {
    byte[] end = Inbox.rowKey(session.clientId(), inbox.next);
    byte[] from = Inbox.rowKey(session.clientId(), inbox.nextToSend); // what is under way stays
    for (Row row : turn.range(SessionTables.INBOX, from, end, PAGE)) {
      if (!isFull(inbox, bytes)) {
        break;
      }
      InboxEntry entry = InboxEntry.decode(row.value());
      if (!entry.released()) {
        remove(turn, session, inbox, row, entry);
        counters.inboxDroppedOldest.increment();
      }
    }
    return !isFull(inbox, bytes);
  }

  private void append(
      Turn turn,
      Shipment shipment,
      byte[] encoded,
      long message,
      InboxDelivery.Reader reader,
      Inbox inbox,
      boolean handOn) {
    Session session = reader.session();
    long sequence = inbox.next++;
    inbox.size++;
    inbox.bytes += encoded.length;
    if (!reader.share().isEmpty()) {
      inbox.shared++;
    }
    counters.inboxAppended.increment();
    InboxEntry entry =
        new InboxEntry(
            reader.qos(),
            reader.retain(),
            false,
            message,
            encoded.length,
            reader.subscriptionIds(),
            reader.share(),
            message == 0 ? encoded : new byte[0]);
    turn.put(SessionTables.INBOX, Inbox.rowKey(session.clientId(), sequence), entry.encode());
    Outlet outlet = session.outlet();
    if (handOn && outlet != null && inbox.nextToSend == sequence && inbox.hasRoom()) {
      handOut(turn, session, inbox, entry);
      deliver(
          turn,
          outlet,
          List.of(
              new InboxMessage(
                  sequence,
                  shipment,
                  reader.qos(),
                  reader.retain(),
                  false,
                  reader.subscriptionIds())));
    }
  }

  // ---- out

  /**
   * Hands waiting messages to the session's connection while it has room.
   *
   * @return whether there is more to do, in another turn
   */
  boolean feed(Turn turn, Session session, Inbox inbox) {
    Outlet outlet = session.outlet();
    if (outlet == null) {
      return false;
    }
    for (int pages = 0; inbox.nextToSend < inbox.next && inbox.hasRoom(); pages++) {
      if (pages == FEED_PAGES_MAX) {
        return true;
      }
      List<Row> rows =
          turn.range(
              SessionTables.INBOX,
              Inbox.rowKey(session.clientId(), inbox.nextToSend),
              Inbox.rowKey(session.clientId(), inbox.next),
              Math.min(FEED_PAGE, inbox.room()));
      List<InboxMessage> messages = new ArrayList<>(rows.size());
      long[] released = new long[rows.size()];
      int releasedCount = 0;
      for (Row row : rows) {
        if (!inbox.hasRoom()) {
          break;
        }
        inbox.nextToSend = Inbox.sequenceOf(row.key());
        InboxEntry entry = InboxEntry.decode(row.value());
        if (entry.released()) {
          released[releasedCount++] = inbox.nextToSend;
          inbox.sent(0, 0, "", true);
        } else {
          take(turn, session, inbox, row, entry, messages);
        }
      }
      if (rows.isEmpty()) {
        inbox.nextToSend = inbox.next;
      }
      inbox.advance();
      if (releasedCount > 0) {
        outlet.releaseInbox(Arrays.copyOf(released, releasedCount)); // [MQTT-4.4.0-1]
      }
      deliver(turn, outlet, messages);
    }
    return false;
  }

  /** The message at {@link Inbox#nextToSend} is under way; of QoS 0 it is gone [MQTT-4.3.1-1]. */
  private void handOut(Turn turn, Session session, Inbox inbox, InboxEntry entry) {
    boolean kept = entry.qos() != QoS.AT_MOST_ONCE;
    Inbox.Sent sent = new Inbox.Sent(entry.messageNumber(), entry.bytes(), entry.share(), true);
    if (!kept) {
      turn.delete(SessionTables.INBOX, Inbox.rowKey(session.clientId(), inbox.nextToSend));
      inbox.size--;
      forgetContent(turn, session, inbox, sent);
    }
    inbox.sent(sent.message(), sent.bytes(), sent.share(), kept);
  }

  /**
   * Hands messages to a connection: those of QoS 0 only when it is on disk that they are gone, for
   * they must not come twice; those of QoS 2 only when their place is on disk. After a crash the
   * ingress log is carried again, and a place that was not on disk may be another message's. Its
   * packet identifier too, and the client would take that one for a repetition, and the first one,
   * with its new identifier, for a new message [MQTT-4.3.3-10].
   */
  private static void deliver(Turn turn, Outlet outlet, List<InboxMessage> messages) {
    List<InboxMessage> now = new ArrayList<>(messages.size());
    List<InboxMessage> later = new ArrayList<>(0);
    for (InboxMessage message : messages) {
      (message.qos() == QoS.AT_LEAST_ONCE ? now : later).add(message);
    }
    if (!now.isEmpty()) {
      outlet.deliverInbox(now);
    }
    if (!later.isEmpty()) {
      turn.afterDurable(() -> outlet.deliverInbox(later));
    }
  }

  private void take(
      Turn turn,
      Session session,
      Inbox inbox,
      Row row,
      InboxEntry entry,
      List<InboxMessage> messages) {
    long sequence = inbox.nextToSend;
    byte @Nullable [] encoded = encoded(turn, entry);
    Publication publication = encoded == null ? null : PublicationCodec.decode(encoded);
    boolean begun = sequence < inbox.sentBefore && entry.qos() == QoS.EXACTLY_ONCE;
    if (publication == null
        || encoded == null
        || publication.expiresAtMicros() <= turn.now() * 1000 && !begun) { // [MQTT-4.3.3-7]
      counters.inboxDroppedExpired.increment(); // [MQTT-3.3.2-5]
      remove(turn, session, inbox, row, entry);
      tell(session);
      inbox.nextToSend = sequence + 1;
      return;
    }
    handOut(turn, session, inbox, entry);
    messages.add(
        new InboxMessage(
            sequence,
            new Shipment(publication),
            entry.qos(),
            entry.retain(),
            sequence < inbox.sentBefore && entry.qos() != QoS.AT_MOST_ONCE,
            entry.subscriptionIds()));
  }

  private static byte @Nullable [] encoded(Turn turn, InboxEntry entry) {
    if (entry.messageNumber() == 0) {
      return entry.inline();
    }
    byte[] row = turn.get(SessionTables.MESSAGES, Keys.of().number(entry.messageNumber()).bytes());
    if (row == null) {
      LOG.error(
          "an inbox refers to message {} that is not there; the entry is dropped",
          entry.messageNumber());
    }
    return row;
  }

  /** A message that is not under way leaves the inbox. */
  private void remove(Turn turn, Session session, Inbox inbox, Row row, InboxEntry entry) {
    inbox.size--;
    inbox.bytes -= entry.bytes();
    if (entry.isShared()) {
      inbox.shared--;
      session.unassigned();
    }
    turn.delete(SessionTables.INBOX, row.key());
    release(turn, entry.messageNumber());
  }

  /** The client has these messages; a place that is not under way is passed over. */
  void acknowledge(Turn turn, Session session, Inbox inbox, long[] sequences) {
    for (long sequence : sequences) {
      Inbox.Sent sent = inbox.acknowledged(sequence);
      if (sent != null) {
        if (sent.kept()) {
          inbox.size--;
          forgetContent(turn, session, inbox, sent);
          turn.delete(SessionTables.INBOX, Inbox.rowKey(session.clientId(), sequence));
        }
        counters.inboxAcknowledged.increment();
      }
    }
    inbox.advance();
    tell(session);
  }

  private void forgetContent(Turn turn, Session session, Inbox inbox, Inbox.Sent sent) {
    inbox.bytes -= sent.bytes();
    if (!sent.share().isEmpty()) {
      inbox.shared--;
      session.unassigned();
    }
    release(turn, sent.message());
  }

  /**
   * The client has these messages of QoS 2 and will not get them again: the publication goes, the
   * place stays until the release is complete [MQTT-4.3.3-4].
   *
   * @return the places that were under way
   */
  long[] received(Turn turn, Session session, Inbox inbox, long[] sequences) {
    long[] known = new long[sequences.length];
    int count = 0;
    for (long sequence : sequences) {
      Inbox.Sent sent = inbox.received(sequence);
      if (sent == null) {
        continue;
      }
      known[count++] = sequence;
      byte[] key = Inbox.rowKey(session.clientId(), sequence);
      byte[] row = turn.get(SessionTables.INBOX, key);
      if (row != null) {
        InboxEntry entry = InboxEntry.decode(row);
        if (!entry.released()) {
          forgetContent(turn, session, inbox, sent);
          turn.put(SessionTables.INBOX, key, entry.release().encode());
        }
      }
    }
    return Arrays.copyOf(known, count);
  }

  private void release(Turn turn, long message) {
    if (message == 0) {
      return;
    }
    Integer left = readers.merge(message, -1, Integer::sum);
    if (left == null || left <= 0) {
      readers.remove(message);
      turn.delete(SessionTables.MESSAGES, Keys.of().number(message).bytes());
    }
  }

  // ---- to another member of a shared subscription

  /**
   * Gives messages of shared subscriptions back to their groups: those not under way, but not what
   * the client may have begun to take with QoS 2 [MQTT-4.8.2-4].
   *
   * @param group the one group concerned, empty for all
   * @param from the first place to look at
   * @return where to go on in another turn; {@link Long#MAX_VALUE} when all is done
   */
  long handOn(Turn turn, Session session, Inbox inbox, String group, long from) {
    if (inbox.shared == 0) {
      return ALL;
    }
    byte[] end = Inbox.rowKey(session.clientId(), inbox.next);
    byte[] begin = Inbox.rowKey(session.clientId(), Math.max(from, inbox.first));
    List<Row> rows = turn.range(SessionTables.INBOX, begin, end, CLEAR_MAX);
    for (Row row : rows) {
      InboxEntry entry = InboxEntry.decode(row.value());
      long sequence = Inbox.sequenceOf(row.key());
      boolean begun =
          inbox.isUnderWay(sequence)
              || entry.qos() == QoS.EXACTLY_ONCE && sequence < inbox.sentBefore;
      if (entry.isShared() && !begun && (group.isEmpty() || group.equals(entry.share()))) {
        byte[] encoded = encoded(turn, entry);
        if (encoded != null) {
          shared.append(turn, entry.share(), encoded);
          counters.sharedHandedOn.increment();
        }
        remove(turn, session, inbox, row, entry);
      }
    }
    tell(session);
    return rows.size() < CLEAR_MAX ? ALL : Inbox.sequenceOf(rows.get(CLEAR_MAX - 1).key()) + 1;
  }

  // ---- the end

  /**
   * Forgets the places of a client's inbox before {@code end}, not too many in one turn. What came
   * by a shared subscription and was not begun goes to another member [MQTT-4.8.2-5].
   *
   * @return whether all are gone
   */
  boolean clear(Turn turn, String clientId, long end, long sentBefore) {
    byte[] from = Inbox.rowPrefix(clientId);
    byte[] to = Inbox.rowKey(clientId, end);
    int left = CLEAR_MAX;
    while (left > 0) {
      List<Row> page = turn.range(SessionTables.INBOX, from, to, PAGE);
      for (Row row : page) {
        InboxEntry entry = InboxEntry.decode(row.value());
        byte[] encoded = entry.isShared() ? encoded(turn, entry) : null;
        if (encoded != null
            && (entry.qos() != QoS.EXACTLY_ONCE || Inbox.sequenceOf(row.key()) >= sentBefore)) {
          shared.append(turn, entry.share(), encoded);
          counters.sharedHandedOn.increment();
        }
        turn.delete(SessionTables.INBOX, row.key());
        release(turn, entry.messageNumber());
        from = row.key();
      }
      if (page.size() < PAGE) {
        clearing.remove(clientId, end);
        return true;
      }
      left -= page.size();
    }
    clearing.merge(clientId, end, Math::max);
    return false;
  }
}
