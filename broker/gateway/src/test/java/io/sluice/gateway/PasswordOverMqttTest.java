package io.sluice.gateway;

import static com.hivemq.client.mqtt.mqtt5.message.connect.connack.Mqtt5ConnAckReasonCode.BAD_USER_NAME_OR_PASSWORD;
import static com.hivemq.client.mqtt.mqtt5.message.connect.connack.Mqtt5ConnAckReasonCode.NOT_AUTHORIZED;
import static com.hivemq.client.mqtt.mqtt5.message.connect.connack.Mqtt5ConnAckReasonCode.SUCCESS;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5SubAckException;
import io.sluice.credentials.User;
import io.sluice.credentials.Users;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.eclipse.paho.client.mqttv3.MqttClient;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** User name and password in CONNECT, by clients nobody here wrote. */
class PasswordOverMqttTest {
  @TempDir static Path folder;
  private static WayHouse house;

  @BeforeAll
  static void open() {
    house =
        new WayHouse(folder.resolve("data"), Map.of(Setting.WAYS_IN, "certificate,password,scram"));
    house.policy("below-a", WayHouse.POLICY);
    house.user("ann", "pencil", User.Method.BOTH, "below-a");
    house.user("scram-only", "pencil", User.Method.SCRAM, "below-a");
    house.user("no-policy", "pencil", User.Method.PASSWORD);
    Users.load(house.data)
        .put( // "abc", by another program
            User.hashed(
                "carl",
                "$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i",
                List.of("below-a")));
    await().until(() -> WayHouse.connect(house.client("seen", "carl", "abc")) == SUCCESS);
  }

  @AfterAll
  static void close() {
    house.close();
  }

  @Test
  void aUserMayDoWhatItsPolicySaysAndNothingElse() throws InterruptedException {
    Mqtt5BlockingClient ann = house.client("ann-1", "ann", "pencil");
    assertThat(WayHouse.connect(ann)).isEqualTo(SUCCESS);
    try (var received = ann.publishes(MqttGlobalPublishFilter.ALL)) {
      ann.subscribeWith().topicFilter("a/b").send();
      ann.publishWith().topic("a/b").payload("hello".getBytes(UTF_8)).send();
      assertThat(received.receive(20, TimeUnit.SECONDS))
          .map(p -> new String(p.getPayloadAsBytes(), UTF_8))
          .contains("hello");
    }
    assertThatThrownBy(() -> ann.subscribeWith().topicFilter("b/c").send())
        .isInstanceOf(Mqtt5SubAckException.class);
    ann.disconnect();
  }

  @ParameterizedTest(name = "level {0}")
  @ValueSource(ints = {MqttConnectOptions.MQTT_VERSION_3_1, MqttConnectOptions.MQTT_VERSION_3_1_1})
  void mqtt31And311ClientsComeInAndAreRefusedWithReturnCode4(int version) throws MqttException {
    paho("old", version, "ann", "pencil").disconnect();
    assertThatThrownBy(() -> paho("old", version, "ann", "crayon"))
        .isInstanceOfSatisfying(
            MqttException.class, refused -> assertThat(refused.getReasonCode()).isEqualTo(4));
  }

  private static MqttClient paho(String id, int version, String user, String password)
      throws MqttException {
    MqttConnectOptions options = new MqttConnectOptions();
    options.setMqttVersion(version);
    options.setSocketFactory(house.sockets());
    options.setHttpsHostnameVerificationEnabled(false);
    options.setUserName(user);
    options.setPassword(password.toCharArray());
    MqttClient client = new MqttClient("ssl://localhost:" + house.port("mqtts"), id, null);
    client.connect(options);
    return client;
  }

  @Test
  void aWrongPasswordAndAnUnknownNameAreRefusedAlike() {
    assertThat(WayHouse.connect(house.client("x", "ann", "crayon")))
        .isEqualTo(BAD_USER_NAME_OR_PASSWORD);
    assertThat(WayHouse.connect(house.client("x", "nobody", "pencil")))
        .isEqualTo(BAD_USER_NAME_OR_PASSWORD);
    assertThat(WayHouse.connect(house.client("x", "scram-only", "pencil")))
        .as("has no password for CONNECT")
        .isEqualTo(BAD_USER_NAME_OR_PASSWORD);
    assertThat(house.gateway.refused())
        .filteredOn(refused -> refused.word().equals("bad_password"))
        .hasSizeGreaterThanOrEqualTo(3)
        .noneMatch(refused -> refused.explanation().contains("nobody"));
  }

  @Test
  void aUserWithoutAPolicyMayNothing() {
    assertThat(WayHouse.connect(house.client("x", "no-policy", "pencil")))
        .isEqualTo(NOT_AUTHORIZED);
  }

