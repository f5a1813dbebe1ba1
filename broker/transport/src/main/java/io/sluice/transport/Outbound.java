package io.sluice.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.util.collection.IntObjectHashMap;
import io.sluice.message.Publication;
import io.sluice.message.QoS;
import io.sluice.session.DirectMessage;
import io.sluice.session.InboxMessage;
import io.sluice.session.Loan;
import io.sluice.session.RetainedCursor;
import io.sluice.session.Shipment;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What goes out to one client: bytes gathered until the next flush, the identifiers under way, and
 * the messages of QoS 1 and 2 that wait until the client acknowledges or its socket takes more.
 * Event loop only, but for {@link #hasRoomNow}.
 *
 * <p>Bounds: a slow socket costs QoS 0 messages (dropped and counted) and lets the others wait in
 * {@link #queue}, which is bounded too; an inbox's messages are bounded by its window. Retained
 * messages are fetched as the client takes them.
 */
final class Outbound {
  private static final int FLUSH_AT = 64 << 10;
  private static final int FIRST_CAPACITY = 512;
  private static final int RETAINED_STEPS = 64; // at a time
  private static final int RETAINED_TURNS_MAX = 16; // until other connections have theirs

  // What an identifier stands for. Below zero: a message that ends with the connection.
  private static final long TRANSIENT_QOS1 = -1;
  private static final long TRANSIENT_QOS2 = -2;
  private static final long TRANSIENT_RELEASED = -3;

  // Else a place in the inbox, shifted by two, and one of these.
  private static final int INBOX_QOS1 = 0;
  private static final int INBOX_QOS2 = 1;
  private static final int INBOX_RELEASED = 2;

  private static final int PACKET_IDENTIFIER_NOT_FOUND = 0x92;
  private static final int FAILURE = 0x80; // reason codes from here on

  /** What became of an acknowledgement. */
  enum Acknowledged {
    /** It was expected. */
    EXPECTED,
    /** Nothing is under way with that identifier. */
    UNKNOWN,
    /** It answers another kind of packet than the one under way. */
    OUT_OF_TURN
  }

  private static final int[] NO_IDS = {};
  private static final int PACKET_IDS = 65_535;

  private record Queued(
      Shipment shipment, QoS qos, boolean retain, int[] ids, @Nullable Loan loan) {}

  /** Retained messages for one new subscription. */
  private record RetainedRun(RetainedCursor cursor, QoS granted, int[] ids) {}

  private final Broker broker;
  private final Channel channel;
  private final Client client;
  private final MqttConnection connection;
  private final PacketIds underWay = new PacketIds();
  private final TopicAliases aliases;
  private final ArrayDeque<RetainedRun> retained = new ArrayDeque<>(0);
  private final ArrayDeque<Queued> found = new ArrayDeque<>(0); // by the first of these
  private final ArrayDeque<Queued> queue = new ArrayDeque<>(0);
  private @Nullable IntObjectHashMap<Loan> loans; // by packet identifier
  private final ArrayDeque<InboxMessage> inboxHeld = new ArrayDeque<>(0);
  private int lastInboxId;
  private @Nullable ByteBuf pending;
  private final Places acknowledged = new Places();
  private final Places received = new Places();
  private final ConsumerPace pace;
  private volatile boolean room = true;

  Outbound(Broker broker, Channel channel, Client client, MqttConnection connection) {
    this.broker = broker;
    this.channel = channel;
    this.client = client;
    this.connection = connection;
    this.aliases = new TopicAliases(client.topicAliasMaximum());
    this.pace = new ConsumerPace(channel, broker.limits());
  }

  static long nowMicros() {
    return System.currentTimeMillis() * 1000;
  }

  /** Bytes for the socket; what is written here leaves with the next flush. */
  ByteBuf out() {
    ByteBuf bytes = pending;
    if (bytes == null) {
      bytes = channel.alloc().directBuffer(FIRST_CAPACITY);
      pending = bytes;
    }
    return bytes;
  }

  /** The session is told first: a quick client's next CONNECT must not overtake its PUBACK. */
  void flush() {
    if (!acknowledged.isEmpty()) {
      broker.sessions().acknowledge(client.session(), acknowledged.take());
    }
    if (!received.isEmpty()) {
      broker.sessions().received(client.session(), connection.outlet(), received.take());
    }
    flushBytes();
  }

  private void flushBytes() {
    ByteBuf bytes = pending;
    if (bytes != null) {
      pending = null;
      broker.counters().bytesSent.add(bytes.readableBytes());
      pace.written(bytes.readableBytes());
      channel.writeAndFlush(bytes, channel.voidPromise());
    }
  }

  /** The connection has ended. */
  void release() {
    if (pending != null) {
      pending.release();
      pending = null;
    }
    retained.clear();
    found.clear();
    inboxHeld.clear();
  }

  /** The session has ended: loans go back, but for QoS 2 that has begun [MQTT-4.8.2-5]. */
  void giveBack() {
    IntObjectHashMap<Loan> open = loans;
    if (open != null) {
      loans = null;
      open.forEach(
          (packetId, loan) -> {
            if (underWay.get(packetId) == TRANSIENT_QOS1) {
              loan.returned();
            } else {
              loan.done();
            }
          });
    }
    for (Queued waiting = queue.poll(); waiting != null; waiting = queue.poll()) {
      if (waiting.loan != null) {
        waiting.loan.returned();
      }
    }
  }

  // ---- messages

  /**
   * A message that only online subscribers get.
   *
   * @param loan told what became of it; null when nobody asks
   */
  void deliver(Shipment shipment, QoS qos, boolean retain, int[] ids, @Nullable Loan loan) {
    Publication publication = shipment.publication();
    if (isExpired(publication)) {
      broker.counters().dropped("expired"); // [MQTT-3.3.2-5]
      expired(loan);
    } else if (!mayReceive(publication)) {
      done(loan);
    } else if (qos == QoS.AT_MOST_ONCE) {
      if (channel.isWritable()) {
        write(shipment, QoS.AT_MOST_ONCE, false, retain, 0, ids);
      } else {
        broker.counters().dropped("slow_socket");
      }
    } else {
      sendOrQueue(shipment, qos, retain, ids, loan);
    }
    tellRoom();
  }

  private void sendOrQueue(
      Shipment shipment, QoS qos, boolean retain, int[] ids, @Nullable Loan loan) {
    if (retained.isEmpty() && queue.isEmpty() && hasRoom()) {
      sendTransient(shipment, qos, retain, ids, loan);
    } else if (queue.size() < broker.limits().queuedMax()) {
      queue.add(new Queued(shipment, qos, retain, ids, loan));
    } else {
      broker.counters().dropped("queue_full");
      done(loan);
    }
  }

  /**
   * A message for this client alone. It waits for a place among those under way, but not behind a
   * socket that is full.
   */
  void deliver(DirectMessage direct) {
    Shipment shipment = direct.shipment();
    QoS qos = shipment.publication().qos();
    if (!mayReceive(shipment.publication())) {
      direct.became(DirectMessage.Outcome.NOT_PERMITTED);
    } else if (qos != QoS.AT_MOST_ONCE && queue.size() < broker.limits().queuedMax()) {
      sendOrQueue(shipment, qos, false, NO_IDS, direct);
      tellRoom();
    } else if (qos == QoS.AT_MOST_ONCE && channel.isWritable()) {
      direct.became(
          write(shipment, QoS.AT_MOST_ONCE, false, false, 0, NO_IDS)
              ? DirectMessage.Outcome.DELIVERED
              : DirectMessage.Outcome.TOO_LARGE);
    } else {
      broker.counters().dropped("direct_no_room");
      direct.became(DirectMessage.Outcome.NO_ROOM);
    }
  }

  private static void done(@Nullable Loan loan) {
    if (loan != null) {
      loan.done();
    }
  }

  /** Retained messages for a new subscription: they wait rather than be dropped. */
  void deliverRetained(RetainedCursor cursor, QoS granted, int[] ids) {
    retained.add(new RetainedRun(cursor, granted, ids));
  }

  private static void expired(@Nullable Loan loan) {
    if (loan != null) {
      loan.expired();
    }
  }

  private boolean isWanted(Publication publication) {
    if (isExpired(publication)) {
      broker.counters().dropped("expired"); // [MQTT-3.3.2-5]
      return false;
    }
    return mayReceive(publication);
  }

  private boolean mayReceive(Publication publication) {
    boolean may = client.permissions().mayReceive(publication.topic());
    if (!may) {
      broker.counters().denied("receive");
    }
    return may;
  }

  private static boolean isExpired(Publication publication) {
    long expires = publication.expiresAtMicros();
    return expires != Long.MAX_VALUE && expires <= nowMicros(); // most never ask for the time
  }

  private void sendTransient(
      Shipment shipment, QoS qos, boolean retain, int[] ids, @Nullable Loan loan) {
    if (client.session().isPersistent()) {
      // Half a circle away from what the inbox uses next.
      underWay.goOnAfter((lastInboxId + PACKET_IDS / 2) % PACKET_IDS + 1);
    }
    int packetId = underWay.take(qos == QoS.AT_LEAST_ONCE ? TRANSIENT_QOS1 : TRANSIENT_QOS2);
    if (!write(shipment, qos, false, retain, packetId, ids)) {
      underWay.release(packetId);
      if (loan != null) {
        loan.tooLarge();
      }
    } else if (loan != null) {
      IntObjectHashMap<Loan> open = loans;
      if (open == null) {
        open = new IntObjectHashMap<>();
        loans = open;
      }
      open.put(packetId, loan);
    }
  }

  private void settleLoan(int packetId, boolean refused) {
    IntObjectHashMap<Loan> open = loans;
    Loan loan = open == null ? null : open.remove(packetId);
    if (loan != null && refused) {
      loan.refused();
    } else if (loan != null) {
      loan.done();
    }
  }

  /** Messages of a persistent session's inbox. */
  void deliverInbox(List<InboxMessage> messages) {
    for (InboxMessage message : messages) {
      if (!inboxHeld.isEmpty() || !hasPlace(message)) {
        inboxHeld.add(message);
      } else {
        deliverInbox(message);
      }
    }
  }

  /**
   * Whether an inbox's message may leave. Its window leaves no room for a direct message beside it,
   * and its identifier was given out long ago: it is the inbox that waits, within its window.
   */
  private boolean hasPlace(InboxMessage message) {
    IntObjectHashMap<Loan> direct = loans;
    return direct == null
        || direct.isEmpty()
        || message.qos() == QoS.AT_MOST_ONCE
        || underWay.size() < client.receiveMaximum() // [MQTT-3.3.4-9]
            && underWay.get(message.packetId()) == PacketIds.NONE;
  }

  private void drainInbox() {
    for (InboxMessage next = inboxHeld.peek();
        next != null && hasPlace(next);
        next = inboxHeld.peek()) {
      inboxHeld.remove();
      deliverInbox(next);
    }
  }

  private void deliverInbox(InboxMessage message) {
    if (!mayReceive(message.shipment().publication())) {
      acknowledged.add(message.sequence());
      return;
    }
    QoS qos = message.qos();
    int packetId = qos == QoS.AT_MOST_ONCE ? 0 : message.packetId();
    boolean written =
        write(
            message.shipment(),
            qos,
            message.duplicate(),
            message.retain(),
            packetId,
            message.subscriptionIds());
    if (written && packetId != 0) {
      int kind = qos == QoS.AT_LEAST_ONCE ? INBOX_QOS1 : INBOX_QOS2;
      underWay.put(packetId, message.sequence() << 2 | kind);
      lastInboxId = packetId;
    } else {
      acknowledged.add(message.sequence());
    }
  }

  /** It is on disk that the client has these: PUBREL may follow [MQTT-4.3.3-4]. */
  void releaseInbox(long[] sequences) {
    for (long sequence : sequences) {
      int packetId = InboxMessage.packetId(sequence);
      underWay.put(packetId, sequence << 2 | INBOX_RELEASED);
      Packets.pubrel(out(), packetId, 0);
    }
  }

  // ---- acknowledgements

  /**
   * @param reasonCode from 0x80 on the client refuses the message, which ends the flow all the same
   */
  Acknowledged puback(int packetId, int reasonCode) {
    long flight = underWay.get(packetId);
    if (flight == PacketIds.NONE) {
      return Acknowledged.UNKNOWN;
    }
    if (flight < 0 ? flight != TRANSIENT_QOS1 : (flight & 3) != INBOX_QOS1) {
      return Acknowledged.OUT_OF_TURN;
    }
    complete(packetId, flight, reasonCode >= FAILURE);
    return Acknowledged.EXPECTED;
  }

  /**
   * @param reasonCode from 0x80 on it ends the flow: no PUBREL follows [MQTT-4.3.3-4]
   */
  Acknowledged pubrec(int packetId, int reasonCode) {
    long flight = underWay.get(packetId);
    if (flight == PacketIds.NONE) {
      if (reasonCode < FAILURE) {
        Packets.pubrel(out(), packetId, client.isV5() ? PACKET_IDENTIFIER_NOT_FOUND : 0);
      }
      return Acknowledged.UNKNOWN;
    }
    if (flight == TRANSIENT_QOS1 || flight >= 0 && (flight & 3) == INBOX_QOS1) {
      return Acknowledged.OUT_OF_TURN;
    }
    if (reasonCode >= FAILURE) {
      complete(packetId, flight, true);
    } else if (flight < 0) {
      underWay.put(packetId, TRANSIENT_RELEASED);
      settleLoan(packetId, false);
      Packets.pubrel(out(), packetId, 0);
    } else {
      received.add(flight >> 2); // PUBREL when that is on disk
    }
    return Acknowledged.EXPECTED;
  }

  Acknowledged pubcomp(int packetId) {
    long flight = underWay.get(packetId);
    if (flight == PacketIds.NONE) {
      return Acknowledged.UNKNOWN;
    }
    if (flight < 0 ? flight != TRANSIENT_RELEASED : (flight & 3) != INBOX_RELEASED) {
      return Acknowledged.OUT_OF_TURN;
    }
    complete(packetId, flight, false);
    return Acknowledged.EXPECTED;
  }

  /** A flow has ended: its identifier is free, and what waited for that may leave. */
  private void complete(int packetId, long flight, boolean refused) {
    underWay.release(packetId);
    pace.acknowledged();
    if (flight >= 0) {
      acknowledged.add(flight >> 2);
    } else {
      settleLoan(packetId, refused);
    }
    drainQueues();
  }

  // ---- what waits

  /** The client acknowledged, or the socket takes more: what waited may leave. */
  void drainQueues() {
    if (drainRetained()) {
      connection.drainLater();
    }
    if (retained.isEmpty()) {
      drain(queue);
    }
    drainInbox();
    tellRoom();
  }

  /** Answers whether to go on soon: retained messages are many, and others have their turn. */
  private boolean drainRetained() {
    for (int turns = 0; !retained.isEmpty(); turns++) {
      if (!drain(found)) {
        return false; // the client acknowledges, or its socket takes more: then it goes on
      }
      if (turns == RETAINED_TURNS_MAX) {
        return true;
      }
      RetainedRun run = retained.element();
      boolean more =
          run.cursor.advance(
              System.currentTimeMillis(),
              RETAINED_STEPS,
              publication -> {
                if (isWanted(publication)) {
                  QoS qos = QoS.min(publication.qos(), run.granted);
                  found.add(new Queued(new Shipment(publication), qos, true, run.ids, null));
                }
              });
      if (!more && drain(found)) {
        retained.remove();
      } else if (!more) {
        queueFound();
        retained.remove();
      }
    }
    return false;
  }

  /** The last few of a walk wait in front of what came since. */
  private void queueFound() {
    for (Queued last = found.pollLast(); last != null; last = found.pollLast()) {
      queue.addFirst(last);
    }
  }

  /** Answers whether all have left. */
  private boolean drain(ArrayDeque<Queued> waiting) {
    for (Queued next = waiting.peek();
        next != null && (next.qos == QoS.AT_MOST_ONCE ? channel.isWritable() : hasRoom());
        next = waiting.peek()) {
      waiting.remove();
      if (next.loan != null && !next.loan.isWanted()) {
        continue;
      }
      if (isExpired(next.shipment.publication())) {
        broker.counters().dropped("expired");
        expired(next.loan);
      } else if (next.qos == QoS.AT_MOST_ONCE) {
        write(next.shipment, QoS.AT_MOST_ONCE, false, next.retain, 0, next.ids);
      } else {
        sendTransient(next.shipment, next.qos, next.retain, next.ids, next.loan);
      }
    }
    return waiting.isEmpty();
  }

  private boolean hasRoom() {
    return underWay.size() < client.receiveMaximum() && channel.isWritable(); // [MQTT-3.3.4-9]
  }

  private void tellRoom() {
    boolean now = queue.isEmpty() && retained.isEmpty() && hasRoom();
    if (room != now) {
      room = now;
    }
    pace.waiting(queue.size());
  }

  /** See {@link io.sluice.session.Outlet#isLagging}. Any thread. */
  boolean isLagging() {
    return pace.isLagging();
  }

  /** Whether one more message could leave at once. Any thread. */
  boolean hasRoomNow() {
    return room;
  }

  /** Whether so many answers wait for a slow socket that the client must not ask for more. */
  boolean isOverfull() {
    return channel.bytesBeforeWritable() > broker.limits().outboundBytesMax();
  }

  /**
   * Answers false when the packet is larger than the client takes: then it is dropped for it and
   * counted [MQTT-3.1.2-25].
   */
  private boolean write(
      Shipment shipment, QoS qos, boolean duplicate, boolean retain, int packetId, int[] ids) {
    int alias = aliases.of(shipment.publication().topic());
    byte[] form =
        alias == 0
            ? PublishForm.of(shipment, client.isV5(), packetId != 0, ids)
            : PublishForm.aliased(
                shipment.publication(), packetId != 0, ids, alias, !aliases.isKnown(alias));
    if (form.length > client.packetBytesMax()) {
      broker.counters().dropped("packet_too_large");
      return false;
    }
    aliases.known(alias);
    ByteBuf bytes = out();
    PublishForm.write(bytes, form, qos.value(), duplicate, retain, packetId);
    broker.counters().sent(qos.value());
    if (bytes.readableBytes() >= FLUSH_AT) {
      flushBytes();
    }
    return true;
  }
}
