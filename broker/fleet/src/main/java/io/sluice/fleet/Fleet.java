package io.sluice.fleet;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.store.Partitions;
import io.sluice.store.Request;
import io.sluice.store.Table;
import io.sluice.store.Turn;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Fleet indexing: its settings and the dynamic groups, which are on disk, and the index, which is
 * made anew. Any thread.
 */
public final class Fleet implements AutoCloseable {
  public static final Set<Table> TABLES = Set.of(FleetRows.TABLE);

  private static final int GROUPS_MAX = 100;
  private static final int SEARCHES_WAITING_MAX = 128;

  /** What is known of things; the gateway answers. */
  public interface Source {
    /** The names of all things, in no order. */
    Stream<String> names();

    /** What is known of a thing now; empty when it is gone. */
    CompletableFuture<Optional<ThingDocument>> read(String thing, FleetSettings settings);
  }

  record Load() implements Request<Boolean> {}

  record Configure(JsonNode body) implements Request<FleetSettings> {}

  record CreateGroup(DynamicGroup group) implements Request<DynamicGroup> {}

  /** What is null stays as it is. */
  record UpdateGroup(
      String name,
      @Nullable String query,
      @Nullable String description,
      @Nullable Map<String, String> attributes,
      boolean merge,
      @Nullable Long expectedVersion)
      implements Request<DynamicGroup> {}

  record DeleteGroup(String name, @Nullable Long expectedVersion) implements Request<Boolean> {}

  private final Partitions partitions;
  private final FleetIndex index = new FleetIndex();
  private final ThingGroupIndex groupIndex = new ThingGroupIndex();
  private final Questions questions;
  private final ConcurrentSkipListMap<String, DynamicGroup> groups = new ConcurrentSkipListMap<>();
  private volatile FleetSettings settings = FleetSettings.OFF;
  private volatile @Nullable IndexFeed feed;
  private volatile @Nullable Source source;

  public Fleet(Partitions partitions) {
    this(
        partitions,
        new Questions(
            Math.max(1, Runtime.getRuntime().availableProcessors() / 2), SEARCHES_WAITING_MAX));
  }

  Fleet(Partitions partitions, Questions questions) {
    this.partitions = partitions;
    this.questions = questions;
    partitions.register(Load.class, this::load);
    partitions.register(Configure.class, this::configure);
    partitions.register(CreateGroup.class, this::createGroup);
    partitions.register(UpdateGroup.class, this::updateGroup);
    partitions.register(DeleteGroup.class, this::deleteGroup);
    partitions.onStart(() -> partitions.apply(partitions.of(FleetRows.KEY), new Load()));
  }

  private Boolean load(Turn turn, Load request) {
    FleetSettings stored = FleetRows.settings(turn);
    if (stored != null) {
      settings = stored;
    }
    FleetRows.groups(turn).forEach(group -> groups.put(group.name(), group));
    return true;
  }

  /** Begins to index, as the settings say. Once, when all rooms are loaded. */
  public void begin(Source known) {
    source = known;
    IndexFeed started = new IndexFeed(index, known, () -> settings);
    feed = started;
    started.rebuild();
  }

  /** Something about a thing has changed: it is read again soon. Cheap. */
  public void changed(String thing) {
    IndexFeed known = feed;
    if (known != null && settings.registry()) {
      known.changed(thing);
    }
  }

  public FleetSettings settings() {
    return settings;
  }

  /**
   * Changes what is indexed; the index is made anew.
   *
   * @param body of UpdateIndexingConfiguration
   */
  public CompletableFuture<FleetSettings> configure(JsonNode body) {
    return partitions
        .ask(FleetRows.KEY, new Configure(body))
        .thenApply(
            changed -> {
              settings = changed;
              IndexFeed known = feed;
              if (known != null) {
                known.rebuild();
              }
              return changed;
            });
  }

  private FleetSettings configure(Turn turn, Configure request) {
    FleetSettings before = FleetRows.settings(turn);
    FleetSettings updated = (before == null ? FleetSettings.OFF : before).updated(request.body());
    FleetRows.put(turn, updated);
    return updated;
  }

