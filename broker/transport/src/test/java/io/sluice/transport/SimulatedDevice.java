package io.sluice.transport;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.message.TopicFilter;
import io.sluice.message.TopicName;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A client of MQTT 5 as the specification wants it, in a {@link SessionSimulationTest}: keeps what
 * it sent until that is acknowledged, and the identifiers of QoS 2 it received, over connections,
 * as long as the server has its session. Knows what it is owed.
 */
final class SimulatedDevice {
  static final List<TopicFilter> FILTERS =
      List.of(TopicFilter.of("t/0"), TopicFilter.of("t/1"), TopicFilter.of("t/+"));

  /** What it can know of one of its subscriptions. */
  enum Known {
    NONE,
    MAYBE,
    SUBSCRIBED
  }

  /** A publication on its way out, in the order of its packets. */
  private static final class Outgoing {
    final SessionSimulationTest.Published published;
    boolean received; // PUBREC came

    Outgoing(SessionSimulationTest.Published published) {
      this.published = published;
    }
  }

  private record Asked(int filter, boolean subscribe, int turn) {}

  final String id;
  final int subscriptionQos;
  private final SessionSimulationTest world;

  // of the connection
  private MemoryClient link;
  private ServerPackets oracle;
  private boolean connected;
  private boolean cleanStart;
  private boolean ended;
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

  // what it is owed, and what came
  final Known[] known = new Known[FILTERS.size()];
  private final int[] turns = new int[FILTERS.size()]; // only the answer to the last one counts
  final Set<Integer> owed = new LinkedHashSet<>();
  final Set<Integer> notOwed = new HashSet<>();
  final Set<Integer> owedAtFirst = new HashSet<>();
  final Map<Integer, Integer> times = new HashMap<>();
  final List<Integer> order = new ArrayList<>(); // first receptions

  SimulatedDevice(SessionSimulationTest world, String id, int subscriptionQos) {
    this.world = world;
    this.id = id;
    this.subscriptionQos = subscriptionQos;
    Arrays.fill(known, Known.NONE);
  }

  boolean isConnected() {
    return connected;
  }

  boolean isIdle() {
    return arrived.isEmpty() && acknowledgements.isEmpty() && outgoing.isEmpty();
  }

  // ---- connections

  /** Connects; an older connection stays where it is and is taken over. */
  void connect(boolean clean, long expirySeconds, int receiveMaximum) {
    if (connected) {
      lose();
    } else {
      cut(); // or a CONNECT that comes late would take this one over
    }
    cleanStart = clean;
    if (clean) {
      surelyThere = false;
      forget(Known.MAYBE);
    }
    attempts++;
    ended = false;
    expiryMillis = Math.min(surelyThere ? expiryMillis : Long.MAX_VALUE, expirySeconds * 1000);
    link = world.gateway().accept(false);
    oracle = new ServerPackets(5, Long.MAX_VALUE);
    String properties = "11 %08X 21 %04X".formatted(expirySeconds, receiveMaximum);
    link.send(
        RawClient.connect(5, clean ? 0x02 : 0, 0, properties.replace(" ", ""), RawClient.text(id)));
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
    ended();
    link = null;
    connected = false;
    arrived.clear();
    acknowledgements.clear();
    asked.clear();
  }

  /** From now on its session may expire, also when it has not heard all that came before. */
  private void ended() {
    if (connected && !ended) { // an attempt that was not answered may not have been heard
      ended = true;
      offlineSince = world.now();
    }
  }