  @Test
  void whoShowsNothingIsRefused() {
    assertThat(WayHouse.connect(house.client("bare").buildBlocking())).isEqualTo(NOT_AUTHORIZED);
    assertThat(house.gateway.refused())
        .anyMatch(refused -> refused.word().equals("no_credentials"));
  }

  @Test
  void theMetricsThatAnSdkAppendsAreNoPartOfTheName() {
    Mqtt5BlockingClient sdk = house.client("sdk", "ann?SDK=JavaV2&Version=1.0", "pencil");
    assertThat(WayHouse.connect(sdk)).isEqualTo(SUCCESS);
    sdk.disconnect();
  }

  @Test
  void aConnectionEndsWhenItsUserIsRemovedOrItsPolicyNoLongerLetsItConnect() {
    house.policy("passing", WayHouse.POLICY);
    house.user("gone", "pencil", User.Method.PASSWORD, "below-a");
    house.user("denied", "pencil", User.Method.PASSWORD, "passing");
    Mqtt5BlockingClient gone = house.client("gone", "gone", "pencil");
    Mqtt5BlockingClient denied = house.client("denied", "denied", "pencil");
    await().until(() -> WayHouse.connect(gone) == SUCCESS);
    await().until(() -> WayHouse.connect(denied) == SUCCESS);

    Users.load(house.data).remove("gone");
    await().until(() -> !gone.getState().isConnected());
    DemoSetup.await(
        house
            .gateway
            .rooms()
            .registry
            .policies()
            .createVersion(
                "passing",
                "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\"}}",
                true));
    await().until(() -> !denied.getState().isConnected());
  }

  @Test
  void aUserOfScramNeedsNoCertificateAndHasItsPolicies() {
    Mqtt5BlockingClient ann =
        house.client("scram").enhancedAuth(new ScramOverMqttTest.Scram("pencil")).buildBlocking();
    assertThat(WayHouse.connect(ann)).isEqualTo(SUCCESS);
    ann.subscribeWith().topicFilter("a/b").send();
    assertThatThrownBy(() -> ann.subscribeWith().topicFilter("b/c").send())
        .isInstanceOf(Mqtt5SubAckException.class);
    ann.disconnect();
  }

  @Test
  void thereIsNoPlainPortUnlessASettingOpensIt() {
    assertThat(house.port("mqtt")).as("none").isZero();
  }

  @Test
  void passwordsAreTakenInPlainTextWhereASettingSaysSoAndScramIsDemandedWhereOneDoes(
      @TempDir Path other) {
    try (WayHouse open =
        new WayHouse(
            other.resolve("data"),
            Map.of(
                Setting.WAYS_IN, "scram,password",
                Setting.PLAIN_TEXT, "true",
                Setting.SCRAM_DEMANDED, "true"))) {
      open.policy("below-a", WayHouse.POLICY);
      open.user("ann", "pencil", User.Method.BOTH, "below-a");
      Mqtt5BlockingClient scram =
          com.hivemq.client.mqtt.MqttClient.builder()
              .useMqttVersion5()
              .identifier("plain")
              .serverHost("127.0.0.1")
              .serverPort(open.port("mqtt"))
              .enhancedAuth(new ScramOverMqttTest.Scram("pencil"))
              .buildBlocking();
      await().until(() -> WayHouse.connect(scram) == SUCCESS);
      scram.disconnect();
      assertThat(WayHouse.connect(open.client("x", "ann", "pencil"))).isEqualTo(NOT_AUTHORIZED);
      assertThat(open.gateway.refused())
          .anyMatch(refused -> refused.word().equals("scram_demanded"));
    }
    try (WayHouse open =
        new WayHouse(
            other.resolve("data"),
            Map.of(Setting.WAYS_IN, "password", Setting.PLAIN_TEXT, "true"))) {
      Mqtt5BlockingClient plain =
          com.hivemq.client.mqtt.MqttClient.builder()
              .useMqttVersion5()
              .identifier("plain")
              .serverHost("127.0.0.1")
              .serverPort(open.port("mqtt"))
              .simpleAuth()
              .username("ann")
              .password("pencil".getBytes(UTF_8))
              .applySimpleAuth()
              .buildBlocking();
      assertThat(WayHouse.connect(plain)).isEqualTo(SUCCESS);
      plain.disconnect();
    }
  }

  @Test
  void plainPortsForEverybodyAndForPasswordsExcludeEachOther(@TempDir Path other) {
    assertThatThrownBy(
            () ->
                new WayHouse(
                    other.resolve("data"), Map.of(Setting.DEV, "true", Setting.PLAIN_TEXT, "true")))
        .isInstanceOf(GatewayConfig.ConfigRefused.class)
        .hasMessageContaining("plain-text");
    assertThatThrownBy(
            () ->
                new WayHouse(other.resolve("other"), Map.of(Setting.WAYS_IN, "certificate,magic")))
        .isInstanceOf(GatewayConfig.ConfigRefused.class)
        .hasMessageContaining("magic");
  }
}
