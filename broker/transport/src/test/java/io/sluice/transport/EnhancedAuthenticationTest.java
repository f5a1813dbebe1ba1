package io.sluice.transport;

import static io.sluice.transport.RawClient.connect;
import static io.sluice.transport.RawClient.hex;
import static io.sluice.transport.RawClient.text;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.datatypes.MqttUtf8String;
import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import com.hivemq.client.mqtt.mqtt5.Mqtt5ClientConfig;
import com.hivemq.client.mqtt.mqtt5.auth.Mqtt5EnhancedAuthMechanism;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5ConnAckException;
import com.hivemq.client.mqtt.mqtt5.message.auth.Mqtt5Auth;
import com.hivemq.client.mqtt.mqtt5.message.auth.Mqtt5AuthBuilder;
import com.hivemq.client.mqtt.mqtt5.message.auth.Mqtt5EnhancedAuthBuilder;
import com.hivemq.client.mqtt.mqtt5.message.connect.Mqtt5Connect;
import com.hivemq.client.mqtt.mqtt5.message.connect.connack.Mqtt5ConnAck;
import com.hivemq.client.mqtt.mqtt5.message.disconnect.Mqtt5Disconnect;
import io.sluice.session.SessionLimits;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** MQTT 5, section 4.12, with a method that asks "?" until it hears a name and a "!". */
class EnhancedAuthenticationTest {
  private static final String METHOD = "15 0001 54"; // T

  private static TestGateway gateway;

  /** "ask" and "more" are asked; "!NAME" is NAME, who is told "ok"; all else is nobody. */
  private static final class Talk implements EnhancedAuthentication {
    @Override
    public String method() {
      return "T";
    }

    @Override
    public Exchange begin(String sourceIp) {
      return data -> {
        String said = new String(data, UTF_8);
        return switch (said) {
          case "a", "m" -> new Challenge("?".getBytes(UTF_8));
          default ->
              said.startsWith("!")
                  ? new Success(said, "ok".getBytes(UTF_8))
                  : new Failure("nobody");
        };
      };
    }
  }

  @BeforeAll
  static void open(@TempDir Path path) {
    gateway =
        new TestGateway(
            path,
            TransportLimits.STANDARD,
            SessionLimits.STANDARD,
            FrontSettings.STANDARD.withMethods(List.of(new Talk())));
  }

  @AfterAll
  static void close() {
    gateway.close();
  }

  private static byte[] hello(String clientId, String said) {
    return connect(5, 0x02, 60, METHOD + data(said), text(clientId));
  }

  private static String data(String said) {
    return "16 00%02X %s".formatted(said.length(), HexFormat.of().formatHex(said.getBytes(UTF_8)));
  }

  private static byte[] auth(String code, String properties) {
    byte[] list = hex(properties);
    return RawClient.packet(0xF0, hex(code), new byte[] {(byte) list.length}, list);
  }

  private static byte[] auth(String code, String method, String said) {
    return auth(code, method + data(said));
  }

  private static void assertAsks(RawClient client) {
    assertThat(client.read().hex()).isEqualTo("F0 180815000154160001" + "3f");
  }

  private static RawClient admitted(String clientId) {
    RawClient client = new RawClient(gateway.port);
    RawClient.Packet connack = client.send(hello(clientId, "!ann")).read();
    assertThat(connack.body()[1]).isZero();
    return client;
  }

  @Test
  void theServerAsksUntilItKnowsAndConnackNamesTheMethod() {
    try (RawClient client = new RawClient(gateway.port)) {
      client.send(hello("asked", "a"));
      assertAsks(client);
      client.send(auth("18", METHOD, "m"));
      assertAsks(client);
      RawClient.Packet connack = client.send(auth("18", METHOD, "!ann")).read();

      assertThat(connack.first()).isEqualTo(0x20);
      assertThat(connack.body()[1]).isZero();
      assertThat(connack.hex()).endsWith("15000154" + "1600026f6b"); // [MQTT-4.12.0-5]
      assertThat(client.send("C0 00").read().hex()).isEqualTo("D0 ");
    }
  }

  @Test
  void theGatekeeperIsAskedFirst() {
    try (RawClient client = new RawClient(gateway.port)) {
      RawClient.Packet connack = client.send(hello("stranger", "a")).read();

      assertThat("%02X".formatted(connack.body()[1])).isEqualTo("87");
    }
  }

  @Test
  void theGatekeepersDecisionMayComeLater() {
    try (RawClient client = new RawClient(gateway.port)) {
      client.send(hello("later", "a"));
      assertAsks(client);
      assertThat(client.send(auth("18", METHOD, "!ann")).read().body()[1]).isZero();
    }
  }

