package io.sluice.identity;

import io.sluice.store.Partitions;
import io.sluice.store.Request;
import io.sluice.store.Turn;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Static thing groups and what is in them. Changes are decided on the registry's owner thread and
 * are on disk when their futures complete; reads answer from memory. Source: AWS IoT Developer
 * Guide, "Static thing groups".
 */
public final class ThingGroups {
  record Create(
      String name,
      String id,
      @Nullable String parent,
      String description,
      Map<String, String> attributes)
      implements Request<ThingGroup> {}

  record Update(
      String name,
      @Nullable String description,
      @Nullable Map<String, String> attributes,
      boolean merge,
      @Nullable Long expectedVersion)
      implements Request<ThingGroup> {}

  record Delete(String name, @Nullable Long expectedVersion) implements Request<Boolean> {}

  /** All of it or nothing. */
  record Change(String thing, Set<String> add, Set<String> remove) implements Request<Boolean> {}

  private final Partitions partitions;
  private final RegistryIndex index;
  private final GroupIndex groups;
  private final RegistryLimits limits;
  private final Arns arns;
  private final RegistryEvents events;

  ThingGroups(
      Partitions partitions,
      RegistryIndex index,
      RegistryLimits limits,
      Arns arns,
      RegistryEvents events) {
    this.partitions = partitions;
    this.events = events;
    this.index = index;
    this.groups = index.groups();
    this.limits = limits;
    this.arns = arns;
    partitions.register(Create.class, this::create);
    partitions.register(Update.class, this::update);
    partitions.register(Delete.class, this::delete);
    partitions.register(Change.class, this::change);
  }

  /**
   * Refuses what no group can have, a dynamic one neither.
   *
   * @throws RegistryRefused {@code INVALID_REQUEST}
   */
  public static void check(
      String name, @Nullable String description, @Nullable Map<String, String> attributes) {
    Names.kind("thing group", name);
    if (description != null) {
      Names.description("thing group '" + name + "'", description);
    }
    if (attributes != null) {
      Names.attributes(attributes);
      if (attributes.size() > RegistryLimits.STANDARD.attributesTypedMax()) {
        throw RegistryRefused.invalid(
            "a thing group would have %d attributes, at most %d may be; leave some out"
                .formatted(attributes.size(), RegistryLimits.STANDARD.attributesTypedMax()));
      }
    }
  }

  /** Creates a group; the same again answers the same. */
  public CompletableFuture<ThingGroup> create(
      String name, @Nullable String parent, String description, Map<String, String> attributes) {
    return partitions.ask(
        RegistryRows.KEY,
        new Create(
            name, UUID.randomUUID().toString(), parent, description, Map.copyOf(attributes)));
  }

  /**
   * Changes a group; its version moves on by one.
   *
   * @param attributes as for {@link Things#update}
   */
  public CompletableFuture<ThingGroup> update(
      String name,
      @Nullable String description,
      @Nullable Map<String, String> attributes,
      boolean merge,
      @Nullable Long expectedVersion) {
    return partitions.ask(
        RegistryRows.KEY,
        new Update(
            name,
            description,
            attributes == null ? null : Map.copyOf(attributes),
            merge,
            expectedVersion));
  }

  /**
   * Deletes a group in which no other stands; its things stay, its policies are detached. One that
   * is not there is no error.
   */
  public CompletableFuture<Boolean> delete(String name, @Nullable Long expectedVersion) {
    return partitions.ask(RegistryRows.KEY, new Delete(name, expectedVersion));
  }

  /** Puts a thing into groups and takes it out of others, all of it or nothing. */
  public CompletableFuture<Boolean> change(
      String thing, Collection<String> add, Collection<String> remove) {
    return partitions.ask(
        RegistryRows.KEY, new Change(thing, new TreeSet<>(add), new TreeSet<>(remove)));
  }

  /**
   * A group.
   *
   * @throws RegistryRefused when there is none
   */
  public ThingGroup get(String name) {
    return groups.existing(name);
  }

  /** The group's ancestors, the root first; without itself. */
  public List<ThingGroup> ancestors(ThingGroup group) {
    return groups.ancestors(group);
  }

  /** Groups in the order of their names, those after {@code name}; all with {@code ""}. */
  public Stream<ThingGroup> after(String name) {
    return groups.all().tailMap(name, false).values().stream();
  }

