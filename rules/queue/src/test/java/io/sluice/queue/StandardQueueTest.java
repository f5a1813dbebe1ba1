package io.sluice.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.queue.QueueError.Code;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** The life of a message in a standard queue; docs/conformance/queues.md refers here. */
class StandardQueueTest {
  private final QueueHouse house = new QueueHouse().create("q");

  static void assertRefused(Code code, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            QueueError.class, error -> assertThat(error.code()).isEqualTo(code));
  }

  @Test
  void aMessageIsReceivedAsItWasSent() {
    SendMessage message =
        new SendMessage(
            "héllo",
            null,
            Map.of(
                "Foo", MessageAttribute.string("Bar"),
                "n", MessageAttribute.number("1"),
                "b", MessageAttribute.binary(new byte[] {1, 2})),
            "Root=1-2",
            "tenant",
            null,
            "AKID");
    SentMessage sent = house.send("q", message);
    ReceivedMessage received = house.one("q");
    assertThat(received.body()).isEqualTo("héllo");
    assertThat(received.messageId()).isEqualTo(sent.messageId());
    assertThat(received.md5OfBody())
        .isEqualTo(sent.md5OfMessageBody())
        .isEqualTo(MessageDigests.ofBody("héllo"));
    assertThat(received.messageAttributes()).isEqualTo(message.messageAttributes());
    assertThat(received.attributes())
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                "SenderId", "AKID",
                "SentTimestamp", Long.toString(QueueHouse.START),
                "ApproximateReceiveCount", "1",
                "ApproximateFirstReceiveTimestamp", Long.toString(QueueHouse.START),
                "AWSTraceHeader", "Root=1-2",
                "MessageGroupId", "tenant"));
    assertThat(sent.sequenceNumber()).isNull();
  }

  @Test
  void aReceivedMessageIsInvisibleUntilItsTimeoutAndThenComesWithANewHandle() {
    house.send("q", "m");
    ReceivedMessage first = house.one("q");
    assertThat(house.counts("q")).containsExactly(0, 1, 0);
    house.advanceSeconds(29.999);
    assertThat(house.receive("q", 10)).isEmpty();
    house.advanceSeconds(0.001);
    assertThat(house.counts("q")).containsExactly(1, 0, 0);
    ReceivedMessage second = house.one("q");
    assertThat(second.messageId()).isEqualTo(first.messageId());
    assertThat(second.receiptHandle()).isNotEqualTo(first.receiptHandle());
    assertThat(second.attributes())
        .containsEntry("ApproximateReceiveCount", "2")
        .containsEntry("ApproximateFirstReceiveTimestamp", Long.toString(QueueHouse.START));
  }

  @Test
  void theRequestsVisibilityTimeoutOverridesTheQueues() {
    house.send("q", "m");
    house.get(house.queues.receive("q", ReceiveMessage.now(1).withVisibilityTimeout(2)));
    house.advanceSeconds(2);
    assertThat(house.bodies("q", 1)).containsExactly("m");
  }

  @Test
  void aReceiveWithVisibilityZeroAnswersEachMessageOnceAndTheNextOneFindsThemAgain() {
    house.send("q", "a");
    house.send("q", "b");
    ReceiveMessage peek = ReceiveMessage.now(10).withVisibilityTimeout(0);
    assertThat(house.get(house.queues.receive("q", peek)))
        .map(ReceivedMessage::body)
        .containsExactlyInAnyOrder("a", "b");
    house.advanceSeconds(0.001);
    assertThat(house.get(house.queues.receive("q", peek)))
        .map(ReceivedMessage::body)
        .containsExactlyInAnyOrder("a", "b");
  }

  @Test
  void aDeletedMessageIsGoneAndDeletingAgainSucceeds() {
    house.send("q", "m");
    ReceivedMessage received = house.one("q");
    house.delete("q", received);
    house.delete("q", received);
    house.advanceSeconds(60);
    assertThat(house.receive("q", 1)).isEmpty();
    assertThat(house.counts("q")).containsExactly(0, 0, 0);
  }

  @Test
  void anOldHandleStillDeletesUnlessTheMessageWasReceivedSince() {
    house.send("q", "m");
    ReceivedMessage first = house.one("q");
    house.advanceSeconds(31);
    ReceivedMessage second = house.one("q");
    house.delete("q", first); // a success without effect
    assertThat(house.counts("q")).containsExactly(0, 1, 0);
    house.advanceSeconds(31);
    house.delete("q", second);
    assertThat(house.counts("q")).containsExactly(0, 0, 0);
  }

  @Test
  void aStrangeHandleIsRefused() {
    house.send("q", "m");
    String handle = house.one("q").receiptHandle();
    String mistyped = (handle.charAt(4) == 'A' ? "B" : "A") + handle.substring(1);
    for (String garbage : List.of("garbage", "", mistyped, handle + "AAAA")) {
      assertRefused(
          Code.RECEIPT_HANDLE_IS_INVALID,
          () -> house.get(house.queues.deleteMessage("q", garbage)));
    }
    assertThatThrownBy(() -> house.get(house.queues.deleteMessage("q", "garbage")))
        .hasMessage("The input receipt handle \"garbage\" is not a valid receipt handle.");
  }

  @Test
  void aHandleOfAnotherQueueDeletesNothingHere() {
    house.create("other");
    house.send("q", "m");
    house.send("other", "m");
    house.one("other");
    house.delete("other", house.one("q"));
    assertThat(house.counts("other")).containsExactly(0, 1, 0);
    assertThat(house.counts("q")).containsExactly(0, 1, 0);
  }

  @Test
  void visibilityZeroMakesAMessageVisibleAtOnce() {
    house.send("q", "m");
    house.changeVisibility("q", house.one("q"), 0);
    assertThat(house.counts("q")).containsExactly(1, 0, 0);
    assertThat(house.one("q").attributes()).containsEntry("ApproximateReceiveCount", "2");
  }

  @Test
  void changedVisibilityCountsFromTheCallAndIsForgottenByTheNextReceive() {
    house.send("q", "m");
    ReceivedMessage first = house.one("q");
    house.advanceSeconds(20);
    house.changeVisibility("q", first, 100);
    house.advanceSeconds(99);
    assertThat(house.receive("q", 1)).isEmpty();
    house.advanceSeconds(1);
    house.one("q");
    house.advanceSeconds(30);
    assertThat(house.receive("q", 1)).hasSize(1);
  }

  @Test
  void visibilityMayNotPassTwelveHoursFromTheReceive() {
    house.send("q", "m");
    ReceivedMessage received = house.one("q");
    house.changeVisibility("q", received, 43_200);
    house.advanceSeconds(10);
    house.changeVisibility("q", received, 43_190);
    assertRefused(
        Code.INVALID_PARAMETER_VALUE, () -> house.changeVisibility("q", received, 43_191));
    assertRefused(
        Code.INVALID_PARAMETER_VALUE, () -> house.changeVisibility("q", received, 43_201));
    assertRefused(Code.INVALID_PARAMETER_VALUE, () -> house.changeVisibility("q", received, -1));
  }

  @Test
  void anExpiredHandleMayStillChangeVisibilityButADeletedMessageMayNot() {
    house.send("q", "m");
    ReceivedMessage received = house.one("q");
    house.advanceSeconds(31);
    house.changeVisibility("q", received, 10);
    assertThat(house.receive("q", 1)).isEmpty();
    house.delete("q", received);
    assertThatThrownBy(() -> house.changeVisibility("q", received, 10))
        .hasMessageContaining(
            "Message does not exist or is not available for visibility timeout change.");
  }

  @Test
  void aDelayedMessageIsCountedAsDelayedUntilItIsDue() {
    house.send("q", SendMessage.of("late").withDelaySeconds(5));
    house.send("q", "soon");
    assertThat(house.counts("q")).containsExactly(1, 0, 1);
    assertThat(house.bodies("q", 10)).containsExactly("soon");
    house.advanceSeconds(4.999);
    assertThat(house.receive("q", 10)).isEmpty();
    house.advanceSeconds(0.001);
    assertThat(house.counts("q")).containsExactly(1, 1, 0);
    assertThat(house.bodies("q", 10)).containsExactly("late");
  }

  @Test
  void theQueuesDelayHoldsUnlessTheMessageHasItsOwn() {
    house.create("slow", "DelaySeconds", "3");
    house.send("slow", "default");
    house.send("slow", SendMessage.of("now").withDelaySeconds(0));
    assertThat(house.bodies("slow", 10)).containsExactly("now");
    house.advanceSeconds(3);
    assertThat(house.bodies("slow", 10)).containsExactly("default");
  }

  @Test
  void manyDelayedMessagesDoNotHideOneThatIsNot() {
    for (int i = 0; i < 600; i++) {
      house.send("q", SendMessage.of("late" + i).withDelaySeconds(60));
    }
    house.send("q", "soon");
    assertThat(house.bodies("q", 10)).containsExactly("soon");
    house.advanceSeconds(60);
    assertThat(house.counts("q")).containsExactly(601, 0, 0);
  }

  @Test
  void whatBecameVisibleFirstIsReceivedFirstSoThatAFailingMessageDoesNotHoldUpTheOthers() {
    house.send("q", "poison");
    house.advanceSeconds(1);
    house.send("q", "good1");
    ReceivedMessage poison = house.one("q");
    house.advanceSeconds(1);
    house.changeVisibility("q", poison, 0);
    house.advanceSeconds(1);
    house.send("q", "good2");
    assertThat(house.bodies("q", 10)).containsExactly("good1", "poison", "good2");
  }

  @Test
  void expiredMessagesVanishAlsoInFlightAndDeletingThemSucceeds() {
    house.create("short", "MessageRetentionPeriod", "60");
    house.send("short", "inflight");
    ReceivedMessage received =
        house
            .get(house.queues.receive("short", ReceiveMessage.now(1).withVisibilityTimeout(600)))
            .get(0);
    house.send("short", "waiting");
    house.send("short", SendMessage.of("delayed").withDelaySeconds(100));
    assertThat(house.counts("short")).containsExactly(1, 1, 1);
    house.advanceSeconds(59.999);
    assertThat(house.counts("short")).containsExactly(1, 1, 1);
    house.advanceSeconds(0.001);
    assertThat(house.counts("short")).containsExactly(0, 0, 0);
    house.delete("short", received);
    assertThat(house.queues.counters().expired()).isEqualTo(3);
  }

  @Test
  void retentionIsSweptWithoutAnybodyAsking() {
    house.create("short", "MessageRetentionPeriod", "60");
    for (int i = 0; i < 2500; i++) {
      house.send("short", "m" + i);
    }
    house.advanceSeconds(61);
    for (int i = 0; i < 5; i++) {
      house.advanceSeconds(1);
    }
    assertThat(house.queues.counters().expired()).isEqualTo(2500);
  }

  @Test
  void aShorterRetentionHoldsForWhatIsThere() {
    house.send("q", "m");
    house.advanceSeconds(100);
    house.get(house.queues.setAttributes("q", Map.of("MessageRetentionPeriod", "60")));
    assertThat(house.receive("q", 1)).isEmpty();
  }

  @Test
  void aPurgeTakesEverythingAndMayNotComeTwiceAMinute() {
    house.send("q", "m");
    ReceivedMessage received = house.one("q");
    house.send("q", "n");
    house.send("q", SendMessage.of("d").withDelaySeconds(10));
    house.get(house.queues.purge("q"));
    assertThat(house.counts("q")).containsExactly(0, 0, 0);
    house.advanceSeconds(31);
    assertThat(house.receive("q", 10)).isEmpty();
    house.delete("q", received);
    assertThatThrownBy(() -> house.get(house.queues.purge("q")))
        .hasMessage("Only one PurgeQueue operation on q is allowed every 60 seconds.");
    house.send("q", "after");
    assertThat(house.bodies("q", 10)).containsExactly("after");
    house.advanceSeconds(30);
    house.get(house.queues.purge("q"));
  }

  @Test
  void rowsOfAPurgedQueueGoAway() {
    for (int i = 0; i < 1500; i++) {
      house.send("q", "m");
    }
    int rows = messageRows();
    house.get(house.queues.purge("q"));
    for (int i = 0; i < 12; i++) {
      house.advanceSeconds(0.001);
    }
    assertThat(rows).isEqualTo(1500);
    assertThat(messageRows()).isZero();
  }

  private int messageRows() {
    return house.store.range(QueueTables.MESSAGES, new byte[0], new byte[] {-1}, 10_000).size();
  }

  @Test
  void aBatchAnswersEachEntryByItself() {
    List<BatchEntry<SendMessage>> entries = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      entries.add(new BatchEntry<>("e" + i, SendMessage.of(i == 4 ? "\u0001" : "m" + i)));
    }
    BatchResult<SentMessage> result = house.get(house.queues.sendBatch("q", entries));
    assertThat(result.successful()).hasSize(9);
    assertThat(result.failed())
        .singleElement()
        .satisfies(
            failed -> {
              assertThat(failed.id()).isEqualTo("e4");
              assertThat(failed.error().code()).isEqualTo(Code.INVALID_MESSAGE_CONTENTS);
            });
    List<ReceivedMessage> received = house.receive("q", 10);
    assertThat(received).hasSize(9);
    List<BatchEntry<String>> deletes = new ArrayList<>();
    received.forEach(m -> deletes.add(new BatchEntry<>("d" + deletes.size(), m.receiptHandle())));
    deletes.set(0, new BatchEntry<>("bad", "garbage"));
    BatchResult<Boolean> deleted = house.get(house.queues.deleteMessageBatch("q", deletes));
    assertThat(deleted.successful()).hasSize(8);
    assertThat(deleted.failed().get(0).error().code()).isEqualTo(Code.RECEIPT_HANDLE_IS_INVALID);
    assertThat(house.counts("q")).containsExactly(0, 1, 0);
    BatchResult<Boolean> changed =
        house.get(
            house.queues.changeVisibilityBatch(
                "q",
                List.of(
                    new BatchEntry<>("a", new ChangeVisibility(received.get(0).receiptHandle(), 0)),
                    new BatchEntry<>("b", new ChangeVisibility(received.get(1).receiptHandle(), 0)),
                    new BatchEntry<>(
                        "c", new ChangeVisibility(received.get(0).receiptHandle(), 50_000)))));
    assertThat(changed.successful()).extracting(BatchResult.Success::id).containsExactly("a");
    assertThat(changed.failed()).extracting(BatchResult.Failure::id).containsExactly("b", "c");
    assertThat(house.counts("q")).containsExactly(1, 0, 0);
  }

  record FromARule(String queue, SendMessage message, UUID id)
      implements io.sluice.store.Request<SendOutcome> {}

  @Test
  void aTurnOfAnotherRoomMaySendAndLearnsOfARefusal() {
    house
        .partitions
        .partitions()
        .register(
            FromARule.class,
            (turn, rule) -> house.queues.send(turn, rule.queue(), rule.message(), rule.id()));
    UUID id = UUID.nameUUIDFromBytes(new byte[] {1});
    SendMessage message = SendMessage.of("from a rule");
    CompletableFuture<List<ReceivedMessage>> waiting =
        house.queues.receive("q", ReceiveMessage.waiting(1, 20));
    house.partitions.run();
    assertThat(house.partitions.ask("q", new FromARule("q", message, id)).isAccepted()).isTrue();
    assertThat(house.get(waiting))
        .singleElement()
        .satisfies(received -> assertThat(received.messageId()).isEqualTo(id.toString()));
    SendOutcome missing = house.partitions.ask("none", new FromARule("none", message, id));
    assertThat(missing.refused()).extracting(QueueError::code).isEqualTo(Code.QUEUE_DOES_NOT_EXIST);
    SendOutcome empty = house.partitions.ask("q", new FromARule("q", SendMessage.of(""), id));
    assertThat(empty.refused()).extracting(QueueError::code).isEqualTo(Code.MISSING_PARAMETER);
  }

  @Test
  void inFlightMessagesAreBounded() {
    QueueHouse small =
        new QueueHouse(new QueueLimits(2, 10, 100, 100, 10, 60_000, 60_000)).create("q");
    for (int i = 0; i < 5; i++) {
      small.send("q", "m" + i);
    }
    small.one("q");
    small.one("q");
    assertRefused(Code.OVER_LIMIT, () -> small.receive("q", 1));
    CompletableFuture<List<ReceivedMessage>> waiting =
        small.queues.receive("q", ReceiveMessage.waiting(1, 1));
    small.partitions.run();
    assertThat(waiting).isNotDone();
    small.advanceSeconds(1);
    assertThat(small.get(waiting)).isEmpty();
  }

  @Test
  void pastTheBoundOfEntriesReturnedMessagesGoFirstAndDelayedSendsAreRefused() {
    QueueHouse small =
        new QueueHouse(new QueueLimits(100, 10, 3, 100, 10, 60_000, 60_000)).create("q");
    for (int i = 0; i < 6; i++) {
      small.send("q", "m" + i);
    }
    small.bodies("q", 3);
    small.advanceSeconds(31);
    assertThat(small.bodies("q", 3)).containsExactly("m0", "m1", "m2");
    assertRefused(Code.OVER_LIMIT, () -> small.send("q", SendMessage.of("d").withDelaySeconds(1)));
    small.send("q", "not delayed");
  }

  @Test
  void everythingOutlivesARestart() {
    house.create("slow", "DelaySeconds", "10");
    house.send("slow", "delayed");
    for (int i = 0; i < 20; i++) {
      house.send("q", "m" + i);
    }
    ReceivedMessage kept = house.one("q");
    ReceivedMessage gone = house.one("q");
    house.delete("q", gone);
    house.restart();
    assertThat(house.counts("q")).containsExactly(18, 1, 0);
    assertThat(house.counts("slow")).containsExactly(0, 0, 1);
    house.delete("q", kept);
    Set<String> bodies = new HashSet<>();
    for (int i = 0; i < 4; i++) {
      bodies.addAll(house.bodies("q", 10));
    }
    assertThat(bodies).hasSize(18).doesNotContain(kept.body(), gone.body());
    house.advanceSeconds(10);
    assertThat(house.bodies("slow", 1)).containsExactly("delayed");
  }

  @Test
  void aMissingQueueSaysSo() {
    assertThatThrownBy(() -> house.send("none", "m"))
        .isInstanceOfSatisfying(
            QueueError.class,
            error -> {
              assertThat(error.code().shape()).isEqualTo("QueueDoesNotExist");
              assertThat(error.code().queryCode())
                  .isEqualTo("AWS.SimpleQueueService.NonExistentQueue");
            })
        .hasMessage("The specified queue does not exist.");
    assertRefused(Code.QUEUE_DOES_NOT_EXIST, () -> house.receive("none", 1));
    assertRefused(Code.QUEUE_DOES_NOT_EXIST, () -> house.get(house.queues.find("none")));
  }
}
