package io.sluice.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages received too often, across partitions and crashes. */
class DeadLetterTest {
  private final QueueHouse house = new QueueHouse();

  static String policy(String target, int maxReceiveCount) {
    return "{\"deadLetterTargetArn\":\"arn:aws:sqs:local:000000000000:%s\",\"maxReceiveCount\":%d}"
        .formatted(target, maxReceiveCount);
  }

  /** A name on another partition than {@code name}. */
  private String elsewhere(String name) {
    for (int i = 0; ; i++) {
      if (house.queues.partitionOf("dead" + i) != house.queues.partitionOf(name)) {
        return "dead" + i;
      }
    }
  }

  @Test
  void theReceiveAfterTheLastAllowedMovesTheMessageInstead() {
    String dead = elsewhere("q");
    house.create(dead).create("q", "RedrivePolicy", policy(dead, 2));
    SentMessage sent =
        house.send(
            "q", SendMessage.of("m").withAttributes(Map.of("a", MessageAttribute.string("b"))));
    for (int i = 0; i < 2; i++) {
      house.one("q");
      house.advanceSeconds(30);
    }
    assertThat(house.counts("q")).containsExactly(1, 0, 0);
    assertThat(house.receive("q", 10)).isEmpty();
    assertThat(house.counts("q")).containsExactly(0, 0, 0);
    ReceivedMessage received = house.one(dead);
    assertThat(received.messageId()).isEqualTo(sent.messageId());
    assertThat(received.messageAttributes()).containsKey("a");
    assertThat(received.attributes())
        .containsEntry("ApproximateReceiveCount", "3")
        .containsEntry("ApproximateFirstReceiveTimestamp", Long.toString(QueueHouse.START))
        .containsEntry("SentTimestamp", Long.toString(QueueHouse.START))
        .containsEntry("DeadLetterQueueSourceArn", house.queues.arn("q"));
    assertThat(house.queues.counters().redriven()).isEqualTo(1);
  }

  @Test
  void aWaitingPollOnTheDeadLetterQueueIsWoken() {
    house.create("dead").create("q", "RedrivePolicy", policy("dead", 1));
    house.send("q", "m");
    house.one("q");
    var poll = house.queues.receive("dead", ReceiveMessage.waiting(1, 20));
    house.partitions.run();
    house.changeVisibility("q", pollOne("q"), 0);
    house.receive("q", 1);
    assertThat(house.get(poll)).hasSize(1);
  }

  private ReceivedMessage pollOne(String queue) {
    house.send(queue, "n");
    return house.one(queue);
  }

  @Test
  void theAgeIsKeptSoRetentionRunsOn() {
    house
        .create("dead", "MessageRetentionPeriod", "100")
        .create("q", "RedrivePolicy", policy("dead", 1));
    house.send("q", "old");
    house.one("q");
    house.advanceSeconds(50);
    house.send("dead", "young");
    house.receive("q", 1);
    assertThat(house.counts("dead")).containsExactly(2, 0, 0);
    house.advanceSeconds(50);
    assertThat(house.counts("dead"))
        .as("the moved one is behind, but older")
        .containsExactly(1, 0, 0);
    assertThat(house.bodies("dead", 10)).containsExactly("young");
  }

  @Test
  void aMessageWhoseDeadLetterQueueIsGoneComesBack() {
    house.create("dead").create("q", "RedrivePolicy", policy("dead", 1));
    house.get(house.queues.delete("dead"));
    house.send("q", "m");
    house.one("q");
    house.advanceSeconds(30);
    assertThat(house.receive("q", 1)).isEmpty();
    ReceivedMessage back = house.one("q");
    assertThat(back.attributes())
        .containsEntry("ApproximateReceiveCount", "2")
        .doesNotContainKey("DeadLetterQueueSourceArn");
    house.delete("q", back);
    assertThat(house.counts("q")).containsExactly(0, 0, 0);
    assertThat(house.queues.counters().redriveReturned()).isEqualTo(1);
  }

