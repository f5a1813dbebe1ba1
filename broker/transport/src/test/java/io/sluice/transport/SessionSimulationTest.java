package io.sluice.transport;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.sluice.message.Stamps;
import io.sluice.message.TopicName;
import io.sluice.session.InboxPolicy;
import io.sluice.session.SessionLimits;
import io.sluice.store.Keys;
import io.sluice.store.SimulatedStore;
import io.sluice.store.Table;
import io.sluice.transport.SimulatedLedger.Published;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The promises of QoS 0, 1 and 2, of retained messages, wills and shared subscriptions whatever
 * happens: clients, network, gateway, store and time under one seed and on one thread. Connections
 * are cut and taken over with packets on their way, bytes of different connections overtake one
 * another, clients acknowledge late, sessions expire, inboxes are full, and the process dies and
 * forgets what was not synced.
 *
 * <p>{@code -Dsluice.simulation.schedules=100000} plays more than a build does, {@code
 * -Dsluice.simulation.seed=N} plays the one that a failure names.
 */
class SessionSimulationTest {
  private static final int TOPICS = 3;
  private static final long[] EXPIRY_SECONDS = {
    0, 100, SimulatedDevice.FOR_EVER, SimulatedDevice.FOR_EVER
  };
  private static final int[] WILL_DELAY_SECONDS = {-1, -1, 0, 3, 60};

  private Random random;
  private Stamps stamps;
  private long now;
  private SimulatedStore store;
  private MemoryGateway gateway;
  private SimulatedLedger ledger;
  private SessionLimits limits;
  private boolean sharing; // mostly about the shared subscription, with a member that is fleeting
  private final List<SimulatedDevice> devices = new ArrayList<>();
  private SimulatedDevice witness; // of all wills
  private final Set<Integer> goodbyes = new TreeSet<>(); // wills taken back in this life
  private long dropped;

  // What is broken on purpose.
  private String forgottenTable = "";
  private UnaryOperator<ByteBuffer> spoiling = packet -> packet;

  @Test
  void everyPromiseIsKept() {
    Long one = Long.getLong("sluice.simulation.seed");
    play(
        one != null ? one : Long.getLong("sluice.simulation.from", 1),
        one != null ? 1 : Integer.getInteger("sluice.simulation.schedules", 100));
  }

  /** The oracle sees what it is there for: a gateway that would not write these rows. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "sessions",
        "subscriptions",
        "inbox",
        "inbox-messages",
        "received",
        "wills",
        "retained"
      })
  void aGatewayThatForgetsRowsIsFoundOut(String table) {
    forgottenTable = table;
    assertIsFoundOut();
  }

  static Stream<Arguments> wrongBytes() {
    return Stream.of(
        Arguments.of(
            "CONNACK without Session Present",
            (UnaryOperator<ByteBuffer>)
                packet -> packet.get(0) == 0x20 ? packet.put(1, (byte) 0) : packet),
        Arguments.of(
            "CONNACK with Session Present",
            (UnaryOperator<ByteBuffer>)
                packet -> packet.get(0) == 0x20 ? packet.put(1, (byte) 1) : packet),
        Arguments.of(
            "QoS 2 comes again with another identifier",
            (UnaryOperator<ByteBuffer>)
                packet -> {
                  int topicEnd = 3 + packet.get(2);
                  return (packet.get(0) & 0xFE) == 0x3C
                      ? packet.put(topicEnd, (byte) (packet.get(topicEnd) ^ 0x40))
                      : packet;
                }),
        Arguments.of(
            "QoS 1 comes as QoS 0",
            (UnaryOperator<ByteBuffer>)
                packet ->
                    (packet.get(0) & 0xF6) == 0x32
                        ? ByteBuffer.wrap(new byte[] {(byte) 0xD0, 0})
                        : packet));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("wrongBytes")
  void wrongBytesAreFoundOut(String what, UnaryOperator<ByteBuffer> wrong) {
    spoiling = wrong;
    assertIsFoundOut();
  }

  private void assertIsFoundOut() {
    assertThat(catchThrowable(() -> play(1, 100)))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("sluice.simulation.seed");
  }

  private void play(long first, int schedules) {
    for (long seed = first; seed < first + schedules; seed++) {
      try {
        play(seed);
      } catch (AssertionError | RuntimeException broken) {
        throw new AssertionError(
            "schedule %d: play it again with -Dsluice.simulation.seed=%d".formatted(seed, seed),
            broken);
      }
    }
  }

  private void play(long seed) {
    random = new Random(seed);
    stamps = new Stamps(() -> now, 0);
    now = 1_000_000;
    store = new SimulatedStore(1 + random.nextInt(2)).manualSync();
    sharing = random.nextInt(3) == 0;
    ledger = new SimulatedLedger();
    goodbyes.clear();
    dropped = 0;
    limits = limits();
    devices.clear();
    devices.add(new SimulatedDevice(this, "device-0", 5, true));
    devices.add(new SimulatedDevice(this, "device-1", 5, false));
    // who speaks 3.1.1 cannot be told that an inbox is full, even its own: it would come for ever
    devices.add(new SimulatedDevice(this, "device-2", mayRefuse() ? 5 : 4, false));
    devices.add(new SimulatedDevice(this, "device-3", 5, false));
    witness = new SimulatedDevice(this, "witness", 5, true);
    ErrorWatch.install();
    live();
    begin(witness, SimulatedDue.WILLS);
    if (sharing) {
      begin(devices.get(0), SimulatedDue.SHARED);
      begin(devices.get(3), SimulatedDue.SHARED);
    }
    devices.add(witness);
    for (int lives = random.nextInt(3); lives >= 0; lives--) {
      for (int steps = random.nextInt(random.nextInt(4) == 0 ? 1_500 : 300); steps > 0; steps--) {
        step();
        devices.forEach(SimulatedDevice::arrive);
      }
      devices.forEach(SimulatedDevice::lose);
      countDropped();
      ledger.crash(devices);
      goodbyes.forEach(will -> ledger.willIs(will, SimulatedLedger.Will.MAY_COME));
      goodbyes.clear();
      store = store.crash(random).manualSync();
      live();
    }
    comeToRest();
    check();
    ErrorWatch.assertNoErrors();
  }

  /** Small inboxes in some schedules. */
  private SessionLimits limits() {
    SessionLimits some = SessionLimits.STANDARD.withInboxQos0(random.nextInt(4) == 0);
    InboxPolicy[] policies = InboxPolicy.values();
    return random.nextInt(3) > 0
        ? some
        : some.withInboxMessagesMax(3 + random.nextInt(6))
            .withInboxPolicy(policies[random.nextInt(policies.length)]);
  }