  /**
   * The groups in a group, in order.
   *
   * @param recursive also those in them
   */
  public NavigableSet<String> children(String parent, boolean recursive) {
    ThingGroup group = groups.existing(parent);
    return recursive ? new TreeSet<>(groups.below(group.name())) : groups.children(group.name());
  }

  /**
   * The things in a group, in order.
   *
   * @param recursive also those in the groups below
   */
  public NavigableSet<String> things(String name, boolean recursive) {
    ThingGroup group = groups.existing(name);
    return recursive
        ? new TreeSet<>(groups.thingsBelow(group.name()))
        : groups.members().of(group.name());
  }

  /**
   * The groups a thing is in directly, in order.
   *
   * @throws RegistryRefused when there is no such thing
   */
  public NavigableSet<String> groupsOf(String thing) {
    return groups.groupsOf(ThingOperations.existing(index, thing).name());
  }

  private ThingGroup create(Turn turn, Create request) {
    String name = Names.kind("thing group", request.name());
    ThingGroup group =
        new ThingGroup(
            name,
            request.id(),
            request.parent(),
            Names.description("thing group '" + name + "'", request.description()),
            changed(Map.of(), request.attributes()),
            null,
            1,
            turn.now());
    ThingGroup existing = groups.get(name);
    if (existing != null) {
      if (existing.description().equals(group.description())
          && existing.attributes().equals(group.attributes())
          && !existing.isDynamic()
          && java.util.Objects.equals(existing.parent(), group.parent())) {
        return existing;
      }
      throw new RegistryRefused(
          RegistryError.RESOURCE_ALREADY_EXISTS,
          "thing group '%s' exists and is another; change it with UpdateThingGroup, or choose another name"
              .formatted(name),
          existing.id(),
          arns.thingGroup(name));
    }
    checkPlace(group);
    RegistryRows.put(turn, RegistryRows.Kind.THING_GROUP, group, name);
    groups.put(group);
    events.group(turn, groups, null, group);
    return group;
  }

  private void checkPlace(ThingGroup group) {
    if (groups.all().size() >= limits.groupsMax()) {
      throw new RegistryRefused(
          RegistryError.LIMIT_EXCEEDED,
          "there are %d thing groups, as many as may be; delete some"
              .formatted(limits.groupsMax()));
    }
    if (group.parent() == null) {
      return;
    }
    ThingGroup parent = groups.existing(group.parent());
    if (parent.isDynamic()) {
      throw RegistryRefused.invalid(
          "'%s' is a dynamic thing group, and no group can stand in one; choose a static parent"
              .formatted(parent.name()));
    }
    int depth = groups.ancestors(parent).size() + 2; // the parent and this one
    if (depth > limits.groupDepthMax()) {
      throw RegistryRefused.invalid(
          "thing group '%s' would stand %d deep, at most %d may be; make it higher up"
              .formatted(group.name(), depth, limits.groupDepthMax()));
    }
    if (groups.children(parent.name()).size() >= limits.groupChildrenMax()) {
      throw RegistryRefused.invalid(
          "%d groups stand in '%s', as many as may be; choose another parent"
              .formatted(limits.groupChildrenMax(), parent.name()));
    }
  }

  private Map<String, String> changed(Map<String, String> before, Map<String, String> changes) {
    Names.attributes(changes);
    Map<String, String> after = new TreeMap<>(before);
    after.putAll(changes);
    after.values().removeIf(String::isEmpty);
    if (after.size() > limits.attributesTypedMax()) {
      throw RegistryRefused.invalid(
          "a thing group would have %d attributes, at most %d may be; leave some out"
              .formatted(after.size(), limits.attributesTypedMax()));
    }
    return after;
  }

  private ThingGroup update(Turn turn, Update request) {
    ThingGroup before = groups.existing(request.name());
    ThingOperations.checkVersion(
        "thing group", before.name(), before.version(), request.expectedVersion());
    Map<String, String> attributes = before.attributes();
    if (request.attributes() != null) {
      attributes = changed(request.merge() ? before.attributes() : Map.of(), request.attributes());
    }
    ThingGroup group =
        new ThingGroup(
            before.name(),
            before.id(),
            before.parent(),
            request.description() == null
                ? before.description()
                : Names.description("thing group '" + before.name() + "'", request.description()),
            attributes,
            before.query(),
            before.version() + 1,
            before.createdMillis());
    RegistryRows.put(turn, RegistryRows.Kind.THING_GROUP, group, group.name());
    groups.put(group);
    events.group(turn, groups, before, group);
    return group;
  }

