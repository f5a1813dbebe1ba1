package io.sluice.gateway;

import static com.hivemq.client.mqtt.mqtt5.message.connect.connack.Mqtt5ConnAckReasonCode.BAD_USER_NAME_OR_PASSWORD;
import static com.hivemq.client.mqtt.mqtt5.message.connect.connack.Mqtt5ConnAckReasonCode.NOT_AUTHORIZED;
import static com.hivemq.client.mqtt.mqtt5.message.connect.connack.Mqtt5ConnAckReasonCode.SUCCESS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5DisconnectException;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5SubAckException;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.sluice.credentials.User;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A phone with a token of its issuer, over MQTT and over WebSocket. */
class TokensOverMqttTest {
  private static final String POLICY =
      """
      {"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":"iot:Connect","Resource":"arn:aws:iot:local:000000000000:client/${jwt:sub}-*"},
        {"Effect":"Allow","Action":["iot:Publish","iot:Receive"],
         "Resource":"arn:aws:iot:local:000000000000:topic/phones/${jwt:sub}/*"},
        {"Effect":"Allow","Action":"iot:Subscribe",
         "Resource":"arn:aws:iot:local:000000000000:topicfilter/phones/${jwt:sub}/*",
         "Condition":{"ForAnyValue:StringEquals":{"jwt:groups":"readers"}}}]}
      """;

  @TempDir static Path folder;
  private static WayHouse house;
  private static RSAKey key;

  @BeforeAll
  static void open() throws Exception {
    key = new RSAKeyGenerator(2048).keyID("k").generate();
    Path keys = folder.resolve("keys.json");
    Files.writeString(keys, new JWKSet(key.toPublicJWK()).toString());
    house =
        new WayHouse(
            folder.resolve("data"),
            Map.of(
                Setting.WAYS_IN, "password,jwt",
                Setting.JWT_ISSUER, "https://issuer.example",
                Setting.JWT_KEYS, keys.toString(),
                Setting.JWT_AUDIENCE, "sluice",
                Setting.JWT_LEEWAY_SECONDS, "0",
                Setting.JWT_POLICIES, "groups=phones:phones"));
    house.policy("phones", POLICY);
    house.policy("below-a", WayHouse.POLICY);
    house.user("ann", "pencil", User.Method.PASSWORD, "below-a");
  }

  @AfterAll
  static void close() {
    house.close();
  }

  private static String token(Duration left, String... groups) throws JOSEException {
    SignedJWT token =
        new SignedJWT(
            new JWSHeader.Builder(JWSAlgorithm.RS256).keyID("k").build(),
            new JWTClaimsSet.Builder()
                .issuer("https://issuer.example")
                .audience("sluice")
                .subject("ann")
                .claim("groups", groups)
                .expirationTime(Date.from(Instant.now().plus(left)))
                .build());
    token.sign(new RSASSASigner(key));
    return token.serialize();
  }

  private static void assertPolicy(Mqtt5BlockingClient phone) {
    phone.subscribeWith().topicFilter("phones/ann/1").send();
    assertThatThrownBy(() -> phone.subscribeWith().topicFilter("phones/bob/1").send())
        .isInstanceOf(Mqtt5SubAckException.class);
  }

  @Test
  void aTokenInThePasswordLetsItsOwnerDoWhatClaimsAndPolicySay() throws JOSEException {
    Mqtt5BlockingClient phone =
        house.client("ann-1", "any", token(Duration.ofMinutes(5), "phones", "readers"));
    assertThat(WayHouse.connect(phone)).isEqualTo(SUCCESS);
    assertPolicy(phone);
    phone.disconnect();

    assertThat(
            WayHouse.connect(house.client("bob-1", "any", token(Duration.ofMinutes(5), "phones"))))
        .as("another's client identifier")
        .isEqualTo(NOT_AUTHORIZED);
    assertThat(WayHouse.connect(house.client("ann-1", "any", token(Duration.ofMinutes(5)))))
        .as("no group, no policy")
        .isEqualTo(NOT_AUTHORIZED);
    assertThat(
            WayHouse.connect(house.client("ann-1", "any", token(Duration.ofMinutes(-1), "phones"))))
        .isEqualTo(BAD_USER_NAME_OR_PASSWORD);
    assertThat(house.gateway.refused()).anyMatch(refused -> refused.word().equals("token_expired"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"header", "query"})
  void aTokenComesWithTheRequestOfAWebSocket(String where) throws JOSEException {
    String token = token(Duration.ofMinutes(5), "phones", "readers");
    var socket =
        house
            .client("ann-ws")
            .serverPort(house.port("wss"))
            .webSocketConfig()
            .serverPath("mqtt")
            .subprotocol("mqtt");
    Mqtt5BlockingClient phone =
        (where.equals("query")
                ? socket.queryString("token=" + token)
                : socket.httpHeaders(Map.of("Authorization", "Bearer " + token)))
            .applyWebSocketConfig()
            .buildBlocking();
    assertThat(WayHouse.connect(phone)).isEqualTo(SUCCESS);
    assertPolicy(phone);
    phone.disconnect();
  }

  @Test
  void theSessionEndsWhenTheTokenExpires() throws JOSEException {
    BlockingQueue<String> ends = new LinkedBlockingQueue<>();
    Mqtt5BlockingClient phone =
        house
            .client("ann-short")
            .addDisconnectedListener(end -> ends.add(reason(end.getCause())))
            .simpleAuth()
            .username("any")
            .password(
                token(Duration.ofSeconds(4), "phones")
                    .getBytes(java.nio.charset.StandardCharsets.UTF_8))
            .applySimpleAuth()
            .buildBlocking();
    assertThat(WayHouse.connect(phone)).isEqualTo(SUCCESS);

    await().atMost(20, TimeUnit.SECONDS).until(() -> !phone.getState().isConnected());
    assertThat(ends).anyMatch(cause -> cause.contains("MAXIMUM_CONNECT_TIME"));
  }

  private static String reason(Throwable cause) {
    return cause instanceof Mqtt5DisconnectException said
        ? said.getMqttMessage().getReasonCode().name()
        : String.valueOf(cause);
  }

  @Test
  void aUserWithAPasswordIsNotTakenForAToken() {
    Mqtt5BlockingClient ann = house.client("ann-2", "ann", "pencil");
    await().until(() -> WayHouse.connect(ann) == SUCCESS);
    ann.disconnect();
  }

  @Test
  void settingsThatWouldTakeAnybodysTokenStopTheStart(@TempDir Path other) {
    assertThatThrownBy(() -> new WayHouse(other, Map.of(Setting.WAYS_IN, "jwt")))
        .isInstanceOf(GatewayConfig.ConfigRefused.class)
        .hasMessageContaining("issuer");
  }
}
