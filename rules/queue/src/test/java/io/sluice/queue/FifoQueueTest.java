package io.sluice.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.queue.QueueError.Code;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Order within a group, locks, and deduplication. */
class FifoQueueTest {
  private static final String Q = "q.fifo";
  private final QueueHouse house = new QueueHouse().create(Q, "FifoQueue", "true");

  private void send(String... groupsAndBodies) {
    for (String each : groupsAndBodies) {
      house.sendFifo(Q, each.substring(0, each.indexOf('-')), each);
    }
  }

  @Test
  void oneReceiveFillsFromOneGroupInOrderAndThenGoesOn() {
    send("g1-m1", "g2-m1", "g1-m2");
    assertThat(house.bodies(Q, 2)).containsExactly("g1-m1", "g1-m2");
    assertThat(house.bodies(Q, 10)).containsExactly("g2-m1");
  }

  @Test
  void aGroupIsLockedUntilAllItsMessagesInFlightAreDeletedOrVisible() {
    send("g1-m1", "g1-m2", "g1-m3");
    List<ReceivedMessage> first = house.receive(Q, 2);
    assertThat(house.receive(Q, 10)).isEmpty();
    house.delete(Q, first.get(0));
    assertThat(house.receive(Q, 10)).isEmpty();
    house.delete(Q, first.get(1));
    assertThat(house.bodies(Q, 10)).containsExactly("g1-m3");
  }

  @Test
  void aMessageMadeVisibleComesBackThoughItsFollowerIsInFlight() {
    send("g1-m1", "g1-m2", "g1-m3");
    List<ReceivedMessage> first = house.receive(Q, 2);
    house.changeVisibility(Q, first.get(0), 0);
    assertThat(house.bodies(Q, 10)).containsExactly("g1-m1");
    house.changeVisibility(Q, first.get(1), 0);
    assertThat(house.bodies(Q, 10)).as("m1 before it is in flight again").isEmpty();
  }

  @Test
  void aGroupWhoseLockEndedGoesBehindTheOthers() {
    send("g1-m1", "g1-m2", "g2-m1", "g3-m1");
    ReceivedMessage first = house.one(Q);
    house.one(Q); // g2
    house.delete(Q, first);
    assertThat(house.bodies(Q, 1)).containsExactly("g3-m1");
    assertThat(house.bodies(Q, 1)).containsExactly("g1-m2");
  }

  @Test
  void aTimedOutMessageComesAgainBeforeItsFollowers() {
    send("g1-m1", "g1-m2");
    house.one(Q);
    house.advanceSeconds(30);
    assertThat(house.bodies(Q, 10)).containsExactly("g1-m1", "g1-m2");
  }

  @Test
  void sequenceNumbersRiseAlsoAcrossAPurge() {
    SentMessage first = house.sendFifo(Q, "g", "a");
    SentMessage second = house.sendFifo(Q, "g", "b");
    house.get(house.queues.purge(Q));
    SentMessage third = house.sendFifo(Q, "g", "a"); // the purge cleared the deduplication too
    assertThat(first.sequenceNumber()).hasSize(20).isLessThan(second.sequenceNumber());
    assertThat(second.sequenceNumber()).isLessThan(third.sequenceNumber());
    assertThat(house.one(Q).attributes())
        .containsEntry("SequenceNumber", third.sequenceNumber())
        .containsEntry("MessageDeduplicationId", "a")
        .containsEntry("MessageGroupId", "g");
  }

  @Test
  void aDuplicateWithinFiveMinutesIsAnsweredWithTheFirstAndAddsNothing() {
    SentMessage first = house.sendFifo(Q, "g1", "m");
    house.delete(Q, house.one(Q));
    house.advanceSeconds(299.999);
    SentMessage again =
        house.send(Q, SendMessage.of("another body").withGroup("g2", "m")); // the whole queue
    assertThat(again.messageId()).isEqualTo(first.messageId());
    assertThat(again.sequenceNumber()).isEqualTo(first.sequenceNumber());
    assertThat(house.counts(Q)).containsExactly(0, 0, 0);
    house.advanceSeconds(0.001);
    assertThat(house.sendFifo(Q, "g1", "m").messageId()).isNotEqualTo(first.messageId());
    assertThat(house.counts(Q)).containsExactly(1, 0, 0);
  }

