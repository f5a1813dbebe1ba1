package io.sluice.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

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
import com.hivemq.client.mqtt.mqtt5.message.connect.connack.Mqtt5ConnAckReasonCode;
import com.hivemq.client.mqtt.mqtt5.message.disconnect.Mqtt5Disconnect;
import io.sluice.credentials.User;
import io.sluice.credentials.Users;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.crypto.Mac;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A client library with a SCRAM of its own, before a whole gateway. */
class ScramOverMqttTest {
  @TempDir Path folder;

  @Test
  void aUserThatIsAddedWhileTheGatewayRunsConnectsAndAuthenticatesAgain() throws Exception {
    Path directory = folder.resolve("data");
    Map<Setting, String> flags = TestGateway.onFreePorts(directory);
    try (Gateway gateway = Gateway.start(GatewayConfig.load(null, Map.of(), flags))) {
      Users.load(directory)
          .put(User.of("ann", "pencil".toCharArray(), User.Method.SCRAM, List.of()));
      int port = gateway.port("mqtt");
      await().ignoreExceptions().until(() -> connects(client(port, "pencil")));

      Mqtt5BlockingClient client = client(port, "pencil");
      client.connect();
      client.toAsync().reauth().get(20, TimeUnit.SECONDS);
      client.disconnect();

      assertThatThrownBy(() -> client(port, "crayon").connect())
          .isInstanceOfSatisfying(
              Mqtt5ConnAckException.class,
              refused ->
                  assertThat(refused.getMqttMessage().getReasonCode())
                      .isEqualTo(Mqtt5ConnAckReasonCode.NOT_AUTHORIZED));
    }
  }

  private static boolean connects(Mqtt5BlockingClient client) {
    client.connect();
    client.disconnect();
    return true;
  }

  private static Mqtt5BlockingClient client(int port, String password) {
    return MqttClient.builder()
        .useMqttVersion5()
        .identifier("scram")
        .serverHost("127.0.0.1")
        .serverPort(port)
        .enhancedAuth(new Scram(password))
        .buildBlocking();
  }

  static final class Scram implements Mqtt5EnhancedAuthMechanism {
    private static final String BARE = "n=ann,r=fyko+d2lbbFgONRv9qkxdawL";
    private final String password;
    private volatile String expected = "";

    Scram(String password) {
      this.password = password;
    }

    @Override
    public MqttUtf8String getMethod() {
      return MqttUtf8String.of("SCRAM-SHA-256");
    }

    @Override
    public int getTimeout() {
      return 5;
    }

    @Override
    public CompletableFuture<Void> onAuth(
        Mqtt5ClientConfig config, Mqtt5Connect connect, Mqtt5EnhancedAuthBuilder builder) {
      builder.data(("n,," + BARE).getBytes(UTF_8));
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletableFuture<Void> onReAuth(Mqtt5ClientConfig config, Mqtt5AuthBuilder builder) {
      builder.data(("n,," + BARE).getBytes(UTF_8));
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public CompletableFuture<Boolean> onContinue(
        Mqtt5ClientConfig config, Mqtt5Auth auth, Mqtt5AuthBuilder builder) {
      try {
        builder.data(answer(UTF_8.decode(auth.getData().orElseThrow()).toString()));
        return CompletableFuture.completedFuture(true);
      } catch (GeneralSecurityException missing) {
        return CompletableFuture.failedFuture(missing);
      }
    }

    private byte[] answer(String challenge) throws GeneralSecurityException {
      String[] parts = challenge.split(",", -1);
      byte[] salt = Base64.getDecoder().decode(parts[1].substring(2));
      int iterations = Integer.parseInt(parts[2].substring(2));
      byte[] salted =
          SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
              .generateSecret(new PBEKeySpec(password.toCharArray(), salt, iterations, 256))
              .getEncoded();
      String last = "c=biws," + parts[0];
      String said = BARE + "," + challenge + "," + last;
      byte[] clientKey = hmac(salted, "Client Key");
      byte[] proof = hmac(MessageDigest.getInstance("SHA-256").digest(clientKey), said);
      for (int i = 0; i < proof.length; i++) {
        proof[i] ^= clientKey[i];
      }
      Base64.Encoder base64 = Base64.getEncoder();
      expected = "v=" + base64.encodeToString(hmac(hmac(salted, "Server Key"), said));
      return (last + ",p=" + base64.encodeToString(proof)).getBytes(UTF_8);
    }

    private static byte[] hmac(byte[] key, String text) throws GeneralSecurityException {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal(text.getBytes(UTF_8));
    }

    private boolean isServer(ByteBuffer data) {
      return UTF_8.decode(data).toString().equals(expected);
    }

    @Override
    public CompletableFuture<Boolean> onAuthSuccess(Mqtt5ClientConfig config, Mqtt5ConnAck ack) {
      return CompletableFuture.completedFuture(
          isServer(ack.getEnhancedAuth().orElseThrow().getData().orElseThrow()));
    }

    @Override
    public CompletableFuture<Boolean> onReAuthSuccess(Mqtt5ClientConfig config, Mqtt5Auth auth) {
      return CompletableFuture.completedFuture(isServer(auth.getData().orElseThrow()));
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
