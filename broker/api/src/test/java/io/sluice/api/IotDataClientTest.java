package io.sluice.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.message.Origin;
import io.sluice.message.QoS;
import io.sluice.message.UserProperty;
import java.net.http.HttpResponse;
import java.util.Base64;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.iotdataplane.IotDataPlaneClient;
import software.amazon.awssdk.services.iotdataplane.model.ConflictException;
import software.amazon.awssdk.services.iotdataplane.model.InvalidRequestException;
import software.amazon.awssdk.services.iotdataplane.model.PayloadFormatIndicator;
import software.amazon.awssdk.services.iotdataplane.model.RequestEntityTooLargeException;
import software.amazon.awssdk.services.iotdataplane.model.ResourceNotFoundException;

/** An unmodified client of the IoT data plane, by signature. */
class IotDataClientTest {
  private static RunningApi api;
  private static IotDataPlaneClient data;

  @BeforeAll
  static void start() {
    api = new RunningApi();
    data = api.client(IotDataPlaneClient.builder());
  }

  @AfterAll
  static void stop() {
    data.close();
    api.close();
  }

  private static String update(String thing, String name, String document) {
    return data.updateThingShadow(
            r -> r.thingName(thing).shadowName(name).payload(SdkBytes.fromUtf8String(document)))
        .payload()
        .asUtf8String();
  }

  @Test
  void aShadowIsUpdatedReadAndDeleted() {
    assertThat(update("lamp:1", null, "{\"state\":{\"desired\":{\"on\":true}}}"))
        .contains("\"version\":1");
    assertThat(data.getThingShadow(r -> r.thingName("lamp:1")).payload().asUtf8String())
        .contains("\"delta\":{\"on\":true}");
    assertThat(api.shadowTopics)
        .contains(
            "$aws/things/lamp:1/shadow/update/accepted", "$aws/things/lamp:1/shadow/update/delta");
    data.deleteThingShadow(r -> r.thingName("lamp:1"));
    assertThatThrownBy(() -> data.getThingShadow(r -> r.thingName("lamp:1")))
        .isInstanceOfSatisfying(
            ResourceNotFoundException.class,
            e ->
                assertThat(e.awsErrorDetails().errorMessage())
                    .isEqualTo("No shadow exists with name: 'lamp:1'"));
  }

  @Test
  void namedShadowsAreListedInPages() {
    for (String name : new String[] {"a", "b", "c"}) {
      update("named", name, "{\"state\":{\"reported\":{\"n\":1}}}");
    }
    var first = data.listNamedShadowsForThing(r -> r.thingName("named").pageSize(2));
    assertThat(first.results()).containsExactly("a", "b");
    assertThat(
            data.listNamedShadowsForThing(r -> r.thingName("named").nextToken(first.nextToken()))
                .results())
        .containsExactly("c");
  }

  @Test
  void aWrongUpdateChangesNothingAndTellsNobody() {
    update("wrong", null, "{\"state\":{\"reported\":{\"n\":1}}}");
    int told = api.shadowTopics.size();
    assertThatThrownBy(() -> update("wrong", null, "{\"state\":{},\"version\":7}"))
        .isInstanceOf(ConflictException.class);
    assertThatThrownBy(() -> update("wrong", null, "not json"))
        .isInstanceOf(InvalidRequestException.class);
    assertThatThrownBy(
            () ->
                update(
                    "wrong",
                    null,
                    "{\"state\":{\"reported\":{\"s\":\"%s\"}}}".formatted("x".repeat(300_000))))
        .isInstanceOf(RequestEntityTooLargeException.class);
    assertThat(data.getThingShadow(r -> r.thingName("wrong")).payload().asUtf8String())
        .contains("\"version\":1");
    assertThat(api.shadowTopics).hasSize(told);
  }

