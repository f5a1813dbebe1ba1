package io.sluice.firehose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.time.ZoneId;
import java.util.HexFormat;
import java.util.Properties;
import org.junit.jupiter.api.Test;

/** Holds {@code docs/formats/firehose.md} against bytes written down once. */
class FirehoseFormatTest {
  private static final Instant START = Instant.ofEpochMilli(Depot.START);

  @Test
  void deliveryStreamsAreAsDrawn() throws IOException {
    Destination destination =
        new Destination(
            "lake", null, "p/", null, 5, 60, Compression.GZIP, null, ZoneId.of("UTC"), "\n");
    DeliveryStream stream = new DeliveryStream("logs", 7, Depot.START, destination);
    stream.version = 2;
    stream.updatedMillis = Depot.START + 1000;
    stream.tags.put("team", "blue");

    assertThat(stream.encode()).asHexString().isEqualTo(golden("stream"));
    assertThat(DeliveryStream.decode("logs", bytes("stream")).view()).isEqualTo(stream.view());
  }

  @Test
  void recordsAreAsDrawn() throws IOException {
    assertThat(BufferedRecord.encode(Depot.START, new byte[] {1, 2, 3}))
        .asHexString()
        .isEqualTo(golden("record"));
    assertThat(BufferedRecord.arrivalMillis(bytes("record"))).isEqualTo(Depot.START);
  }

  @Test
  void recordKeysAreAsDrawn() throws IOException {
    assertThat(DeliveryStream.recordKey(7, 42)).asHexString().isEqualTo(golden("recordKey"));
  }

  @Test
  void parcelsAreAsDrawn() throws IOException {
    Parcel parcel =
        new Parcel(3, 11, 42, 1000, Depot.START, "lake", "k", Compression.UNCOMPRESSED, null);
    parcel.failedAttempts = 2;
    parcel.lastError = "no";
    parcel.lastErrorMillis = Depot.START + 5;

    assertThat(parcel.encode()).asHexString().isEqualTo(golden("parcel"));
    assertThat(Parcel.decode(bytes("parcel")).encode()).isEqualTo(parcel.encode());
  }

  @Test
  void totalsAreAsDrawn() throws IOException {
    Totals totals = new Totals(4, 42, 3, 41, 4096);

    assertThat(totals.encode()).asHexString().isEqualTo(golden("totals"));
    assertThat(Totals.decode(bytes("totals"))).isEqualTo(totals);
  }

  @Test
  void deliveredObjectsAreAsDrawn() throws IOException {
    DeliveredObject object =
        new DeliveredObject("lake", "k", "/d/lake/k", 31, 1000, START, START.plusMillis(60_000));

    assertThat(object.encode()).asHexString().isEqualTo(golden("delivered"));
    assertThat(DeliveredObject.decode(bytes("delivered"))).isEqualTo(object);
  }

  @Test
  void anObjectsNameStaysTheSameForEver() throws IOException {
    Destination destination = DestinationCheck.created("logs", Depot.destination());

    assertThat(ObjectName.of("logs", 1, destination, Depot.START, "logs/1/1/1"))
        .isEqualTo(golden("objectName"));
  }

  @Test
  void aRowOfALaterVersionIsRefusedWithWhatToDo() throws IOException {
    byte[] later = bytes("parcel");
    later[0] = 2;

    assertThatThrownBy(() -> Parcel.decode(later))
        .hasMessageContaining("version 2")
        .hasMessageContaining("start the version that wrote the data directory");
  }

  private static byte[] bytes(String name) throws IOException {
    return HexFormat.of().parseHex(golden(name));
  }

  private static String golden(String name) throws IOException {
    Properties golden = new Properties();
    try (InputStream in = FirehoseFormatTest.class.getResourceAsStream("rows.golden")) {
      golden.load(in);
    }
    return golden.getProperty(name);
  }
}