  /** Whether the index has every thing, or is still being made. */
  public boolean isBuilt() {
    IndexFeed known = feed;
    return known != null && known.isBuilt();
  }

  /** How many things are in the index as they were, because they cannot be read now. */
  public int stale() {
    IndexFeed known = feed;
    return known == null ? 0 : known.stale();
  }

  /**
   * The index, to be asked.
   *
   * @throws QueryRefused while nothing is indexed
   */
  public FleetIndex index() {
    if (!settings.registry()) {
      throw new QueryRefused(
          "things are not indexed; turn that on with UpdateIndexingConfiguration (thingIndexingMode REGISTRY or REGISTRY_AND_SHADOW)");
    }
    return index;
  }

  /**
   * Asks the index on threads of its own.
   *
   * @return fails with {@link FleetRefused.Why#BUSY} when too many ask, and with what the question
   *     throws
   */
  public <T> CompletableFuture<T> ask(Function<FleetIndex, T> question) {
    return questions.ask(() -> question.apply(index()));
  }

  /**
   * Searches thing groups on the same threads.
   *
   * @param groups all that there are now; called there
   * @return fails with {@link FleetRefused.Why#OFF} unless groups are indexed, and as {@link #ask}
   */
  public CompletableFuture<FleetIndex.Found> searchGroups(
      Supplier<List<GroupDocument>> groups, String query, int max, @Nullable String after) {
    return settings.groups()
        ? questions.ask(() -> groupIndex.search(groups.get(), query, max, after))
        : CompletableFuture.failedFuture(
            new FleetRefused(
                FleetRefused.Why.OFF,
                "thing groups are not indexed; turn that on with UpdateIndexingConfiguration (thingGroupIndexingMode ON)"));
  }

  /**
   * Whether a thing's client is there, as it is now, not as it was indexed. Empty: it was not seen
   * since the gateway started.
   *
   * @return fails with {@link FleetRefused.Why#OFF} unless connectivity is indexed, and with {@link
   *     FleetRefused.Why#MISSING} when there is no such thing
   */
  public CompletableFuture<Optional<ThingDocument.Connectivity>> connectivity(String thing) {
    Source known = source;
    FleetSettings now = settings;
    if (known == null || !now.connectivity()) {
      return CompletableFuture.failedFuture(
          new FleetRefused(
              FleetRefused.Why.OFF,
              "connectivity is not indexed; turn that on with UpdateIndexingConfiguration (thingConnectivityIndexingMode STATUS)"));
    }
    return known
        .read(thing, now.withoutShadows())
        .thenApply(
            found ->
                Optional.ofNullable(
                    found
                        .orElseThrow(
                            () ->
                                new FleetRefused(
                                    FleetRefused.Why.MISSING,
                                    "there is no thing '%s'; create it with CreateThing"
                                        .formatted(thing)))
                        .connectivity()));
  }

  // ---- dynamic groups

  public Optional<DynamicGroup> group(String name) {
    return Optional.ofNullable(groups.get(name));
  }

  /** In the order of their names. */
  public Stream<DynamicGroup> groups() {
    return groups.values().stream();
  }

  /**
   * Makes a group.
   *
   * @throws QueryRefused in the future, when the query is not understood, nothing is indexed, or
   *     there are as many groups as may be
   */
  public CompletableFuture<DynamicGroup> createGroup(
      String name, String query, String description, Map<String, String> attributes) {
    DynamicGroup group =
        new DynamicGroup(
            name,
            UUID.randomUUID().toString(),
            query,
            description,
            attributes,
            1,
            partitions.clock().millis());
    return checked(query, new CreateGroup(group));
  }

  /**
   * Changes a group; null parts stay as they are.
   *
   * @param attributes replace those it has, or are merged into them; an empty value takes one away
   * @return fails with {@link FleetRefused.Why#MISSING} when it is not there
   */
  public CompletableFuture<DynamicGroup> updateGroup(
      String name,
      @Nullable String query,
      @Nullable String description,
      @Nullable Map<String, String> attributes,
      boolean merge,
      @Nullable Long expectedVersion) {
    return checked(
        query, new UpdateGroup(name, query, description, attributes, merge, expectedVersion));
  }