  private Boolean delete(Turn turn, Delete request) {
    ThingGroup group = groups.get(Names.kind("thing group", request.name()));
    if (group == null) {
      return false;
    }
    ThingOperations.checkVersion(
        "thing group", group.name(), group.version(), request.expectedVersion());
    int children = groups.children(group.name()).size();
    if (children > 0) {
      throw RegistryRefused.invalid(
          "%d groups stand in '%s'; delete them first".formatted(children, group.name()));
    }
    NavigableSet<String> things = groups.members().of(group.name());
    for (String thing : things) {
      RegistryRows.delete(turn, RegistryRows.Kind.GROUP_THING, group.name(), thing);
      events.membership(turn, group, ThingOperations.existing(index, thing), false);
    }
    for (String policy : groups.policies().of(group.name())) {
      RegistryRows.delete(turn, RegistryRows.Kind.POLICY_GROUP, policy, group.name());
    }
    RegistryRows.delete(turn, RegistryRows.Kind.THING_GROUP, group.name());
    List<String> former = List.copyOf(things);
    groups.remove(group);
    events.group(turn, groups, group, null);
    former.forEach(index::thingChanged);
    return true;
  }

  Boolean change(Turn turn, Change request) {
    Thing thing = ThingOperations.existing(index, request.thing());
    Set<String> after = new TreeSet<>(groups.groupsOf(thing.name()));
    for (String name : request.remove()) {
      requireStatic(groups.existing(name));
      after.remove(name);
    }
    for (String name : request.add()) {
      requireStatic(groups.existing(name));
      after.add(name);
    }
    Set<String> before = new TreeSet<>(groups.groupsOf(thing.name()));
    if (after.equals(before)) {
      return false;
    }
    checkTogether(thing.name(), after);
    for (String name : before) {
      if (!after.contains(name)) {
        RegistryRows.delete(turn, RegistryRows.Kind.GROUP_THING, name, thing.name());
        groups.members().remove(name, thing.name());
        events.membership(turn, groups.existing(name), thing, false);
      }
    }
    for (String name : after) {
      if (!before.contains(name)) {
        RegistryRows.put(
            turn, RegistryRows.Kind.GROUP_THING, new RegistryRows.Link(), name, thing.name());
        groups.members().add(name, thing.name());
        events.membership(turn, groups.existing(name), thing, true);
      }
    }
    index.thingChanged(thing.name());
    return true;
  }

  /** Whether a thing can be in these groups, those it is in already among them. */
  void check(String thing, Set<String> names) {
    for (String name : names) {
      ThingGroup group = groups.existing(name);
      if (!groups.members().has(name, thing)) {
        requireStatic(group);
      }
    }
    checkTogether(thing, names);
  }

  private static void requireStatic(ThingGroup group) {
    if (group.isDynamic()) {
      throw RegistryRefused.invalid(
          "'%s' is a dynamic thing group: its query says what is in it; change that instead"
              .formatted(group.name()));
    }
  }

  /** A thing may be in several groups, but not in two of one hierarchy. */
  private void checkTogether(String thing, Set<String> names) {
    Map<String, String> byRoot = new TreeMap<>();
    int count = 0;
    for (String name : names) {
      ThingGroup group = groups.get(name);
      if (group == null || group.isDynamic()) {
        continue;
      }
      count++;
      String other = byRoot.put(groups.root(group).name(), name);
      if (other != null) {
        throw RegistryRefused.invalid(
            "thing '%s' would be in '%s' and '%s', which are of one hierarchy; take it out of one of them"
                .formatted(thing, other, name));
      }
    }
    if (count > limits.groupsPerThingMax()) {
      throw RegistryRefused.invalid(
          "thing '%s' would be in %d groups, at most %d may be; take it out of some"
              .formatted(thing, count, limits.groupsPerThingMax()));
    }
  }
}