  @Test
  void deduplicationOutlivesARestartAndIsForgottenInTheEnd() {
    house.sendFifo(Q, "g", "m");
    house.restart();
    house.sendFifo(Q, "g", "m");
    assertThat(house.counts(Q)).containsExactly(1, 0, 0);
    house.delete(Q, house.one(Q));
    house.advanceSeconds(301);
    house.advanceSeconds(345_600);
    house.advanceSeconds(1);
    house.sendFifo(Q, "g", "n");
    assertThat(house.store.range(QueueTables.DEDUPLICATION, new byte[0], new byte[] {-1}, 10))
        .hasSize(1);
  }

  @Test
  void deduplicationMayBePerGroup() {
    house.create("h.fifo", "FifoQueue", "true", "DeduplicationScope", "messageGroup");
    house.sendFifo("h.fifo", "g1", "m");
    house.sendFifo("h.fifo", "g2", "m");
    house.sendFifo("h.fifo", "g1", "m");
    assertThat(house.counts("h.fifo")).containsExactly(2, 0, 0);
  }

  @Test
  void contentBasedDeduplicationTakesTheBodyAloneAndAnExplicitIdWins() {
    house.create("c.fifo", "FifoQueue", "true", "ContentBasedDeduplication", "true");
    SendMessage body = SendMessage.of("body").withGroup("g", null);
    SentMessage first = house.send("c.fifo", body);
    SentMessage same =
        house.send("c.fifo", body.withAttributes(Map.of("a", MessageAttribute.string("b"))));
    assertThat(same.messageId()).isEqualTo(first.messageId());
    String hash = Deduplication.ofBody("body".getBytes(java.nio.charset.StandardCharsets.UTF_8));
    assertThat(house.send("c.fifo", SendMessage.of("x").withGroup("g", hash)).messageId())
        .isEqualTo(first.messageId());
    house.send("c.fifo", body.withGroup("g", "other"));
    assertThat(house.counts("c.fifo")).containsExactly(2, 0, 0);
  }

  @Test
  void aSendWithoutGroupOrDeduplicationIdIsRefusedAlsoAWholeBatch() {
    assertThatThrownBy(() -> house.send(Q, "m"))
        .hasMessage("The request must contain the parameter MessageGroupId.");
    StandardQueueTest.assertRefused(Code.MISSING_PARAMETER, () -> house.send(Q, "m"));
    StandardQueueTest.assertRefused(
        Code.INVALID_PARAMETER_VALUE,
        () -> house.send(Q, SendMessage.of("m").withGroup("g", null)));
    StandardQueueTest.assertRefused(
        Code.INVALID_PARAMETER_VALUE,
        () ->
            house.get(
                house.queues.sendBatch(
                    Q,
                    List.of(
                        new BatchEntry<>("a", SendMessage.of("m").withGroup("g", "1")),
                        new BatchEntry<>("b", SendMessage.of("m"))))));
    assertThat(house.counts(Q)).containsExactly(0, 0, 0);
  }

  @Test
  void onlyTheQueueMayDelay() {
    StandardQueueTest.assertRefused(
        Code.INVALID_PARAMETER_VALUE,
        () -> house.send(Q, SendMessage.of("m").withGroup("g", "1").withDelaySeconds(5)));
    house.create("d.fifo", "FifoQueue", "true", "DelaySeconds", "2");
    house.send("d.fifo", SendMessage.of("a").withGroup("g", "1").withDelaySeconds(0));
    house.advanceSeconds(1);
    house.sendFifo("d.fifo", "g", "b");
    assertThat(house.counts("d.fifo")).containsExactly(0, 0, 2);
    assertThat(house.receive("d.fifo", 10)).isEmpty();
    CompletableFuture<List<ReceivedMessage>> poll =
        house.queues.receive("d.fifo", ReceiveMessage.waiting(10, 20));
    house.partitions.run();
    house.advanceSeconds(1);
    assertThat(house.get(poll)).extracting(ReceivedMessage::body).containsExactly("a");
    assertThat(house.counts("d.fifo")).containsExactly(0, 1, 1);
  }