  private CompletableFuture<DynamicGroup> checked(
      @Nullable String query, Request<DynamicGroup> request) {
    try {
      index();
      if (query != null) {
        FleetQuery.parse(query);
      }
    } catch (QueryRefused refused) {
      return CompletableFuture.failedFuture(refused);
    }
    return partitions.ask(FleetRows.KEY, request);
  }

  private DynamicGroup createGroup(Turn turn, CreateGroup request) {
    DynamicGroup group = request.group();
    DynamicGroup before = groups.get(group.name());
    if (before != null) {
      if (before.query().equals(group.query())
          && before.description().equals(group.description())
          && before.attributes().equals(group.attributes())) {
        return before; // the same again succeeds again
      }
      throw new FleetRefused(
          FleetRefused.Why.EXISTS,
          "dynamic group '%s' exists and is another; change it with UpdateDynamicThingGroup, or choose another name"
              .formatted(before.name()),
          before.id());
    }
    if (groups.size() >= GROUPS_MAX) {
      throw new FleetRefused(
          FleetRefused.Why.LIMIT,
          "there are %d dynamic groups, as many as may be; delete some".formatted(GROUPS_MAX));
    }
    return put(turn, group);
  }

  private DynamicGroup updateGroup(Turn turn, UpdateGroup request) {
    DynamicGroup before = groups.get(request.name());
    if (before == null) {
      throw new FleetRefused(
          FleetRefused.Why.MISSING,
          "there is no dynamic thing group '%s'; ListThingGroups names those that are"
              .formatted(request.name()));
    }
    checkVersion(before, request.expectedVersion());
    Map<String, String> attributes = new TreeMap<>(before.attributes());
    if (request.attributes() != null) {
      if (!request.merge()) {
        attributes.clear();
      }
      attributes.putAll(request.attributes());
      attributes.values().removeIf(String::isEmpty);
    }
    return put(
        turn,
        new DynamicGroup(
            before.name(),
            before.id(),
            request.query() == null ? before.query() : request.query(),
            request.description() == null ? before.description() : request.description(),
            attributes,
            before.version() + 1,
            before.createdMillis()));
  }

  private DynamicGroup put(Turn turn, DynamicGroup group) {
    FleetRows.put(turn, group);
    groups.put(group.name(), group);
    return group;
  }

  /** Deletes a group; answers whether it was there. */
  public CompletableFuture<Boolean> deleteGroup(String name, @Nullable Long expectedVersion) {
    return partitions.ask(FleetRows.KEY, new DeleteGroup(name, expectedVersion));
  }

  private Boolean deleteGroup(Turn turn, DeleteGroup request) {
    DynamicGroup before = groups.get(request.name());
    if (before == null) {
      return false;
    }
    checkVersion(before, request.expectedVersion());
    FleetRows.delete(turn, request.name());
    groups.remove(request.name());
    return true;
  }

  private static void checkVersion(DynamicGroup before, @Nullable Long expected) {
    if (expected != null && expected != before.version()) {
      throw new FleetRefused(
          FleetRefused.Why.VERSION_CONFLICT,
          "dynamic group '%s' has version %d, not %d; read it again"
              .formatted(before.name(), before.version(), expected));
    }
  }

  /** The things of a group after another, at most so many; as {@link #ask}. */
  public CompletableFuture<FleetIndex.Found> members(
      DynamicGroup group, int max, @Nullable String after) {
    return ask(known -> known.search(group.query(), max, after));
  }

  /** The names of the dynamic groups that a thing is in; as {@link #ask}. */
  public CompletableFuture<NavigableSet<String>> groupsOf(String thing) {
    if (!settings.registry() || groups.isEmpty()) {
      return CompletableFuture.completedFuture(new TreeSet<>());
    }
    return ask(
        known -> {
          NavigableSet<String> names = new TreeSet<>();
          groups()
              .filter(group -> known.matches(group.query(), thing))
              .forEach(group -> names.add(group.name()));
          return names;
        });
  }

  @Override
  public void close() {
    IndexFeed known = feed;
    if (known != null) {
      known.close();
    }
    questions.close();
    groupIndex.close();
    index.close();
  }
}
