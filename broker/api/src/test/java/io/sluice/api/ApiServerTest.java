package io.sluice.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.linecorp.armeria.client.WebClient;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.sluice.identity.Arns;
import io.sluice.identity.Authenticator;
import io.sluice.identity.Authorizer;
import io.sluice.identity.Registry;
import io.sluice.identity.RegistryLimits;
import io.sluice.identity.WebOrigins;
import io.sluice.store.Clock;
import io.sluice.store.Overloaded;
import io.sluice.store.Partitions;
import io.sluice.store.SimulatedStore;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What holds for every request, whatever operation it asks for. */
class ApiServerTest {
  private static final int REQUEST_BYTES_MAX = 64 << 10;
  private static final String REQUEST_ID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";

  private static final PrometheusMeterRegistry METERS =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private static ApiServer server;
  private static int port;

  @BeforeAll
  static void start() {
    ApiSettings settings =
        ApiSettings.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), null)
            .withRequestBytesMax(REQUEST_BYTES_MAX);
    Operations operations = new Operations();
    operations
        .target("AmazonSQS", echo(Family.SQS))
        .target("Kinesis_20131202", echo(Family.KINESIS));
    operations
        .data()
        .add(
            "POST",
            "/topics/{topic+}",
            Operation.write(Family.IOT_DATA, "Publish", ApiServerTest::path));
    IotModel.addRefusals(operations);
    CallerGate callers =
        new CallerGate(
            AccessKeys.of(List.of(HandMade.ADMIN, HandMade.READER)),
            DataPlaneWays.CERTIFICATES,
            WebOrigins.ANY,
            nobody(),
            Clock.SYSTEM,
            METERS);
    ApiService service = new ApiService(operations, callers, METERS, null);
    server = new ApiServer(settings, service, null, METERS).start();
    port = server.httpPort();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static Authenticator nobody() {
    Partitions partitions =
        new Partitions(new SimulatedStore(1), Clock.SYSTEM, partition -> Runnable::run);
    Registry registry = new Registry(partitions, Arns.DEFAULT, RegistryLimits.STANDARD);
    return new Authenticator(registry, new Authorizer(registry, Clock.SYSTEM), Clock.SYSTEM);
  }

  private static List<Operation> echo(Family family) {
    return List.of(
        Operation.read(
            family,
            "Echo",
            call -> CompletableFuture.completedFuture(Reply.of(call.input().node()))),
        Operation.write(family, "Change", call -> CompletableFuture.completedFuture(Reply.EMPTY)),
        Operation.read(
            family, "Full", call -> CompletableFuture.failedFuture(new Overloaded("full"))),
        Operation.read(
            family,
            "Broken",
            call -> {
              throw new IllegalStateException("a secret detail");
            }));
  }

  private static CompletableFuture<Reply> path(Call call) {
    return CompletableFuture.completedFuture(
        Reply.of(
            Reply.object()
                .put("topic", call.pathVariable("topic"))
                .put("retain", call.flag("retain"))));
  }

  @Test
  void healthAndMetricsNeedNoKey() {
    assertThat(HandMade.request(port, "GET", "/health").unsigned().send().body())
        .isEqualTo("{\"status\":\"ok\"}");
    HandMade.json(port, "AmazonSQS.Echo", "{}").send();
    assertThat(HandMade.request(port, "GET", "/metrics").unsigned().send().body())
        .contains(
            "sluice_api_requests_seconds_count{operation=\"Echo\",outcome=\"Success\",service=\"sqs\"}");
  }

  @Test
  void everyReplyCarriesARequestIdOfItsOwn() {
    HttpResponse<String> one = HandMade.json(port, "AmazonSQS.Echo", "{}").send();
    HttpResponse<String> two = HandMade.json(port, "AmazonSQS.Nope", "{}").send();
    assertThat(one.headers().firstValue("x-amzn-requestid").orElse("")).matches(REQUEST_ID);
    assertThat(two.headers().firstValue("x-amzn-requestid").orElse("")).matches(REQUEST_ID);
    assertThat(one.headers().firstValue("x-amzn-requestid"))
        .isNotEqualTo(two.headers().firstValue("x-amzn-requestid"));
  }

  @ParameterizedTest(name = "{0}, key {1}, clock {2} min, tampered {3}: {5}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          AmazonSQS        | none    | 0   | no  | 403 | MissingAuthenticationTokenException | MissingAuthenticationToken
          AmazonSQS        | unknown | 0   | no  | 403 | UnrecognizedClientException         | InvalidClientTokenId
          AmazonSQS        | wrong   | 0   | no  | 403 | InvalidSignatureException           | SignatureDoesNotMatch
          AmazonSQS        | good    | 0   | yes | 403 | InvalidSignatureException           | SignatureDoesNotMatch
          AmazonSQS        | good    | -16 | no  | 403 | InvalidSignatureException           | RequestExpired
          Kinesis_20131202 | none    | 0   | no  | 400 | MissingAuthenticationTokenException | ''
          Kinesis_20131202 | unknown | 0   | no  | 400 | UnrecognizedClientException         | ''
          Kinesis_20131202 | wrong   | 0   | no  | 400 | InvalidSignatureException           | ''
          Kinesis_20131202 | good    | 0   | yes | 400 | InvalidSignatureException           | ''
          Kinesis_20131202 | good    | 16  | no  | 400 | InvalidSignatureException           | ''
          """)
  void aRequestThatProvesNothingIsRefusedInItsProtocol(
      String service,
      String key,
      int minutes,
      String tampered,
      int status,
      String type,
      String code) {
    HandMade request =
        HandMade.json(port, service + ".Change", "{\"a\":1}")
            .clockOffset(Duration.ofMinutes(minutes));
    switch (key) {
      case "none" -> request.unsigned();
      case "unknown" -> request.key(new AccessKey("AKNOBODY", "x", AccessKey.Role.ADMIN));
      case "wrong" -> request.key(new AccessKey("AKADMIN", "guess", AccessKey.Role.ADMIN));
      default -> {}
    }
    if (tampered.equals("yes")) {
      request.tamper("{\"a\":2}");
    }
    HttpResponse<String> response = request.send();
    assertThat(response.statusCode()).isEqualTo(status);
    assertThat(response.body()).contains(type).doesNotContain("admin-secret");
    assertThat(response.headers().firstValue("x-amzn-query-error").orElse(""))
        .isEqualTo(code.isEmpty() ? "" : code + ";Sender");
  }

  @Test
  void aReadOnlyKeyReadsAndChangesNothing() {
    assertThat(HandMade.json(port, "AmazonSQS.Echo", "{}").key(HandMade.READER).send().statusCode())
        .isEqualTo(200);
    HttpResponse<String> refused =
        HandMade.json(port, "AmazonSQS.Change", "{}").key(HandMade.READER).send();
    assertThat(refused.statusCode()).isEqualTo(403);
    assertThat(refused.body()).contains("AccessDeniedException", "read-only");
  }

  @ParameterizedTest(name = "{0} {1}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          AmazonSQS.MakeCoffee           | 400 | UnknownOperationException
          Kinesis_20131202.MakeCoffee    | 400 | UnknownOperationException
          DynamoDB_20120810.ListTables   | 400 | UnknownOperationException
          nonsense                       | 400 | UnknownOperationException
          """)
  void anUnknownTargetIsNoSuccess(String target, int status, String type) {
    HttpResponse<String> response = HandMade.json(port, target, "{}").send();
    assertThat(response.statusCode()).isEqualTo(status);
    assertThat(response.body()).contains(type, target);
  }

  @ParameterizedTest(name = "{0} {1}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          GET    | /nowhere                    | 404 | UnknownOperationException | GET /nowhere
          GET    | /thing-groups               | 400 | UnsupportedOperationException | ListThingGroups is not supported
          DELETE | /connections/c1             | 400 | UnsupportedOperationException | DeleteConnection is not supported
          GET    | /retainedMessage/a/b        | 400 | UnsupportedOperationException | GetRetainedMessage is not supported
          POST   | /topics/bad%zz              | 400 | InvalidRequestException   | URL is malformed
          """)
  void anUnknownPathIsNoSuccess(
      String method, String path, int status, String type, String sentence) {
    if (path.contains("%zz")) { // the client would not send it: the router alone is asked
      assertThatThrownBy(
              () ->
                  new RestRoutes()
                      .add("POST", "/topics/{t}", Operation.unsupported(Family.IOT, "x"))
                      .find("POST", path))
          .isInstanceOf(IllegalArgumentException.class);
      return;
    }
    HttpResponse<String> response = HandMade.request(port, method, path).send();
    assertThat(response.statusCode()).isEqualTo(status);
    assertThat(response.headers().firstValue("x-amzn-errortype")).contains(type);
    assertThat(response.body()).contains(sentence);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {
          []
          "text"
          {"a":1} trailing
          {"a":}
          {'a':1}
          """)
  void malformedJsonIsASerializationException(String body) {
    HttpResponse<String> response = HandMade.json(port, "Kinesis_20131202.Echo", body).send();
    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(response.body()).contains("\"__type\":\"SerializationException\"");
  }

  @Test
  void deepNestingIsRefusedNotFollowed() {
    HttpResponse<String> response =
        HandMade.json(port, "Kinesis_20131202.Echo", "{\"a\":" + "[".repeat(30_000)).send();
    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(response.body()).contains("SerializationException");
  }

  @Test
  void malformedCborIsAnsweredInCbor() throws Exception {
    HttpResponse<byte[]> response =
        HandMade.request(port, "POST", "/")
            .header("X-Amz-Target", "Kinesis_20131202.Echo")
            .header("Content-Type", "application/x-amz-cbor-1.1")
            .body(new byte[] {(byte) 0xBF, 0x61, 'a'})
            .send(HttpResponse.BodyHandlers.ofByteArray());
    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(response.headers().firstValue("content-type"))
        .contains("application/x-amz-cbor-1.1");
    assertThat(WireFormat.CBOR_1_1.decode(response.body()).get("__type").textValue())
        .isEqualTo("SerializationException");
  }

  @ParameterizedTest
  @CsvSource({"AmazonSQS.Echo,413", "Kinesis_20131202.Echo,413"})
  void aBodyTooLargeIsRefusedInItsProtocol(String target, int status) {
    HttpResponse<String> response =
        HandMade.json(port, target, "{\"a\":\"" + "x".repeat(REQUEST_BYTES_MAX) + "\"}").send();
    assertThat(response.statusCode()).isEqualTo(status);
    assertThat(response.body()).contains("__type", "RequestEntityTooLargeException", "65536");
  }

  @Test
  void aFullGatewayAsksToComeAgain() {
    HttpResponse<String> response = HandMade.json(port, "AmazonSQS.Full", "{}").send();
    assertThat(response.statusCode()).isEqualTo(503);
    assertThat(response.body()).contains("ServiceUnavailableException");
  }

  @Test
  void ourMistakeTellsOnlyTheRequestId() {
    HttpResponse<String> response = HandMade.json(port, "Kinesis_20131202.Broken", "{}").send();
    String requestId = response.headers().firstValue("x-amzn-requestid").orElse("?");
    assertThat(response.statusCode()).isEqualTo(500);
    assertThat(response.body())
        .contains("InternalFailure", requestId)
        .doesNotContain("a secret detail");
  }

  @ParameterizedTest(name = "{0} is {1}")
  @CsvSource({
    "/topics/a/b/c?retain=true,a/b/c,true",
    "/topics/a%2Fb%2Fc,a/b/c,false",
    "/topics/a//b?retain=false,a//b,false",
    "/topics/a%20b/%C3%BC,a b/ü,false"
  })
  void topicsMayBeEncodedOrNot(String path, String topic, boolean retain) {
    HttpResponse<String> response = HandMade.request(port, "POST", path).body("x").send();
    assertThat(response.body())
        .isEqualTo("{\"topic\":\"%s\",\"retain\":%s}".formatted(topic, retain));
  }

  @Test
  void http2WithPriorKnowledgeIsSpokenOnTheSamePort() {
    AggregatedHttpResponse response =
        WebClient.of("h2c://127.0.0.1:" + port).get("/health").aggregate().join();
    assertThat(response.status().code()).isEqualTo(200);
  }

  @Test
  void anOccupiedPortIsSaidInOneSentence() {
    ApiSettings settings =
        ApiSettings.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), null);
    ApiServer second =
        new ApiServer(
            settings, (ctx, req) -> com.linecorp.armeria.common.HttpResponse.of(200), null, METERS);
    assertThatThrownBy(second::start)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(String.valueOf(port))
        .hasMessageContaining("--http-port");
  }
}
