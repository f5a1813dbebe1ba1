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
import java.util.concurrent.CountDownLatch;
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
    private final Map<String, Integer> failures = new ConcurrentHashMap<>(); // yet to come
    private final Map<String, ThingDocument.Connectivity> connectivity = new ConcurrentHashMap<>();

    @Override
    public Stream<String> names() {
      return models.keySet().stream();
    }

    @Override
    public CompletableFuture<Optional<ThingDocument>> read(String name, FleetSettings settings) {
      Integer left = failures.computeIfPresent(name, (n, before) -> Math.max(-1, before - 1));
      if (left != null && left == 1) {
        return CompletableFuture.failedFuture(new IllegalStateException("not now"));
      }
      if (left != null && left == 0) {
        throw new IllegalStateException("nor now");
      }
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
                              connectivity.get(name))));
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
    assertThat(fleet.members(made, 10, null).join().things()).hasSize(1);
    assertThat(fleet.groupsOf("a").join()).containsExactly("g");
  }

  @Test
  void aGroupIsUpdatedByItsVersionAndDeleted() {
    done(fleet.configure(json(REGISTRY)));
    done(fleet.createGroup("g", "attributes.model:x", "", Map.of()));
    DynamicGroup updated =
        done(fleet.updateGroup("g", "attributes.model:y", null, null, false, 1L));
    assertThat(updated.version()).isEqualTo(2);
    assertThat(updated.query()).isEqualTo("attributes.model:y");
    assertThat(refusal(fleet.updateGroup("g", "attributes.model:z", null, null, false, 1L)))
        .isEqualTo(FleetRefused.Why.VERSION_CONFLICT);
    assertThat(done(fleet.deleteGroup("g", null))).isTrue();
    assertThat(done(fleet.deleteGroup("g", null))).isFalse();
    assertThat(refusal(fleet.updateGroup("g", null, null, null, false, null)))
        .isEqualTo(FleetRefused.Why.MISSING);
  }

  private FleetRefused.Why refusal(CompletableFuture<?> refused) {
    partitions.run();
    Throwable failure = refused.handle((result, thrown) -> thrown).join();
    return (failure instanceof CompletionException ? failure.getCause() : failure)
            instanceof FleetRefused why
        ? why.why()
        : null;
  }

  @Test
  void aGroupsAttributesAreReplacedOrMergedAndAnEmptyOneIsTakenAway() {
    done(fleet.configure(json(REGISTRY)));
    done(fleet.createGroup("g", "*", "", Map.of("a", "1", "b", "2")));
    assertThat(
            done(fleet.updateGroup("g", null, null, Map.of("a", "", "c", "3"), true, null))
                .attributes())
        .containsOnly(Map.entry("b", "2"), Map.entry("c", "3"));
    assertThat(done(fleet.updateGroup("g", null, null, Map.of("d", "4"), false, null)).attributes())
        .containsOnly(Map.entry("d", "4"));
  }

  @Test
  void theSameGroupAgainIsTheSameAndAnotherOfItsNameIsRefused() {
    done(fleet.configure(json(REGISTRY)));
    DynamicGroup made = done(fleet.createGroup("g", "*", "", Map.of()));
    assertThat(done(fleet.createGroup("g", "*", "", Map.of()))).isEqualTo(made);
    assertThat(refusal(fleet.createGroup("g", "*", "described", Map.of())))
        .isEqualTo(FleetRefused.Why.EXISTS);
  }

  @Test
  void aThingWhoseReadingFailsIsReadAgainUntilItSucceeds() {
    done(fleet.configure(json(REGISTRY)));
    things.models.put("a", "x");
    things.models.put("b", "x");
    things.failures.put("a", 2); // once it answers a failure, once it throws
    fleet.changed("a");
    fleet.changed("b");
    await().until(() -> found("attributes.model:x").contains("b"));
    await().untilAsserted(() -> assertThat(found("attributes.model:x")).containsExactly("a", "b"));
    assertThat(things.failures.get("a")).isNotPositive(); // both have happened
    await().untilAsserted(() -> assertThat(fleet.stale()).isZero());
  }

  @Test
  void searchesThatNoThreadHasTimeForAreRefusedAndThoseThatWaitAreAnswered() throws Exception {
    CountDownLatch working = new CountDownLatch(1);
    CountDownLatch free = new CountDownLatch(1);
    try (Questions questions = new Questions(1, 1)) {
      CompletableFuture<String> first =
          questions.ask(
              () -> {
                working.countDown();
                return released(free);
              });
      working.await();
      CompletableFuture<String> second = questions.ask(() -> "second");
      assertThat(refusal(questions.ask(() -> "third"))).isEqualTo(FleetRefused.Why.BUSY);
      free.countDown();
      assertThat(first.join()).isEqualTo("first");
      assertThat(second.join()).isEqualTo("second");
    }
  }

  private static String released(CountDownLatch free) {
    try {
      free.await();
      return "first";
    } catch (InterruptedException closed) {
      throw new IllegalStateException(closed);
    }
  }

  @Test
  void customFieldsAreKeptForWhoAsksAndSettingsWithoutThemAreRead() throws Exception {
    String fields = "[{\"name\":\"attributes.floor\",\"type\":\"Number\"}]";
    String before = REGISTRY.replace("}}", ", \"customFields\": %s}}".formatted(fields));
    done(fleet.configure(json(before)));
    fleet.close();
    fleet = open();
    assertThat(fleet.settings().json().at("/thingIndexingConfiguration/customFields"))
        .isEqualTo(json(fields));
    String older =
        "{\"registry\":true,\"shadows\":false,\"namedShadows\":false,\"shadowNames\":[],\"connectivity\":false,\"groups\":false}";
    assertThat(new ObjectMapper().readValue(older, FleetSettings.class).customFields()).isEmpty();
    CompletableFuture<FleetSettings> refused =
        fleet.configure(json(before.replace("Number", "Float")));
    assertThatThrownBy(() -> done(refused)).hasMessageContaining("Float");
  }

  @Test
  void connectivityIsAnsweredAsItIsNowAndOnlyWhenItIsIndexed() {
    things.models.put("a", "x");
    assertThat(refusal(fleet.connectivity("a"))).isEqualTo(FleetRefused.Why.OFF);
    done(
        fleet.configure(
            json(REGISTRY.replace("}}", ", \"thingConnectivityIndexingMode\": \"STATUS\"}}"))));
    assertThat(fleet.connectivity("a").join()).isEmpty();
    things.connectivity.put("a", new ThingDocument.Connectivity(true, 7, null));
    assertThat(fleet.connectivity("a").join())
        .contains(new ThingDocument.Connectivity(true, 7, null));
    assertThat(refusal(fleet.connectivity("nobody"))).isEqualTo(FleetRefused.Why.MISSING);
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
