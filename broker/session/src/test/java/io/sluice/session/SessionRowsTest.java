package io.sluice.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.message.Origin;
import io.sluice.message.Publication;
import io.sluice.message.PublicationCodec;
import io.sluice.message.PublishProperties;
import io.sluice.message.QoS;
import io.sluice.message.TopicName;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The bytes drawn in {@code docs/formats/session.md}. */
class SessionRowsTest {
  private static byte[] bytes(String hex) {
    return HexFormat.of().parseHex(hex.replace(" ", ""));
  }

  @Test
  void aSessionOffline() {
    SessionRow row = new SessionRow(3600, 1_700_000_000_123L, 5, 2);
    byte[] golden = bytes("01 0000000000000e10 0000018bcfe5687b 0000000000000005 0000000000000002");

    assertThat(row.encode()).isEqualTo(golden);
    assertThat(SessionRow.decode(golden)).isEqualTo(row);
    assertThat(row.expiresAtMillis()).isEqualTo(1_700_003_600_123L);
  }

  @Test
  void aSessionOnline() {
    byte[] golden = bytes("01 00000000ffffffff 0000000000000000 7fffffffffffffff 0000000000000000");

    assertThat(SessionRow.online(Sessions.EXPIRY_NEVER, 0).encode()).isEqualTo(golden);
    assertThat(SessionRow.decode(golden).isOnline()).isTrue();
  }

  @Test
  void aSubscription() {
    Subscription.Options options =
        new Subscription.Options(
            QoS.AT_LEAST_ONCE, true, true, Subscription.RetainHandling.SEND_IF_NEW, 7);
    byte[] golden = bytes("01 0d 01 00000007 00060a24181e4000");

    SubscriptionRow row = new SubscriptionRow(options, 1_700_000_000_000_000L, false);
    assertThat(row.encode()).isEqualTo(golden);
    assertThat(SubscriptionRow.decode(golden)).isEqualTo(row);

    row = new SubscriptionRow(options, 1_700_000_000_000_000L, true);
    golden[1] = 0x1D;
    assertThat(row.encode()).isEqualTo(golden);
    assertThat(SubscriptionRow.decode(golden)).isEqualTo(row);
  }

  @Test
  void anEntryWithItsPublication() {
    InboxEntry entry =
        new InboxEntry(QoS.AT_LEAST_ONCE, true, false, 0, 2, new int[] {7, 8}, "", bytes("cafe"));
    byte[] golden = bytes("02 05 0000000000000000 00000002 0002 00000007 00000008 0000 cafe");

    assertThat(entry.encode()).isEqualTo(golden);
    assertThat(InboxEntry.decode(golden).encode()).isEqualTo(golden);
  }

  @Test
  void anEntryThatNamesASharedMessage() {
    InboxEntry entry =
        new InboxEntry(
            QoS.EXACTLY_ONCE, false, false, 9, 300, new int[0], "$share/g/a", new byte[0]);
    byte[] golden = bytes("02 02 0000000000000009 0000012c 0000 000a 2473686172652f672f61");

    assertThat(entry.encode()).isEqualTo(golden);
    assertThat(InboxEntry.messageNumber(golden)).isEqualTo(9);
  }

  @Test
  void anEntryWhoseMessageTheClientHas() {
    InboxEntry entry =
        new InboxEntry(
            QoS.EXACTLY_ONCE, true, false, 9, 300, new int[] {7}, "$share/g/a", new byte[0]);
    byte[] golden = bytes("02 0e 0000000000000000 00000000 0000 0000");

    assertThat(entry.release().encode()).isEqualTo(golden);
    assertThat(InboxEntry.decode(golden).released()).isTrue();
  }

  @Test
  void aWill() {
    Publication message =
        new Publication(
            TopicName.of("w"),
            new byte[] {7},
            QoS.AT_LEAST_ONCE,
            true,
            PublishProperties.NONE,
            new Origin("c", null, null, Origin.Kind.WILL, 0),
            0);
    byte[] row = new WillRow(message, 5, 1_700_000_000_000L).encode();

    assertThat(row)
        .startsWith(bytes("01 0000000000000005 0000018bcfe56800"))
        .endsWith(PublicationCodec.encode(message));
    WillRow read = WillRow.decode(row);
    assertThat(read.delaySeconds()).isEqualTo(5);
    assertThat(read.dueMillis()).isEqualTo(1_700_000_000_000L);
    assertThat(read.message().topic()).isEqualTo(message.topic());
  }

  @Test
  void anEntryHoldsMoreIdentifiersThanAByteCounts() {
    int[] ids = new int[1000];
    java.util.Arrays.setAll(ids, i -> i + 1);
    InboxEntry entry = new InboxEntry(QoS.AT_LEAST_ONCE, false, false, 1, 1, ids, "", new byte[0]);

    assertThat(InboxEntry.decode(entry.encode()).subscriptionIds()).isEqualTo(ids);
  }

  @Test
  void rowsOfANewerVersionAreNotGuessedAt() {
    assertThatThrownBy(() -> SessionRow.decode(bytes("02"))).hasMessageContaining("version 2");
    assertThatThrownBy(() -> SubscriptionRow.decode(bytes("02"))).hasMessageContaining("version 2");
    assertThatThrownBy(() -> InboxEntry.decode(bytes("03"))).hasMessageContaining("version 3");
    assertThatThrownBy(() -> WillRow.decode(bytes("02"))).hasMessageContaining("version 2");
  }

  @ParameterizedTest
  @CsvSource({"0, 1", "65534, 65535", "65535, 1", "131069, 65535"})
  void aPlaceHasItsPacketIdentifier(long sequence, int packetId) {
    InboxMessage message =
        new InboxMessage(sequence, null, QoS.AT_LEAST_ONCE, false, false, new int[0]);

    assertThat(message.packetId()).isEqualTo(packetId); // [MQTT-4.4.0-1]
  }
}
