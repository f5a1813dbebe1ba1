package io.sluice.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
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
 * in {@link #queue}, which is bounded too; an inbox's messages are bounded by its window.
 */
final class Outbound {
  private static final int FLUSH_AT = 64 << 10;
  private static final int FIRST_CAPACITY = 512;

  private record Queued(Shipment shipment, boolean retain, int[] ids) {}

  private final Broker broker;
  private final Channel channel;
  private final Client client;
  private final PacketIds<Long> underWay =
      new PacketIds<>(); // the place in the inbox; NOT_OF_INBOX for transient messages
  private static final Long NOT_OF_INBOX = -1L;

  private final ArrayDeque<Queued> queue = new ArrayDeque<>();
  private @Nullable ByteBuf pending;
  private long[] acknowledged = new long[16];
  private int acknowledgedCount;

  Outbound(Broker broker, Channel channel, Client client) {
    this.broker = broker;
    this.channel = channel;
    this.client = client;
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

  boolean hasPending() {
    return pending != null;
  }

  void flush() {
    ByteBuf bytes = pending;
    if (bytes != null) {
      pending = null;
      broker.counters().bytesSent.add(bytes.readableBytes());
      channel.writeAndFlush(bytes, channel.voidPromise());
    }
    if (acknowledgedCount > 0) {
      broker
          .sessions()
          .acknowledge(client.session(), Arrays.copyOf(acknowledged, acknowledgedCount));
      acknowledgedCount = 0;
    }
  }

  void release() {
    if (pending != null) {
      pending.release();
      pending = null;
    }
    queue.clear();
  }

  /** A message that only online subscribers get. */
  void deliver(Shipment shipment, QoS qos, boolean retain, int[] ids, long nowMicros) {
    if (shipment.publication().expiresAtMicros() <= nowMicros) {
      broker.counters().dropped("expired"); // [MQTT-3.3.2-5]
      return;
    }
    if (!client.permissions().mayReceive(shipment.publication().topic())) {
      broker.counters().denied("receive");
      return;
    }
    if (qos == QoS.AT_MOST_ONCE) {
      if (isCongested()) {
        broker.counters().dropped("slow_socket");
      } else {
        write(shipment, 0, false, retain, 0, ids, nowMicros);
      }
      return;
    }
    if (queue.isEmpty() && hasRoom()) {
      sendTransient(shipment, retain, ids, nowMicros);
    } else if (queue.size() < broker.limits().queuedMax()) {
      queue.add(new Queued(shipment, retain, ids));
    } else {
      broker.counters().dropped("queue_full");
    }
  }

  private void sendTransient(Shipment shipment, boolean retain, int[] ids, long nowMicros) {
    int packetId = underWay.take(NOT_OF_INBOX);
    if (!write(shipment, 1, false, retain, packetId, ids, nowMicros)) {
      underWay.release(packetId);
    }
  }

  /** Messages of a persistent session's inbox. */
  void deliverInbox(List<InboxMessage> messages, long nowMicros) {
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
          message.subscriptionIds(),
          nowMicros)) {
        underWay.release(packetId);
        acknowledge(message.sequence());
      }
    }
  }

  /** The client acknowledged a packet identifier; answers whether that was under way. */
  boolean puback(int packetId, long nowMicros) {
    Long sequence = underWay.release(packetId);
    if (sequence == null) {
      return false;
    }
    if (sequence >= 0) {
      acknowledge(sequence);
    }
    drainQueue(nowMicros);
    return true;
  }

  private void acknowledge(long sequence) {
    if (acknowledgedCount == acknowledged.length) {
      acknowledged = Arrays.copyOf(acknowledged, 2 * acknowledgedCount);
    }
    acknowledged[acknowledgedCount++] = sequence;
  }

  /** The client acknowledged, or the socket takes more: what waited may leave. */
  void drainQueue(long nowMicros) {
    while (!queue.isEmpty() && hasRoom()) {
      Queued next = queue.remove();
      if (next.shipment().publication().expiresAtMicros() <= nowMicros) {
        broker.counters().dropped("expired");
      } else {
        sendTransient(next.shipment(), next.retain(), next.ids(), nowMicros);
      }
    }
  }

  private boolean hasRoom() {
    return underWay.size() < client.receiveMaximum() && !isCongested(); // [MQTT-3.3.4-9]
  }

  private boolean isCongested() {
    ByteBuf bytes = pending;
    return !channel.isWritable()
        || bytes != null && bytes.readableBytes() > broker.limits().outboundBytesMax();
  }

  /**
   * Answers false when the packet is larger than the client takes: then it is dropped for it and
   * counted [MQTT-3.1.2-25].
   */
  private boolean write(
      Shipment shipment,
      int qos,
      boolean duplicate,
      boolean retain,
      int packetId,
      int[] ids,
      long nowMicros) {
    byte[] form = PublishForm.of(shipment, client.isV5(), qos > 0, ids, nowMicros);
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
