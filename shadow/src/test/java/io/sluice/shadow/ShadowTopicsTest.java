package io.sluice.shadow;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.message.Origin;
import io.sluice.message.TopicName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ShadowTopicsTest {

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      textBlock =
          """
          $aws/things/T/shadow/get            | get    | T | -
          $aws/things/T/shadow/update         | update | T | -
          $aws/things/T/shadow/delete         | delete | T | -
          $aws/things/T/shadow/name/N/get     | get    | T | N
          $aws/things/T/shadow/name/N/update  | update | T | N
          $aws/things/T/shadow/name/N/delete  | delete | T | N
          $aws/things/T/shadow/name//get      | get    | T | ''
          $aws/things//shadow/get             | get    | '' | -
          $aws/things/shadow/shadow/get       | get    | shadow | -
          $aws/things/T/shadow/name/name/get  | get    | T | name
          """)
  void aRequestTopicNamesItsVerbAndItsShadow(String topic, String verb, String thing, String name) {
    ShadowRequest request =
        ShadowTopics.request(TopicName.of(topic), new byte[0], ShadowHouse.DEVICE);
    assertThat(request).isInstanceOf(ShadowRequest.Published.class);
    assertThat(((ShadowRequest.Published) request).verb()).isEqualTo(verb);
    assertThat(request.address()).isEqualTo(new ShadowAddress(thing, name));
    assertThat(ShadowTopics.prefix(request.address()) + "/" + verb).isEqualTo(topic);
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {
        "sensors/T/shadow/get/x",
        "aws/things/T/shadow/get",
        "$aws/things/T/shadow",
        "$aws/things/T/shadow/",
        "$aws/things/T/shadow/list",
        "$aws/things/T/shadow/get/accepted",
        "$aws/things/T/shadow/update/delta",
        "$aws/things/T/shadow/name/N",
        "$aws/things/T/shadow/name/N/get/accepted",
        "$aws/things/T/shadow/named/N/get",
        "$aws/things/T/jobs/get",
        "$aws/thing/T/shadow/get",
        "$aws/things/T/Shadow/get",
        "$sys/things/T/shadow/get",
        "$aws/things/T/shadow/name/N/M/get"
      })
  void otherTopicsAreNoneOfItsBusiness(String topic) {
    assertThat(ShadowTopics.isRequest(TopicName.of(topic))).isFalse();
    assertThat(ShadowTopics.request(TopicName.of(topic), new byte[0], ShadowHouse.DEVICE)).isNull();
  }

  @Test
  void theRequestCarriesPayloadAndOrigin() {
    byte[] payload = Json.bytes("{}");
    Origin will = ShadowHouse.origin(Origin.Kind.WILL, "c", null, null);
    ShadowRequest.Published request =
        (ShadowRequest.Published)
            ShadowTopics.request(TopicName.of("$aws/things/T/shadow/update"), payload, will);
    assertThat(request.payload()).isSameAs(payload);
    assertThat(request.origin()).isSameAs(will);
  }
}