  @Test
  void aPublishCarriesEverythingThatMqtt5Knows() {
    data.publish(
        r ->
            r.topic("site/1/über uns")
                .qos(1)
                .retain(true)
                .payload(SdkBytes.fromUtf8String("21.5"))
                .contentType("text/plain")
                .responseTopic("answers/1")
                .messageExpiry(60L)
                .payloadFormatIndicator(PayloadFormatIndicator.UTF8_DATA)
                .correlationData(Base64.getEncoder().encodeToString(new byte[] {1, 2}))
                .userProperties("[{\"a\":\"1\"},{\"a\":\"2\"}]"));
    RunningApi.Published published = api.published.poll();
    assertThat(published).isNotNull();
    assertThat(published.topic().toString()).isEqualTo("site/1/über uns");
    assertThat(published.payload()).asString().isEqualTo("21.5");
    assertThat(published.qos()).isEqualTo(QoS.AT_LEAST_ONCE);
    assertThat(published.retain()).isTrue();
    assertThat(published.properties().contentType()).isEqualTo("text/plain");
    assertThat(published.properties().responseTopic()).isEqualTo("answers/1");
    assertThat(published.properties().messageExpirySeconds()).isEqualTo(60);
    assertThat(published.properties().payloadFormatIndicator()).isEqualTo(1);
    assertThat(published.properties().correlationData()).containsExactly(1, 2);
    assertThat(published.properties().userProperties())
        .containsExactly(new UserProperty("a", "1"), new UserProperty("a", "2"));
    assertThat(published.origin())
        .isEqualTo(new Origin(null, HandMade.ADMIN.id(), "127.0.0.1", Origin.Kind.HTTP, 0));
  }

  @Test
  void retainedMessagesAreReadAndListedInPages() {
    for (String topic : new String[] {"kept/b", "kept/a", "kept/c"}) {
      data.publish(
          r ->
              r.topic(topic)
                  .qos(1)
                  .retain(true)
                  .payload(SdkBytes.fromUtf8String(topic))
                  .userProperties("[{\"k\":\"v\"}]"));
    }
    var got = data.getRetainedMessage(r -> r.topic("kept/a"));
    assertThat(got.payload().asUtf8String()).isEqualTo("kept/a");
    assertThat(got.qos()).isEqualTo(1);
    assertThat(got.lastModifiedTime()).isEqualTo(1_700_000_000_000L);
    assertThat(got.userProperties().asUtf8String()).isEqualTo("[{\"k\":\"v\"}]");
    assertThatThrownBy(() -> data.getRetainedMessage(r -> r.topic("kept/nothing")))
        .isInstanceOf(ResourceNotFoundException.class);
    assertThat(
            data.listRetainedMessagesPaginator(r -> r.maxResults(2)).retainedTopics().stream()
                .map(summary -> summary.topic())
                .filter(topic -> topic.startsWith("kept/")))
        .containsExactly("kept/a", "kept/b", "kept/c");
    api.published.removeIf(p -> p.topic().toString().startsWith("kept/"));
  }

  @ParameterizedTest(name = "{0}: {2}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          /topics/a%2F%23                         | 400 | wildcard
          /topics/$aws/things/x/shadow/update     | 400 | reserved
          /topics/%24SYS%2Fx                      | 400 | reserved
          /topics/                                | 400 | at least one character
          /topics/a?qos=2                         | 400 | from 0 to 1; found '2'
          /topics/a?qos=one                       | 400 | found 'one'
          /topics/a?retain=maybe                  | 400 | true or false
          /topics/a?responseTopic=x%2F%2B         | 400 | wildcard
          """)
  void aWrongPublishIsRefused(String path, int status, String sentence) {
    HttpResponse<String> response = HandMade.request(api.port(), "POST", path).body("x").send();
    assertThat(response.statusCode()).isEqualTo(status);
    assertThat(response.headers().firstValue("x-amzn-errortype"))
        .contains("InvalidRequestException");
    assertThat(response.body()).contains(sentence, "traceId");
  }

  @Test
  void basicIngestIsOpen() {
    HttpResponse<String> response =
        HandMade.request(api.port(), "POST", "/topics/$aws/rules/r1/x").body("x").send();
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body()).contains("\"message\":\"OK\"", "traceId");
    assertThat(api.published.removeIf(p -> p.topic().toString().equals("$aws/rules/r1/x")))
        .isTrue();
  }

  @Test
  void tooLongAPayloadIsRefused() {
    HttpResponse<String> response =
        HandMade.request(api.port(), "POST", "/topics/a").body(new byte[(256 << 10) + 1]).send();
    assertThat(response.statusCode()).isEqualTo(413);
  }
}
