package io.sluice.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The bytes of docs/formats/queue.md; a change here is a change of what is on disk. */
class RowFormatTest {
  private static final String MESSAGE =
      "01 01 0000018bcfe56800 00000001 67"
          + " 00000000000000010000000000000002 5d41402abc4b2a76b9719d911017c592"
          + " 00000005 68656c6c6f 00000004 414b4944 ffffffff ffffffff 00000003 61726e"
          + " 00000002 0000018bcfe56bE8 02"
          + " 00000001 73 00000006 537472696e67 01 00000001 76"
          + " 00000001 62 00000006 42696e617279 02 00000002 0102";

  private static byte[] bytes(String hex) {
    return HexFormat.of().parseHex(hex.replace(" ", "").toLowerCase(java.util.Locale.ROOT));
  }

  private static QueueMessage message() {
    Map<String, MessageAttribute> attributes = new LinkedHashMap<>();
    attributes.put("s", MessageAttribute.string("v"));
    attributes.put("b", MessageAttribute.binary(new byte[] {1, 2}));
    byte[] body = "hello".getBytes(StandardCharsets.UTF_8);
    return new QueueMessage(
        new UUID(1, 2),
        QueueHouse.START,
        true,
        MessageDigests.md5Of(body),
        body,
        attributes,
        "AKID",
        null,
        "g",
        null,
        "arn",
        2,
        QueueHouse.START + 1000);
  }

  @Test
  void aMessage() {
    assertThat(message().encode()).isEqualTo(bytes(MESSAGE));
    assertThat(QueueMessage.decode(bytes(MESSAGE)).encode()).isEqualTo(bytes(MESSAGE));
    assertThat(QueueMessage.sentOf(bytes(MESSAGE))).isEqualTo(QueueHouse.START);
    assertThat(QueueMessage.movedOf(bytes(MESSAGE))).isTrue();
    assertThat(QueueMessage.groupOf(bytes(MESSAGE))).isEqualTo("g");
  }

  @Test
  void aState() {
    Entry entry = new Entry(7, QueueHouse.START, true, null);
    entry.receives = 3;
    entry.firstReceived = QueueHouse.START + 1;
    entry.received = QueueHouse.START + 2;
    entry.visibleAt = QueueHouse.START + 3;
    entry.place = Entry.Place.DELAYED;
    String hex =
        "01 03 00000003 0000018bcfe56800 0000018bcfe56801 0000018bcfe56802 0000018bcfe56803";
    assertThat(entry.encode()).isEqualTo(bytes(hex));
    assertThat(Entry.decode(7, bytes(hex), null)).usingRecursiveComparison().isEqualTo(entry);
  }

  @Test
  void aQueue() {
    QueueRow row =
        new QueueRow(
            false,
            65_537,
            QueueHouse.START,
            QueueHouse.START + 1,
            0,
            QueueAttributes.of(true, Map.of("DelaySeconds", "5")),
            new TreeMap<>(Map.of("k", "v")));
    String hex =
        "01 02 0000000000010001 0000018bcfe56800 0000018bcfe56801 0000000000000000"
            + " 00000001 0000000c 44656c61795365636f6e6473 00000001 35"
            + " 00000001 00000001 6b 00000001 76";
    assertThat(row.encode()).isEqualTo(bytes(hex));
    assertThat(QueueRow.decode(bytes(hex)).encode()).isEqualTo(bytes(hex));
    assertThat(QueueRow.tombstone(QueueHouse.START).encode()[1]).isEqualTo((byte) 1);
  }

  @Test
  void aRedriveRecord() {
    Redrive.Move move =
        new Redrive.Move(Redrive.Way.BACK, "q", "dead", 3, QueueHouse.START, message());
    String hex =
        "01 01 00000001 71 00000004 64656164 00000003 0000018bcfe56800 "
            + "%08x".formatted(bytes(MESSAGE).length)
            + MESSAGE;
    assertThat(move.encode()).isEqualTo(bytes(hex));
    assertThat(Redrive.Move.decode(bytes(hex)).encode()).isEqualTo(bytes(hex));
  }

  @Test
  void theHeadOfAQueueAndItsKeys() {
    QueueHouse house = new QueueHouse().create("q");
    house.send("q", "a");
    house.send("q", "b");
    house.send("q", "c");
    house.delete("q", house.one("q"));
    house.one("q");
    var heads = house.store.range(QueueTables.HEADS, new byte[0], new byte[] {-1}, 10);
    int partition = house.queues.partitionOf("q");
    String incarnation = "%016x".formatted(1L << 16 | partition);
    assertThat(heads.get(1).key()).isEqualTo(bytes("%04x".formatted(partition) + incarnation));
    assertThat(heads.get(1).value())
        .as("version, lowest, head, next, total, last sent")
        .isEqualTo(
            bytes(
                "01 0000000000000002 0000000000000003 0000000000000004 0000000000000002"
                    + " 0000018bcfe56800"));
    assertThat(house.store.range(QueueTables.STATES, new byte[0], new byte[] {-1}, 10).get(0).key())
        .isEqualTo(bytes("%04x".formatted(partition) + incarnation + "0000000000000002"));
  }

  @Test
  void anotherVersionIsRefusedWithASentence() {
    byte[] row = bytes(MESSAGE);
    row[0] = 9;
    assertThatThrownBy(() -> QueueMessage.decode(row))
        .hasMessageContaining("queue message row has version 9, this program reads 1");
  }
}