  /** Whether full inboxes may lose what was acknowledged. */
  private boolean mayDrop() {
    return limits.inboxMessagesMax() < 1_000 && limits.inboxPolicy() != InboxPolicy.REJECT;
  }

  private void live() {
    gateway =
        new MemoryGateway(
            forgottenTable.isEmpty() ? store : new ForgetfulStore(store, forgottenTable),
            stamps,
            TransportLimits.STANDARD,
            limits,
            now);
  }

  /** It is there and has subscribed before anything else happens. */
  private void begin(SimulatedDevice device, int filter) {
    device.connect(false, 0, 5, -1);
    settle();
    device.arrive();
    device.hear(1);
    device.subscribe(filter, 2, true);
    settle();
    device.arrive();
    device.hear(1);
    assertThat(device.due.isSureOf(filter)).isTrue();
  }

  private void settle() {
    gateway.settle();
    store.sync();
    gateway.settle();
  }

  private void step() {
    SimulatedDevice device = devices.get(random.nextInt(devices.size()));
    int what = random.nextInt(30);
    if (what < 2) {
      connect(device, random.nextInt(12) == 0);
    } else if (what == 2) {
      device.cut();
    } else if (what == 3) {
      advance();
    } else if (what < 8) {
      store.sync();
    } else if (what < 14) {
      for (int n = random.nextInt(12); n > 0; n--) {
        gateway.step(random);
      }
    } else if (what < 18) {
      device.hear(1 + random.nextInt(4));
    } else if (device.isConnected()) {
      speak(device, what);
    } else if (what == 29) {
      connect(device, false);
    }
  }

  private void connect(SimulatedDevice device, boolean clean) {
    int will = WILL_DELAY_SECONDS[random.nextInt(WILL_DELAY_SECONDS.length)];
    boolean fleeting = sharing && device == devices.get(3);
    device.connect(
        clean, fleeting ? 0 : expiry(), 1 + random.nextInt(5), device == witness ? -1 : will);
  }

  private void speak(SimulatedDevice device, int what) {
    if (what < 22 || device == witness) {
      device.acknowledge(1 + random.nextInt(3));
    } else if (what < 24) {
      subscribe(device);
    } else if (what == 24) {
      device.disconnect(expiry(), random.nextInt(3) == 0);
    } else if (device.hasRoom()) {
      publish(device);
    }
  }

  private void subscribe(SimulatedDevice device) {
    boolean share = sharing && random.nextBoolean();
    int filter = share ? SimulatedDue.SHARED : random.nextInt(SimulatedDue.SHARED + 1);
    boolean on = random.nextInt(4) > 0;
    if (filter == SimulatedDue.SHARED) {
      device.subscribe(filter, 2, on || device.steadfast);
    } else {
      int usual = 2 - (devices.indexOf(device) + filter) % 3;
      device.subscribe(filter, random.nextInt(4) > 0 ? usual : random.nextInt(3), on);
    }
  }

