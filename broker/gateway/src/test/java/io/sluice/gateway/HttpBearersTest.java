package io.sluice.gateway;

import static com.hivemq.client.mqtt.mqtt5.message.connect.connack.Mqtt5ConnAckReasonCode.SUCCESS;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.sluice.api.AccessKey;
import io.sluice.api.AccessKeys;
import io.sluice.certs.CertificateProfile;
import io.sluice.certs.Identity;
import io.sluice.certs.KeyKind;
import io.sluice.credentials.AuthorizerDefinition;
import io.sluice.identity.CertificateStatus;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Date;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.iotdataplane.IotDataPlaneClient;
import software.amazon.awssdk.services.iotdataplane.model.ForbiddenException;

/** The data plane over HTTP for those without a certificate: authorizers, tokens, signatures. */
class HttpBearersTest {
  private static final String YES =
      """
      {"isAuthenticated":true,"principalId":"ann1","refreshAfterInSeconds":300,"disconnectAfterInSeconds":86400,
       "policyDocuments":[{"Version":"2012-10-17","Statement":[
         {"Effect":"Allow","Action":"iot:Connect","Resource":"*"},
         {"Effect":"Allow","Action":["iot:Publish","iot:Receive"],"Resource":"arn:aws:iot:local:000000000000:topic/a/*"},
         {"Effect":"Allow","Action":"iot:Subscribe","Resource":"arn:aws:iot:local:000000000000:topicfilter/a/*"},
         {"Effect":"Allow","Action":["iot:GetThingShadow","iot:UpdateThingShadow"],
          "Resource":"arn:aws:iot:local:000000000000:thing/lamp"}]}]}
      """;
  private static final String TOKEN_POLICY =
      """
      {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iot:Publish",
        "Resource":"arn:aws:iot:local:000000000000:topic/phones/${jwt:sub}/*"}]}
      """;

  @TempDir static Path folder;
  private static FakeAuthorizer authorizer;
  private static WayHouse house;
  private static RSAKey issuer;
  private static Identity device;

  @BeforeAll
  static void open() throws Exception {
    authorizer = new FakeAuthorizer(YES);
    issuer = new RSAKeyGenerator(2048).keyID("k").generate();
    Path jwks = folder.resolve("keys.json");
    Files.writeString(jwks, new JWKSet(issuer.toPublicJWK()).toString());
    house =
        new WayHouse(
            folder.resolve("data"),
            Map.of(
                Setting.WAYS_IN, "certificate,authorizer,jwt,sigv4",
                Setting.AUTHORIZER_PRIVATE_ADDRESSES, "true",
                Setting.JWT_ISSUER, "https://issuer.example",
                Setting.JWT_KEYS, jwks.toString(),
                Setting.JWT_AUDIENCE, "sluice",
                Setting.JWT_POLICIES, "phones"));
    house.policy("phones", TOKEN_POLICY);
    house.policy("below-a", WayHouse.POLICY);
    device =
        house
            .gateway
            .certificates()
            .authority()
            .issue(CertificateProfile.device("lamp"), KeyKind.EC_P256);
    var registry = house.gateway.rooms().registry;
    DemoSetup.await(
        registry.certificates().register(device.certificate(), CertificateStatus.ACTIVE, true));
    DemoSetup.await(
        registry.policies().attach("below-a", registry.arns().certificate(device.certificateId())));
    create("open", true, false);
    create("kept", true, true);
    create("signed", false, true);
  }

  private static void create(String name, boolean unsigned, boolean caching) {
    DemoSetup.await(
        house
            .gateway
            .rooms()
            .authorizers
            .create(
                new AuthorizerDefinition(
                    name,
                    authorizer.url(),
                    "token",
                    unsigned ? Map.of() : Map.of("k", authorizer.publicKey()),
                    true,
                    unsigned,
                    caching,
                    1,
                    1)));
  }

  @AfterAll
  static void close() {
    house.close();
    authorizer.close();
  }

  @BeforeEach
  void forget() {
    authorizer.reset(YES);
  }

