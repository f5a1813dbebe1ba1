package io.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.iot.IotClient;
import software.amazon.awssdk.services.iot.model.Configuration;
import software.amazon.awssdk.services.iot.model.EventType;
import software.amazon.awssdk.services.iot.model.InvalidRequestException;

/** The SDK changes the registry, and subscribers hear of it, also those that were away. */
class RegistryEventsOverMqttTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path folder;

  @Test
  void aThingThatIsCreatedIsToldToWhoeverListens() throws Exception {
    try (WayHouse house = new WayHouse(folder.resolve("data"), Map.of(Setting.DEV, "true"));
        IotClient iot =
            IotClient.builder()
                .endpointOverride(URI.create("http://127.0.0.1:" + house.port("http")))
                .region(Region.of("local"))
                .credentialsProvider(
                    StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test")))
                .build()) {
      Mqtt5BlockingClient away = client(house, "away");
      away.connectWith().sessionExpiryInterval(600).send();
      away.subscribeWith().topicFilter("$aws/events/thing/#").qos(MqttQos.AT_LEAST_ONCE).send();
      away.disconnectWith().sessionExpiryInterval(600).send();
      Mqtt5BlockingClient here = client(house, "here");
      here.connect();
      here.subscribeWith().topicFilter("$aws/events/thing/+/created").send();
      try (var events = here.publishes(MqttGlobalPublishFilter.ALL)) {
        iot.updateEventConfigurations(
            r ->
                r.eventConfigurations(
                    Map.of(EventType.THING, Configuration.builder().enabled(true).build())));
        iot.createThing(r -> r.thingName("pump"));
        JsonNode event =
            JSON.readTree(events.receive(20, TimeUnit.SECONDS).orElseThrow().getPayloadAsBytes());
        assertThat(event.path("thingName").asText()).isEqualTo("pump");
        assertThat(event.path("operation").asText()).isEqualTo("CREATED");
      }
      here.disconnect();
      try (var events = away.publishes(MqttGlobalPublishFilter.ALL)) {
        away.connectWith().cleanStart(false).sessionExpiryInterval(0).send();
        assertThat(events.receive(20, TimeUnit.SECONDS).orElseThrow().getTopic().toString())
            .isEqualTo("$aws/events/thing/pump/created");
      }
      away.disconnect();
      var described = iot.describeEventConfigurations(r -> {});
      assertThat(described.eventConfigurations().get(EventType.THING).enabled()).isTrue();
      assertThat(described.eventConfigurations().get(EventType.THING_GROUP).enabled()).isFalse();
      assertThat(described.creationDate()).isNotNull();
      assertThatThrownBy(
              () ->
                  iot.updateEventConfigurations(
                      r ->
                          r.eventConfigurations(
                              Map.of(
                                  EventType.JOB, Configuration.builder().enabled(true).build()))))
          .isInstanceOf(InvalidRequestException.class);
    }
  }

  private static Mqtt5BlockingClient client(WayHouse house, String clientId) {
    return MqttClient.builder()
        .useMqttVersion5()
        .identifier(clientId)
        .serverHost("127.0.0.1")
        .serverPort(house.port("mqtt"))
        .buildBlocking();
  }
}
