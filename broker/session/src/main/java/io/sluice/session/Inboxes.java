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
  private static final int PAGE = 512;
  private static final int FEED_PAGE = 64;
  private static final int FEED_PAGES_MAX = 16; // in one turn; expired messages can be many
  private static final int CLEAR_MAX = 4096; // in one turn

  private final SessionLimits limits;
  private final SessionCounters counters;
  private final Map<Long, Integer> readers = new HashMap<>(); // of messages with rows of their own
  private long nextMessage = 1;

  /** Behind the last row of each inbox that is being forgotten. */
  private final Map<String, Long> clearing = new HashMap<>();

  Inboxes(SessionLimits limits, SessionCounters counters) {
    this.limits = limits;
    this.counters = counters;
  }

  /** An empty inbox, behind what may still be there of an earlier one. */
  Inbox create(String clientId) {
    return new Inbox(clearing.getOrDefault(clientId, 0L));
  }

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
          clientId = id;
          session = sessions.get(id);
        }
        load(row, clientId, session == null ? null : session.inbox);
        from = Keys.of().raw(row.key()).raw(new byte[1]).bytes();
      }
    } while (page.size() == PAGE);
  }

  private void load(Row row, String clientId, @Nullable Inbox inbox) {
    long sequence = Inbox.sequenceOf(row.key());
    if (inbox == null || sequence < inbox.from) {
      clearing.merge(clientId, sequence + 1, Math::max);
    } else {
      if (inbox.size++ == 0) {
        inbox.first = sequence;
        inbox.nextToSend = sequence;
      }
      inbox.next = sequence + 1;
    }
    long message = InboxEntry.messageNumber(row.value());
    if (message != 0) {
      readers.merge(message, 1, Integer::sum);
      nextMessage = Math.max(nextMessage, message + 1);
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
      Inbox inbox = reader.session().inbox;
      if (inbox == null || inbox.size >= limits.inboxMessagesMax()) {
        counters.inboxDroppedFull.increment();
        release(turn, message);
      } else {
        append(turn, shipment, encoded, message, reader, inbox);
      }
    }
  }

  private void append(
      Turn turn,
      Shipment shipment,
      byte[] encoded,
      long message,
      InboxDelivery.Reader reader,
      Inbox inbox) {
    Session session = reader.session();
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
      inbox.sent(message, encoded.length);
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
      for (Row row : rows) {
        if (!inbox.hasRoom()) {
          break;
        }
        take(turn, inbox, row, messages);
      }
      if (rows.isEmpty()) {
        inbox.nextToSend = inbox.next;
      }
      inbox.advance();
      if (!messages.isEmpty()) {
        outlet.deliverInbox(messages);
      }
    }
    return false;
  }

  private void take(Turn turn, Inbox inbox, Row row, List<InboxMessage> messages) {
    long sequence = Inbox.sequenceOf(row.key());
    inbox.nextToSend = sequence;
    InboxEntry entry = InboxEntry.decode(row.value());
    byte @Nullable [] encoded = encoded(turn, entry);
    Publication publication = encoded == null ? null : PublicationCodec.decode(encoded);
    if (publication == null
        || encoded == null
        || publication.expiresAtMicros() <= turn.now() * 1000) {
      counters.inboxDroppedExpired.increment(); // [MQTT-3.3.2-5]
      inbox.size--;
      turn.delete(SessionTables.INBOX, row.key());
      release(turn, entry.messageNumber());
      inbox.nextToSend = sequence + 1;
      return;
    }
    inbox.sent(entry.messageNumber(), encoded.length);
    messages.add(
        new InboxMessage(
            sequence,
            new Shipment(publication),
            entry.qos(),
            entry.retain(),
            sequence < inbox.sentBefore,
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

  /** The client has these messages; a place that is not under way is passed over. */
  void acknowledge(Turn turn, Session session, Inbox inbox, long[] sequences) {
    for (long sequence : sequences) {
      Inbox.Sent sent = inbox.acknowledged(sequence);
      if (sent != null) {
        inbox.size--;
        turn.delete(SessionTables.INBOX, Inbox.rowKey(session.clientId(), sequence));
        release(turn, sent.message());
        counters.inboxAcknowledged.increment();
      }
    }
    inbox.advance();
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

  /**
   * Forgets the places of a client's inbox before {@code end}, not too many in one turn.
   *
   * @return whether all are gone
   */
  boolean clear(Turn turn, String clientId, long end) {
    byte[] from = Inbox.rowPrefix(clientId);
    byte[] to = Inbox.rowKey(clientId, end);
    int left = CLEAR_MAX;
    while (left > 0) {
      List<Row> page = turn.range(SessionTables.INBOX, from, to, PAGE);
      for (Row row : page) {
        turn.delete(SessionTables.INBOX, row.key());
        release(turn, InboxEntry.messageNumber(row.value()));
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
