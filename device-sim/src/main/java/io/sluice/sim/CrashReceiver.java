package io.sluice.sim;

import io.netty.buffer.ByteBuf;
import java.util.BitSet;
import java.util.SplittableRandom;

/**
 * Subscribes to everything and keeps the receiver's state of QoS 2 over reconnects, as long as the
 * broker keeps the session: an identifier that was received and not yet released is not a new
 * message [MQTT-4.3.3-10]. Confined to the campaign's loop.
 */
final class CrashReceiver extends CrashClient {
  private final CrashOracle.Receiver log;
  private final BitSet unreleased = new BitSet();

  CrashReceiver(
      BenchTarget target,
      CrashOracle oracle,
      BenchLink.Session session,
      SplittableRandom random,
      CrashOracle.Receiver log) {
    super(target, oracle, session, random);
    this.log = log;
  }

  CrashOracle.Receiver log() {
    return log;
  }

  @Override
  void online(Link now, boolean sessionPresent) {
    if (!sessionPresent) {
      unreleased.clear();
    }
  }

  @Override
  void packet(Link now, int header, ByteBuf in, int at, int length) {
    switch (header >> 4) {
      case Wire.PUBLISH -> published(now, header, in, at, length);
      case Wire.PUBREL -> {
        int packetId = in.getUnsignedShort(at);
        unreleased.clear(packetId);
        Wire.acknowledge(now.out(), Wire.PUBCOMP, packetId);
      }
      default ->
          oracle.violated(
              CrashViolation.Kind.PROTOCOL,
              "%s only receives and was sent a packet of type %d".formatted(name(), header >> 4));
    }
  }

  private void published(Link now, int header, ByteBuf in, int at, int length) {
    int qos = header >> 1 & 3;
    int payloadAt = at + 2 + in.getUnsignedShort(at);
    int packetId = 0;
    if (qos > 0) {
      packetId = in.getUnsignedShort(payloadAt);
      payloadAt += 2;
    }
    if (version == MqttVersion.V5) {
      payloadAt += BenchLink.propertyBytes(in, payloadAt);
    }
    boolean again = qos == 2 && unreleased.get(packetId);
    if (qos == 2) {
      unreleased.set(packetId); // kept before PUBREC says so
    }
    if (!again) {
      long identity = CrashStream.identify(in, payloadAt, at + length - payloadAt);
      if ((header & 1) != 0 && !log.promised) {
        log.retained(identity);
      } else {
        log.received(identity, qos);
      }
    }
    if (qos > 0) {
      Wire.acknowledge(now.out(), qos == 1 ? Wire.PUBACK : Wire.PUBREC, packetId);
    }
  }
}
