package io.sluice.gateway;

import static com.hivemq.client.mqtt.mqtt5.message.connect.connack.Mqtt5ConnAckReasonCode.BAD_USER_NAME_OR_PASSWORD;
import static com.hivemq.client.mqtt.mqtt5.message.connect.connack.Mqtt5ConnAckReasonCode.SUCCESS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Date;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Several issuers of tokens, one of whom says itself where its keys are. */
class IssuersFileTest {
  @TempDir Path folder;

  private static String token(ECKey key, String issuer, String audience) throws JOSEException {
    SignedJWT token =
        new SignedJWT(
            new JWSHeader.Builder(JWSAlgorithm.ES256).keyID(key.getKeyID()).build(),
            new JWTClaimsSet.Builder()
                .issuer(issuer)
                .audience(audience)
                .subject("ann")
                .expirationTime(Date.from(Instant.now().plusSeconds(300)))
                .build());
    token.sign(new ECDSASigner(key));
    return token.serialize();
  }

  private static void serve(HttpServer server, String path, String body) {
    server.createContext(
        path,
        exchange -> {
          byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
  }

  @Test
  void eachIssuersTokensAreTakenForItsOwnAudienceAndGiveItsOwnPolicies() throws Exception {
    ECKey staff = new ECKeyGenerator(Curve.P_256).keyID("staff").generate();
    ECKey guests = new ECKeyGenerator(Curve.P_256).keyID("guests").generate();
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    String here = "http://127.0.0.1:%d".formatted(server.getAddress().getPort());
    String realm = here + "/realms/staff";
    serve(
        server,
        "/realms/staff/.well-known/openid-configuration",
        "{\"issuer\":\"%s\",\"jwks_uri\":\"%s/jwks\"}".formatted(realm, here));
    serve(server, "/jwks", new JWKSet(staff.toPublicJWK()).toString());
    server.start();
    Path keys =
        Files.writeString(folder.resolve("g.json"), new JWKSet(guests.toPublicJWK()).toString());
    Path file =
        Files.writeString(
            folder.resolve("issuers.yaml"),
            """
            - name: staff
              issuer: %s
              audience: sluice
              policies: [below-a]
            - name: guests
              issuer: https://guests.example
              audience: guests-of-sluice
              keys: %s
              policies: ["nothing-of-use"]
            """
                .formatted(realm, keys));
    try (WayHouse house =
        new WayHouse(
            folder.resolve("data"),
            Map.of(Setting.WAYS_IN, "jwt", Setting.JWT_ISSUERS_FILE, file.toString()))) {
      house.policy("below-a", WayHouse.POLICY);
      Mqtt5BlockingClient ann = house.client("ann-1", "x", token(staff, realm, "sluice"));
      assertThat(WayHouse.connect(ann)).isEqualTo(SUCCESS);
      ann.subscribeWith().topicFilter("a/b").send();
      ann.disconnect();
      assertThat(house.iot().listTargetsForPolicy(r -> r.policyName("below-a")).targets())
          .containsExactly("jwt.staff/*");

      assertThat(WayHouse.connect(house.client("ann-2", "x", token(guests, realm, "sluice"))))
          .as("a guest's key for the staff's issuer")
          .isEqualTo(BAD_USER_NAME_OR_PASSWORD);
      assertThat(
              WayHouse.connect(
                  house.client("ann-2", "x", token(guests, "https://guests.example", "sluice"))))
          .as("the staff's audience")
          .isEqualTo(BAD_USER_NAME_OR_PASSWORD);
      assertThat(
              WayHouse.connect(
                  house.client("ann-2", "x", token(guests, "https://other.example", "sluice"))))
          .isEqualTo(BAD_USER_NAME_OR_PASSWORD);
      assertThat(house.gateway.refused().stream().map(refused -> refused.word()))
          .contains("token_issuer", "bad_token");
    } finally {
      server.stop(0);
    }
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          nothing in it         | []                                                       | 1 to 20 issuers
          not a list            | 'issuer: https://a.example'                              | no list of issuers
          a misspelt key        | '[{name: a, isuer: "https://a.example", audience: b}]'   | isuer
          no name               | '[{issuer: "https://a.example", audience: b}]'           | name
          no audience           | '[{name: a, issuer: "https://a.example"}]'               | audience
          a shared secret       | '[{name: a, issuer: "https://a.example", audience: b, algorithms: [HS256]}]' | HS256
          keys over an open way | '[{name: a, issuer: "https://a.example", audience: b, keys: "http://a.example/k"}]' | https
          no keys, and nobody to ask | '[{name: a, issuer: "urn:a", audience: b}]'         | name them
          one issuer twice      | '[{name: a, issuer: "https://a.example", audience: b}, {name: c, issuer: "https://a.example", audience: d}]' | twice
          one name twice        | '[{name: a, issuer: "https://a.example", audience: b}, {name: a, issuer: "https://c.example", audience: d}]' | twice
          """)
  void aFileThatIsNotAsItMustBeStopsTheStart(String what, String text, String sentence)
      throws IOException {
    Path file = Files.writeString(folder.resolve("issuers.yaml"), text);
    assertThatThrownBy(
            () ->
                new WayHouse(
                    folder.resolve("data"),
                    Map.of(Setting.WAYS_IN, "jwt", Setting.JWT_ISSUERS_FILE, file.toString())))
        .as(what)
        .isInstanceOf(GatewayConfig.ConfigRefused.class)
        .hasMessageContaining(sentence);
  }
}
