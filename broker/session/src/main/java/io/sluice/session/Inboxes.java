package io.sluice.session;

import io.sluice.message.Publication;
import io.sluice.message.PublicationCodec;
import io.sluice.store.Keys;
import io.sluice.store.Row;
import io.sluice.store.Turn;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The inboxes of one partition: messages of QoS 1 and 2 that wait for persistent sessions, as rows.
 * A message that several inboxes wait for is one row with a count of its readers; the count is kept
 * in memory and made again from the rows at start.
 *
 * <p>Owner thread of the partition only.
 */
final class Inboxes {
  private static final Logger LOG = LoggerFactory.getLogger(Inboxes.class);
  private static final int PAGE = 256;
  private static final int FEED_MAX = 64;

  private final SessionLimits limits;
  private final SessionCounters counters;
  private final Map<Long, Integer> readers = new HashMap<>(); // of messages with rows of their own
  private long nextMessage = 1;

  Inboxes(SessionLimits limits, SessionCounters counters) {
    this.limits = limits;
    this.counters = counters;
  }

  /** Counts what an earlier life left in one inbox. */
  void load(Session session, Inbox inbox, Turn turn) {
    byte[] from = Inbox.rowPrefix(session.clientId());
    byte[] end = Keys.after(from);
    while (true) {
      List<Row> page = turn.range(SessionTables.INBOX, from, end, PAGE);
      for (Row row : page) {
        inbox.size++;
        inbox.next = Inbox.sequenceOf(row.key()) + 1;
        long message = InboxEntry.messageNumber(row.value());
        if (message != 0) {
          readers.merge(message, 1, Integer::sum);
          nextMessage = Math.max(nextMessage, message + 1);
        }
      }
      if (page.size() < PAGE) {
        return;
      }
      from = Keys.of().raw(page.get(PAGE - 1).key()).raw(new byte[1]).bytes();
    }
  }

  /**
   * Puts a publication into the inboxes of the sessions given and hands it on at once where a
   * connection has room.
   *
   * @param encoded the publication as {@link PublicationCodec} writes it
   */
  void append(Turn turn, Shipment shipment, byte[] encoded, List<InboxDelivery.Reader> to) {
    long message = 0;
    if (to.size() > 1) {
      message = nextMessage++;
      turn.put(SessionTables.MESSAGES, Keys.of().number(message).bytes(), encoded);
      readers.put(message, to.size());
    }
    for (InboxDelivery.Reader reader : to) {
      Session session = reader.session();
      Inbox inbox = session.inbox;
      if (inbox == null || inbox.size >= limits.inboxMessagesMax()) {
        counters.inboxDroppedFull.increment();
        release(turn, message);
        continue;
      }
      long sequence = inbox.next++;
      inbox.size++;
      counters.inboxAppended.increment();
      InboxEntry entry =
          new InboxEntry(
              reader.qos(),
              reader.retain(),
              message,
              reader.subscriptionIds(),
              message == 0 ? encoded : new byte[0]);
      turn.put(SessionTables.INBOX, Inbox.rowKey(session.clientId(), sequence), entry.encode());
      Outlet outlet = session.outlet();
      if (outlet != null && inbox.nextToSend == sequence && inbox.hasRoom()) {
        inbox.nextToSend = sequence + 1;
        inbox.underWay.add(sequence);
        outlet.deliverInbox(
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
  }

  /** Hands waiting messages to the session's connection while it has room. */
  void feed(Turn turn, Session session, Inbox inbox) {
    Outlet outlet = session.outlet();
    while (outlet != null && inbox.nextToSend < inbox.next && inbox.hasRoom()) {
      int want = Math.min(FEED_MAX, inbox.windowMax - inbox.underWay.size());
      List<Row> rows =
          turn.range(
              SessionTables.INBOX,
              Inbox.rowKey(session.clientId(), inbox.nextToSend),
              Inbox.rowKey(session.clientId(), inbox.next),
              want);
      List<InboxMessage> messages = new ArrayList<>(rows.size());
      for (Row row : rows) {
        long sequence = Inbox.sequenceOf(row.key());
        InboxEntry entry = InboxEntry.decode(row.value());
        Publication publication = publication(turn, entry);
        if (publication == null || publication.expiresAtMicros() <= turn.now() * 1000) {
          counters.inboxDroppedExpired.increment(); // [MQTT-3.3.2-5]
          remove(turn, session, inbox, sequence, entry.messageNumber());
        } else {
          inbox.underWay.add(sequence);
          messages.add(
              new InboxMessage(
                  sequence,
                  new Shipment(publication),
                  entry.qos(),
                  entry.retain(),
                  sequence < inbox.sentBefore,
                  entry.subscriptionIds()));
        }
        inbox.nextToSend = sequence + 1;
      }
      if (rows.isEmpty()) {
        inbox.nextToSend = inbox.next;
      }
      if (!messages.isEmpty()) {
        outlet.deliverInbox(messages);
      }
    }
  }

  private @Nullable Publication publication(Turn turn, InboxEntry entry) {
    byte[] encoded =
        entry.messageNumber() == 0
            ? entry.inline()
            : turn.get(SessionTables.MESSAGES, Keys.of().number(entry.messageNumber()).bytes());
    if (encoded == null) {
      LOG.error(
          "inbox refers to message {} that is not there; the entry is dropped",
          entry.messageNumber());
      return null;
    }
    return PublicationCodec.decode(encoded);
  }

  /** The client has these messages; a place that is not under way is passed over. */
  void acknowledge(Turn turn, Session session, Inbox inbox, long[] sequences) {
    for (long sequence : sequences) {
      if (inbox.underWay.remove(sequence)) {
        byte[] row = turn.get(SessionTables.INBOX, Inbox.rowKey(session.clientId(), sequence));
        if (row != null) {
          remove(turn, session, inbox, sequence, InboxEntry.messageNumber(row));
          counters.inboxAcknowledged.increment();
        }
      }
    }
    feed(turn, session, inbox);
  }

  private void remove(Turn turn, Session session, Inbox inbox, long sequence, long message) {
    turn.delete(SessionTables.INBOX, Inbox.rowKey(session.clientId(), sequence));
    inbox.size--;
    release(turn, message);
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

  /** Forgets all that waits for a session. */
  void clear(Turn turn, Session session, Inbox inbox) {
    byte[] from = Inbox.rowPrefix(session.clientId());
    byte[] end = Keys.after(from);
    for (List<Row> page = turn.range(SessionTables.INBOX, from, end, PAGE);
        !page.isEmpty();
        page = turn.range(SessionTables.INBOX, from, end, PAGE)) {
      for (Row row : page) {
        remove(
            turn,
            session,
            inbox,
            Inbox.sequenceOf(row.key()),
            InboxEntry.messageNumber(row.value()));
        from = row.key();
      }
    }
  }
}
