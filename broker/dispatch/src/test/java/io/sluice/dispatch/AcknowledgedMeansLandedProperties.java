package io.sluice.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.engine.Nowhere;
import io.sluice.engine.RuleBook;
import io.sluice.message.Origin;
import io.sluice.message.Publication;
import io.sluice.message.PublishProperties;
import io.sluice.message.QoS;
import io.sluice.message.Stamps;
import io.sluice.message.TopicFilter;
import io.sluice.message.TopicName;
import io.sluice.session.AwayOutlet;
import io.sluice.session.InboxMessage;
import io.sluice.session.Loan;
import io.sluice.session.Session;
import io.sluice.session.SessionLimits;
import io.sluice.session.Sessions;
import io.sluice.session.Shipment;
import io.sluice.session.SubscribedFilter;
import io.sluice.session.Subscription;
import io.sluice.shadow.ShadowService;
import io.sluice.shadow.ShadowSettings;
import io.sluice.store.Keys;
import io.sluice.store.SimulatedPartitions;
import io.sluice.store.SimulatedStore;
import io.sluice.store.Table;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * The promise of the house for persistent sessions, whatever clients do and whenever the process
 * dies: what was acknowledged to its publisher arrives, in the order of its topic; what was
 * published behind an acknowledged UNSUBSCRIBE does not; and nothing is left behind.
 */
class AcknowledgedMeansLandedProperties {
  private static final int PARTITIONS = 3;
  private static final int CLIENTS = 4;
  private static final int TOPICS = 3;
  private static final long EXPIRY_SECONDS = 1_000_000;
  private static final List<TopicFilter> FILTERS =
      List.of(TopicFilter.of("t/0"), TopicFilter.of("t/1"), TopicFilter.of("t/+"));

  /** What a client can know of one of its subscriptions. */
  private enum Known {
    NONE,
    MAYBE,
    SUBSCRIBED
  }

  /** A client and what it is owed. */
  private static final class Device {
    final String id;
    final Known[] known = new Known[FILTERS.size()];
    final int[] asked = new int[FILTERS.size()]; // only the answer to the last request counts
    final Set<Integer> owed = new LinkedHashSet<>();
    final Set<Integer> notOwed = new HashSet<>();

    /**
     * Published while it knew that it was subscribed. Of what was published beside its SUBSCRIBE a
     * crash may bring back one that had passed it by, behind others.
     */
    final Set<Integer> sure = new HashSet<>();

    final Set<Integer> received = new LinkedHashSet<>();
    Connection connection;

    Device(String id) {
      this.id = id;
      Arrays.fill(known, Known.NONE);
    }

    boolean isOnline() {
      return connection != null && connection.session != null;
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
  }

  private static final class Connection extends AwayOutlet {
    final Device device;
    final Queue<Long> toAcknowledge = new ArrayDeque<>();
    Session session;

    Connection(Device device) {
      this.device = device;
    }

    @Override
    public void deliver(Shipment shipment, QoS qos, boolean retain, int[] subscriptionIds) {
      throw new AssertionError("what waits in an inbox must not be delivered beside it");
    }

    @Override
    public void deliverInbox(List<InboxMessage> messages) {
      for (InboxMessage message : messages) {
        device.received.add(ByteBuffer.wrap(message.shipment().publication().payload()).getInt());
        toAcknowledge.add(message.sequence());
      }
    }

    @Override
    public void lend(Shipment shipment, QoS qos, boolean retain, int[] subscriptionIds, Loan loan) {
      throw new AssertionError("all sessions are persistent");
    }

    @Override
    public void releaseInbox(long[] sequences) {
      throw new AssertionError("nothing is published with QoS 2");
    }

    @Override
    public boolean hasRoom() {
      return true;
    }

    @Override
    public void takenOver() {
      if (device.connection == this) {
        device.connection = null;
      }
    }
  }

  /** One life of the process. */
  private static final class Life {
    final SimulatedStore store;
    final SimulatedPartitions simulation;
    final Sessions sessions;
    final PublishPath path;
    final IngressConveyor conveyor;

