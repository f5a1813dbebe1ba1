package io.sluice.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** Dynamic groups live with the index of things, and are told of as static ones are. */
class DynamicGroupEventsTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final List<String> topics = new CopyOnWriteArrayList<>();
  private final List<JsonNode> events = new CopyOnWriteArrayList<>();

  @Test
  void aDynamicGroupIsToldOfFromItsBirthToItsEnd() {
    try (RunningApi api = new RunningApi()) {
      api.registry
          .events()
          .tell(
              (turn, topic, json) -> {
                topics.add(topic);
                try {
                  events.add(JSON.readTree(json));
                } catch (IOException notJson) {
                  throw new UncheckedIOException(notJson);
                }
              });
      ask(
          api,
          "POST",
          "/indexing/config",
          "{'thingIndexingConfiguration':{'thingIndexingMode':'REGISTRY'}}",
          200);
      ask(api, "POST", "/dynamic-thing-groups/before", "{'queryString':'*'}", 200);
      ask(
          api,
          "PATCH",
          "/event-configurations",
          "{'eventConfigurations':{'THING_GROUP':{'Enabled':true}}}",
          200);
      String made =
          "{'queryString':'thingName:a*','thingGroupProperties':{'thingGroupDescription':'As'}}";
      ask(api, "POST", "/dynamic-thing-groups/g", made, 200);
      ask(api, "POST", "/dynamic-thing-groups/g", made, 200); // the same again changes nothing
      ask(api, "POST", "/dynamic-thing-groups/g", "{'queryString':'another'}", 409);
      ask(
          api,
          "PATCH",
          "/dynamic-thing-groups/g",
          "{'queryString':'thingName:b*','thingGroupProperties':{}}",
          200);
      ask(
          api,
          "PATCH",
          "/dynamic-thing-groups/g",
          "{'expectedVersion':9,'thingGroupProperties':{}}",
          409);
      ask(api, "DELETE", "/dynamic-thing-groups/g", "", 200);
      ask(api, "DELETE", "/dynamic-thing-groups/g", "", 200);
    }
    assertThat(topics)
        .containsExactly(
            "$aws/events/thingGroup/g/created",
            "$aws/events/thingGroup/g/updated",
            "$aws/events/thingGroup/g/deleted");
    JsonNode updated = events.get(1);
    assertThat(updated.path("eventType").asText()).isEqualTo("THING_GROUP_EVENT");
    assertThat(updated.path("operation").asText()).isEqualTo("UPDATED");
    assertThat(updated.path("versionNumber").asInt()).isEqualTo(2);
    assertThat(updated.path("description").asText()).isEqualTo("As");
    assertThat(updated.path("dynamicGroupMappingId")).isEqualTo(updated.path("thingGroupId"));
    assertThat(updated.path("parentGroupName").isNull()).isTrue();
  }

  private static void ask(RunningApi api, String method, String path, String body, int status) {
    assertThat(
            HandMade.request(api.port(), method, path)
                .body(body.replace('\'', '"'))
                .send()
                .statusCode())
        .as("%s %s %s", method, path, body)
        .isEqualTo(status);
  }
}
