package io.sluice.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.sluice.message.Publication;
import io.sluice.message.QoS;
import io.sluice.session.InboxMessage;
import io.sluice.session.Shipment;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What goes out to one client: bytes gathered until the next flush, the identifiers under way, and
 * the QoS 1 messages that wait until the client acknowledges or its socket takes more. Event loop
 * only.
 *
 * <p>Bounds: a slow socket costs QoS 0 messages (dropped and counted) and lets QoS 1 messages wait
 * in {@link #queue}, which is bounded too; an inbox's messages are bounded by its window. Retained
 * messages wait in {@link #retained}, which holds references to what is kept anyway.
 */
final class Outbound {
  private static final int FLUSH_AT = 64 << 10;
  private static final int FIRST_CAPACITY = 512;
  private static final Long NOT_OF_INBOX = -1L;

  private record Queued(Shipment shipment, QoS qos, boolean retain, int[] ids) {}

  private final Broker broker;
  private final Channel channel;
  private final Client client;

  /** What each identifier stands for: a place in the inbox, or {@link #NOT_OF_INBOX}. */
  private final PacketIds<Long> underWay = new PacketIds<>();

  private final ArrayDeque<Queued> retained = new ArrayDeque<>(0);
  private final ArrayDeque<Queued> queue = new ArrayDeque<>(0);
  private @Nullable ByteBuf pending;
  private long[] acknowledged = new long[4];
  private int acknowledgedCount;

  Outbound(Broker broker, Channel channel, Client client) {
    this.broker = broker;
    this.channel = channel;
    this.client = client;
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

  void flush() {
    ByteBuf bytes = pending;
    if (bytes != null) {
      pending = null;
      broker.counters().bytesSent.add(bytes.readableBytes());
      channel.writeAndFlush(bytes, channel.voidPromise());
    }
    if (acknowledgedCount > 0) {
      long[] places = Arrays.copyOf(acknowledged, acknowledgedCount);
      acknowledgedCount = 0;
      broker.sessions().acknowledge(client.session(), places);
    }
  }

  /** The connection has ended. */
  void release() {
    if (pending != null) {
      pending.release();
      pending = null;
    }
    retained.clear();
    queue.clear();
  }

  /** A message that only online subscribers get. */
  void deliver(Shipment shipment, QoS qos, boolean retain, int[] ids) {
    if (!isWanted(shipment.publication())) {
      return;
    }
    if (qos == QoS.AT_MOST_ONCE) {
      if (channel.isWritable()) {
        write(shipment, 0, false, retain, 0, ids);
      } else {
        broker.counters().dropped("slow_socket");
      }
    } else if (retained.isEmpty() && queue.isEmpty() && hasRoom()) {
      sendTransient(shipment, retain, ids);
    } else if (queue.size() < broker.limits().queuedMax()) {
      queue.add(new Queued(shipment, qos, retain, ids));
    } else {
      broker.counters().dropped("queue_full");
    }
  }

  /** A retained message for a new subscription: it waits rather than be dropped. */
  void deliverRetained(Publication publication, QoS qos, int[] ids) {
    if (isWanted(publication)) {
      retained.add(new Queued(new Shipment(publication), qos, true, ids));
    }
  }

  private boolean isWanted(Publication publication) {
    if (isExpired(publication)) {
      broker.counters().dropped("expired"); // [MQTT-3.3.2-5]
      return false;
    }
    if (!client.permissions().mayReceive(publication.topic())) {
      broker.counters().denied("receive");
      return false;
    }
    return true;
  }

  private static boolean isExpired(Publication publication) {
    long expires = publication.expiresAtMicros();
    return expires != Long.MAX_VALUE && expires <= nowMicros(); // most never ask for the time
  }

  private void sendTransient(Shipment shipment, boolean retain, int[] ids) {
    int packetId = underWay.take(NOT_OF_INBOX);
    if (!write(shipment, 1, false, retain, packetId, ids)) {
      underWay.release(packetId);
    }
  }

  /** Messages of a persistent session's inbox. */
  void deliverInbox(List<InboxMessage> messages) {
    for (InboxMessage message : messages) {
      if (!client.permissions().mayReceive(message.shipment().publication().topic())) {
        broker.counters().denied("receive");
        acknowledge(message.sequence());
        continue;
      }
      int packetId = message.packetId();
      underWay.put(packetId, message.sequence());
      if (!write(
          message.shipment(),
          1,
          message.duplicate(),
          message.retain(),
          packetId,
          message.subscriptionIds())) {
        underWay.release(packetId);
        acknowledge(message.sequence());
      }
    }
  }

  /** The client acknowledged a packet identifier; answers whether that was under way. */
  boolean puback(int packetId) {
    Long sequence = underWay.release(packetId);
    if (sequence == null) {
      return false;
    }
    if (sequence >= 0) {
      acknowledge(sequence);
    }
    drainQueues();
    return true;
  }

  private void acknowledge(long sequence) {
    if (acknowledgedCount == acknowledged.length) {
      acknowledged = Arrays.copyOf(acknowledged, 2 * acknowledgedCount);
    }
    acknowledged[acknowledgedCount++] = sequence;
  }

  /** The client acknowledged, or the socket takes more: what waited may leave. */
  void drainQueues() {
    drain(retained);
    if (retained.isEmpty()) {
      drain(queue);
    }
  }

  private void drain(ArrayDeque<Queued> waiting) {
    for (Queued next = waiting.peek();
        next != null && (next.qos == QoS.AT_MOST_ONCE ? channel.isWritable() : hasRoom());
        next = waiting.peek()) {
      waiting.remove();
      if (isExpired(next.shipment.publication())) {
        broker.counters().dropped("expired");
      } else if (next.qos == QoS.AT_MOST_ONCE) {
        write(next.shipment, 0, false, next.retain, 0, next.ids);
      } else {
        sendTransient(next.shipment, next.retain, next.ids);
      }
    }
  }

  private boolean hasRoom() {
    return underWay.size() < client.receiveMaximum() && channel.isWritable(); // [MQTT-3.3.4-9]
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
      Shipment shipment, int qos, boolean duplicate, boolean retain, int packetId, int[] ids) {
    byte[] form = PublishForm.of(shipment, client.isV5(), qos > 0, ids);
    if (form.length > client.packetBytesMax()) {
      broker.counters().dropped("packet_too_large");
      return false;
    }
    ByteBuf bytes = out();
    PublishForm.write(bytes, form, qos, duplicate, retain, packetId);
    broker.counters().publishSent.increment();
    if (bytes.readableBytes() >= FLUSH_AT) {
      flush();
    }
    return true;
  }
}
