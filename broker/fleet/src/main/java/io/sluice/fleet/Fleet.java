package io.sluice.fleet;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.store.Partitions;
import io.sluice.store.Request;
import io.sluice.store.Table;
import io.sluice.store.Turn;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Fleet indexing: its settings and the dynamic groups, which are on disk, and the index, which is
 * made anew. Any thread.
 */
public final class Fleet implements AutoCloseable {
  public static final Set<Table> TABLES = Set.of(FleetRows.TABLE);

  private static final int GROUPS_MAX = 100;

  /** What is known of things; the gateway answers. */
  public interface Source {
    /** The names of all things, in no order. */
    Stream<String> names();

    /** What is known of a thing now; empty when it is gone. */
    CompletableFuture<Optional<ThingDocument>> read(String thing, FleetSettings settings);
  }

  record Load() implements Request<Boolean> {}

  record Configure(JsonNode body) implements Request<FleetSettings> {}

  record PutGroup(DynamicGroup group, boolean isNew, @Nullable Long expectedVersion)
      implements Request<DynamicGroup> {}

  record DeleteGroup(String name, @Nullable Long expectedVersion) implements Request<Boolean> {}

  private final Partitions partitions;
  private final FleetIndex index = new FleetIndex();
  private final ConcurrentSkipListMap<String, DynamicGroup> groups = new ConcurrentSkipListMap<>();
  private volatile FleetSettings settings = FleetSettings.OFF;
  private volatile @Nullable IndexFeed feed;

  public Fleet(Partitions partitions) {
    this.partitions = partitions;
    partitions.register(Load.class, this::load);
    partitions.register(Configure.class, this::configure);
    partitions.register(PutGroup.class, this::putGroup);
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
  public void begin(Source source) {
    IndexFeed started = new IndexFeed(index, source, () -> settings);
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
    return put(group, true, null);
  }

  /** Changes a group; null parts stay as they are. Empty when it is not there. */
  public Optional<CompletableFuture<DynamicGroup>> updateGroup(
      String name,
      @Nullable String query,
      @Nullable String description,
      @Nullable Map<String, String> attributes,
      @Nullable Long expectedVersion) {
    return group(name)
        .map(
            before ->
                put(
                    new DynamicGroup(
                        name,
                        before.id(),
                        query == null ? before.query() : query,
                        description == null ? before.description() : description,
                        attributes == null ? before.attributes() : new TreeMap<>(attributes),
                        before.version() + 1,
                        before.createdMillis()),
                    false,
                    expectedVersion));
  }

  private CompletableFuture<DynamicGroup> put(
      DynamicGroup group, boolean isNew, @Nullable Long expectedVersion) {
    try {
      index();
      FleetQuery.parse(group.query());
    } catch (QueryRefused refused) {
      return CompletableFuture.failedFuture(refused);
    }
    return partitions.ask(FleetRows.KEY, new PutGroup(group, isNew, expectedVersion));
  }

  private DynamicGroup putGroup(Turn turn, PutGroup request) {
    DynamicGroup before = groups.get(request.group().name());
    if (request.isNew() && before == null && groups.size() >= GROUPS_MAX) {
      throw new QueryRefused(
          "there are %d dynamic groups, as many as may be; delete some".formatted(GROUPS_MAX));
    }
    if (request.isNew() && before != null) {
      if (before.query().equals(request.group().query())) {
        return before; // the same again succeeds again
      }
      throw new QueryRefused(
          "dynamic group '%s' exists with another query".formatted(before.name()));
    }
    checkVersion(before, request.expectedVersion());
    FleetRows.put(turn, request.group());
    groups.put(request.group().name(), request.group());
    return request.group();
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

  private static void checkVersion(@Nullable DynamicGroup before, @Nullable Long expected) {
    if (before != null && expected != null && expected != before.version()) {
      throw new VersionConflict(
          "dynamic group '%s' has version %d, not %d; read it again"
              .formatted(before.name(), before.version(), expected));
    }
  }

  /** Another version was expected. */
  public static final class VersionConflict extends RuntimeException {
    VersionConflict(String message) {
      super(message, null, false, false);
    }
  }

  /** The names of a group's things after another, at most so many. */
  public FleetIndex.Found members(DynamicGroup group, int max, @Nullable String after) {
    return index().search(group.query(), max, after);
  }

  /** The dynamic groups that a thing is in. */
  public Stream<DynamicGroup> groupsOf(String thing) {
    return settings.registry()
        ? groups().filter(group -> index.matches(group.query(), thing))
        : Stream.empty();
  }

  @Override
  public void close() {
    IndexFeed known = feed;
    if (known != null) {
      known.close();
    }
    index.close();
  }
}
