package io.sluice.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.session.SessionLimits;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What CONNACK and DISCONNECT tell of other servers and of topics for responses. */
class ServerReferenceTest {
  private static final String OTHER = "b.example.com:8883";

  @TempDir Path folder;

  private TestGateway gateway(FrontSettings settings) {
    return new TestGateway(
        folder.resolve("data"), TransportLimits.STANDARD, SessionLimits.STANDARD, settings);
  }

  private static Dialog dialog(TestGateway gateway, int version) {
    return new Dialog(new RawClient(gateway.port), version);
  }

  @Test
  void aGatewayThatStopsSendsItsClientsToAnotherOne() { // 5, 4.11
    TestGateway gateway = gateway(FrontSettings.STANDARD.withServerReference(OTHER, false));
    try (Dialog five = dialog(gateway, 5);
        Dialog four = dialog(gateway, 4)) {
      five.enter(Say.connect("five"));
      four.enter(Say.connect("four"));
      gateway.close();

      Heard disconnect = five.hear(Heard.DISCONNECT);
      assertThat(disconnect.code()).isEqualTo(0x9C);
      assertThat(disconnect.text(Property.SERVER_REFERENCE)).isEqualTo(OTHER);
      five.isClosed();
      four.isClosed();
    }
  }

  @Test
  void aGatewayThatStopsAndKnowsNoOtherSaysThatItShutsDown() {
    TestGateway gateway = gateway(FrontSettings.STANDARD);
    try (Dialog client = dialog(gateway, 5)) {
      client.enter(Say.connect("client"));
      gateway.close();

      Heard disconnect = client.hear(Heard.DISCONNECT);
      assertThat(disconnect.code()).isEqualTo(0x8B);
      assertThat(disconnect.has(Property.SERVER_REFERENCE)).isFalse();
    }
  }

  @Test
  void aServerReferenceThatDoesNotFitIsLeftOut() { // [MQTT-3.1.2-24]
    TestGateway gateway = gateway(FrontSettings.STANDARD.withServerReference(OTHER, true));
    try (gateway;
        Dialog client = dialog(gateway, 5)) {
      client.say(Say.connect("c").with(Property.number(Property.MAXIMUM_PACKET, 20)));

      Heard connack = client.hear(Heard.CONNACK);
      assertThat(connack.code()).isEqualTo(0x9D);
      assertThat(connack.properties()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 4, 5})
  void aGatewayThatHasMovedLetsNobodyInAndSaysWhereItIs(int version) {
    TestGateway gateway = gateway(FrontSettings.STANDARD.withServerReference(OTHER, true));
    try (gateway;
        Dialog client = dialog(gateway, version)) {
      client.say(Say.connect("client"));

      Heard connack = client.hear(Heard.CONNACK);
      assertThat(connack.code()).isEqualTo(version == 5 ? 0x9D : 3);
      if (version == 5) {
        assertThat(connack.text(Property.SERVER_REFERENCE)).isEqualTo(OTHER);
        assertThat(connack.text(Property.REASON_STRING)).contains("moved");
      }
      client.isClosed();
      assertThat(gateway.counters.refusedByReason()).containsEntry("server_moved", 1L);
    }
  }

  @Test
  void responseInformationIsGivenToWhoAsksForIt() { // [MQTT-3.1.2-28]
    TestGateway gateway = gateway(FrontSettings.STANDARD.withResponsePrefix("reply/"));
    try (gateway;
        Dialog asks = dialog(gateway, 5);
        Dialog silent = dialog(gateway, 5);
        Dialog pattern = dialog(gateway, 5)) {
      Property ask = Property.number(Property.REQUEST_RESPONSE, 1);

      assertThat(asks.enter(Say.connect("a").with(ask)).text(Property.RESPONSE_INFORMATION))
          .isEqualTo("reply/a");
      assertThat(silent.enter(Say.connect("b")).has(Property.RESPONSE_INFORMATION)).isFalse();
      assertThat(pattern.enter(Say.connect("c/#").with(ask)).has(Property.RESPONSE_INFORMATION))
          .as("for a client whose identifier would be a topic filter")
          .isFalse();
    }
  }
}
