package io.sluice.queue;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.queue.QueueError.Code;
import io.sluice.store.StoreFailed;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

/** Receives that wait: what wakes them, how they end, and that they lose nothing. */
class LongPollTest {
  private final QueueHouse house = new QueueHouse().create("q");

  private CompletableFuture<List<ReceivedMessage>> poll(int max, int seconds) {
    CompletableFuture<List<ReceivedMessage>> poll =
        house.queues.receive("q", ReceiveMessage.waiting(max, seconds));
    house.partitions.run();
    return poll;
  }

  @Test
  void aSendWakesAPoll() {
    CompletableFuture<List<ReceivedMessage>> poll = poll(10, 20);
    house.advanceSeconds(2);
    assertThat(poll).isNotDone();
    house.send("q", "m");
    assertThat(house.get(poll)).extracting(ReceivedMessage::body).containsExactly("m");
  }

  @Test
  void aPollDoesNotWaitToBeFilled() {
    house.send("q", "m");
    assertThat(house.get(poll(10, 20))).hasSize(1);
  }

  @Test
  void aPollEndsEmptyWhenItsTimeIsOver() {
    CompletableFuture<List<ReceivedMessage>> poll = poll(10, 5);
    house.advanceSeconds(4.999);
    assertThat(poll).isNotDone();
    house.advanceSeconds(0.001);
    assertThat(house.get(poll)).isEmpty();
    house.send("q", "m");
    assertThat(house.bodies("q", 1)).containsExactly("m");
  }

  @Test
  void theQueuesWaitHoldsUnlessTheRequestSaysZero() {
    house.get(house.queues.setAttributes("q", Map.of("ReceiveMessageWaitTimeSeconds", "5")));
    CompletableFuture<List<ReceivedMessage>> poll =
        house.queues.receive("q", new ReceiveMessage(1, null, null, null));
    house.partitions.run();
    assertThat(poll).isNotDone();
    assertThat(house.receive("q", 1)).isEmpty();
    house.advanceSeconds(5);
    assertThat(house.get(poll)).isEmpty();
  }

  @Test
  void theEndOfADelayWakesAPoll() {
    house.send("q", SendMessage.of("late").withDelaySeconds(3));
    CompletableFuture<List<ReceivedMessage>> poll = poll(1, 20);
    house.advanceSeconds(3);
    assertThat(house.get(poll)).hasSize(1);
  }

  @Test
  void theEndOfAVisibilityTimeoutWakesAPoll() {
    house.send("q", "m");
    house.get(house.queues.receive("q", ReceiveMessage.now(1).withVisibilityTimeout(2)));
    CompletableFuture<List<ReceivedMessage>> poll = poll(1, 20);
    house.advanceSeconds(2);
    assertThat(house.get(poll)).hasSize(1);
  }

  @Test
  void visibilityZeroAndShorterVisibilityWakeAPoll() {
    house.send("q", "m");
    ReceivedMessage received = house.one("q");
    CompletableFuture<List<ReceivedMessage>> poll = poll(1, 20);
    house.changeVisibility("q", received, 1);
    house.partitions.run();
    assertThat(poll).isNotDone();
    house.advanceSeconds(1);
    ReceivedMessage again = house.get(poll).get(0);
    CompletableFuture<List<ReceivedMessage>> second = poll(1, 20);
    house.changeVisibility("q", again, 0);
    assertThat(house.get(second)).hasSize(1);
  }

