package io.sluice.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.message.QoS;
import io.sluice.session.AwayOutlet;
import io.sluice.session.ClientState;
import io.sluice.session.ConnectionFacts;
import io.sluice.session.Session;
import io.sluice.session.Sessions;
import io.sluice.session.SubscribedFilter;
import io.sluice.session.Subscription;
import java.net.InetSocketAddress;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Connections over HTTP, of clients that are away: those that are there are asked in the gateway's
 * tests. The SDK of this build knows DeleteConnection alone.
 */
class ConnectionHttpTest {
  private static RunningApi api;

  @BeforeAll
  static void start() {
    api = new RunningApi();
    Session session =
        api.sessions
            .open(new Sessions.Arrival("pump/1", true, 3_600, 10, null, 0), new AwayOutlet())
            .join()
            .session();
    List<Sessions.Wanted> filters = new ArrayList<>();
    for (int n = 100; n < 125; n++) {
      filters.add(
          new Sessions.Wanted(
              SubscribedFilter.of("f/" + n), Subscription.Options.of(QoS.AT_LEAST_ONCE)));
    }
    api.sessions.subscribe(session, filters).join();
    api.sessions
        .clients()
        .left(
            new ConnectionFacts(
                "gone",
                "gone",
                false,
                0,
                30,
                1_000,
                new InetSocketAddress("127.0.0.1", 4711),
                new InetSocketAddress("127.0.0.1", 8883)),
            new ClientState.Departure("CONNECTION_LOST", 2_000));
  }

  @AfterAll
  static void stop() {
    api.close();
  }

  private static HttpResponse<String> call(String method, String target) {
    return HandMade.request(api.port(), method, target).send();
  }

  private static JsonNode json(HttpResponse<String> response) throws JsonProcessingException {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return new ObjectMapper().readTree(response.body());
  }

  @Test
  void aClientThatLeftIsShownForHalfAnHour() throws Exception {
    assertThat(json(call("GET", "/connections/gone")).toString())
        .isEqualTo(
            """
            {"connected":false,"thingName":"gone","cleanSession":true,"keepAliveDuration":30,\
            "disconnectedSince":2000,"disconnectReason":"CONNECTION_LOST","sessionExpiry":0,\
            "clientId":"gone"}""");
  }

  @Test
  void itsSocketIsShownWhenAskedFor() throws Exception {
    JsonNode shown = json(call("GET", "/connections/gone?includeSocketInformation=true"));
    assertThat(shown.path("sourceIp").asText()).isEqualTo("127.0.0.1");
    assertThat(shown.path("sourcePort").asInt()).isEqualTo(4711);
    assertThat(shown.path("targetPort").asInt()).isEqualTo(8883);
  }

  @Test
  void aClientIdentifierIsPercentEncoded() throws Exception {
    JsonNode shown = json(call("GET", "/connections/pump%2F1"));
    assertThat(shown.path("clientId").asText()).isEqualTo("pump/1");
    assertThat(shown.path("connected").asBoolean()).isFalse();
    assertThat(shown.path("cleanSession").asBoolean()).isFalse();
    assertThat(shown.path("sessionExpiry").asInt()).isEqualTo(3_600);
  }

  @Test
  void subscriptionsComeInPagesOfTwenty() throws Exception {
    JsonNode first = json(call("GET", "/connections/pump%2F1/subscriptions"));
    assertThat(first.path("subscriptions")).hasSize(20);
    assertThat(first.path("subscriptions").path(0).toString())
        .isEqualTo("{\"topicFilter\":\"f/100\",\"qos\":1}");
    JsonNode rest =
        json(
            call(
                "GET",
                "/connections/pump%2F1/subscriptions?maxResults=200&nextToken="
                    + first.path("nextToken").asText()));
    assertThat(rest.path("subscriptions")).hasSize(5);
    assertThat(rest.has("nextToken")).isFalse();
  }

  @ParameterizedTest(name = "{0} {1}: {2} {3}")
  @CsvSource({
    "GET,/connections/nobody,404,ResourceNotFoundException",
    "GET,/connections/nobody/subscriptions,404,ResourceNotFoundException",
    "DELETE,/connections/nobody,404,ResourceNotFoundException",
    "POST,/connections/nobody/messages?topic=t,404,ResourceNotFoundException",
    "POST,/connections/gone/messages?topic=t&confirmation=true,404,ResourceNotFoundException",
    "GET,/connections/$GEN,400,InvalidRequestException",
    "DELETE,/connections/%24GEN%2Fx,400,InvalidRequestException",
    "DELETE,/connections/gone?cleanSession=maybe,400,InvalidRequestException",
    "GET,/connections/gone/subscriptions?maxResults=201,400,InvalidRequestException",
    "GET,/connections/gone/subscriptions?nextToken=%21,400,InvalidRequestException",
    "POST,/connections/gone/messages,400,InvalidRequestException",
    "POST,/connections/gone/messages?topic=a%2F%23,400,InvalidRequestException",
    "POST,/connections/gone/messages?topic=%24aws%2Frules%2Fr,400,InvalidRequestException",
    "POST,/connections/gone/messages?topic=t&confirmation=true&timeout=16,400,InvalidRequestException",
    "POST,/connections/gone/messages?topic=t&timeout=16,404,ResourceNotFoundException"
  })
  void aMistakeIsTold(String method, String target, int status, String error) {
    HttpResponse<String> response = call(method, target);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    assertThat(response.headers().firstValue("x-amzn-errortype")).contains(error);
  }

  @Test
  void tooLongAnIdentifierAndTooLargeAPayloadAreRefused() {
    assertThat(call("GET", "/connections/" + "x".repeat(129)).statusCode()).isEqualTo(400);
    assertThat(
            HandMade.request(api.port(), "POST", "/connections/gone/messages?topic=t")
                .body(new byte[(256 << 10) + 1])
                .send()
                .statusCode())
        .isEqualTo(413);
  }

  /** As curl sends a body, and as parameters of other names may look. */
  @Test
  void aBodyThatSaysItIsAFormIsABodyWhereAnOperationTakesOne() {
    assertThat(
            HandMade.form(api.port(), "/connections/gone/messages?topic=t", "now")
                .send()
                .headers()
                .firstValue("x-amzn-errortype"))
        .contains("ResourceNotFoundException");
    assertThat(HandMade.form(api.port(), "/topics/of/a/form", "t=21").send().statusCode())
        .isEqualTo(200);
    assertThat(call("GET", "/connections/gone?errorAction=x").statusCode()).isEqualTo(200);
  }

  @ParameterizedTest
  @CsvSource({
    "GET,/connections/gone,200",
    "GET,/connections/pump%2F1/subscriptions,200",
    "DELETE,/connections/gone,403",
    "POST,/connections/gone/messages?topic=t,403"
  })
  void aReadOnlyKeyAsksAndDoesNothing(String method, String target, int status) {
    assertThat(
            HandMade.request(api.port(), method, target).key(HandMade.READER).send().statusCode())
        .isEqualTo(status);
  }
}
