package io.sluice.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.queue.QueueError.Code;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Queues as a whole: making, finding, changing, deleting them. */
class AdministrationTest {
  private final QueueHouse house = new QueueHouse();

  @Test
  void creatingIsIdempotentAgainstTheCurrentAttributes() {
    house.create("q", "VisibilityTimeout", "10").create("q").create("q", "VisibilityTimeout", "10");
    house.create("q", "DelaySeconds", "0"); // the default counts as its value
    assertThatThrownBy(() -> house.create("q", "DelaySeconds", "1"))
        .hasMessage(
            "A queue already exists with the same name and a different value for attribute"
                + " DelaySeconds");
    house.get(house.queues.setAttributes("q", Map.of("VisibilityTimeout", "2")));
    StandardQueueTest.assertRefused(
        Code.QUEUE_NAME_EXISTS, () -> house.create("q", "VisibilityTimeout", "10"));
    house.create("q", "VisibilityTimeout", "2");
  }

  @ParameterizedTest(name = "{0} = {1}: {2}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          DelaySeconds                  | 900      | ok
          DelaySeconds                  | 901      | InvalidAttributeValue
          DelaySeconds                  | x        | InvalidAttributeValue
          MaximumMessageSize            | 1024     | ok
          MaximumMessageSize            | 1023     | InvalidAttributeValue
          MaximumMessageSize            | 1048576  | ok
          MaximumMessageSize            | 1048577  | InvalidAttributeValue
          MessageRetentionPeriod        | 60       | ok
          MessageRetentionPeriod        | 59       | InvalidAttributeValue
          MessageRetentionPeriod        | 1209601  | InvalidAttributeValue
          ReceiveMessageWaitTimeSeconds | 20       | ok
          ReceiveMessageWaitTimeSeconds | 21       | InvalidAttributeValue
          VisibilityTimeout             | 43200    | ok
          VisibilityTimeout             | 43201    | InvalidAttributeValue
          SqsManagedSseEnabled          | maybe    | InvalidAttributeValue
          RedriveAllowPolicy            | {"redrivePermission":"byQueue"} | InvalidParameterValueException
          RedriveAllowPolicy            | {"redrivePermission":"maybe"}   | InvalidParameterValueException
          Policy                        | {}       | ok
          FifoQueue                     | false    | InvalidAttributeName
          ContentBasedDeduplication     | true     | InvalidAttributeName
          DeduplicationScope            | queue    | InvalidAttributeName
          Nonsense                      | 1        | InvalidAttributeName
          """)
  void attributesOfAStandardQueue(String name, String value, String expected) {
    if (expected.equals("ok")) {
      house.create("q", name, value);
      assertThat(house.get(house.queues.attributes("q", List.of(name)))).containsEntry(name, value);
    } else {
      assertThatThrownBy(() -> house.create("q", name, value))
          .isInstanceOfSatisfying(
              QueueError.class, e -> assertThat(e.code().shape()).isEqualTo(expected));
      assertThat(house.get(house.queues.list(null, null, null)).queueNames()).isEmpty();
    }
  }

  @ParameterizedTest(name = "{0}, FifoQueue={1}: {2}")
  @CsvSource({
    "q, '', ok",
    "Q_-9, '', ok",
    "q.fifo, true, ok",
    "q, true, no",
    "q.fifo, '', no",
    "'', '', no",
    "a b, '', no",
    "a.b, '', no",
    ".fifo, true, no"
  })
  void namesOfQueues(String name, String fifo, String expected) {
    String[] attributes = fifo.isEmpty() ? new String[0] : new String[] {"FifoQueue", fifo};
    if (expected.equals("ok")) {
      house.create(name, attributes);
    } else {
      StandardQueueTest.assertRefused(
          Code.INVALID_PARAMETER_VALUE, () -> house.create(name, attributes));
    }
  }

  @Test
  void namesHaveAtMostEightyCharacters() {
    house.create("n".repeat(80)).create("n".repeat(75) + ".fifo", "FifoQueue", "true");
    StandardQueueTest.assertRefused(
        Code.INVALID_PARAMETER_VALUE, () -> house.create("n".repeat(81)));
    StandardQueueTest.assertRefused(
        Code.INVALID_PARAMETER_VALUE,
        () -> house.create("n".repeat(76) + ".fifo", "FifoQueue", "true"));
  }

  @Test
  void allAttributesOfANewStandardQueue() {
    house.create("q");
    assertThat(house.get(house.queues.attributes("q", List.of("All"))))
        .containsExactlyInAnyOrderEntriesOf(
            QueueHouse.map(
                "ApproximateNumberOfMessages", "0",
                "ApproximateNumberOfMessagesDelayed", "0",
                "ApproximateNumberOfMessagesNotVisible", "0",
                "CreatedTimestamp", "1700000000",
                "DelaySeconds", "0",
                "LastModifiedTimestamp", "1700000000",
                "MaximumMessageSize", "1048576",
                "MessageRetentionPeriod", "345600",
                "QueueArn", "arn:aws:sqs:local:000000000000:q",
                "ReceiveMessageWaitTimeSeconds", "0",
                "SqsManagedSseEnabled", "true",
                "VisibilityTimeout", "30"));
    assertThat(house.get(house.queues.attributes("q", List.of()))).isEmpty();
    assertThat(house.get(house.queues.attributes("q", List.of("Policy")))).isEmpty();
    assertThatThrownBy(() -> house.get(house.queues.attributes("q", List.of("Foo"))))
        .hasMessage("Unknown Attribute Foo.");
  }

  @Test
  void aFifoQueueShowsFourMore() {
    house.create("q.fifo", "FifoQueue", "true");
    assertThat(house.get(house.queues.attributes("q.fifo", List.of("All"))))
        .containsEntry("FifoQueue", "true")
        .containsEntry("ContentBasedDeduplication", "false")
        .containsEntry("DeduplicationScope", "queue")
        .containsEntry("FifoThroughputLimit", "perQueue")
        .hasSize(16);
    StandardQueueTest.assertRefused(
        Code.INVALID_ATTRIBUTE_VALUE,
        () ->
            house.get(
                house.queues.setAttributes(
                    "q.fifo", Map.of("FifoThroughputLimit", "perMessageGroupId"))));
    house.get(
        house.queues.setAttributes(
            "q.fifo",
            Map.of(
                "FifoThroughputLimit", "perMessageGroupId", "DeduplicationScope", "messageGroup")));
  }

  @Test
  void aChangeShowsWhenItWasMade() {
    house.create("q");
    house.advanceSeconds(5);
    house.get(house.queues.setAttributes("q", Map.of("Policy", "{}")));
    assertThat(house.get(house.queues.attributes("q", List.of("All"))))
        .containsEntry("LastModifiedTimestamp", "1700000005")
        .containsEntry("CreatedTimestamp", "1700000000")
        .containsEntry("Policy", "{}");
    house.get(house.queues.setAttributes("q", Map.of("Policy", "")));
    assertThat(house.get(house.queues.attributes("q", List.of("All")))).doesNotContainKey("Policy");
  }

  @Test
  void kmsAndSqsEncryptionExcludeEachOther() {
    StandardQueueTest.assertRefused(
        Code.INVALID_ATTRIBUTE_VALUE,
        () -> house.create("q", "KmsMasterKeyId", "k", "SqsManagedSseEnabled", "true"));
    house.create("q", "KmsMasterKeyId", "k");
    assertThat(house.get(house.queues.attributes("q", List.of("All"))))
        .containsEntry("SqsManagedSseEnabled", "false")
        .containsEntry("KmsDataKeyReusePeriodSeconds", "300");
  }

  @Test
  void aDeletedQueueIsGoneAndItsNameFreeAfterAMinute() {
    house.create("q");
    house.send("q", "m");
    house.get(house.queues.delete("q"));
    StandardQueueTest.assertRefused(Code.QUEUE_DOES_NOT_EXIST, () -> house.send("q", "m"));
    StandardQueueTest.assertRefused(
        Code.QUEUE_DOES_NOT_EXIST, () -> house.get(house.queues.delete("q")));
    house.advanceSeconds(59.999);
    house.restart();
    assertThatThrownBy(() -> house.create("q"))
        .hasMessage(
            "You must wait 60 seconds after deleting a queue before you can create another with the"
                + " same name.");
    house.advanceSeconds(0.001);
    house.create("q");
    assertThat(house.counts("q")).containsExactly(0, 0, 0);
    house.restart();
    assertThat(house.get(house.queues.find("q"))).isEqualTo("q");
  }

  @Test
  void rowsOfADeletedQueueGoAway() {
    house.create("q.fifo", "FifoQueue", "true");
    house.sendFifo("q.fifo", "g", "m");
    house.one("q.fifo");
    house.get(house.queues.delete("q.fifo"));
    for (int i = 0; i < 10; i++) {
      house.advanceSeconds(10);
    }
    for (io.sluice.store.Table table : Queues.TABLES) {
      assertThat(house.store.range(table, new byte[0], new byte[] {-1}, 10))
          .as(table.name())
          .hasSize(table.equals(QueueTables.HEADS) ? 1 : 0); // the count of incarnations stays
    }
  }

  @Test
  void queuesOfAllPartitionsAreListedInPages() {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < 25; i++) {
      names.add("a" + (char) ('a' + i));
      house.create("a" + (char) ('a' + i));
    }
    house.create("b1").create("Z");
    assertThat(house.get(house.queues.list(null, null, null)).queueNames())
        .containsExactlyElementsOf(new TreeSet<>(concat(names, "Z", "b1")));
    QueueListing first = house.get(house.queues.list("a", null, 10));
    QueueListing second = house.get(house.queues.list("a", first.nextToken(), 10));
    QueueListing third = house.get(house.queues.list("a", second.nextToken(), 10));
    assertThat(third.nextToken()).isNull();
    List<String> paged = new ArrayList<>(first.queueNames());
    paged.addAll(second.queueNames());
    paged.addAll(third.queueNames());
    assertThat(paged).containsExactlyElementsOf(names);
    StandardQueueTest.assertRefused(
        Code.INVALID_PARAMETER_VALUE, () -> house.get(house.queues.list(null, null, 1001)));
    StandardQueueTest.assertRefused(
        Code.INVALID_PARAMETER_VALUE, () -> house.get(house.queues.list(null, "%%%", 10)));
  }

  private static List<String> concat(List<String> names, String... more) {
    List<String> all = new ArrayList<>(names);
    all.addAll(List.of(more));
    return all;
  }

  @Test
  void tagsAreAddedOverwrittenAndTakenAway() {
    house.get(house.queues.create("q", Map.of(), Map.of("a", "1")));
    house.get(house.queues.tag("q", Map.of("a", "2", "b", "3")));
    house.get(house.queues.untag("q", List.of("b", "unknown")));
    house.restart();
    assertThat(house.get(house.queues.tags("q"))).isEqualTo(Map.of("a", "2"));
    StandardQueueTest.assertRefused(
        Code.INVALID_PARAMETER_VALUE, () -> house.get(house.queues.tag("q", Map.of("", "x"))));
  }

  @Test
  void theNumberOfQueuesIsBounded() {
    QueueHouse small =
        new QueueHouse(new QueueLimits(10, 10, 10, 10, 1, 60_000, 60_000)).create("q");
    String neighbour = "q";
    for (int i = 0;
        small.queues.partitionOf(neighbour) != small.queues.partitionOf("q") || i == 0;
        i++) {
      neighbour = "n" + i;
    }
    String name = neighbour;
    StandardQueueTest.assertRefused(Code.OVER_LIMIT, () -> small.create(name));
  }
}
