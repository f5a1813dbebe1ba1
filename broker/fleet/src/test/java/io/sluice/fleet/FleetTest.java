package io.sluice.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.store.SimulatedPartitions;
import io.sluice.store.SimulatedStore;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class FleetTest {
  private static final String REGISTRY =
      "{\"thingIndexingConfiguration\": {\"thingIndexingMode\": \"REGISTRY\"}}";

  private final SimulatedStore store = new SimulatedStore(2);
  private final Things things = new Things();
  private SimulatedPartitions partitions;
  private Fleet fleet = open();

  /** Things that live in a map. */
  private static final class Things implements Fleet.Source {
    private final Map<String, String> models = new ConcurrentHashMap<>();

    @Override
    public Stream<String> names() {
      return models.keySet().stream();
    }

    @Override
    public CompletableFuture<Optional<ThingDocument>> read(String name, FleetSettings settings) {
      return CompletableFuture.supplyAsync(
          () ->
              Optional.ofNullable(models.get(name))
                  .map(
                      model ->
                          new ThingDocument(
                              name,
                              name,
                              null,
                              List.of(),
                              Map.of("model", model),
                              null,
                              Map.of(),
                              null)));
    }
  }

  private Fleet open() {
    partitions = new SimulatedPartitions(store, 1_000_000);
    Fleet opened = new Fleet(partitions.partitions());
    partitions.partitions().start();
    partitions.run();
    opened.begin(things);
    return opened;
  }

  private <R> R done(CompletableFuture<R> future) {
    partitions.run();
    return future.join();
  }

  private static JsonNode json(String text) {
    try {
      return new ObjectMapper().readTree(text);
    } catch (IOException wrong) {
      throw new AssertionError(wrong);
    }
  }

  private List<String> found(String query) {
    return fleet.index().search(query, 100, null).things().stream()
        .map(thing -> thing.path("thingName").asText())
        .toList();
  }

  @Test
  void nothingIsIndexedUntilSomebodyAsksForIt() {
    things.models.put("a", "x");
    assertThatThrownBy(() -> fleet.index())
        .isInstanceOf(QueryRefused.class)
        .hasMessageContaining("UpdateIndexingConfiguration");

    done(fleet.configure(json(REGISTRY)));
    await().until(fleet::isBuilt);
    assertThat(found("attributes.model:x")).containsExactly("a");
  }

  @Test
  void aChangeIsSeenSoonAndSoIsADeletion() {
    done(fleet.configure(json(REGISTRY)));
    things.models.put("a", "x");
    fleet.changed("a");
    await().until(() -> found("attributes.model:x").size() == 1);

    things.models.put("a", "y");
    fleet.changed("a");
    await().until(() -> found("attributes.model:x").isEmpty());
    things.models.remove("a");
    fleet.changed("a");
    await().until(() -> found("*").isEmpty());
  }

  @Test
  void settingsAndGroupsOutliveTheProcessAndTheIndexIsMadeAnew() {
    things.models.put("a", "x");
    done(fleet.configure(json(REGISTRY)));
    DynamicGroup made = done(fleet.createGroup("g", "attributes.model:x", "all x", Map.of()));
    fleet.close();

    fleet = open();
    await().until(fleet::isBuilt);
    assertThat(fleet.settings().registry()).isTrue();
    assertThat(fleet.group("g")).contains(made);
    assertThat(fleet.members(made, 10, null).things()).hasSize(1);
    assertThat(fleet.groupsOf("a").map(DynamicGroup::name)).containsExactly("g");
  }

  @Test
  void aGroupIsUpdatedByItsVersionAndDeleted() {
    done(fleet.configure(json(REGISTRY)));
    done(fleet.createGroup("g", "attributes.model:x", "", Map.of()));
    DynamicGroup updated =
        done(fleet.updateGroup("g", "attributes.model:y", null, null, 1L).orElseThrow());
    assertThat(updated.version()).isEqualTo(2);
    assertThat(updated.query()).isEqualTo("attributes.model:y");
    CompletableFuture<DynamicGroup> late =
        fleet.updateGroup("g", "attributes.model:z", null, null, 1L).orElseThrow();
    assertThatThrownBy(() -> done(late)).hasCauseInstanceOf(Fleet.VersionConflict.class);
    assertThat(done(fleet.deleteGroup("g", null))).isTrue();
    assertThat(done(fleet.deleteGroup("g", null))).isFalse();
    assertThat(fleet.updateGroup("g", null, null, null, null)).isEmpty();
  }

  @Test
  void whatMakesNoSenseIsRefusedAndNothingChanges() {
    for (String body :
        List.of(
            "{\"thingIndexingConfiguration\": {\"thingIndexingMode\": \"ALL\"}}",
            "{\"thingIndexingConfiguration\": {\"thingConnectivityIndexingMode\": \"STATUS\"}}",
            "{\"thingIndexingConfiguration\": {\"thingIndexingMode\": \"REGISTRY\","
                + " \"namedShadowIndexingMode\": \"ON\"}}")) {
      CompletableFuture<FleetSettings> refused = fleet.configure(json(body));
      assertThatThrownBy(() -> done(refused))
          .isInstanceOf(CompletionException.class)
          .hasCauseInstanceOf(QueryRefused.class);
    }
    assertThat(fleet.settings()).isEqualTo(FleetSettings.OFF);
    CompletableFuture<DynamicGroup> early = fleet.createGroup("g", "*", "", Map.of());
    assertThatThrownBy(() -> done(early)).hasCauseInstanceOf(QueryRefused.class);
  }
}
