package io.sluice.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.store.SimulatedStore;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Section 1.11 of the reference: AWS IoT Developer Guide, "Registry events". */
class RegistryEventsTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final SimulatedStore store = new SimulatedStore(4);
  private World world;
  private Registry registry;
  private final List<String> topics = new ArrayList<>();
  private final List<JsonNode> events = new ArrayList<>();

  @BeforeEach
  void start() {
    world = new World(store);
    registry = world.registry;
    registry
        .events()
        .tell(
            (turn, topic, json) -> {
              topics.add(topic.substring("$aws/events/".length()));
              try {
                events.add(JSON.readTree(json));
              } catch (IOException notJson) {
                throw new AssertionError(notJson);
              }
            });
  }

  private <T> T get(CompletableFuture<T> future) {
    return world.get(future);
  }

  private void enable(RegistryEvents.Kind... kinds) {
    Map<RegistryEvents.Kind, Boolean> on = new EnumMap<>(RegistryEvents.Kind.class);
    Stream.of(kinds).forEach(kind -> on.put(kind, true));
    get(registry.events().change(on));
  }

  @Test
  void nothingIsToldUntilItIsSwitchedOn() {
    get(registry.things().create("t", Map.of()));
    assertThat(topics).isEmpty();
    assertThat(registry.events().configuration().enabled()).isEmpty();
  }

  @Test
  void aThingIsToldOfFromItsBirthToItsEnd() {
    enable(RegistryEvents.Kind.THING);
    Thing thing = get(registry.things().create("t", Map.of("a", "1")));
    get(registry.things().create("t", Map.of("a", "1"))); // the same again changes nothing
    get(registry.things().update("t", null, false, Map.of("b", "2"), true, null));
    get(registry.things().delete("t", null));
    assertThat(topics).containsExactly("thing/t/created", "thing/t/updated", "thing/t/deleted");
    assertThat(map(events.get(1)))
        .containsEntry("eventType", "THING_EVENT")
        .containsEntry("operation", "UPDATED")
        .containsEntry("accountId", "000000000000")
        .containsEntry("thingId", thing.id())
        .containsEntry("thingName", "t")
        .containsEntry("versionNumber", 2)
        .containsEntry("thingTypeName", null)
        .containsEntry("attributes", Map.of("a", "1", "b", "2"))
        .containsKeys("eventId", "timestamp");
    assertThat(events.stream().map(event -> event.path("eventId")).distinct()).hasSize(3);
  }

  private static Map<String, Object> map(JsonNode event) {
    return JSON.convertValue(event, new TypeReference<>() {});
  }

  @Test
  void typesAndWhoHasThemAreToldOf() {
    enable(RegistryEvents.Kind.THING_TYPE, RegistryEvents.Kind.THING_TYPE_ASSOCIATION);
    get(registry.types().create("lamp", "shines", List.of("watts")));
    get(registry.things().create("t", "lamp", null, Map.of()));
    get(registry.things().update("t", null, true, null, false, null));
    get(registry.types().deprecate("lamp", false));
    world.simulation.advance(Duration.ofMinutes(6).toMillis());
    get(registry.types().delete("lamp"));
    assertThat(topics)
        .containsExactly(
            "thingType/lamp/created",
            "thingTypeAssociation/thing/t/thingType/lamp/added",
            "thingTypeAssociation/thing/t/thingType/lamp/removed",
            "thingType/lamp/updated",
            "thingType/lamp/deleted");
    assertThat(map(events.get(0)))
        .containsEntry("isDeprecated", false)
        .containsEntry("deprecationDate", null)
        .containsEntry("searchableAttributes", List.of("watts"))
        .containsEntry("description", "shines");
    assertThat(events.get(3).path("isDeprecated").asBoolean()).isTrue();
    assertThat(events.get(1).path("eventType").asText()).isEqualTo("THING_TYPE_ASSOCIATION_EVENT");
  }

  @Test
  void groupsTheirMembersAndTheirHierarchyAreToldOf() {
    enable(
        RegistryEvents.Kind.THING_GROUP,
        RegistryEvents.Kind.THING_GROUP_MEMBERSHIP,
        RegistryEvents.Kind.THING_GROUP_HIERARCHY);
    ThingGroup root = get(registry.groups().create("root", null, "", Map.of()));
    ThingGroup leaf = get(registry.groups().create("leaf", "root", "", Map.of("k", "v")));
    Thing thing = get(registry.things().create("t", Map.of()));
    get(registry.groups().change("t", Set.of("leaf"), Set.of()));
    get(registry.groups().change("t", Set.of(), Set.of("leaf")));
    get(registry.groups().change("t", Set.of("leaf"), Set.of()));
    get(registry.groups().update("leaf", "d", null, false, null));
    get(registry.groups().delete("leaf", null));
    String member = "thingGroupMembership/thingGroup/leaf/thing/t/";
    assertThat(topics)
        .containsExactly(
            "thingGroup/root/created",
            "thingGroup/leaf/created",
            "thingGroupHierarchy/thingGroup/root/childThingGroup/leaf/added",
            member + "added",
            member + "removed",
            member + "added",
            "thingGroup/leaf/updated",
            member + "removed",
            "thingGroup/leaf/deleted",
            "thingGroupHierarchy/thingGroup/root/childThingGroup/leaf/removed");
    assertThat(map(events.get(1)))
        .containsEntry("parentGroupName", "root")
        .containsEntry("parentGroupId", root.id())
        .containsEntry("attributes", Map.of("k", "v"))
        .containsEntry(
            "rootToParentThingGroups",
            List.of(Map.of("groupArn", registry.arns().thingGroup("root"), "groupId", root.id())));
    assertThat(map(events.get(3)))
        .containsEntry("groupArn", registry.arns().thingGroup("leaf"))
        .containsEntry("groupId", leaf.id())
        .containsEntry("thingId", thing.id())
        .containsEntry("membershipId", events.get(4).path("membershipId").asText());
  }

  @Test
  void aThingThatIsDeletedLeavesItsGroups() {
    get(registry.groups().create("g", null, "", Map.of()));
    get(registry.things().create("t", Map.of()));
    get(registry.groups().change("t", Set.of("g"), Set.of()));
    enable(RegistryEvents.Kind.THING_GROUP_MEMBERSHIP);
    get(registry.things().delete("t", null));
    assertThat(topics).containsExactly("thingGroupMembership/thingGroup/g/thing/t/removed");
  }

  @Test
  void whatIsSwitchedOnStaysSoOverARestart() {
    enable(RegistryEvents.Kind.THING, RegistryEvents.Kind.THING_TYPE);
    get(registry.events().change(Map.of(RegistryEvents.Kind.THING, false)));
    RegistryEvents.Configuration before = registry.events().configuration();
    start();
    assertThat(registry.events().configuration()).isEqualTo(before);
    assertThat(before.enabled()).containsExactly(RegistryEvents.Kind.THING_TYPE);
    assertThat(before.createdMillis()).isPositive();
  }

  @ParameterizedTest
  @EnumSource(
      value = RegistryEvents.Kind.class,
      names = {"JOB", "JOB_EXECUTION", "POLICY", "CERTIFICATE", "CA_CERTIFICATE"})
  void whatIsNeverToldOfIsNotSwitchedOn(RegistryEvents.Kind kind) {
    assertThatThrownBy(() -> get(registry.events().change(Map.of(kind, true))))
        .isInstanceOf(RegistryRefused.class)
        .hasMessageContaining(kind.name());
    get(registry.events().change(Map.of(kind, false)));
  }
}
