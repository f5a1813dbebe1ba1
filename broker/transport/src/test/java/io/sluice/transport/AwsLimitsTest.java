package io.sluice.transport;

import static io.sluice.transport.RawClient.connect;
import static io.sluice.transport.RawClient.connected;
import static io.sluice.transport.RawClient.hex;
import static io.sluice.transport.RawClient.join;
import static io.sluice.transport.RawClient.packet;
import static io.sluice.transport.RawClient.publish;
import static io.sluice.transport.RawClient.subscribe;
import static io.sluice.transport.RawClient.text;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.session.SessionLimits;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code compatibility: aws}: what AWS IoT Core does otherwise than the MQTT standard, and its
 * limits. Source: AWS IoT Developer Guide, "MQTT" and "Message broker and protocol limits".
 */
class AwsLimitsTest {
  private static final byte[] X = "x".getBytes(UTF_8);

  @TempDir static Path folder;
  private static TestGateway gateway;

  @BeforeAll
  static void start() {
    gateway = new TestGateway(folder.resolve("data"), TransportLimits.AWS, SessionLimits.AWS);
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  /** What becomes of a connection that sent this: the code of DISCONNECT, or "closed". */
  private static String fate(int version, byte[] packet) {
    try (RawClient client = connected(gateway.port, version, "fate")) {
      RawClient.Packet answer = client.send(packet).read();
      return answer == null ? "closed" : answer.disconnectCode();
    }
  }

  private static String connack(int version, int keepAlive, String properties, String id) {
    try (RawClient client = new RawClient(gateway.port)) {
      return client.send(connect(version, 0x02, keepAlive, properties, text(id))).read().hex();
    }
  }

  @Test
  void connackSaysWhatARealOneDoes() {
    assertThat(connack(5, 60, "", "id"))
        .contains("210064") // receive maximum 100
        .contains("2401") // maximum QoS 1
        .contains("2700024800") // maximum packet size 149,504
        .contains("220008") // topic alias maximum 8
        .contains("2900"); // no subscription identifiers
  }

  @ParameterizedTest(name = "keep alive {0} becomes {1}")
  @CsvSource({"0, 1304b0", "1201, 1304b0", "65535, 1304b0", "29, 13001e", "5, 13001e"})
  void keepAliveIsBetween30And1200Seconds(int wanted, String told) {
    assertThat(connack(5, wanted, "", "id")).contains(told);
  }

  @Test
  void aSessionLastsAnHourAtMostAndTheClientIsTold() {
    assertThat(connack(5, 60, "11 FFFFFFFF", "lasting")).contains("1100000e10");
  }

  @Test
  void aClientIdentifierHas128BytesAtMost() {
    assertThat(connack(5, 60, "", "i".repeat(128))).startsWith("20 0000");
    assertThat(connack(5, 60, "", "i".repeat(129))).startsWith("20 0085");
    assertThat(connack(5, 60, "", "é".repeat(65))).startsWith("20 0085");
    assertThat(connack(4, 60, "", "i".repeat(129))).isEqualTo("20 0002");
  }

  @Test
  void clientIdentifiersWithADollarAreTheGatewaysOwn() {
    assertThat(connack(5, 60, "", "$GEN/1")).startsWith("20 0085");
    assertThat(connack(4, 60, "", "$mine")).isEqualTo("20 0002");
    assertThat(new String(hex(connack(5, 60, "", "")), UTF_8)).contains("$GEN/");
  }

  @Test
  void publishingWithQos2EndsTheConnection() {
    assertThat(fate(5, publish(5, 4, "t", 1, X))).isEqualTo("9B");
    assertThat(fate(4, publish(4, 4, "t", 1, X))).isEqualTo("closed");
  }

  @Test
  void subscribingWithQos2IsNotGrantedAsQos1() {
    assertThat(fate(5, subscribe(5, 1, "t", 2))).isEqualTo("9B");
    assertThat(fate(4, subscribe(4, 1, "t", 2))).isEqualTo("closed");
  }

  @Test
  void aWillWithQos2IsRefused() {
    try (RawClient client = new RawClient(gateway.port)) {
      client.send(connect(5, 0x16, 60, "", text("id"), new byte[1], text("w"), text("x")));

      assertThat(client.read().hex()).startsWith("20 009b");
    }
  }

  @Test
  void aPayloadHas128KbAtMost() {
    try (RawClient client = connected(gateway.port, 5, "large")) {
      client.send(subscribe(5, 1, "large", 0)).read();
      client.send(publish(5, 0, "large", 0, new byte[128 << 10]));
      assertThat(client.read().body()).hasSizeGreaterThan(128 << 10);
    }
    assertThat(fate(5, publish(5, 0, "large", 0, new byte[(128 << 10) + 1]))).isEqualTo("97");
    assertThat(fate(5, publish(5, 0, "large", 0, new byte[149_505]))).isEqualTo("95");
    assertThat(fate(4, publish(4, 0, "large", 0, new byte[(128 << 10) + 1]))).isEqualTo("closed");
  }

  @Test
  void aTopicHasSevenSlashesAnd256BytesAtMost() {
    assertThat(fate(5, join(publish(5, 0, "1/2/3/4/5/6/7/8", 0, X), hex("F0 00"))))
        .as("only the AUTH is a fault")
        .isEqualTo("82");
    assertThat(fate(5, publish(5, 0, "1/2/3/4/5/6/7/8/9", 0, X))).isEqualTo("90");
    assertThat(fate(5, publish(5, 0, "t".repeat(257), 0, X))).isEqualTo("90");
    assertThat(fate(4, publish(4, 0, "1/2/3/4/5/6/7/8/9", 0, X))).isEqualTo("closed");
  }

  @Test
  void thePrefixOfBasicIngestDoesNotCount() {
    String rest = "1/2/3/4/5/6/7/8";
    assertThat(fate(5, join(publish(5, 0, "$aws/rules/r/" + rest, 0, X), hex("F0 00"))))
        .isEqualTo("82");
    assertThat(fate(5, publish(5, 0, "$aws/rules/r/" + rest + "/9", 0, X))).isEqualTo("90");
    String longest = "t".repeat(256);
    assertThat(fate(5, join(publish(5, 0, "$aws/rules/r/" + longest, 0, X), hex("F0 00"))))
        .isEqualTo("82");
    assertThat(fate(5, publish(5, 0, "$aws/rules/r/" + longest + "t", 0, X))).isEqualTo("90");
  }

  @Test
  void eightFiltersFitInOneSubscribe() {
    assertThat(fate(5, subscribes(1, 9))).isEqualTo("97");
    assertThat(fate(4, packet(0x82, hex("0001"), filters("f", 9)))).isEqualTo("closed");
  }

  private static byte[] subscribes(int packetId, int count) {
    return packet(0x82, new byte[] {0, (byte) packetId, 0}, filters("f" + packetId, count));
  }

  private static byte[] filters(String prefix, int count) {
    byte[][] filters = new byte[count][];
    for (int i = 0; i < count; i++) {
      filters[i] = join(text(prefix + "/" + i), new byte[1]);
    }
    return join(filters);
  }

  @Test
  void aConnectionHasFiftySubscriptions() {
    try (RawClient client = connected(gateway.port, 5, "fifty")) {
      for (int i = 1; i <= 6; i++) {
        assertThat(client.send(subscribes(i, 8)).read().hex()).doesNotContain("97");
      }
      assertThat(client.send(subscribes(7, 3)).read().hex())
          .startsWith("90 0007")
          .endsWith("000097");
    }
  }

  @Test
  void aFilterDoesNotMatchItsParentButTheEmptyLevelBelow() {
    try (RawClient client = connected(gateway.port, 5, "parent")) {
      client.send(subscribe(5, 1, "sensor/#", 0)).read();
      client.send(
          publish(5, 0, "sensor", 0, "parent".getBytes(UTF_8)),
          publish(5, 0, "sensor/", 0, "empty".getBytes(UTF_8)),
          publish(5, 0, "sensor/1", 0, "child".getBytes(UTF_8)));

      assertThat(client.readPublish()).endsWith("empty");
      assertThat(client.readPublish()).endsWith("child");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"keep/+", "keep/#"})
  void retainedMessagesComeToFiltersWithoutWildcardsOnly(String filter) {
    try (RawClient client = connected(gateway.port, 5, "retained")) {
      client.send(publish(5, 3, "keep/1", 1, X)).read();
      client.send(subscribe(5, 1, filter, 0)).read();
      client.send("C0 00");
      assertThat(client.read().type()).as("PINGRESP, no retained message").isEqualTo(13);
      client.send(subscribe(5, 2, "keep/1", 0));
      assertThat(client.read().type()).isEqualTo(9);
      assertThat(client.read().first()).as("RETAIN").isEqualTo(0x31);
    }
  }

  @Test
  void subscriptionIdentifiersAreNotOnOffer() {
    assertThat(fate(5, packet(0x82, hex("0001 02 0B 07"), text("a"), new byte[1]))).isEqualTo("A1");
  }

  @Test
  void aTopicAliasIsEightAtMost() {
    byte[] ninth = packet(0x30, text("t"), hex("03 23 0009"), X);

    assertThat(fate(5, ninth)).isEqualTo("94");
  }

  @ParameterizedTest
  @ValueSource(strings = {"$SYS/broker", "$aws/unknown", "$aws/events/presence/connected/x", "$x"})
  void publishingToAReservedTopicThatIsNotForClientsEndsTheConnection(String topic) {
    assertThat(fate(5, publish(5, 0, topic, 0, X))).isEqualTo("90");
    assertThat(fate(4, publish(4, 0, topic, 0, X))).isEqualTo("closed");
  }

  @ParameterizedTest
  @ValueSource(strings = {"$SYS/#", "$aws/rules/r/t", "$share/g/$SYS/#", "$x"})
  void subscribingToAReservedFilterThatIsForNobodyEndsTheConnection(String filter) {
    assertThat(fate(4, subscribe(4, 1, filter, 0))).isEqualTo("closed");
  }

  @ParameterizedTest
  @ValueSource(strings = {"$aws/#", "$aws/events/#", "$aws/things/t/shadow/get/+", "$aws/+/x"})
  void wildcardsInsideTheReservedTreeAreTaken(String filter) {
    try (RawClient client = connected(gateway.port, 4, "reserved")) {
      assertThat(client.send(subscribe(4, 1, filter, 0)).read().hex()).isEqualTo("90 000100");
    }
  }

  @ParameterizedTest(name = "an expiry of {0} becomes {1}")
  @CsvSource({"02 00000000, 00000001", "02 00093A81, 00093a80", "02 00000010, 00000010"})
  void aMessageExpiresWithinOneSecondAndSevenDays(String properties, String expiry) {
    try (RawClient client = connected(gateway.port, 5, "expiring")) {
      client.send(subscribe(5, 1, "e", 0)).read();
      byte[] list = hex(properties);
      client.send(packet(0x30, text("e"), new byte[] {(byte) list.length}, list, X));

      assertThat(client.read().hex()).contains("02" + expiry);
    }
  }

  @Test
  void aMessageWithoutAnExpiryGetsNone() {
    try (RawClient client = connected(gateway.port, 5, "lasting")) {
      client.send(subscribe(5, 1, "e", 0)).read();
      client.send(publish(5, 0, "e", 0, X));

      assertThat(client.read().hex()).isEqualTo("30 0001650078");
    }
  }
}
