package io.sluice.identity;

import io.sluice.store.Turn;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/**
 * Thing groups in memory: which stands in which, what is in them, what policies they have. Changed
 * by the registry's owner thread only; read by any thread, without a lock.
 */
final class GroupIndex {
  private final ConcurrentSkipListMap<String, ThingGroup> groups = new ConcurrentSkipListMap<>();
  private final Links children = new Links(); // parent to child
  private final Links members = new Links(); // group to thing
  private final Links policies = new Links(); // group to policy

  void load(Turn turn) {
    RegistryRows.forEach(
        turn, RegistryRows.Kind.THING_GROUP, ThingGroup.class, (key, group) -> put(group));
    RegistryRows.forEach(
        turn,
        RegistryRows.Kind.GROUP_THING,
        RegistryRows.Link.class,
        (key, row) -> members.add(key.get(0), key.get(1)));
    RegistryRows.forEach(
        turn,
        RegistryRows.Kind.POLICY_GROUP,
        RegistryRows.Link.class,
        (key, row) -> policies.add(key.get(1), key.get(0)));
  }

  ConcurrentSkipListMap<String, ThingGroup> all() {
    return groups;
  }

  @Nullable ThingGroup get(String name) {
    return groups.get(name);
  }

  void put(ThingGroup group) {
    groups.put(group.name(), group);
    if (group.parent() != null) {
      children.add(group.parent(), group.name());
    }
  }

  /** Takes the group away, with what is in it and on it. */
  void remove(ThingGroup group) {
    groups.remove(group.name());
    if (group.parent() != null) {
      children.remove(group.parent(), group.name());
    }
    List.copyOf(members.of(group.name())).forEach(thing -> members.remove(group.name(), thing));
    List.copyOf(policies.of(group.name())).forEach(name -> policies.remove(group.name(), name));
  }

  void removeThing(String thing) {
    List.copyOf(members.to(thing)).forEach(group -> members.remove(group, thing));
  }

  NavigableSet<String> children(String parent) {
    return children.of(parent);
  }

  /** Group to thing. */
  Links members() {
    return members;
  }

  NavigableSet<String> groupsOf(String thing) {
    return members.to(thing);
  }

  /** Group to policy. */
  Links policies() {
    return policies;
  }

  /** The groups that a policy is attached to. */
  NavigableSet<String> ofPolicy(String policy) {
    return policies.to(policy);
  }

  /** The group's ancestors, the root first; without itself. */
  List<ThingGroup> ancestors(ThingGroup group) {
    List<ThingGroup> path = new ArrayList<>();
    for (ThingGroup at = parentOf(group); at != null; at = parentOf(at)) {
      path.add(at);
    }
    Collections.reverse(path);
    return path;
  }

  private @Nullable ThingGroup parentOf(ThingGroup group) {
    return group.parent() == null ? null : groups.get(group.parent());
  }

  /** The outermost group of its hierarchy. */
  ThingGroup root(ThingGroup group) {
    List<ThingGroup> path = ancestors(group);
    return path.isEmpty() ? group : path.get(0);
  }

  /** The group's descendants, without itself. */
  List<String> below(String group) {
    List<String> found = new ArrayList<>();
    Deque<String> open = new ArrayDeque<>(children.of(group));
    while (!open.isEmpty()) {
      String next = open.remove();
      found.add(next);
      open.addAll(children.of(next));
    }
    return found;
  }

  /** The things in a group and in all below it. */
  Set<String> thingsBelow(String group) {
    Set<String> things = new TreeSet<>(members.of(group));
    below(group).forEach(child -> things.addAll(members.of(child)));
    return things;
  }

  /** The policies that a thing has through its groups and all above them. */
  Set<String> policiesOfThing(String thing) {
    NavigableSet<String> direct = groupsOf(thing);
    if (direct.isEmpty()) {
      return Set.of();
    }
    Set<String> found = new TreeSet<>();
    direct.forEach(name -> found.addAll(inherited(name)));
    return found;
  }

  /** The policies of a group and of all above it. */
  Set<String> inherited(String name) {
    Set<String> found = new TreeSet<>(policies.of(name));
    ThingGroup group = groups.get(name);
    if (group != null) {
      ancestors(group).forEach(above -> found.addAll(policies.of(above.name())));
    }
    return found;
  }

  /** The group. */
  ThingGroup existing(String name) {
    ThingGroup group = groups.get(Names.kind("thing group", name));
    if (group == null) {
      throw RegistryRefused.notFound(
          "there is no thing group '%s'; create it with CreateThingGroup".formatted(name));
    }
    return group;
  }
}
