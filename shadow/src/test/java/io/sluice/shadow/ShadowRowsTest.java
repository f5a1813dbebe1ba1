package io.sluice.shadow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.message.Origin;
import io.sluice.shadow.ShadowChange.Author;
import io.sluice.shadow.ShadowChange.Kind;
import io.sluice.shadow.ShadowChange.Snapshot;
import io.sluice.shadow.StoredShadow.Past;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The bytes on disk are those of docs/formats/shadow.md, and stay so. */
class ShadowRowsTest {
  private static final HexFormat HEX = HexFormat.of();

  private static String hex(String text) {
    return HEX.formatHex(Json.bytes(text));
  }

  private static StoredShadow shadow(ObjectNode sequences) {
    ShadowDocument document =
        ShadowDocument.of(
            7,
            Json.tree("{'desired':{'t':20,'l':[1,2]}}"),
            Json.tree("{'desired':{'t':1700000000,'l':[1700000000,1700000000]}}"));
    return new StoredShadow(
        false,
        1_700_000_000_123L,
        document,
        ShadowJson.write(document.state()),
        new Past(1, 1, 1_702_592_000_123L),
        sequences);
  }

  @Test
  void theRowOfAShadow() {
    String golden =
        "01" // format
            + "00" // flags
            + "0000000000000007" // version
            + "0000018bcfe5687b" // changed at
            + "0000000000000001" // first version kept
            + "0000000000000001" // newest whole version
            + "0000018c6a64307b" // age timer
            + "0000001e"
            + hex("{'desired':{'t':20,'l':[1,2]}}")
            + "00000038"
            + hex("{'desired':{'t':1700000000,'l':[1700000000,1700000000]}}")
            + "00000000";
    StoredShadow shadow = shadow(Json.object("{}"));
    assertThat(HEX.formatHex(shadow.encode())).isEqualTo(golden);
    StoredShadow read = StoredShadow.decode(HEX.parseHex(golden));
    assertThat(read.document()).isEqualTo(shadow.document());
    assertThat(read.past()).isEqualTo(shadow.past());
    assertThat(read.changedAtMillis()).isEqualTo(shadow.changedAtMillis());
    assertThat(read.deleted()).isFalse();
    assertThat(StoredShadow.isDeleted(read.encode())).isFalse();
  }

  @Test
  void theRowOfAShadowWithSequences() {
    byte[] row = shadow(Json.object("{'t':5}")).encode();
    assertThat(HEX.formatHex(row)).endsWith("00000007" + hex("{'t':5}"));
    assertThat(StoredShadow.decode(row).sequences()).isEqualTo(Json.tree("{'t':5}"));
  }