  @Test
  void pollsAreServedInTheirOrderAndEachMessageOnce() {
    List<CompletableFuture<List<ReceivedMessage>>> polls = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      polls.add(poll(1, 20));
    }
    for (int i = 0; i < 150; i++) {
      house.send("q", "m" + i);
    }
    for (int i = 0; i < 150; i++) {
      assertThat(house.get(polls.get(i)))
          .extracting(ReceivedMessage::body)
          .containsExactly("m" + i);
    }
    assertThat(polls.get(150)).isNotDone();
    house.advanceSeconds(20);
    for (int i = 150; i < 200; i++) {
      assertThat(house.get(polls.get(i))).isEmpty();
    }
  }

  @Test
  void aCancelledPollEatsNoMessage() {
    CompletableFuture<List<ReceivedMessage>> poll = poll(1, 20);
    poll.cancel(false);
    house.partitions.run();
    house.send("q", "m");
    assertThat(house.one("q").attributes()).containsEntry("ApproximateReceiveCount", "1");
  }

  @Test
  void aPollCancelledWhileItsMessagesAreUnderWayGivesThemBackUncounted() {
    house.send("q", "m");
    house.store.manualSync();
    CompletableFuture<List<ReceivedMessage>> poll = poll(1, 20); // taken, not yet on disk
    poll.cancel(false);
    house.store.sync();
    house.partitions.run();
    house.store.sync();
    CompletableFuture<List<ReceivedMessage>> next = poll(1, 0);
    house.store.sync();
    assertThat(house.get(next))
        .singleElement()
        .satisfies(m -> assertThat(m.attributes()).containsEntry("ApproximateReceiveCount", "1"));
  }

  @Test
  void messagesLeaveOnlyWhenTheirReceiveIsOnDisk() {
    house.send("q", "m");
    house.store.manualSync();
    CompletableFuture<List<ReceivedMessage>> poll = poll(1, 0);
    assertThat(poll).isNotDone();
    house.store.sync();
    assertThat(house.get(poll)).hasSize(1);
  }

  @Test
  void aPollThatWaitsFailsWithTheDisk() {
    house.send("q", "m");
    house.get(house.queues.receive("q", ReceiveMessage.now(1).withVisibilityTimeout(2)));
    house.store.failWrites();
    CompletableFuture<List<ReceivedMessage>> poll = poll(1, 20);
    assertThat(poll).isCompletedExceptionally();
    try {
      poll.join();
    } catch (CompletionException failed) {
      assertThat(failed).hasCauseInstanceOf(StoreFailed.class);
    }
  }

  @Test
  void pollsFailWhenTheTurnThatServesThemDoes() {
    CompletableFuture<List<ReceivedMessage>> first = poll(1, 20);
    CompletableFuture<List<ReceivedMessage>> second = poll(1, 20);
    CompletableFuture<SentMessage> send = house.queues.send("q", SendMessage.of("m"));
    house.partitions.partitions().owner(0).execute(house.store::failWrites); // after the send
    house.partitions.run();
    assertThat(send).isCompleted();
    assertThat(first).isCompletedExceptionally();
    assertThat(second).isCompletedExceptionally();
  }

  @Test
  void theNumberOfPollsIsBounded() {
    QueueHouse small =
        new QueueHouse(new QueueLimits(100, 2, 100, 100, 10, 60_000, 60_000)).create("q");
    CompletableFuture<List<ReceivedMessage>> first =
        small.queues.receive("q", ReceiveMessage.waiting(1, 20));
    small.queues.receive("q", ReceiveMessage.waiting(1, 20));
    StandardQueueTest.assertRefused(
        Code.OVER_LIMIT, () -> small.get(small.queues.receive("q", ReceiveMessage.waiting(1, 20))));
    small.send("q", "m");
    assertThat(small.get(first)).hasSize(1);
  }

  @Test
  void deletingTheQueueEndsItsPolls() {
    CompletableFuture<List<ReceivedMessage>> poll = poll(1, 20);
    house.get(house.queues.delete("q"));
    StandardQueueTest.assertRefused(Code.QUEUE_DOES_NOT_EXIST, () -> house.get(poll));
  }

  @Test
  void whatCouldNotBeHandedOverCanBeGivenBack() {
    house.send("q", "m");
    List<ReceivedMessage> received = house.receive("q", 1);
    house.get(house.queues.giveBack("q", received));
    assertThat(house.counts("q")).containsExactly(1, 0, 0);
    assertThat(house.one("q").attributes()).containsEntry("ApproximateReceiveCount", "1");
  }
}
