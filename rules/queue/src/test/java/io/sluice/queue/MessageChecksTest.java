package io.sluice.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.queue.QueueError.Code;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is legal in a message and in a batch, and the digests clients compare. */
class MessageChecksTest {
  private final QueueHouse house = new QueueHouse().create("q");

  @ParameterizedTest(name = "U+{0}: {1}")
  @CsvSource({
    "0001, no", "0008, no", "0009, yes", "000A, yes", "000B, no", "000D, yes", "001F, no",
    "0020, yes", "007F, yes", "D7FF, yes", "E000, yes", "FFFD, yes", "FFFE, no", "FFFF, no",
    "10000, yes", "10FFFF, yes"
  })
  void charactersOfABody(String codePoint, String legal) {
    String body = "a" + Character.toString(Integer.parseInt(codePoint, 16));
    if (legal.equals("yes")) {
      house.send("q", body);
      assertThat(house.bodies("q", 1)).containsExactly(body);
    } else {
      StandardQueueTest.assertRefused(Code.INVALID_MESSAGE_CONTENTS, () -> house.send("q", body));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\uD800", "\uDC00a", "\uD800\uD800", "\uD83Dx"})
  void halfACharacterIsIllegal(String body) {
    StandardQueueTest.assertRefused(Code.INVALID_MESSAGE_CONTENTS, () -> house.send("q", body));
  }

  @ParameterizedTest(name = "{0} of type {1} = {2}: {3}")
  @CsvSource(
      delimiter = '|',
      nullValues = "absent",
      textBlock =
          """
          Foo        | String      | Bar        | yes
          a.b-c_9    | String.x y  | v          | yes
          n          | Number.int  | 12         | yes
          n          | Number      | -1.5e10    | yes
          n          | Number      | 1e127      | no
          n          | Number      | 1e126      | yes
          n          | Number      | 1e-128     | yes
          n          | Number      | 1e-129     | no
          n          | Number      | 12345678901234567890123456789012345678  | yes
          n          | Number      | 123456789012345678901234567890123456789 | no
          n          | Number      | abc        | no
          Foo        | Strings     | Bar        | no
          Foo        | String      | ''         | no
          Foo        | String      | absent     | no
          Foo        | Binary      | text       | no
          AWS.x      | String      | v          | no
          aws.x      | String      | v          | no
          Amazon.x   | String      | v          | no
          .a         | String      | v          | no
          a.         | String      | v          | no
          a..b       | String      | v          | no
          a b        | String      | v          | no
          ''         | String      | v          | no
          """)
  void attributes(String name, String type, String value, String legal) {
    SendMessage message =
        SendMessage.of("m").withAttributes(Map.of(name, new MessageAttribute(type, value, null)));
    if (legal.equals("yes")) {
      house.send("q", message);
      assertThat(house.one("q").messageAttributes()).isEqualTo(message.messageAttributes());
    } else {
      StandardQueueTest.assertRefused(Code.INVALID_PARAMETER_VALUE, () -> house.send("q", message));
    }
  }

  @Test
  void atMostTenAttributes() {
    Map<String, MessageAttribute> attributes = new TreeMap<>();
    for (int i = 0; i < 10; i++) {
      attributes.put("a" + i, MessageAttribute.string("v"));
    }
    house.send("q", SendMessage.of("m").withAttributes(attributes));
    attributes.put("a10", MessageAttribute.string("v"));
    StandardQueueTest.assertRefused(
        Code.INVALID_PARAMETER_VALUE,
        () -> house.send("q", SendMessage.of("m").withAttributes(attributes)));
  }

  @Test
  void attributesCountAgainstTheQueuesLimitWithNameTypeAndValue() {
    house.create("small", "MaximumMessageSize", "1024");
    house.send("small", "x".repeat(1024));
    assertThatThrownBy(() -> house.send("small", "x".repeat(1025)))
        .hasMessage(
            "One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes.");
    Map<String, MessageAttribute> attribute = Map.of("name", MessageAttribute.string("value"));
    int size = "name".length() + "String".length() + "value".length();
    house.send("small", SendMessage.of("x".repeat(1024 - size)).withAttributes(attribute));
    StandardQueueTest.assertRefused(
        Code.INVALID_PARAMETER_VALUE,
        () ->
            house.send("small", SendMessage.of("x".repeat(1025 - size)).withAttributes(attribute)));
    StandardQueueTest.assertRefused(
        Code.INVALID_PARAMETER_VALUE, () -> house.send("q", "x".repeat(1_048_577)));
    house.send("q", "x".repeat(1_048_576));
  }

  @ParameterizedTest(name = "delay {0}, max {1}, wait {2}, visibility {3}: {4}")
  @CsvSource({
    "900, 10, 20, 43200, yes",
    "901, 1, 0, 0, no",
    "-1, 1, 0, 0, no",
    "0, 0, 0, 0, no",
    "0, 11, 0, 0, no",
    "0, 1, 21, 0, no",
    "0, 1, -1, 0, no",
    "0, 1, 0, 43201, no",
    "0, 1, 0, -1, no"
  })
  void numbersOfRequests(int delay, int max, int wait, int visibility, String legal) {
    house.send("q", "there");
    Runnable both =
        () -> {
          house.send("q", SendMessage.of("m").withDelaySeconds(delay));
          house.get(house.queues.receive("q", new ReceiveMessage(max, visibility, wait, null)));
        };
    if (legal.equals("yes")) {
      both.run();
    } else {
      StandardQueueTest.assertRefused(Code.INVALID_PARAMETER_VALUE, both::run);
    }
  }

  @Test
  void recordedSentences() {
    assertThatThrownBy(() -> house.receive("q", 11))
        .hasMessage(
            "Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and"
                + " 10, if provided.");
    assertThatThrownBy(() -> house.get(house.queues.receive("q", ReceiveMessage.waiting(1, 21))))
        .hasMessage(
            "Value 21 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if"
                + " provided.");
  }

  @Test
  void anIllegalBatchIsRefusedWhole() {
    assertBatch(Code.EMPTY_BATCH_REQUEST, List.of());
    List<BatchEntry<SendMessage>> eleven = new ArrayList<>();
    for (int i = 0; i < 11; i++) {
      eleven.add(entry("e" + i, "m"));
    }
    assertBatch(Code.TOO_MANY_ENTRIES_IN_BATCH_REQUEST, eleven);
    assertBatch(Code.BATCH_ENTRY_IDS_NOT_DISTINCT, List.of(entry("a", "m"), entry("a", "n")));
    assertBatch(Code.INVALID_BATCH_ENTRY_ID, List.of(entry("a b", "m")));
    assertBatch(Code.INVALID_BATCH_ENTRY_ID, List.of(entry("x".repeat(81), "m")));
    assertBatch(
        Code.BATCH_REQUEST_TOO_LONG, List.of(entry("a", "x".repeat(1_048_576)), entry("b", "x")));
    assertThat(house.counts("q")).containsExactly(0, 0, 0);
    assertThatThrownBy(
            () ->
                house.get(
                    house.queues.sendBatch(
                        "q", List.of(entry("a", "x".repeat(1_048_576)), entry("b", "x")))))
        .hasMessage(
            "Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 bytes.");
  }

  private static BatchEntry<SendMessage> entry(String id, String body) {
    return new BatchEntry<>(id, SendMessage.of(body));
  }

  private void assertBatch(Code code, List<BatchEntry<SendMessage>> entries) {
    StandardQueueTest.assertRefused(code, () -> house.get(house.queues.sendBatch("q", entries)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"with space", "é", ""})
  void groupAndDeduplicationIdsArePrintableAscii(String id) {
    house.create("q.fifo", "FifoQueue", "true");
    StandardQueueTest.assertRefused(
        Code.INVALID_PARAMETER_VALUE,
        () -> house.send("q.fifo", SendMessage.of("m").withGroup(id, "d")));
    StandardQueueTest.assertRefused(
        Code.INVALID_PARAMETER_VALUE,
        () -> house.send("q.fifo", SendMessage.of("m").withGroup("g", id)));
    StandardQueueTest.assertRefused(
        Code.INVALID_PARAMETER_VALUE,
        () -> house.send("q.fifo", SendMessage.of("m").withGroup("g", "d".repeat(129))));
  }

  @Test
  void aStandardQueueTakesAGroupButNoDeduplicationId() {
    house.send("q", SendMessage.of("m").withGroup("tenant", null));
    assertThat(house.one("q").attributes())
        .containsEntry("MessageGroupId", "tenant")
        .doesNotContainKey("SequenceNumber");
    StandardQueueTest.assertRefused(
        Code.INVALID_PARAMETER_VALUE,
        () -> house.send("q", SendMessage.of("m").withGroup(null, "d")));
  }

  /** Vectors recorded from SQS, and two computed by its published rule. */
  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "Foo:String=Bar, ae7155c6026991b6d54b11589678bf9c",
    "MyAttribute:String=foobar, adb59cd4678ea5a855436b949cd07ab6",
    "General:String=Kenobi;Hello:String=There;Help.Me:String=Me, 4c360f3fdafd970e05fae2f149d997f5",
    "Hello:String=There, a311262e065454b75da111d535b8dacd",
    "timestamp:Number=1493147359900, 235c5c510d26fb653d073faed50ae77c"
  })
  void digestsOfAttributes(String attributes, String digest) {
    Map<String, MessageAttribute> map = new TreeMap<>();
    for (String each : attributes.split(";", -1)) {
      String[] parts = each.split("[:=]", -1);
      map.put(parts[0], new MessageAttribute(parts[1], parts[2], null));
    }
    assertThat(MessageDigests.ofAttributes(map)).isEqualTo(digest);
  }

  @Test
  void digestsOfBinariesAndOfTheTraceHeader() {
    assertThat(
            MessageDigests.ofAttributes(
                Map.of("b", new MessageAttribute("Binary.png", null, new byte[] {1, 2, -1}))))
        .isEqualTo("79d7bd42c4423aca281e8cc598f41e33");
    assertThat(
            MessageDigests.ofTraceHeader(
                "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"))
        .isEqualTo("5ae4d5d7636402d80f4eb6d213245a88");
    assertThat(MessageDigests.ofAttributes(Map.of())).isNull();
    assertThat(MessageDigests.ofBody("hello")).isEqualTo("5d41402abc4b2a76b9719d911017c592");
  }

  @ParameterizedTest(name = "{0} selects {1}")
  @CsvSource({
    "All, General Hello Help.Me",
    ".*, General Hello Help.Me",
    "*, General Hello Help.Me",
    "Hel.*, Hello Help.Me",
    "Hello, Hello",
    "hello, ''",
    "None, ''"
  })
  void attributeNamesSelect(String asked, String selected) {
    Map<String, MessageAttribute> all = new TreeMap<>();
    for (String name : List.of("General", "Hello", "Help.Me")) {
      all.put(name, MessageAttribute.string("v"));
    }
    assertThat(String.join(" ", MessageAttribute.select(all, List.of(asked)).keySet()))
        .isEqualTo(selected);
  }
}