  @Test
  void theRowOfATombstone() {
    StoredShadow tombstone =
        new StoredShadow(
            true,
            1_700_000_000_123L,
            ShadowDocument.deleted(7),
            StoredShadow.EMPTY_STATE,
            Past.NONE,
            Json.object("{}"));
    String golden =
        "0101"
            + "0000000000000007"
            + "0000018bcfe5687b"
            + "00".repeat(24)
            + "000000027b7d"
            + "000000027b7d"
            + "00000000";
    assertThat(HEX.formatHex(tombstone.encode())).isEqualTo(golden);
    assertThat(StoredShadow.decode(tombstone.encode()).deleted()).isTrue();
    assertThat(StoredShadow.isDeleted(tombstone.encode())).isTrue();
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({"classic, , 5400 00", "named, n, 5400 6e00"})
  void theKeyOfAShadow(String kind, String name, String golden) {
    ShadowAddress address = new ShadowAddress("T", name);
    byte[] key = StoredShadow.key(address);
    assertThat(HEX.formatHex(key)).isEqualTo(golden.replace(" ", ""));
    assertThat(StoredShadow.address(key)).isEqualTo(address);
  }

  @Test
  void theRowOfAChangeKeptWhole() {
    ShadowChange change =
        new ShadowChange(
            7,
            Kind.UPDATE,
            1_700_000_000_123L,
            7,
            new Author(Origin.Kind.MQTT, "dev", "cert", "::1"),
            Json.bytes("{'desired':{'t':20}}"),
            new Snapshot(Json.bytes("{'desired':{'t':20}}"), Json.bytes("{'desired':{'t':9}}")));
    String golden =
        "01" // format
            + "01" // flags: whole
            + "00" // update
            + "0000018bcfe5687b" // at
            + "0000000000000007" // base
            + "00" // MQTT
            + "00000003"
            + hex("dev")
            + "00000004"
            + hex("cert")
            + "00000003"
            + hex("::1")
            + "00000014"
            + hex("{'desired':{'t':20}}")
            + "00000014"
            + hex("{'desired':{'t':20}}")
            + "00000013"
            + hex("{'desired':{'t':9}}");
    byte[] key = change.key(ShadowAddress.classic("T"));
    assertThat(HEX.formatHex(key)).isEqualTo("540000" + "0000000000000007" + "00");
    assertThat(HEX.formatHex(change.encode())).isEqualTo(golden);
    assertThat(ShadowChange.decode(key, change.encode()))
        .usingRecursiveComparison()
        .isEqualTo(change);
  }

  @Test
  void theRowOfADelete() {
    ShadowChange change =
        new ShadowChange(
            7,
            Kind.DELETE,
            1_700_000_000_123L,
            1,
            new Author(Origin.Kind.HTTP, null, "key", null),
            Json.bytes("null"),
            null);
    String golden =
        "01"
            + "00"
            + "02"
            + "0000018bcfe5687b"
            + "0000000000000001"
            + "01"
            + "ffffffff"
            + "00000003"
            + hex("key")
            + "ffffffff"
            + "00000004"
            + hex("null");
    byte[] key = change.key(ShadowAddress.named("T", "n"));
    assertThat(HEX.formatHex(key)).isEqualTo("54006e00" + "0000000000000007" + "01");
    assertThat(HEX.formatHex(change.encode())).isEqualTo(golden);
    assertThat(ShadowChange.decode(key, change.encode()))
        .usingRecursiveComparison()
        .isEqualTo(change);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({"MQTT, 0", "HTTP, 1", "GATEWAY, 2", "WILL, 3"})
  void sourcesHaveFixedCodes(Origin.Kind source, int code) {
    ShadowChange change =
        new ShadowChange(
            1, Kind.ROLLBACK, 0, 1, new Author(source, null, null, null), Json.bytes("{}"), null);
    byte[] row = change.encode();
    assertThat(row[2]).as("rollback").isEqualTo((byte) 1);
    assertThat(row[19]).isEqualTo((byte) code);
    assertThat(ShadowChange.decode(change.key(ShadowAddress.classic("T")), row).author().source())
        .isEqualTo(source);
  }

  @Test
  void aRowCutShortAnywhereIsRefusedWithASentence() {
    byte[] row = shadow(Json.object("{'t':5}")).encode();
    for (int length = 0; length < row.length; length++) {
      byte[] cut = Arrays.copyOf(row, length);
      assertThatThrownBy(() -> StoredShadow.decode(cut))
          .isInstanceOf(UnreadableRow.class)
          .hasMessageContaining("shadow row: found")
          .hasMessageContaining("restore the data directory");
    }
    byte[] longer = Arrays.copyOf(row, row.length + 1);
    assertThatThrownBy(() -> StoredShadow.decode(longer))
        .isInstanceOf(UnreadableRow.class)
        .hasMessageContaining("1 bytes too many");
  }

  @Test
  void aRowOfAnotherFormatIsRefused() {
    byte[] row = shadow(Json.object("{}")).encode();
    row[0] = 2;
    assertThatThrownBy(() -> StoredShadow.decode(row)).hasMessageContaining("found format 2");
    byte[] change = {9};
    byte[] key = ShadowChange.key(ShadowAddress.classic("T"), 3, false);
    assertThatThrownBy(() -> ShadowChange.decode(key, change))
        .hasMessageContaining("history row of version 3: found format 9");
  }
}