  @Test
  void movingTheHeadOfAFifoGroupUnblocksIt() {
    house
        .create("dead.fifo", "FifoQueue", "true")
        .create("q.fifo", "FifoQueue", "true", "RedrivePolicy", policy("dead.fifo", 1));
    SentMessage sent = house.sendFifo("q.fifo", "g", "m1");
    house.sendFifo("q.fifo", "g", "m2");
    house.one("q.fifo");
    house.advanceSeconds(30);
    assertThat(house.bodies("q.fifo", 1)).containsExactly("m2");
    ReceivedMessage dead = house.one("dead.fifo");
    assertThat(dead.body()).isEqualTo("m1");
    assertThat(dead.attributes())
        .as("counted anew, or the order would break")
        .containsEntry("SentTimestamp", Long.toString(QueueHouse.START + 30_000))
        .containsEntry("MessageDeduplicationId", sent.messageId());
  }

  @Test
  void thePolicyIsChecked() {
    house
        .create("dead", "RedriveAllowPolicy", "{\"redrivePermission\":\"denyAll\"}")
        .create("dead.fifo", "FifoQueue", "true")
        .create("q");
    for (String refused :
        List.of(
            "not json",
            "{}",
            "{\"deadLetterTargetArn\":\"arn:aws:sqs:local:000000000000:dead\"}",
            policy("dead.fifo", 1),
            policy("none", 1),
            policy("dead", 1),
            policy("dead", 0),
            "{\"deadLetterTargetArn\":\"arn:aws:sqs:mars:1:dead\",\"maxReceiveCount\":1}")) {
      StandardQueueTest.assertRefused(
          QueueError.Code.INVALID_PARAMETER_VALUE,
          () -> house.get(house.queues.setAttributes("q", Map.of("RedrivePolicy", refused))));
    }
    assertThatThrownBy(() -> house.create("r", "RedrivePolicy", policy("none", 1)))
        .hasMessageEndingWith("Reason: Dead letter target does not exist.");
    house.get(
        house.queues.setAttributes(
            "dead",
            Map.of(
                "RedriveAllowPolicy",
                "{\"redrivePermission\":\"byQueue\",\"sourceQueueArns\":[\"arn:aws:sqs:local:000000000000:q\"]}")));
    house.get(
        house.queues.setAttributes(
            "q",
            Map.of(
                "RedrivePolicy",
                "{\"deadLetterTargetArn\":\"arn:aws:sqs:local:000000000000:dead\",\"maxReceiveCount\":\"3\"}")));
    assertThat(house.get(house.queues.listDeadLetterSources("dead", null, null)).queueNames())
        .containsExactly("q");
    house.get(house.queues.setAttributes("q", Map.of("RedrivePolicy", "")));
    assertThat(house.get(house.queues.attributes("q", List.of("All"))))
        .doesNotContainKey("RedrivePolicy");
  }

  /** A crash at any moment of the move: each message is in exactly one of the two queues. */
  @ParameterizedTest(name = "seed {0}")
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
  void aCrashNeitherForgetsNorDoublesAMove(long seed) {
    Random random = new Random(seed);
    String dead = elsewhere("q");
    house.create(dead).create("q", "RedrivePolicy", policy(dead, 1));
    Set<String> sent = new HashSet<>();
    for (int i = 0; i < 30; i++) {
      sent.add(house.send("q", "m" + i).messageId());
    }
    for (int i = 0; i < 3; i++) {
      house.receive("q", 10);
    }
    house.advanceSeconds(30);
    house.store.manualSync();
    house.queues.receive("q", ReceiveMessage.now(1 + random.nextInt(10)));
    if (random.nextBoolean()) {
      house.partitions.run();
    }
    house.crash(random);
    house.partitions.run();
    assertThat(house.queues.isRedriveIdle()).isTrue();
    Map<String, Integer> found = new HashMap<>();
    house.receive("q", 10); // moves what is left
    house.partitions.run();
    for (int i = 0; i < 10; i++) {
      house.receive(dead, 10).forEach(m -> found.merge(m.messageId(), 1, Integer::sum));
    }
    assertThat(house.counts("q")).containsExactly(0, 0, 0);
    assertThat(found.keySet()).isEqualTo(sent);
    assertThat(found.values()).containsOnly(1);
  }
}
