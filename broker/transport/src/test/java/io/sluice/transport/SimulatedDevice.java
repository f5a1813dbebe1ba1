package io.sluice.transport;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.message.TopicName;
import io.sluice.transport.SimulatedLedger.Published;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * A client of MQTT 3.1.1 or 5 as the specification wants it, in a {@link SessionSimulationTest}:
 * keeps what it sent until that is acknowledged, and the identifiers of QoS 2 it received, over
 * connections, as long as the server has its session. What it is due is in {@link #due}.
 */
final class SimulatedDevice {
  static final long FOR_EVER = 1_000_000; // seconds, longer than any schedule

  /** A publication on its way out, in the order of its packets. */
  private static final class Outgoing {
    final Published published;
    boolean received; // PUBREC came

    Outgoing(Published published) {
      this.published = published;
    }
  }

  private record Asked(int filter, boolean subscribe, int qos, int turn) {}

  /** The will of a connection that is gone, not yet decided. */
  private record PendingWill(int number, long delayMillis, long since) {}

  final String id;
  final int version;
  final SimulatedDue due;

  /** Whether it never gives up its session. */
  final boolean steadfast;

  private final SessionSimulationTest world;

  // of the connection
  private MemoryClient link;
  private ServerPackets oracle;
  private boolean connected;
  private boolean cleanStart;
  private boolean ended;
  private boolean goodbye;
  private int will = -1;
  private long willDelayMillis;
  private boolean delayChanges; // with a DISCONNECT that may not be heard
  private final ArrayDeque<ByteBuffer> arrived = new ArrayDeque<>();
  private final ArrayDeque<byte[]> acknowledgements = new ArrayDeque<>();
  private final Map<Integer, Asked> asked = new HashMap<>();

  // of the session
  private final LinkedHashMap<Integer, Outgoing> outgoing = new LinkedHashMap<>();
  private final Set<Integer> receivedIds = new HashSet<>();
  private int lastPacketId;
  private boolean surelyThere;
  private int attempts; // to connect, since the last CONNACK
  private long expiryMillis;
  private long offlineSince;
  private PendingWill pendingWill;

  SimulatedDevice(SessionSimulationTest world, String id, int version, boolean steadfast) {
    this.world = world;
    this.id = id;
    this.version = version;
    this.steadfast = steadfast;
    this.due = new SimulatedDue(id, world.ledger());
  }

  boolean isConnected() {
    return connected;
  }

  boolean isIdle() {
    return arrived.isEmpty() && acknowledgements.isEmpty() && outgoing.isEmpty();
  }

  boolean endsWithItsConnection() {
    return expiryMillis == 0;
  }

  // ---- connections

  /**
   * Connects; an older connection stays where it is and is taken over.
   *
   * @param willDelaySeconds below 0: without a will
   */
  void connect(boolean clean, long expirySeconds, int receiveMaximum, int willDelaySeconds) {
    if (connected) {
      lose();
    } else {
      cut(); // or a CONNECT that comes late would take this one over
    }
    cleanStart = clean && !steadfast;
    long expiry = steadfast ? FOR_EVER : expirySeconds;
    if (version < 5) {
      expiry = cleanStart ? 0 : FOR_EVER;
    }
    if (cleanStart) {
      surelyThere = false;
      due.sessionMayEnd();
    }
    attempts++;
    ended = false;
    goodbye = false;
    delayChanges = false;
    expiryMillis = Math.min(surelyThere ? expiryMillis : Long.MAX_VALUE, expiry * 1000);
    link = world.gateway().accept(false);
    oracle = new ServerPackets(version, Long.MAX_VALUE);
    will = -1;
    byte[] left = new byte[0];
    if (willDelaySeconds >= 0) {
      Published message = world.ledger().publish(this, TopicName.of("w/" + id), 2, false, false);
      world.ledger().willSent(message.number());
      will = message.number();
      long delay = version < 5 ? 0 : willDelaySeconds;
      willDelayMillis = Math.min(delay, expiry) * 1000;
      left =
          RawClient.join(
              version < 5 ? new byte[0] : RawClient.hex("05 18 %08X".formatted(delay)),
              RawClient.text("w/" + id),
              new byte[] {0, 4},
              payload(message));
    }
    link.send(
        RawClient.connect(
            version,
            (cleanStart ? 0x02 : 0) | (will < 0 ? 0 : 0x14),
            0,
            "11 %08X 21 %04X".formatted(expiry, receiveMaximum),
            RawClient.text(id),
            left));
  }

  /** The network drops the connection: what was on its way is lost, either way. */
  void cut() {
    if (link != null) {
      MemoryClient broken = link;
      lose();
      broken.cut();
    }
  }

  /** Its own end of the connection is gone; the server may not know. */
  void lose() {
    ended(false);
    link = null;
    connected = false;
    arrived.clear();
    acknowledgements.clear();
    asked.clear();
  }

  /**
   * From now on its session may expire, also when it has not heard all that came before.
   *
   * @param heardGoodbye whether the server closed because of a DISCONNECT
   */
  private void ended(boolean heardGoodbye) {
    if (!connected || ended) { // an attempt that was not answered may not have been heard
      return;
    }
    ended = true;
    offlineSince = world.now();
    if (will >= 0 && goodbye) {
      if (heardGoodbye) {
        world.goodbyeHeard(will);
      }
    } else if (will >= 0 && willDelayMillis == 0) {
      world.ledger().willIs(will, SimulatedLedger.Will.MUST_COME);
    } else if (will >= 0 && !delayChanges) {
      pendingWill = new PendingWill(will, willDelayMillis, world.now());
    }
    will = -1;
  }

  /** It says goodbye; MQTT 5 may change the expiry and may ask for the will all the same. */
  void disconnect(long expirySeconds, boolean withWill) {
    if (!connected || goodbye) {
      return;
    }
    if (version < 5) {
      goodbye = true;
      link.send(RawClient.hex("E000"));
      return;
    }
    goodbye = !withWill;
    long expiry = steadfast || expiryMillis == 0 ? expiryMillis / 1000 : expirySeconds;
    expiryMillis = Math.min(expiryMillis, expiry * 1000);
    delayChanges = true;
    link.send(RawClient.hex("E007 %02X 05 11 %08X".formatted(withWill ? 4 : 0, expiry)));
  }

  /** Takes what the network has brought; it is not heard yet. */
  void arrive() {
    if (link == null) {
      return;
    }
    byte[] bytes = link.read();
    oracle.read(bytes);
    ByteBuffer in = ByteBuffer.wrap(bytes);
    while (in.hasRemaining()) {
      int begin = in.position();
      in.get();
      int length = variable(in);
      ByteBuffer packet = ByteBuffer.allocate(1 + length);
      packet.put(bytes[begin]).put(bytes, in.position(), length).flip();
      in.position(in.position() + length);
      arrived.add(world.spoil(packet));
    }
    if (!link.isOpen()) {
      boolean told = arrived.stream().anyMatch(packet -> packet.get(0) == (byte) 0xE0);
      ended(version == 5 && !told);
      if (arrived.isEmpty()) {
        lose();
      }
    }
  }

  private static int variable(ByteBuffer in) {
    int value = 0;
    for (int shift = 0, digit = -1; digit < 0; shift += 7) {
      digit = in.get();
      value |= (digit & 0x7F) << shift;
    }
    return value;
  }

  // ---- what it says

  void subscribe(int filter, int qos, boolean on) {
    int packetId = nextPacketId();
    int turn = due.asks(filter, qos, on);
    asked.put(packetId, new Asked(filter, on, qos, turn));
    byte[] head = {(byte) (packetId >> 8), (byte) packetId};
    byte[] text = RawClient.text(SimulatedDue.FILTERS.get(filter).text());
    if (on) {
      byte[] identifier = version < 5 ? new byte[0] : new byte[] {2, 0x0B, (byte) (filter + 1)};
      link.send(RawClient.packet(0x82, head, identifier, text, new byte[] {(byte) qos}));
    } else {
      link.send(RawClient.packet(0xA2, head, version < 5 ? new byte[0] : new byte[1], text));
    }
  }

  void publish(Published published) {
    int packetId = published.qos() == 0 ? 0 : nextPacketId();
    if (published.qos() > 0) {
      outgoing.put(packetId, new Outgoing(published));
    }
    link.send(packet(published, packetId, false));
  }

  private byte[] packet(Published published, int packetId, boolean again) {
    return RawClient.publish(
        version,
        published.qos() << 1 | (again ? 8 : 0) | (published.retain() ? 1 : 0),
        published.topic().toString(),
        packetId,
        payload(published));
  }

  private static byte[] payload(Published published) {
    return published.clears()
        ? new byte[0]
        : ByteBuffer.allocate(4).putInt(published.number()).array();
  }

  private int nextPacketId() {
    do {
      lastPacketId = lastPacketId % 60 + 1; // soon round, to meet those in use
    } while (outgoing.containsKey(lastPacketId) || asked.containsKey(lastPacketId));
    return lastPacketId;
  }

  boolean hasRoom() {
    return outgoing.size() < 8;
  }

  void acknowledge(int most) {
    for (int n = 0; n < most && connected && !acknowledgements.isEmpty(); n++) {
      link.send(acknowledgements.remove());
    }
  }

  // ---- what it hears

  void hear(int most) {
    for (int n = 0; n < most && !arrived.isEmpty(); n++) {
      hear(arrived.remove());
    }
    if (link != null && !link.isOpen() && arrived.isEmpty()) {
      lose();
    }
  }

  private void hear(ByteBuffer packet) {
    int first = packet.get();
    switch (first >> 4 & 15) {
      case 2 -> connack(packet);
      case 3 -> received(first, packet);
      case 4, 5, 7 -> acknowledged(first >> 4 & 15, packet);
      case 6 -> {
        int packetId = packet.getShort();
        receivedIds.remove(packetId);
        acknowledge(0x70, packetId);
      }
      case 9, 11 -> answered(packet.getShort(), packet.get(packet.limit() - 1));
      default -> {} // PINGRESP, DISCONNECT
    }
  }

  private void connack(ByteBuffer packet) {
    boolean present = packet.get() == 1;
    assertThat(packet.get()).as("CONNACK's code").isZero();
    boolean expired = world.now() - offlineSince >= expiryMillis;
    boolean sure = surelyThere && !expired;
    if (present
        && !sure
        && attempts > 1
        && !steadfast) { // whose? An attempt that failed may have begun it
      cut();
      connect(true, FOR_EVER, 5, -1);
      return;
    }
    decideWill(present);
    attempts = 0;
    if (present) {
      assertThat(cleanStart).as("a session after a clean start [MQTT-3.1.2-4]").isFalse();
    } else {
      assertThat(sure).as("%s: its session was lost", id).isFalse();
      outgoing.clear();
      receivedIds.clear();
      due.sessionBegins();
    }
    surelyThere = expiryMillis > 0;
    connected = true;
    outgoing.forEach(
        (packetId, sent) ->
            link.send(
                sent.received
                    ? RawClient.hex("6202%04X".formatted(packetId))
                    : packet(sent.published, packetId, true))); // [MQTT-4.4.0-1]
  }

  /** The will of the connection before: back in time, or not, or in another session. */
  private void decideWill(boolean present) {
    if (pendingWill != null && attempts == 1) {
      boolean inTime = world.now() - pendingWill.since < pendingWill.delayMillis;
      if (!present) {
        world.ledger().willIs(pendingWill.number, SimulatedLedger.Will.MUST_COME);
      } else if (inTime) {
        world.ledger().willIs(pendingWill.number, SimulatedLedger.Will.MUST_NOT_COME);
      }
    }
    pendingWill = null;
  }

  private void received(int first, ByteBuffer packet) {
    int qos = first >> 1 & 3;
    byte[] topic = new byte[packet.getShort()];
    packet.get(topic);
    int packetId = qos == 0 ? 0 : packet.getShort();
    Set<Integer> identifiers = version < 5 ? null : identifiers(packet);
    if (qos < 2 || receivedIds.add(packetId)) {
      if (packet.hasRemaining()) { // else a retained message was cleared
        Published published = world.ledger().get(packet.getInt());
        assertThat(published.topic()).hasToString(new String(topic, UTF_8));
        due.got(published, qos, (first & 1) == 1, identifiers);
      }
    }
    if (qos > 0) {
      acknowledge(qos == 1 ? 0x40 : 0x50, packetId);
    }
  }

  private static Set<Integer> identifiers(ByteBuffer packet) {
    Set<Integer> identifiers = new HashSet<>();
    for (int end = variable(packet) + packet.position(); packet.position() < end; ) {
      assertThat(packet.get()).as("the only property that anybody sent").isEqualTo((byte) 0x0B);
      assertThat(identifiers.add((int) packet.get())).as("twice the same identifier").isTrue();
    }
    return identifiers;
  }

  private void acknowledge(int type, int packetId) {
    acknowledgements.add(RawClient.hex("%02X02%04X".formatted(type, packetId)));
  }

  private void acknowledged(int type, ByteBuffer packet) {
    int packetId = packet.getShort();
    int code = packet.hasRemaining() ? packet.get() & 0xFF : 0;
    Outgoing sent = outgoing.get(packetId);
    assertThat(sent).as("%s: acknowledgement %d of nothing", id, type).isNotNull();
    if (type == 7 || type == 4 || code >= 0x80) {
      outgoing.remove(packetId);
    }
    if (type != 7 && code < 0x80) {
      world.ledger().landed(sent.published.number());
    }
    if (type == 5 && code < 0x80) {
      sent.received = true;
      acknowledge(0x62, packetId);
    }
  }

  private void answered(int packetId, int code) {
    Asked request = asked.remove(packetId);
    assertThat(request).as("%s: SUBACK of nothing", id).isNotNull();
    if (request.subscribe) {
      assertThat(code).as("granted").isEqualTo(request.qos);
    }
    due.answered(request.filter, request.qos, request.subscribe, request.turn);
  }
}