    Life(SimulatedStore store, Stamps stamps) {
      this.store = store;
      this.simulation = new SimulatedPartitions(store, 1_000_000);
      var partitions = simulation.partitions();
      this.sessions =
          new Sessions(partitions, SessionLimits.STANDARD, stamps, PublishPath.ingress(partitions));
      RuleBook rules =
          new RuleBook(
              partitions,
              new Nowhere(),
              "000000000000",
              PublishPath.INGRESS,
              topic -> PublishPath.partitionOf(partitions, topic));
      this.path = new PublishPath(partitions, sessions, rules, new DispatchCounters());
      ShadowService shadows =
          new ShadowService(partitions, ShadowSettings.standard(), path.shadowPublisher(stamps));
      this.conveyor = new IngressConveyor(partitions, sessions, rules, shadows, path, 0);
      partitions.start();
      simulation.run();
    }

    void open(Device device, boolean cleanStart, int window) {
      Connection connection = new Connection(device);
      device.connection = connection;
      if (cleanStart) {
        forget(device, Known.MAYBE);
      }
      sessions
          .open(
              new Sessions.Arrival(device.id, cleanStart, EXPIRY_SECONDS, window, null, 0),
              connection)
          .thenAccept(
              opened -> {
                if (device.connection == connection) {
                  if (!opened.present()) {
                    forget(device, Known.NONE);
                  }
                  connection.session = opened.session();
                  sessions.resume(opened.session(), connection, window);
                }
              });
    }

    /** A session that began anew has no subscriptions and owes nothing of the past. */
    private static void forget(Device device, Known rest) {
      device.owed.clear();
      for (int f = 0; f < device.known.length; f++) {
        device.known[f] = device.known[f] == Known.NONE ? Known.NONE : rest;
      }
    }

    void subscribe(Device device, int filter) {
      Connection connection = device.connection;
      boolean was = device.known[filter] == Known.SUBSCRIBED;
      device.known[filter] = was ? Known.SUBSCRIBED : Known.MAYBE;
      int asked = ++device.asked[filter];
      sessions
          .subscribe(
              connection.session,
              List.of(
                  new Sessions.Wanted(
                      SubscribedFilter.of(FILTERS.get(filter).toString()),
                      Subscription.Options.of(QoS.AT_LEAST_ONCE))))
          .thenAccept(
              done -> {
                if (device.connection == connection && device.asked[filter] == asked) {
                  device.known[filter] = Known.SUBSCRIBED;
                }
              });
    }

    void unsubscribe(Device device, int filter, Map<Integer, TopicName> topicOf) {
      // What is still on its way through the log may find no subscription any more.
      device.owed.removeIf(number -> FILTERS.get(filter).matches(topicOf.get(number)));
      Connection connection = device.connection;
      device.known[filter] = Known.MAYBE;
      int asked = ++device.asked[filter];
      sessions
          .unsubscribe(
              connection.session, List.of(SubscribedFilter.of(FILTERS.get(filter).toString())))
          .thenAccept(
              done -> {
                if (device.connection == connection && device.asked[filter] == asked) {
                  device.known[filter] = Known.NONE;
                }
              });
    }

    void acknowledge(Device device, int most) {
      Queue<Long> waiting = device.connection.toAcknowledge;
      long[] places = new long[Math.min(most, waiting.size())];
      for (int i = 0; i < places.length; i++) {
        places[i] = waiting.remove();
      }
      if (places.length > 0) {
        sessions.acknowledge(device.connection.session, places);
      }
    }

    void close(Device device) {
      sessions.close(device.connection.session, device.connection, EXPIRY_SECONDS, false);
      device.connection = null;
    }

    void settle() {
      for (int i = 0; i < 4; i++) {
        simulation.run();
        store.sync();
      }
      simulation.run();
    }

    int rows(String table) {
      return store
          .range(new Table(table), new byte[0], Keys.after(new byte[0]), Integer.MAX_VALUE)
          .size();
    }
  }

  private final List<Device> devices = new ArrayList<>();
  private final Map<Integer, TopicName> topicOf = new HashMap<>();
  private final Set<Integer> landed = new HashSet<>();
  private int published;

