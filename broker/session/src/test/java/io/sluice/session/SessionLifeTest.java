package io.sluice.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How long sessions and retained messages live, and that nothing is left of them after. */
class SessionLifeTest {
  private record Receive(InboxDelivery delivery) implements Request<Boolean> {}

  private record Keep(Publication publication) implements Request<Boolean> {}

  private SimulatedStore store = new SimulatedStore(1);
  private SimulatedPartitions simulation;
  private Sessions sessions;
  private final List<Publication> published = new ArrayList<>();
  private long now = 1_000_000;

  @BeforeEach
  void start() {
    simulation = new SimulatedPartitions(store, now);
    var partitions = simulation.partitions();
    sessions =
        new Sessions(
            partitions,
            SessionLimits.STANDARD,
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

  private void restart() {
    store = store.crash(new Random(1));
    start();
  }

  private void pass(long millis) {
    now += millis;
    simulation.advance(millis);
    simulation.run();
  }

  private <T> T done(CompletableFuture<T> future) {
    simulation.run();
    return future.join();
  }

  private static final class Reader implements Outlet {
    final List<InboxMessage> received = new ArrayList<>();
    final List<Long> released = new ArrayList<>();
    final List<Loan> loans = new ArrayList<>();
    boolean evicted;

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
    public boolean hasRoom() {
      return true;
    }

    @Override
    public void takenOver() {
      evicted = true;
    }
  }

  private Session open(String id, boolean clean, long expirySeconds, Outlet outlet) {
    return done(sessions.open(
            new Sessions.Arrival(id, clean, expirySeconds, 65_535, null, 0), outlet))
        .session();
  }

  private Session subscribed(String id, long expirySeconds, Outlet outlet) {
    Session session = open(id, true, expirySeconds, outlet);
    done(
        sessions.subscribe(
            session,
            List.of(
                new Sessions.Wanted(
                    SubscribedFilter.of("a/#"), Subscription.Options.of(QoS.AT_LEAST_ONCE)))));
    return session;
  }

  private static Publication publication(long stampMicros, Long expirySeconds) {
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

  private void deliver(Publication publication, Session... to) {
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

  private int rows(String table) {
    return store
        .range(new Table(table), new byte[0], Keys.after(new byte[0]), Integer.MAX_VALUE)
        .size();
  }

  private void assertNothingIsLeft() {
    for (Table table : Sessions.TABLES) {
      assertThat(rows(table.name())).as(table.name()).isZero();
    }
    assertThat(rows("timers")).isZero();
    assertThat(sessions.subscriptions().size()).isZero();
  }

  @Test
  void aSessionLivesAsLongAsItsExpiryAfterTheConnectionAndThenNothingIsLeft() {
    Reader reader = new Reader();
    Session session = subscribed("c", 10, reader);
    done(sessions.close(session, reader, 10, false));
    deliver(publication(now * 1000, null), session);

    pass(9_999);
    assertThat(sessions.subscriptions().size()).isEqualTo(1);
    pass(1);

    assertNothingIsLeft(); // [MQTT-4.1.0-2]
    assertThat(sessions.counters().sessionsExpired.sum()).isEqualTo(1);
  }

  @Test
  void aClientThatComesBackInTimeKeepsItsSessionAndItsTimerIsTakenBack() {
    Reader reader = new Reader();
    Session session = subscribed("c", 10, reader);
    for (int i = 0; i < 5; i++) {
      done(sessions.close(session, reader, 10, false));
      pass(5_000);
      assertThat(open("c", false, 10, reader)).isSameAs(session);
      assertThat(rows("timers")).isZero();
    }
    pass(100_000);

    assertThat(sessions.subscriptions().size()).isEqualTo(1);
  }

  @Test
  void expiryGoesOnOverARestartAndBeginsAtItForThoseThatWereOnline() {
    Reader reader = new Reader();
    done(sessions.close(subscribed("offline", 10, reader), reader, 10, false));
    subscribed("online", 10, reader);
    pass(6_000);
    restart();

    pass(4_000);
    assertThat(rows("sessions")).isEqualTo(1);
    pass(6_000);
    assertNothingIsLeft();
  }

  @Test
  void anExpiryOf0EndsTheSessionWithItsConnectionAndAnEarlierOnesRestIsNotEnded() {
    Reader first = new Reader();
    Session session = subscribed("c", 10, first);
    Reader second = new Reader();
    open("c", false, 10, second);

    assertThat(first.evicted).isTrue();
    assertThat(done(sessions.close(session, first, 0, false))).isFalse(); // taken over
    assertThat(done(sessions.close(session, second, 0, false))).isTrue();
    assertNothingIsLeft();
  }

  @Test
  void aSharedMessageGoesWithItsLastReader() {
    Reader reader = new Reader();
    Session one = subscribed("one", 100, reader);
    Session two = subscribed("two", 100, new Reader());
    deliver(publication(now * 1000, null), one, two);
    assertThat(rows("inbox-messages")).isEqualTo(1);

    sessions.resume(one, reader, 10);
    simulation.run();
    sessions.acknowledge(one, new long[] {reader.received.get(0).sequence()});
    simulation.run();
    assertThat(rows("inbox-messages")).isEqualTo(1);
    open("two", true, 100, new Reader()); // a clean start forgets the other's
    assertThat(rows("inbox-messages")).isZero();
    assertThat(rows("inbox")).isZero();
  }

  @Test
  void aSessionThatEndedWritesNothingForItsSuccessor() {
    Session before = subscribed("c", 10, new Reader());
    open("c", true, 10, new Reader());

    CompletableFuture<List<Sessions.Subscribed>> late =
        sessions.subscribe(
            before,
            List.of(
                new Sessions.Wanted(
                    SubscribedFilter.of("late"), Subscription.Options.of(QoS.AT_LEAST_ONCE))));
    simulation.run();

    assertThatThrownBy(late::join).hasMessageContaining("has ended");
    assertThat(rows("subscriptions")).isZero();
    assertThat(sessions.subscriptions().size()).isZero();
  }

  @Test
  void aLargeInboxIsForgottenOverManyTurnsAndARestartWhileANewOneFillsBehindIt() {
    Session old = subscribed("c", 1000, new Reader());
    for (int i = 0; i < 10_000; i++) {
      deliver(publication(now * 1000, null), old);
    }
    Reader reader = new Reader();
    open("c", true, 1000, reader);
    assertThat(rows("inbox")).isBetween(5_000, 6_000);
    restart();
    reader = new Reader();
    Session session = open("c", false, 1000, reader);
    deliver(publication(now * 1000, null), session);
    sessions.resume(session, reader, 10);
    for (int i = 0; i < 5; i++) {
      pass(10);
    }

    assertThat(reader.received).hasSize(1);
    assertThat(rows("inbox")).isEqualTo(1);
    sessions.acknowledge(session, new long[] {reader.received.get(0).sequence()});
    simulation.run();
    assertThat(rows("inbox")).isZero();
    assertThat(rows("timers")).isZero();
  }

  @Test
  void anExpiredMessageIsNotSentAndManyOfThemDoNotHoldUpTheOwner() {
    Reader reader = new Reader();
    Session session = subscribed("c", 1000, reader);
    for (int i = 0; i < 3_000; i++) {
      deliver(publication(now * 1000, 1L), session);
    }
    deliver(publication(now * 1000, 100L), session);
    pass(1_000);
    sessions.resume(session, reader, 10);
    simulation.run();

    assertThat(reader.received).hasSize(1); // [MQTT-3.3.2-5]
    assertThat(sessions.counters().inboxDroppedExpired.sum()).isEqualTo(3_000);
    assertThat(rows("inbox")).isEqualTo(1);
  }

  @Test
  void aRetainedMessageGoesWhenItExpiresUnlessAnotherTookItsPlace() {
    done(simulation.partitions().apply(0, new Keep(publication(now * 1000, 10L))));
    pass(5_000);
    done(simulation.partitions().apply(0, new Keep(publication(now * 1000, 10L))));
    pass(5_000);
    assertThat(sessions.retained().count()).isEqualTo(1);
    restart();
    pass(5_000);

    assertThat(sessions.retained().count()).isZero();
    assertNothingIsLeft();
  }
}