  void disconnect() {
    if (connected) {
      link.send(RawClient.hex("E000"));
    }
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
      int length = 0;
      for (int shift = 0, digit = -1; digit < 0; shift += 7) {
        digit = in.get();
        length |= (digit & 0x7F) << shift;
      }
      ByteBuffer packet = ByteBuffer.allocate(1 + length);
      packet.put(bytes[begin]).put(bytes, in.position(), length).flip();
      in.position(in.position() + length);
      arrived.add(packet);
    }
    if (!link.isOpen()) {
      ended();
      if (arrived.isEmpty()) {
        lose();
      }
    }
  }

  // ---- what it says

  void subscribe(int filter, boolean on) {
    int packetId = nextPacketId();
    boolean sure = on && known[filter] == Known.SUBSCRIBED;
    known[filter] = sure ? Known.SUBSCRIBED : Known.MAYBE;
    asked.put(packetId, new Asked(filter, on, ++turns[filter]));
    String text = FILTERS.get(filter).toString();
    if (on) {
      world.mayListen(this);
      link.send(RawClient.subscribe(5, packetId, text, subscriptionQos));
    } else {
      // What is still on its way through the log may find no subscription any more.
      owed.removeIf(number -> FILTERS.get(filter).matches(world.topicOf(number)));
      owedAtFirst.removeIf(number -> FILTERS.get(filter).matches(world.topicOf(number)));
      byte[] head = {(byte) (packetId >> 8), (byte) packetId, 0};
      link.send(RawClient.packet(0xA2, head, RawClient.text(text)));
    }
  }

  void publish(SessionSimulationTest.Published published) {
    int packetId = published.qos() == 0 ? 0 : nextPacketId();
    if (published.qos() > 0) {
      outgoing.put(packetId, new Outgoing(published));
    }
    link.send(packet(published, packetId, false));
  }

  private static byte[] packet(
      SessionSimulationTest.Published published, int packetId, boolean again) {
    return RawClient.publish(
        5,
        published.qos() << 1 | (again ? 8 : 0),
        published.topic().toString(),
        packetId,
        ByteBuffer.allocate(4).putInt(published.number()).array());
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
    if (present && !sure && attempts > 1) { // whose? An attempt that failed may have begun it
      cut();
      connect(true, 1_000_000, 5);
      return;
    }
    attempts = 0;
    if (present) {
      assertThat(cleanStart).as("a session after a clean start [MQTT-3.1.2-4]").isFalse();
    } else {
      assertThat(sure).as("%s: its session was lost", id).isFalse();
      outgoing.clear();
      receivedIds.clear();
      forget(Known.NONE);
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

  /** A session that began anew has no subscriptions and owes nothing of the past. */
  private void forget(Known rest) {
    owed.clear();
    owedAtFirst.clear();
    for (int f = 0; f < known.length; f++) {
      known[f] = known[f] == Known.NONE ? Known.NONE : rest;
    }
  }

  private void received(int first, ByteBuffer packet) {
    int qos = first >> 1 & 3;
    byte[] topic = new byte[packet.getShort()];
    packet.get(topic);
    int packetId = qos == 0 ? 0 : packet.getShort();
    packet.get(); // no properties
    int number = packet.getInt();
    assertThat(world.topicOf(number)).hasToString(new String(topic, UTF_8));
    assertThat(qos).as("QoS").isLessThanOrEqualTo(Math.min(subscriptionQos, world.qosOf(number)));
    if (qos < 2 || receivedIds.add(packetId)) {
      if (times.merge(number, 1, Integer::sum) == 1) {
        order.add(number);
      }
    }
    if (qos > 0) {
      acknowledge(qos == 1 ? 0x40 : 0x50, packetId);
    }
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
      world.landed(sent.published.number());
    }
    if (type == 5 && code < 0x80) {
      sent.received = true;
      acknowledge(0x62, packetId);
    }
  }

  private void answered(int packetId, int code) {
    Asked request = asked.remove(packetId);
    assertThat(request).as("%s: SUBACK of nothing", id).isNotNull();
    if (request.turn == turns[request.filter]) {
      assertThat(code).isBetween(0, 0x11);
      known[request.filter] = request.subscribe ? Known.SUBSCRIBED : Known.NONE;
    }
  }

  /** The surest thing it knows of a topic. */
  Known listensTo(TopicName topic) {
    Known most = Known.NONE;
    for (int f = 0; f < known.length; f++) {
      if (FILTERS.get(f).matches(topic) && known[f].compareTo(most) > 0) {
        most = known[f];
      }
    }
    return most;
  }

  void owe(int number) {
    owed.add(number);
    owedAtFirst.add(number);
  }
}
