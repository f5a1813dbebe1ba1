package io.sluice.sim;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/**
 * Publishes on its streams and keeps what is not acknowledged: after a reconnect it sends PUBLISH
 * again with DUP, or PUBREL, in the original order [MQTT-4.4.0-1] [MQTT-4.6.0-1]. Confined to the
 * campaign's loop.
 */
final class CrashPublisher extends CrashClient {
  private static final int DUP = 8;
  private static final int RETAIN = 1;
  private static final int BURST_MAX = 8;
  private static final int TICK_MILLIS_MAX = 20;

  private final List<CrashStream> streams;
  private final int inFlightMax;
  private final int packetIdMax;
  private final Map<Integer, Pending> pending = new LinkedHashMap<>(); // in the order of sending
  private int lastPacketId;
  private boolean publishing;

  private static final class Pending {
    final CrashStream stream;
    final int number;
    boolean released; // PUBREC has come

    Pending(CrashStream stream, int number) {
      this.stream = stream;
      this.number = number;
    }
  }

  /**
   * @param packetIdMax identifiers are used in a circle up to this one: a small circle finds a
   *     broker that remembers an identifier too long
   */
  CrashPublisher(
      BenchTarget target,
      CrashOracle oracle,
      BenchLink.Session session,
      SplittableRandom random,
      List<CrashStream> streams,
      int inFlightMax,
      int packetIdMax) {
    super(target, oracle, session, random);
    this.streams = streams;
    this.inFlightMax = inFlightMax;
    this.packetIdMax = packetIdMax;
  }

  void publishes(boolean now) {
    boolean starts = now && !publishing;
    publishing = now;
    if (starts) {
      tick();
    }
  }

  int unfinished() {
    return pending.size();
  }

  private void tick() {
    if (!publishing) {
      return;
    }
    Link link = link();
    if (link != null && link.isWritable()) {
      int burst = random.nextInt(BURST_MAX + 1);
      for (int i = 0; i < burst; i++) {
        publish(link, streams.get(random.nextInt(streams.size())));
      }
      link.flush();
    }
    loop().schedule(this::tick, random.nextInt(1, TICK_MILLIS_MAX + 1), TimeUnit.MILLISECONDS);
  }

  private void publish(Link link, CrashStream stream) {
    if (stream.qos == 0) {
      write(link, stream, oracle.publish(stream), 0, false);
    } else if (pending.size() < inFlightMax) {
      int number = oracle.publish(stream);
      int packetId = freePacketId();
      pending.put(packetId, new Pending(stream, number));
      write(link, stream, number, packetId, false);
    }
  }

  private int freePacketId() {
    do {
      lastPacketId = lastPacketId >= packetIdMax ? 1 : lastPacketId + 1;
    } while (pending.containsKey(lastPacketId));
    return lastPacketId;
  }

  private void write(Link link, CrashStream stream, int number, int packetId, boolean again) {
    int flags = stream.qos << 1 | (stream.retained ? RETAIN : 0) | (again ? DUP : 0);
    Wire.publish(link.out(), version, flags, stream.topic, packetId, stream.payload(number));
  }

  @Override
  void online(Link now, boolean sessionPresent) {
    List<Map.Entry<Integer, Pending>> again = new ArrayList<>(pending.entrySet());
    for (Map.Entry<Integer, Pending> one : again) {
      Pending message = one.getValue();
      if (message.released) {
        Wire.acknowledge(now.out(), Wire.PUBREL, one.getKey());
      } else {
        oracle.sentAgain(message.stream, message.number);
        write(now, message.stream, message.number, one.getKey(), sessionPresent);
      }
    }
  }

  @Override
  void packet(Link now, int header, ByteBuf in, int at, int length) {
    int packetId = in.getUnsignedShort(at);
    int reason = BenchLink.refusal(in, at, length);
    switch (header >> 4) {
      case Wire.PUBACK -> puback(packetId, reason);
      case Wire.PUBREC -> pubrec(now, packetId, reason);
      case Wire.PUBCOMP -> pubcomp(packetId);
      default ->
          oracle.violated(
              CrashViolation.Kind.PROTOCOL,
              "%s only publishes and was sent a packet of type %d".formatted(name(), header >> 4));
    }
  }

  private void puback(int packetId, int reason) {
    Pending message = pending.get(packetId);
    if (message == null || message.stream.qos != 1) {
      stray("PUBACK", packetId);
      return;
    }
    pending.remove(packetId);
    settled(message, reason);
  }

  private void pubrec(Link now, int packetId, int reason) {
    Pending message = pending.get(packetId);
    if (message == null || message.stream.qos != 2) {
      stray("PUBREC", packetId);
    } else if (reason >= 0x80) {
      pending.remove(packetId); // an error ends the flow: no PUBREL [MQTT-4.3.3-4]
      settled(message, reason);
    } else {
      if (!message.released) {
        message.released = true;
        settled(message, reason);
      }
      Wire.acknowledge(now.out(), Wire.PUBREL, packetId);
    }
  }

  private void pubcomp(int packetId) {
    Pending message = pending.get(packetId);
    if (message == null || !message.released) {
      stray("PUBCOMP", packetId);
    } else {
      pending.remove(packetId);
    }
  }

  private void settled(Pending message, int reason) {
    if (reason < 0x80) {
      oracle.acknowledge(message.stream, message.number);
    } else {
      oracle.refused++; // not acknowledged: it may arrive or not
    }
  }

  private void stray(String packet, int packetId) {
    oracle.violated(
        CrashViolation.Kind.PROTOCOL,
        "%s was sent a %s for packet identifier %d, which does not wait for one"
            .formatted(name(), packet, packetId));
  }
}