  private long expiry() {
    return EXPIRY_SECONDS[random.nextInt(EXPIRY_SECONDS.length)];
  }

  private void advance() {
    long millis = random.nextInt(random.nextInt(5) == 0 ? 200_000 : 5_000);
    now += millis;
    gateway.advance(millis);
  }

  private void publish(SimulatedDevice device) {
    boolean shared = random.nextInt(4) == 0 || sharing && random.nextBoolean();
    TopicName topic = TopicName.of(shared ? "s/0" : "t/" + random.nextInt(TOPICS));
    boolean retain = !shared && random.nextInt(4) == 0;
    boolean clears = retain && random.nextInt(4) == 0;
    Published message = ledger.publish(device, topic, random.nextInt(3), retain, clears);
    if (!clears) {
      devices.forEach(other -> other.due.said(message));
    }
    SimulatedDevice anchor = devices.get(0);
    if (shared && message.qos() > 0 && anchor.due.isSureOf(SimulatedDue.SHARED)) {
      ledger.sharedPromised(message.number());
    }
    device.publish(message);
  }

  /** Everybody comes back, and all that is on its way arrives. */
  private void comeToRest() {
    devices.forEach(device -> device.connect(false, SimulatedDevice.FOR_EVER, 5, -1));
    for (int rounds = 0, idle = 0; idle < 3; rounds++) {
      assertThat(rounds).as("rounds until nothing was left to do").isLessThan(2_000);
      now += 1_000; // what a session left is removed piece by piece
      gateway.advance(1_000);
      settle();
      boolean quiet = true;
      for (SimulatedDevice device : devices) {
        device.arrive();
        quiet &= device.isIdle();
        device.hear(100);
        device.acknowledge(100);
        assertThat(device.isConnected() || rounds < 10).as("%s is online", device.id).isTrue();
      }
      idle = quiet ? idle + 1 : 0;
    }
    countDropped();
  }

  private boolean mayRefuse() {
    return limits.inboxMessagesMax() < 1_000 && limits.inboxPolicy() == InboxPolicy.REJECT;
  }

  private void countDropped() {
    dropped += gateway.sessions.counters().inboxDroppedFull.sum();
    dropped += gateway.sessions.counters().inboxDroppedOldest.sum();
  }

  private void check() {
    assertThat(gateway.conveyor.isIdle()).as("the log is worked off").isTrue();
    int missing = 0;
    for (SimulatedDevice device : devices) {
      Set<Integer> lost = device.due.check();
      missing += lost.size();
      assertThat(mayDrop() ? Set.of() : lost).as("what %s was promised", device.id).isEmpty();
    }
    assertThat((long) missing).as("messages lost, and counted").isLessThanOrEqualTo(dropped);
    ledger.checkWills(witness.due.times(), !mayDrop());
    ledger.checkShared(devices, !mayDrop());
    checkRetained();
    for (String table : new String[] {"inbox", "inbox-messages", "received", "loans", "wills"}) {
      assertThat(rows(table)).as("rows of %s", table).isZero();
    }
  }

  /** What somebody finds who comes last. */
  private void checkRetained() {
    MemoryClient late = gateway.accept(false);
    late.send(RawClient.connect(5, "late"));
    late.send(RawClient.subscribe(5, 1, "t/#", 0));
    settle();
    Map<String, Integer> found = new HashMap<>();
    ByteBuffer in = ByteBuffer.wrap(late.read());
    while (in.hasRemaining()) {
      int first = in.get() & 0xFF;
      ByteBuffer packet = in.slice(in.position() + 1, in.get(in.position()));
      in.position(in.position() + 1 + packet.capacity());
      if (first >> 4 == Heard.PUBLISH) {
        byte[] topic = new byte[packet.getShort()];
        packet.get(topic);
        packet.get(); // no properties
        found.put(new String(topic, UTF_8), packet.getInt());
      }
    }
    ledger.checkRetained(found, Stream.of("t/0", "t/1", "t/2").map(TopicName::of).toList());
    late.cut();
  }

  private int rows(String table) {
    return store
        .range(new Table(table), new byte[0], Keys.after(new byte[0]), Integer.MAX_VALUE)
        .size();
  }

  // ---- what devices ask

  MemoryGateway gateway() {
    return gateway;
  }

  long now() {
    return now;
  }

  SimulatedLedger ledger() {
    return ledger;
  }

  /**
   * A will was taken back by its client; nobody was told that it is on disk, and a crash may forget
   * it.
   */
  void goodbyeHeard(int will) {
    ledger.willIs(will, SimulatedLedger.Will.MUST_NOT_COME);
    goodbyes.add(will);
  }

  /** What the network makes of a packet. */
  ByteBuffer spoil(ByteBuffer packet) {
    return spoiling.apply(packet);
  }
}
