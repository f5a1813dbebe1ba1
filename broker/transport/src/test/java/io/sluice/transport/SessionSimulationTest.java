package io.sluice.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.message.Stamps;
import io.sluice.message.TopicName;
import io.sluice.store.Keys;
import io.sluice.store.SimulatedStore;
import io.sluice.store.Table;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * The promises of QoS 0, 1 and 2 whatever happens: clients, network, gateway, store and time under
 * one seed and on one thread. Connections are cut and taken over with packets on their way, bytes
 * of different connections overtake one another, clients acknowledge late, sessions expire, and the
 * process dies and forgets what was not synced.
 *
 * <p>{@code -Dsluice.simulation.schedules=100000} plays more than a build does, {@code
 * -Dsluice.simulation.seed=N} plays the one that a failure names.
 */
class SessionSimulationTest {
  private static final int PARTITIONS = 2;
  private static final int TOPICS = 3;
  private static final int[] SUBSCRIPTION_QOS = {2, 2, 1, 0};
  private static final long[] EXPIRY_SECONDS = {0, 100, 1_000_000, 1_000_000};

  /** A message and who said it. */
  record Published(int number, SimulatedDevice publisher, TopicName topic, int qos) {}

  private Random random;
  private Stamps stamps;
  private long now;
  private SimulatedStore store;
  private MemoryGateway gateway;
  private final List<SimulatedDevice> devices = new ArrayList<>();
  private final List<Published> published = new ArrayList<>();
  private final Set<Integer> landed = new HashSet<>();

  @Test
  void everyQualityOfServiceKeepsItsPromise() {
    Long one = Long.getLong("sluice.simulation.seed");
    int schedules = one != null ? 1 : Integer.getInteger("sluice.simulation.schedules", 100);
    for (long seed = one != null ? one : 1; schedules > 0; schedules--, seed++) {
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
    store = new SimulatedStore(PARTITIONS).manualSync();
    devices.clear();
    published.clear();
    landed.clear();
    for (int i = 0; i < SUBSCRIPTION_QOS.length; i++) {
      devices.add(new SimulatedDevice(this, "device-" + i, SUBSCRIPTION_QOS[i]));
    }
    ErrorWatch.install();
    live();
    for (int lives = random.nextInt(3); lives >= 0; lives--) {
      for (int steps = random.nextInt(300); steps > 0; steps--) {
        step();
        devices.forEach(SimulatedDevice::arrive);
      }
      devices.forEach(SimulatedDevice::lose);
      store = store.crash(random).manualSync();
      live();
    }
    comeToRest();
    check();
    ErrorWatch.assertNoErrors();
  }

  private void live() {
    gateway = new MemoryGateway(store, stamps, TransportLimits.STANDARD, now);
  }

  private void step() {
    SimulatedDevice device = devices.get(random.nextInt(devices.size()));
    int what = random.nextInt(30);
    if (what < 2) {
      device.connect(random.nextInt(12) == 0, expiry(), 1 + random.nextInt(5));
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
      device.connect(false, expiry(), 1 + random.nextInt(5));
    }
  }

  private void speak(SimulatedDevice device, int what) {
    if (what < 22) {
      device.acknowledge(1 + random.nextInt(3));
    } else if (what < 24) {
      device.subscribe(random.nextInt(SimulatedDevice.FILTERS.size()), random.nextInt(4) > 0);
    } else if (what == 24) {
      device.disconnect();
    } else if (device.hasRoom()) {
      publish(device);
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
    TopicName topic = TopicName.of("t/" + random.nextInt(TOPICS));
    Published message = new Published(published.size(), device, topic, random.nextInt(3));
    published.add(message);
    for (SimulatedDevice other : devices) {
      switch (other.listensTo(topic)) {
        case SUBSCRIBED -> other.owe(message.number());
        case NONE -> other.notOwed.add(message.number());
        case MAYBE -> {}
      }
    }
    device.publish(message);
  }

  /** Everybody comes back, and all that is on its way arrives. */
  private void comeToRest() {
    devices.forEach(device -> device.connect(false, 1_000_000, 5));
    for (int rounds = 0, idle = 0; idle < 3; rounds++) {
      assertThat(rounds).as("rounds until nothing was left to do").isLessThan(2_000);
      now += 1_000; // what a session left is removed piece by piece
      gateway.advance(1_000);
      store.sync();
      gateway.settle();
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
  }

  private void check() {
    assertThat(gateway.conveyor.isIdle()).as("the log is worked off").isTrue();
    for (SimulatedDevice device : devices) {
      Set<Integer> promised = new HashSet<>(device.owed);
      promised.retainAll(landed);
      promised.removeIf(number -> Math.min(qosOf(number), device.subscriptionQos) == 0);
      assertThat(device.times.keySet()).as("what %s was promised", device.id).containsAll(promised);
      Set<Integer> unwanted = new HashSet<>(device.times.keySet());
      unwanted.retainAll(device.notOwed);
      assertThat(unwanted).as("what %s never asked for", device.id).isEmpty();
      device.times.forEach(
          (number, times) -> {
            if (Math.min(qosOf(number), device.subscriptionQos) != 1 && qosOf(number) != 1) {
              assertThat(times).as("%s got %d that often", device.id, number).isEqualTo(1);
            }
          });
      checkOrder(device);
    }
    assertThat(rows("inbox")).as("rows of inboxes").isZero();
    assertThat(rows("inbox-messages")).as("rows of shared messages").isZero();
  }

  /** Of one publisher, topic and QoS, in the order they were sent [MQTT-4.6.0-6]. */
  private void checkOrder(SimulatedDevice device) {
    List<Integer> order = device.order;
    for (int later = 1; later < order.size(); later++) {
      Published second = published.get(order.get(later));
      for (int sooner = 0; sooner < later; sooner++) {
        Published first = published.get(order.get(sooner));
        if (first.number() > second.number()
            && first.publisher() == second.publisher()
            && first.topic().equals(second.topic())
            && first.qos() == second.qos()
            && device.owedAtFirst.contains(second.number())) {
          throw new AssertionError(
              "%s got %s before %s".formatted(device.id, first.number(), second.number()));
        }
      }
    }
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

  TopicName topicOf(int number) {
    return published.get(number).topic();
  }

  int qosOf(int number) {
    return published.get(number).qos();
  }

  /** Its publisher was told that the gateway has it. */
  void landed(int number) {
    landed.add(number);
  }

  /** The device subscribes: what has not landed yet may arrive behind it. */
  void mayListen(SimulatedDevice device) {
    device.notOwed.removeIf(number -> !landed.contains(number));
  }
}