  /** An unmodified SDK client that sends headers of its own. */
  private static IotDataPlaneClient sdk(
      String port, AwsCredentialsProvider credentials, Map<String, String> headers) {
    return IotDataPlaneClient.builder()
        .endpointOverride(
            URI.create(
                "%s://%s:%d"
                    .formatted(
                        port, port.equals("http") ? "127.0.0.1" : "localhost", house.port(port))))
        .region(Region.of("local"))
        .credentialsProvider(credentials)
        .httpClientBuilder(
            UrlConnectionHttpClient.builder()
                .tlsTrustManagersProvider(() -> house.trust().getTrustManagers()))
        .overrideConfiguration(c -> headers.forEach(c::putHeader))
        .build();
  }

  private static IotDataPlaneClient sdk(String port, Map<String, String> headers) {
    return sdk(port, AnonymousCredentialsProvider.create(), headers);
  }

  private static void publish(IotDataPlaneClient client, String topic) {
    client.publish(r -> r.topic(topic).qos(1).payload(SdkBytes.fromUtf8String("hello")));
  }

  private static Map<String, String> named(String authorizer, String token) {
    return Map.of("X-Amz-CustomAuthorizer-Name", authorizer, "token", token);
  }

  private static HttpResponse<String> send(String url, KeyManager[] mine, String... headers)
      throws Exception {
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(mine, house.trust().getTrustManagers(), null);
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url)).POST(HttpRequest.BodyPublishers.ofString("hello"));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return HttpClient.newBuilder()
        .sslContext(tls)
        .build()
        .send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private static String https(String path) {
    return "https://localhost:%d%s".formatted(house.port("https"), path);
  }

  private static String http(String path) {
    return "http://127.0.0.1:%d%s".formatted(house.port("http"), path);
  }

  @ParameterizedTest
  @ValueSource(strings = {"https", "http"})
  void anAuthorizerDecidesWhoPublishesAndWhatItsPoliciesAllow(String port) {
    Mqtt5BlockingClient subscriber =
        house.client("subscriber-" + port, "bob?x-amz-customauthorizer-name=open", "pencil");
    assertThat(WayHouse.connect(subscriber)).isEqualTo(SUCCESS);
    subscriber.subscribeWith().topicFilter("a/" + port).send();
    authorizer.asked.clear();
    try (var received = subscriber.publishes(MqttGlobalPublishFilter.ALL);
        IotDataPlaneClient client = sdk(port, named("open", "my-token"))) {
      publish(client, "a/" + port);
      assertThat(received.receive(20, TimeUnit.SECONDS))
          .hasValueSatisfying(
              message -> assertThat(message.getPayloadAsBytes()).asString().isEqualTo("hello"));
      JsonNode question = authorizer.asked.peek();
      assertThat(question.at("/token").asText()).isEqualTo("my-token");
      assertThat(question.at("/signatureVerified").asBoolean()).isFalse();
      assertThat(question.at("/protocols")).map(JsonNode::asText).containsExactly("http");
      assertThat(question.at("/protocolData/http/headers/token").asText()).isEqualTo("my-token");
      assertThat(question.at("/protocolData/http/queryString").asText()).contains("qos=1");
      assertThat(question.at("/protocolData/mqtt").isMissingNode()).isTrue();

      assertThatThrownBy(() -> publish(client, "b/no")).isInstanceOf(ForbiddenException.class);
      client.updateThingShadow(
          r -> r.thingName("lamp").payload(SdkBytes.fromUtf8String("{\"state\":{}}")));
      assertThat(client.getThingShadow(r -> r.thingName("lamp")).payload().asUtf8String())
          .contains("state");
      assertThatThrownBy(() -> client.getThingShadow(r -> r.thingName("another")))
          .isInstanceOf(ForbiddenException.class);
    } catch (InterruptedException stopped) {
      throw new AssertionError(stopped);
    }
    subscriber.disconnect();
  }

  @Test
  void withoutCachingAnAuthorizerIsAskedAboutEveryRequest() {
    try (IotDataPlaneClient client = sdk("https", named("open", "t"))) {
      publish(client, "a/1");
      publish(client, "a/2");
    }
    assertThat(authorizer.asked).hasSize(2);
  }

  @Test
  void withCachingOneAnswerHoldsForWhoShowsTheSameAndNobodyElse() {
    try (IotDataPlaneClient client = sdk("https", named("kept", "first"));
        IotDataPlaneClient other = sdk("https", named("kept", "second"))) {
      publish(client, "a/1");
      publish(client, "a/2");
      client.publish(r -> r.topic("a/3").qos(0).retain(false));
      assertThat(authorizer.asked)
          .as("the same token, another topic and other parameters")
          .hasSize(1);
      assertThatThrownBy(() -> publish(client, "b/1"))
          .as("kept or not, policies decide")
          .isInstanceOf(ForbiddenException.class);

      authorizer.answer = "{\"isAuthenticated\":false}";
      assertThatThrownBy(() -> publish(other, "a/1"))
          .isInstanceOf(ForbiddenException.class)
          .hasMessageContaining("authorizer_refused");
      assertThatThrownBy(() -> publish(other, "a/1")).isInstanceOf(ForbiddenException.class);
      assertThat(authorizer.asked).as("a no is not kept").hasSize(3);
    }
  }

  @Test
  void aTokenMustBeSignedOrTheAuthorizerIsNotEvenAsked() throws Exception {
    String signature = authorizer.sign("my-token");

    String named = "x-amz-customauthorizer-name";
    String signed = "x-amz-customauthorizer-signature";
    assertThat(
            send(
                    https("/topics/a/1"),
                    null,
                    named,
                    "signed",
                    "token",
                    "my-token",
                    signed,
                    signature)
                .statusCode())
        .isEqualTo(200);
    assertThat(authorizer.asked.peek().at("/signatureVerified").asBoolean()).isTrue();
    assertThat(authorizer.asked.peek().at("/protocols"))
        .as("this client says which server it asks for")
        .map(JsonNode::asText)
        .containsExactly("tls", "http");
    assertThat(authorizer.asked.peek().at("/protocolData/tls/serverName").asText())
        .isEqualTo("localhost");
    authorizer.asked.clear();

    HttpResponse<String> unsigned =
        send(https("/topics/a/1"), null, named, "signed", "token", "my-token");
    assertThat(unsigned.statusCode()).as("whose token is in the cache").isEqualTo(403);
    assertThat(unsigned.body()).contains("Forbidden: authorizer_signature");
    assertThat(unsigned.headers().firstValue("x-amzn-ErrorType").orElse(""))
        .startsWith("ForbiddenException");
    assertThat(
            send(https("/topics/a/1"), null, named, "signed", "token", "other", signed, signature)
                .statusCode())
        .isEqualTo(403);
    assertThat(authorizer.asked).isEmpty();

    String query =
        "?x-amz-customauthorizer-name=signed&token=my-token&x-amz-customauthorizer-signature="
            + java.net.URLEncoder.encode(signature, UTF_8);
    assertThat(send(https("/topics/a/1" + query), null).statusCode()).isEqualTo(200);
  }

  @Test
  void anAuthorizerOfNoHelpIs503AndCountedByItsWord() throws Exception {
    authorizer.answer = "[]";
    HttpResponse<String> response =
        send(https("/topics/a/1"), null, "x-amz-customauthorizer-name", "open", "token", "t");
    assertThat(response.statusCode()).isEqualTo(503);
    assertThat(response.headers().firstValue("x-amzn-ErrorType").orElse(""))
        .startsWith("ServiceUnavailableException");
    HttpResponse<String> metrics =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(URI.create(http("/metrics"))).build(),
                HttpResponse.BodyHandlers.ofString());
    assertThat(metrics.body())
        .contains("sluice_api_bearers_refused_total{reason=\"authorizer_unavailable\"}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"https", "http"})
  void aPhonePublishesWithItsTokenWhereThePolicyLetsItsOwner(String port) throws Exception {
    try (IotDataPlaneClient phone = sdk(port, Map.of("Authorization", "Bearer " + token(300)))) {
      publish(phone, "phones/ann/1");
      assertThatThrownBy(() -> publish(phone, "phones/bob/1"))
          .isInstanceOf(ForbiddenException.class);
    }
    try (IotDataPlaneClient late = sdk(port, Map.of("Authorization", "Bearer " + token(-300)))) {
      assertThatThrownBy(() -> publish(late, "phones/ann/1"))
          .isInstanceOf(ForbiddenException.class)
          .hasMessageContaining("token_expired");
    }
  }

  private static String token(long secondsLeft) throws Exception {
    SignedJWT token =
        new SignedJWT(
            new JWSHeader.Builder(JWSAlgorithm.RS256).keyID("k").build(),
            new JWTClaimsSet.Builder()
                .issuer("https://issuer.example")
                .audience("sluice")
                .subject("ann")
                .expirationTime(Date.from(Instant.now().plusSeconds(secondsLeft)))
                .build());
    token.sign(new RSASSASigner(issuer));
    return token.serialize();
  }

  @Test
  void aTokenOpensTheDataPlaneAlone() throws Exception {
    String bearer = "Bearer " + token(300);
    assertThat(send(https("/things/x"), null, "Authorization", bearer).statusCode()).isEqualTo(404);
    for (String path :
        new String[] {"/things/x", "/policies/p", "/?Action=CreateQueue&QueueName=q"}) {
      HttpResponse<String> response = send(http(path), null, "Authorization", bearer);
      assertThat(response.statusCode()).as(path).isEqualTo(403);
    }
    HttpResponse<String> target =
        send(
            http("/topics/phones/ann/1"),
            null,
            "Authorization",
            bearer,
            "X-Amz-Target",
            "AmazonSQS.ListQueues");
    assertThat(target.statusCode()).isGreaterThanOrEqualTo(400);
    assertThat(
            send(http("/authorizer/mine"), null, "X-Amz-CustomAuthorizer-Name", "open")
                .statusCode())
        .isEqualTo(403);
    assertThat(authorizer.asked).isEmpty();
  }

  @Test
  void aSignatureIsTakenOverTlsTooWhereThatWayIsOpen() {
    AccessKey key = AccessKeys.load(house.data.resolve("access-key")).get(0);
    try (IotDataPlaneClient signer = sdk("https", credentials(key.id(), key.secret()), Map.of());
        IotDataPlaneClient forger = sdk("https", credentials(key.id(), "another"), Map.of())) {
      publish(signer, "any/topic");
      assertThatThrownBy(() -> publish(forger, "any/topic")).hasMessageContaining("signature");
    }
  }

  private static AwsCredentialsProvider credentials(String id, String secret) {
    return StaticCredentialsProvider.create(AwsBasicCredentials.create(id, secret));
  }

  @Test
  void whoShowsACertificateIsItsOwnerWhateverElseHeSays() throws Exception {
    KeyManagerFactory factory = KeyManagerFactory.getInstance("PKIX");
    factory.init(device.keyStore("x".toCharArray()), "x".toCharArray());
    KeyManager[] mine = factory.getKeyManagers();
    assertThat(send(https("/topics/a/1"), mine).statusCode()).isEqualTo(200);
    HttpResponse<String> both =
        send(https("/things/lamp/shadow"), mine, "x-amz-customauthorizer-name", "open");
    assertThat(both.statusCode()).isEqualTo(403);
    assertThat(authorizer.asked).isEmpty();
  }

  @Test
  void whoShowsNothingIsForbidden() throws Exception {
    HttpResponse<String> response = send(https("/topics/a/1"), null);
    assertThat(response.statusCode()).isEqualTo(403);
    assertThat(response.body()).contains("no_credentials");
    assertThat(send(http("/topics/a/1"), null).body()).contains("Authentication Token");
  }

  @Test
  void aWayThatIsClosedIsClosedOverHttpToo(@TempDir Path other) throws Exception {
    try (WayHouse closed = new WayHouse(other, Map.of(Setting.WAYS_IN, "password"))) {
      KeyManagerFactory factory = KeyManagerFactory.getInstance("PKIX");
      Identity own =
          closed
              .gateway
              .certificates()
              .authority()
              .issue(CertificateProfile.device("lamp"), KeyKind.EC_P256);
      DemoSetup.await(
          closed
              .gateway
              .rooms()
              .registry
              .certificates()
              .register(own.certificate(), CertificateStatus.ACTIVE, true));
      factory.init(own.keyStore("x".toCharArray()), "x".toCharArray());
      SSLContext tls = SSLContext.getInstance("TLS");
      tls.init(factory.getKeyManagers(), closed.trust().getTrustManagers(), null);
      HttpResponse<String> response =
          HttpClient.newBuilder()
              .sslContext(tls)
              .build()
              .send(
                  HttpRequest.newBuilder(
                          URI.create(
                              "https://localhost:%d/topics/a/1".formatted(closed.port("https"))))
                      .header("Authorization", "Bearer " + token(300))
                      .POST(HttpRequest.BodyPublishers.ofString("hello"))
                      .build(),
                  HttpResponse.BodyHandlers.ofString());
      assertThat(response.statusCode()).isEqualTo(403);
    }
  }
}
