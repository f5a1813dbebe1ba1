package io.sluice.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.message.Origin;
import io.sluice.message.Publication;
import io.sluice.message.PublicationCodec;
import io.sluice.message.PublishProperties;
import io.sluice.message.QoS;
import io.sluice.message.Stamps;
import io.sluice.message.TopicName;
import io.sluice.store.Keys;
import io.sluice.store.Request;
import io.sluice.store.SimulatedPartitions;
import io.sluice.store.SimulatedStore;
import io.sluice.store.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;

/** Sessions on a simulated store with one partition, and a clock moved by hand. */
abstract class SessionHouse {
  record Receive(InboxDelivery delivery) implements Request<Boolean> {}

  record Keep(Publication publication) implements Request<Boolean> {}

  SimulatedStore store = new SimulatedStore(1);
  SimulatedPartitions simulation;
  Sessions sessions;
  final List<Publication> published = new ArrayList<>();
  long now = 1_000_000;

  /** Bounds of the house; a test may have its own. */
  SessionLimits limits() {
    return SessionLimits.STANDARD;
  }

  @BeforeEach
  void start() {
    simulation = new SimulatedPartitions(store, now);
    var partitions = simulation.partitions();
    sessions =
        new Sessions(
            partitions,
            limits(),
            new Stamps(() -> now, 0),
            (turn, publication) -> published.add(publication));
    partitions.register(
        Receive.class,
        (turn, receive) -> {
          sessions.deliver(turn, receive.delivery());
          return true;
        });
    partitions.register(
        Keep.class,
        (turn, keep) -> {
          Publication publication = keep.publication();
          sessions.retained().apply(turn, publication, PublicationCodec.encode(publication));
          return true;
        });
    partitions.start();
    simulation.run();
    assertThat(sessions.loaded()).isCompleted();
  }

  void restart() {
    store = store.crash(new Random(1));
    start();
  }

  void pass(long millis) {
    now += millis;
    simulation.advance(millis);
    simulation.run();
  }

  <T> T done(CompletableFuture<T> future) {
    simulation.run();
    return future.join();
  }

  static final class Reader extends AwayOutlet {
    final List<InboxMessage> received = new ArrayList<>();
    final List<Long> released = new ArrayList<>();
    final List<Loan> loans = new ArrayList<>();
    final List<DirectMessage> direct = new ArrayList<>();
    ConnectionFacts facts;
    boolean evicted;
    CompletableFuture<?> settled = CompletableFuture.completedFuture(true);

    @Override
    public void deliver(Shipment shipment, QoS qos, boolean retain, int[] subscriptionIds) {
      throw new AssertionError("not through the inbox");
    }

    @Override
    public void deliverInbox(List<InboxMessage> messages) {
      received.addAll(messages);
    }

    @Override
    public void lend(Shipment shipment, QoS qos, boolean retain, int[] subscriptionIds, Loan loan) {
      loans.add(loan);
    }

    @Override
    public void releaseInbox(long[] sequences) {
      for (long sequence : sequences) {
        released.add(sequence);
      }
    }

    @Override
    public CompletableFuture<?> settle() {
      return settled;
    }

    @Override
    public boolean hasRoom() {
      return true;
    }

    @Override
    public void deliver(DirectMessage message) {
      direct.add(message);
    }

    @Override
    public CompletableFuture<Optional<ConnectionFacts>> facts() {
      return CompletableFuture.completedFuture(Optional.ofNullable(facts));
    }

    @Override
    public void takenOver() {
      evicted = true;
    }
  }

  Session open(String id, boolean clean, long expirySeconds, Outlet outlet) {
    return open(id, clean, expirySeconds, outlet, null, 0);
  }

  Session open(
      String id,
      boolean clean,
      long expirySeconds,
      Outlet outlet,
      Publication will,
      long delaySeconds) {
    return done(sessions.open(
            new Sessions.Arrival(id, clean, expirySeconds, 65_535, will, delaySeconds), outlet))
        .session();
  }

  Session subscribed(String id, long expirySeconds, Outlet outlet) {
    Session session = open(id, true, expirySeconds, outlet);
    done(
        sessions.subscribe(
            session,
            List.of(
                new Sessions.Wanted(
                    SubscribedFilter.of("a/#"), Subscription.Options.of(QoS.AT_LEAST_ONCE)))));
    return session;
  }

  static Publication publication(long stampMicros, Long expirySeconds) {
    PublishProperties properties =
        new PublishProperties(null, expirySeconds, null, null, null, List.of());
    return new Publication(
        TopicName.of("a/b"),
        new byte[] {1},
        QoS.AT_LEAST_ONCE,
        true,
        properties,
        Origin.GATEWAY,
        stampMicros);
  }

  void deliver(Publication publication, Session... to) {
    List<InboxDelivery.Reader> readers = new ArrayList<>();
    for (Session session : to) {
      readers.add(new InboxDelivery.Reader(session, QoS.AT_LEAST_ONCE, false, new int[0], ""));
    }
    done(
        simulation
            .partitions()
            .apply(
                0,
                new Receive(
                    new InboxDelivery(
                        new Shipment(publication),
                        PublicationCodec.encode(publication),
                        readers))));
  }

  int rows(String table) {
    return store
        .range(new Table(table), new byte[0], Keys.after(new byte[0]), Integer.MAX_VALUE)
        .size();
  }

  void assertNothingIsLeft() {
    for (Table table : Sessions.TABLES) {
      assertThat(rows(table.name())).as(table.name()).isZero();
    }
    assertThat(rows("timers")).isZero();
    assertThat(sessions.subscriptions().size()).isZero();
  }
}