  @Property(tries = 300)
  void whatWasAcknowledgedArrivesInOrderAndNothingElseIsLeft(@ForAll long seed) {
    Random random = new Random(seed);
    Stamps stamps = new Stamps(() -> 1_000_000, 0);
    devices.clear();
    topicOf.clear();
    landed.clear();
    published = 0;
    for (int i = 0; i < CLIENTS; i++) {
      devices.add(new Device("client-" + i));
    }
    SimulatedStore store = new SimulatedStore(PARTITIONS).manualSync();
    for (int lives = random.nextInt(4); lives >= 0; lives--) {
      Life life = new Life(store, stamps);
      for (int steps = random.nextInt(250); steps > 0; steps--) {
        step(life, random, stamps);
      }
      store = store.crash(random).manualSync();
      devices.forEach(device -> device.connection = null);
    }
    Life last = new Life(store, stamps);
    devices.forEach(device -> last.open(device, false, 7));
    for (int rounds = 0; rounds < 2 * published + 10; rounds++) {
      last.settle();
      devices.forEach(device -> last.acknowledge(device, 5));
    }
    check(last);
  }

  private void step(Life life, Random random, Stamps stamps) {
    Device device = devices.get(random.nextInt(CLIENTS));
    switch (random.nextInt(16)) {
      case 0, 1 -> life.open(device, random.nextInt(12) == 0, 1 + random.nextInt(4));
      case 2, 3 -> {
        if (device.isOnline()) {
          life.subscribe(device, random.nextInt(FILTERS.size()));
        }
      }
      case 4 -> {
        if (device.isOnline() && random.nextBoolean()) {
          life.unsubscribe(device, random.nextInt(FILTERS.size()), topicOf);
        }
      }
      case 5 -> {
        if (device.isOnline() && random.nextBoolean()) {
          life.close(device);
        }
      }
      case 6, 7 -> {
        if (device.isOnline()) {
          life.acknowledge(device, 1 + random.nextInt(3));
        }
      }
      case 8, 9, 10, 11 -> publish(life, random, stamps);
      case 12 -> life.store.sync();
      default -> {
        for (int turns = random.nextInt(8); turns > 0; turns--) {
          life.simulation.step();
        }
      }
    }
  }

  private void publish(Life life, Random random, Stamps stamps) {
    int number = published++;
    TopicName topic = TopicName.of("t/" + random.nextInt(TOPICS));
    topicOf.put(number, topic);
    for (Device device : devices) {
      switch (device.listensTo(topic)) {
        case SUBSCRIBED -> {
          device.owed.add(number);
          device.sure.add(number);
        }
        case NONE -> device.notOwed.add(number);
        case MAYBE -> {}
      }
    }
    CompletableFuture<Landing> landing =
        life.path.publish(
            new Publication(
                topic,
                ByteBuffer.allocate(4).putInt(number).array(),
                QoS.AT_LEAST_ONCE,
                false,
                PublishProperties.NONE,
                new Origin("publisher", null, null, Origin.Kind.MQTT, 0),
                stamps.next()),
            null);
    landing.thenAccept(done -> landed.add(number));
  }

  private void check(Life last) {
    assertThat(last.conveyor.isIdle()).isTrue();
    for (Device device : devices) {
      Set<Integer> promised = new LinkedHashSet<>(device.owed);
      promised.retainAll(landed);
      assertThat(device.received).as("what %s was promised", device.id).containsAll(promised);
      Set<Integer> unwanted = new HashSet<>(device.received);
      unwanted.retainAll(device.notOwed);
      assertThat(unwanted).as("what %s unsubscribed from", device.id).isEmpty();
      for (int t = 0; t < TOPICS; t++) {
        TopicName topic = TopicName.of("t/" + t);
        assertThat(
                device.received.stream()
                    .filter(n -> device.sure.contains(n) && topicOf.get(n).equals(topic))
                    .toList())
            .as("the order of %s at %s", topic, device.id)
            .isSorted();
      }
    }
    assertThat(last.rows("inbox")).as("rows of inboxes").isZero();
    assertThat(last.rows("inbox-messages")).as("rows of shared messages").isZero();
  }
}
