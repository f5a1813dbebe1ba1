package io.sluice.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Properties;
import org.junit.jupiter.api.Test;

/** Holds {@code docs/formats/stream.md} against bytes written down once. */
class StreamFormatTest {

  @Test
  void recordsAreAsDrawn() throws IOException {
    StoredRecord record =
        new StoredRecord(House.START, "clé".getBytes(StandardCharsets.UTF_8), new byte[] {1, 2, 3});

    assertThat(record.encode()).asHexString().isEqualTo(golden("record"));
    StoredRecord read = StoredRecord.decode(HexFormat.of().parseHex(golden("record")));
    assertThat(read.partitionKeyText()).isEqualTo("clé");
    assertThat(read.arrivalMillis()).isEqualTo(House.START);
    assertThat(read.data()).containsExactly(1, 2, 3);
  }

  @Test
  void shardsAreAsDrawn() throws IOException {
    Shard shard = new Shard(7, 3, HashRange.divide(2).get(1), 1, 2, House.START);
    shard.closedMillis = House.START + 5000;
    shard.first = 11;
    shard.next = 42;
    shard.lastArrivalMillis = House.START + 4000;

    assertThat(shard.encode()).asHexString().isEqualTo(golden("shard"));
    Shard read = Shard.decode(7, HexFormat.of().parseHex(golden("shard")));
    assertThat(read.view()).isEqualTo(shard.view());
    assertThat(read.encode()).isEqualTo(shard.encode());
  }

  @Test
  void streamsAreAsDrawn() throws IOException {
    Stream stream = new Stream("orders", 7, House.START, StreamMode.ON_DEMAND, 48);
    stream.nextShard = 4;
    stream.tags.put("team", "blue");

    assertThat(stream.encode()).asHexString().isEqualTo(golden("stream"));
    Stream read = Stream.decode("orders", HexFormat.of().parseHex(golden("stream")));
    assertThat(read.view()).isEqualTo(stream.view());
    assertThat(read.nextShard).isEqualTo(4);
  }

  @Test
  void recordKeysAreAsDrawn() throws IOException {
    assertThat(ShardLog.rowKey(7, 3, 42)).asHexString().isEqualTo(golden("recordKey"));
  }

  @Test
  void sequenceNumbersHaveTheLayoutOfKinesis() throws IOException {
    SequenceNumber number = new SequenceNumber(0x0_6955_B900L, 0x1A, 0x2B, 0x0_6955_B9FFL);

    assertThat(new BigInteger(number.toString()).toString(16)).isEqualTo(golden("sequenceNumber"));
  }

  @Test
  void aRowOfALaterVersionIsRefusedWithWhatToDo() throws IOException {
    byte[] later = HexFormat.of().parseHex(golden("shard"));
    later[0] = 2;

    assertThatThrownBy(() -> Shard.decode(7, later))
        .hasMessageContaining("version 2")
        .hasMessageContaining("start the version that wrote the data directory");
  }

  private static String golden(String name) throws IOException {
    Properties golden = new Properties();
    try (InputStream in = StreamFormatTest.class.getResourceAsStream("rows.golden")) {
      golden.load(in);
    }
    return golden.getProperty(name);
  }
}
