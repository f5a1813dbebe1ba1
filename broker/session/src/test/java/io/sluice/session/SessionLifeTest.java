package io.sluice.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.message.Publication;
import io.sluice.message.PublicationCodec;
import io.sluice.message.QoS;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** How long sessions and retained messages live, and that nothing is left of them after. */
class SessionLifeTest extends SessionHouse {

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
  void connectsCountInTheOrderTheyCameAndNotInTheOrderTheySettled() {
    Reader first = new Reader();
    first.settled = new CompletableFuture<>();
    Session session = open("c", false, 100, first);
    CompletableFuture<Sessions.Opened> slow = opening("c", true, 0, new Reader());
    simulation.run(); // waits for the first connection to settle
    done(sessions.close(session, first, 100, false));
    Reader second = new Reader();
    assertThat(open("c", false, 100, second)).isSameAs(session);

    first.settled.complete(null);
    simulation.run();

    assertThat(slow).isCompletedExceptionally();
    assertThat(second.evicted).isFalse();
    assertThat(open("c", false, 100, new Reader())).isSameAs(session);
    assertThat(second.evicted).isTrue();
  }

  @Test
  void theLastOfSeveralConnectsHasTheSession() {
    Reader first = new Reader();
    first.settled = new CompletableFuture<>();
    Session session = open("c", false, 100, first);
    Reader[] attempts = {new Reader(), new Reader(), new Reader()};
    List<CompletableFuture<Sessions.Opened>> opened = new ArrayList<>();
    for (Reader attempt : attempts) {
      opened.add(opening("c", false, 100, attempt));
    }
    simulation.run();
    first.settled.complete(null);
    simulation.run();

    assertThat(first.evicted).isTrue();
    for (int i = 0; i < 2; i++) {
      assertThat(attempts[i].evicted || opened.get(i).isCompletedExceptionally())
          .as("attempt %d is taken over or overtaken", i)
          .isTrue();
    }
    assertThat(opened.get(2)).isCompleted();
    assertThat(session.outlet()).isSameAs(attempts[2]);
  }

  private CompletableFuture<Sessions.Opened> opening(
      String id, boolean clean, long expirySeconds, Outlet outlet) {
    return sessions.open(new Sessions.Arrival(id, clean, expirySeconds, 65_535, null, 0), outlet);
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

  /** Else a crash could give its packet identifier to another message [MQTT-4.3.3-10]. */
  @Test
  void aMessageOfQos2LeavesWhenItsPlaceIsOnDisk() {
    store.manualSync();
    Reader reader = new Reader();
    var opened = sessions.open(new Sessions.Arrival("c", true, 100, 100, null, 0), reader);
    simulation.run();
    store.sync();
    Session session = opened.join().session();
    sessions.resume(session, reader, 10);
    simulation.run();
    for (QoS qos : List.of(QoS.AT_LEAST_ONCE, QoS.EXACTLY_ONCE)) {
      Publication publication = publication(1, null);
      var readers = List.of(new InboxDelivery.Reader(session, qos, false, new int[0], ""));
      byte[] encoded = PublicationCodec.encode(publication);
      simulation
          .partitions()
          .apply(0, new Receive(new InboxDelivery(new Shipment(publication), encoded, readers)));
    }
    simulation.run();
    assertThat(reader.received).extracting(InboxMessage::qos).containsExactly(QoS.AT_LEAST_ONCE);
    store.sync();
    assertThat(reader.received)
        .extracting(InboxMessage::qos)
        .containsExactly(QoS.AT_LEAST_ONCE, QoS.EXACTLY_ONCE);
  }

  @Test
  void aMessageOfQos0LeavesWhenItIsOnDiskThatItIsGone() { // or it came twice after a crash
    Reader reader = new Reader();
    Session session = open("c", true, 100, reader);
    done(sessions.close(session, reader, 100, false));
    deliver(QoS.AT_MOST_ONCE, session);
    deliver(QoS.AT_LEAST_ONCE, session);
    open("c", false, 100, reader);

    store.manualSync();
    sessions.resume(session, reader, 10);
    simulation.run();
    assertThat(reader.received).extracting(InboxMessage::qos).containsExactly(QoS.AT_LEAST_ONCE);
    assertThat(rows("inbox")).isEqualTo(1);
    store.sync();
    assertThat(reader.received).hasSize(2);

    sessions.acknowledge(
        session, reader.received.stream().mapToLong(InboxMessage::sequence).toArray());
    sessions.close(session, reader, 0, false);
    simulation.run();
    store.sync();
    assertNothingIsLeft();
    var census = sessions.census();
    simulation.run();
    store.sync();
    assertThat(census.join().inboxMessages()).isZero();
  }

  private void deliver(QoS qos, Session session) {
    Publication publication = publication(1, null);
    byte[] encoded = PublicationCodec.encode(publication);
    var readers = List.of(new InboxDelivery.Reader(session, qos, false, new int[0], ""));
    simulation
        .partitions()
        .apply(0, new Receive(new InboxDelivery(new Shipment(publication), encoded, readers)));
    simulation.run();
  }
}