  @Test
  void anExpiredHandleNeitherDeletesNorChanges() {
    send("g-m");
    ReceivedMessage received = house.one(Q);
    house.advanceSeconds(20);
    house.changeVisibility(Q, received, 30);
    house.advanceSeconds(29);
    house.changeVisibility(Q, received, 5);
    house.advanceSeconds(5);
    assertThatThrownBy(() -> house.delete(Q, received))
        .hasMessageEndingWith("Reason: The receipt handle has expired.");
    StandardQueueTest.assertRefused(
        Code.INVALID_PARAMETER_VALUE, () -> house.changeVisibility(Q, received, 5));
    house.delete(Q, house.one(Q));
    house.delete(Q, received); // nothing left: a success
  }

  @Test
  void deletingUnlocksTheGroupForAWaitingPoll() {
    send("g-m1", "g-m2");
    ReceivedMessage first = house.one(Q);
    CompletableFuture<List<ReceivedMessage>> poll =
        house.queues.receive(Q, ReceiveMessage.waiting(1, 20));
    house.partitions.run();
    assertThat(poll).isNotDone();
    house.delete(Q, first);
    assertThat(house.get(poll)).extracting(ReceivedMessage::body).containsExactly("g-m2");
  }

  @Test
  void orderLocksAndWindowOutliveARestart() {
    send("g1-m1", "g1-m2", "g2-m1", "g2-m2");
    house.receive(Q, 1);
    house.restart();
    assertThat(house.counts(Q)).containsExactly(3, 1, 0);
    assertThat(house.bodies(Q, 10)).containsExactly("g2-m1", "g2-m2");
    house.advanceSeconds(30);
    List<String> all = new ArrayList<>(house.bodies(Q, 10));
    assertThat(all).containsSubsequence("g1-m1", "g1-m2").containsSubsequence("g2-m1", "g2-m2");
  }

  @Test
  void messagesBehindTheWindowWaitAndComeInOrder() {
    QueueHouse small =
        new QueueHouse(new QueueLimits(100, 10, 100, 3, 10, 60_000, 60_000))
            .create(Q, "FifoQueue", "true");
    for (String each : List.of("a1", "a2", "a3", "b1", "b2")) {
      small.sendFifo(Q, each.substring(0, 1), each);
    }
    ReceivedMessage a1 = small.one(Q);
    assertThat(small.receive(Q, 10)).as("the window holds only group a").isEmpty();
    assertThat(small.counts(Q)).containsExactly(4, 1, 0);
    small.delete(Q, a1);
    assertThat(small.bodies(Q, 10)).startsWith("a2", "a3");
  }

  @Test
  void expiryUnblocksAGroup() {
    house.create("s.fifo", "FifoQueue", "true", "MessageRetentionPeriod", "60");
    house.sendFifo("s.fifo", "g", "old");
    house.get(house.queues.receive("s.fifo", ReceiveMessage.now(1).withVisibilityTimeout(600)));
    house.advanceSeconds(30);
    house.sendFifo("s.fifo", "g", "new");
    assertThat(house.receive("s.fifo", 1)).isEmpty();
    house.advanceSeconds(31);
    assertThat(house.bodies("s.fifo", 1)).containsExactly("new");
  }

  private List<ReceivedMessage> attempt(String id) {
    return house.get(house.queues.receive(Q, new ReceiveMessage(2, null, 0, id)));
  }

  @Test
  void anAttemptRepeatedGetsTheSameMessagesAndHandlesAndNewTime() {
    send("g1-m1", "g1-m2", "g1-m3", "g2-m1");
    List<ReceivedMessage> first = attempt("a");
    house.advanceSeconds(20);
    assertThat(attempt("a")).isEqualTo(first);
    house.advanceSeconds(20);
    house.delete(Q, first.get(0)); // its visibility began anew
    assertThat(attempt("a"))
        .as("changed: a new receive")
        .extracting(ReceivedMessage::body)
        .containsExactly("g2-m1");
    house.advanceSeconds(300);
    assertThat(attempt("a")).as("too old").hasSize(2);
  }

  @Test
  void aPollFindsAFreeGroupFarBehindALockedOne() {
    for (int i = 0; i < 5_000; i++) {
      house.sendFifo(Q, "locked", "m" + i);
    }
    house.sendFifo(Q, "free", "far");
    house.one(Q);
    CompletableFuture<List<ReceivedMessage>> poll =
        house.queues.receive(Q, ReceiveMessage.waiting(1, 20));
    assertThat(house.get(poll)).extracting(ReceivedMessage::body).containsExactly("far");
  }
}