  @ParameterizedTest(name = "{0} [{3}]")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          the method says no            | F0 0A 18 08 15 0001 54 16 0001 78        | 87     | MQTT-4.12.0-4
          another method                | F0 0A 18 08 15 0001 55 16 0001 6D        | 82     | MQTT-4.12.0-5
          no method                     | F0 02 18 00                              | 82     | MQTT-4.12.0-5
          no reason code                | F0 00                                    | 82     | MQTT-4.12.0-3
          to authenticate again         | F0 0A 19 08 15 0001 54 16 0001 6D        | 82     | MQTT-4.12.0-3
          a code that is none of AUTH   | F0 0A 55 08 15 0001 54 16 0001 6D        | 82     | MQTT-3.15.2-1
          AUTH with flags               | F1 0A 18 08 15 0001 54 16 0001 6D        | 81     | MQTT-3.15.1-1
          data twice                    | F0 0E 18 0C 15 0001 54 16 0001 6D 16 0001 6D | 82 | 5, 3.15.2.2.3
          a property of PUBLISH         | F0 08 18 06 15 0001 54 01 00             | 81     | 5, 2.2.2.2
          bytes after the properties    | F0 07 18 04 15 0001 54 00                | 81     | 5, 3.15.2
          PINGREQ                       | C0 00                                    | 82     | MQTT-3.1.2-30
          a PUBLISH                     | 30 04 0001 61 00                         | 82     | MQTT-3.1.2-30
          DISCONNECT                    | E0 00                                    | closed | MQTT-3.1.2-30
          eight answers, all sent ahead | F0 0A 18 08 15 0001 54 16 0001 6D x 8    | 87     | MQTT-4.12.0-4
          """)
  void anAnswerBeforeConnackIsRefused(String what, String answer, String code, String clause) {
    String[] packets = answer.split(" x ", -1);
    try (RawClient client = new RawClient(gateway.port)) {
      client.send(hello("refused", "a"));
      assertAsks(client);
      client.send(packets[0].repeat(packets.length == 1 ? 1 : Integer.parseInt(packets[1])));

      RawClient.Packet last = client.read();
      while (last != null && last.type() == 0xF) {
        last = client.read();
      }
      assertThat(last == null ? "closed" : "%02X".formatted(last.body()[1]))
          .as(what)
          .isEqualTo(code);
      assertThat(client.read()).isNull();
    }
  }

  @ParameterizedTest(name = "{0} [{3}]")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          an unknown method       | 15 0001 55              | 8C | MQTT-4.12.0-1
          no data                 | 15 0001 54              | 87 | MQTT-4.12.0-4
          nobody                  | 15 0001 54 16 0001 78   | 87 | MQTT-4.12.0-4
          AUTH would be too large | 15 0001 54 16 0001 61 27 00000008 | closed | MQTT-3.1.2-24
          """)
  void aConnectIsRefused(String what, String properties, String code, String clause) {
    try (RawClient client = new RawClient(gateway.port)) {
      RawClient.Packet connack = client.send(connect(5, 0x02, 60, properties, text("no"))).read();

      String told =
          connack == null || connack.body()[1] == (byte) 0x95
              ? "closed"
              : "%02X".formatted(connack.body()[1]);
      assertThat(told).as(what).isEqualTo(code);
    }
  }

  @Test
  void whoDoesNotAnswerLosesTheConnectionWhenTheTimeOfConnectIsOver(@TempDir Path path) {
    try (TestGateway hasty =
            new TestGateway(
                path,
                TransportLimits.STANDARD.withConnectTimeoutMillis(200),
                SessionLimits.STANDARD,
                FrontSettings.STANDARD.withMethods(List.of(new Talk())));
        RawClient client = new RawClient(hasty.port)) {
      client.send(hello("silent", "a"));
      assertAsks(client);

      assertThat(client.read()).isNull();
    }
  }

  @Test
  void aClientAuthenticatesAgainWhileOtherPacketsGoOn() {
    try (RawClient client = admitted("again")) {
      for (int time = 0; time < 2; time++) {
        client.send(auth("19", METHOD, "a"));
        assertAsks(client);
        assertThat(client.send("C0 00").read().hex()).isEqualTo("D0 ");
        assertThat(client.send(auth("18", METHOD, "!ann")).read().hex())
            .isEqualTo("F0 0009150001541600026f6b");
      }
      assertThat(client.send("C0 00").read().hex()).isEqualTo("D0 ");
    }
  }

  @ParameterizedTest(name = "{0} [{3}]")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          the method says no         | F0 0A 19 08 15 0001 54 16 0001 78    | 87 | MQTT-4.12.1-2
          another user               | F0 0B 19 09 15 0001 54 16 0002 2178  | 87 | MQTT-4.12.1-2
          another method             | F0 0A 19 08 15 0001 55 16 0001 61    | 82 | MQTT-4.12.1-1
          no method                  | F0 02 19 00                          | 82 | MQTT-4.12.1-1
          an answer to no question   | F0 0A 18 08 15 0001 54 16 0001 61    | 82 | MQTT-4.12.0-3
          success, as servers say it | F0 0A 00 08 15 0001 54 16 0001 61    | 82 | MQTT-3.15.2-1
          begun twice                | F0 0A 19 08 15 0001 54 16 0001 61 F0 0A 19 08 15 0001 54 16 0001 61 | 82 | MQTT-4.12.1-1
          """)
  void authenticatingAgainEndsTheConnection(String what, String sent, String code, String clause) {
    try (RawClient client = admitted("ends")) {
      client.send(sent);

      RawClient.Packet last = client.read();
      while (last != null && last.type() == 0xF) {
        last = client.read();
      }
      assertThat(last.disconnectCode()).as(what).isEqualTo(code);
      assertThat(client.read()).isNull();
    }
  }

  @Test
  void whoNamedNoMethodMayNotSendAuth() {
    try (RawClient client = RawClient.connected(gateway.port, 5, "plain")) {
      client.send(auth("19", METHOD, "a"));

      assertThat(client.read().disconnectCode()).isEqualTo("82"); // [MQTT-4.12.0-7]
    }
  }

  @Test
  void aClientLibraryAuthenticatesAndDoesSoAgain() throws Exception {
    Mechanism mechanism = new Mechanism("!ann");
    Mqtt5BlockingClient client = client(mechanism);

    client.connect();
    client.toAsync().reauth().get(20, TimeUnit.SECONDS);

    assertThat(mechanism.successes).isEqualTo(2);
    client.disconnect();
  }

  @Test
  void aClientLibraryIsRefused() {
    assertThatThrownBy(() -> client(new Mechanism("x")).connect())
        .isInstanceOf(Mqtt5ConnAckException.class);
  }

  private static Mqtt5BlockingClient client(Mechanism mechanism) {
    return MqttClient.builder()
        .useMqttVersion5()
        .identifier("library")
        .serverHost("127.0.0.1")
        .serverPort(gateway.port)
        .enhancedAuth(mechanism)
        .buildBlocking();
  }

  /** Asks to be asked, then says the word. */
  private static final class Mechanism implements Mqtt5EnhancedAuthMechanism {
    private final byte[] word;
    private volatile int successes;

    Mechanism(String word) {
      this.word = word.getBytes(UTF_8);
    }

    @Override
    public MqttUtf8String getMethod() {
      return MqttUtf8String.of("T");
    }

    @Override
    public int getTimeout() {
      return 5;
    }

    @Override
    public CompletableFuture<Void> onAuth(
        Mqtt5ClientConfig config, Mqtt5Connect connect, Mqtt5EnhancedAuthBuilder builder) {
      builder.data("a".getBytes(UTF_8));
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletableFuture<Void> onReAuth(Mqtt5ClientConfig config, Mqtt5AuthBuilder builder) {
      builder.data("a".getBytes(UTF_8));
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletableFuture<Boolean> onContinue(
        Mqtt5ClientConfig config, Mqtt5Auth auth, Mqtt5AuthBuilder builder) {
      builder.data(word);
      return CompletableFuture.completedFuture(true);
    }

    @Override
    public CompletableFuture<Boolean> onAuthSuccess(Mqtt5ClientConfig config, Mqtt5ConnAck ack) {
      return CompletableFuture.completedFuture(
          succeeded(ack.getEnhancedAuth().orElseThrow().getData().orElseThrow()));
    }

    @Override
    public CompletableFuture<Boolean> onReAuthSuccess(Mqtt5ClientConfig config, Mqtt5Auth auth) {
      return CompletableFuture.completedFuture(succeeded(auth.getData().orElseThrow()));
    }

    private synchronized boolean succeeded(ByteBuffer data) {
      successes++;
      return UTF_8.decode(data).toString().equals("ok");
    }

    @Override
    public void onAuthRejected(Mqtt5ClientConfig config, Mqtt5ConnAck ack) {}

    @Override
    public void onReAuthRejected(Mqtt5ClientConfig config, Mqtt5Disconnect disconnect) {}

    @Override
    public void onAuthError(Mqtt5ClientConfig config, Throwable cause) {}

    @Override
    public void onReAuthError(Mqtt5ClientConfig config, Throwable cause) {}
  }
}
