package io.sluice.engine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The bytes of {@code docs/formats/rules.md}, table outbox. */
class OutboxRowTest {
  private static final OutboxRow ROW =
      new OutboxRow(
          new RuleEffect.Attempt(
              "r", "0/http", "http", "https://x", "pub".getBytes(UTF_8), 3, 7, false),
          new UUID(1, 2),
          "{}".getBytes(UTF_8),
          Carrier.Output.JSON,
          "[1]".getBytes(UTF_8),
          5,
          6);

  private static final String GOLDEN =
      "01" // version
          + "00000000" // tries
          + "0000018bcfe56800" // put in
          + "0000000000000000" // due
          + "0000000000000005" // order
          + "0000000000000006" // group
          + "00000000000000010000000000000002" // identifier
          + "000000044a534f4e" // JSON
          + "00" // no error action
          + "00000003" // partition
          + "0000000000000007" // offset
          + "0000000172" // rule
          + "00000006302f68747470" // action
          + "0000000468747470" // key
          + "0000000968747470733a2f2f78" // resource
          + "000000027b7d" // fields
          + "000000035b315d" // body
          + "00000003707562"; // publication

  @Test
  void theBytesAreThoseOfTheFormat() {
    assertThat(HexFormat.of().formatHex(ROW.encode(1_700_000_000_000L))).isEqualTo(GOLDEN);
    assertThat(OutboxRow.decode(HexFormat.of().parseHex(GOLDEN))).isEqualTo(ROW);
  }

  @Test
  void aTryChangesTheHeadAlone() {
    byte[] before = ROW.encode(1_700_000_000_000L);
    byte[] after = OutboxRow.triedAgain(before, 4, 99);
    assertThat(OutboxRow.head(after))
        .isEqualTo(new OutboxRow.Head(4, 1_700_000_000_000L, 99, 5, 6));
    assertThat(OutboxRow.decode(after)).isEqualTo(ROW);
    assertThat(OutboxRow.head(before).tries()).isZero();
  }

  @Test
  void whatIsNoRowIsSaid() {
    byte[] row = ROW.encode(0);
    for (int length = 0; length < row.length; length++) {
      byte[] cut = Arrays.copyOf(row, length);
      assertThatThrownBy(() -> OutboxRow.decode(cut)).isInstanceOf(IllegalArgumentException.class);
    }
    row[0] = 2;
    assertThatThrownBy(() -> OutboxRow.head(row)).hasMessageContaining("version 2");
  }
}
