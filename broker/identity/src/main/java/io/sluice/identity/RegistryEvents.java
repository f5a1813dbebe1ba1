package io.sluice.identity;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.store.Partitions;
import io.sluice.store.Request;
import io.sluice.store.Turn;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Tells subscribers and rules of changes of the registry, on {@code $aws/events/thing/...}, {@code
 * thingType}, {@code thingGroup} and their like, each kind as far as it is switched on. An event is
 * published in the record that makes the change: a crash forgets none and doubles none. Source: AWS
 * IoT Developer Guide, "Registry events".
 */
public final class RegistryEvents {
  private static final String TOPICS = "$aws/events/";

  /** The kinds of event, as {@code UpdateEventConfigurations} names them. */
  public enum Kind {
    THING(true),
    THING_GROUP(true),
    THING_TYPE(true),
    THING_GROUP_MEMBERSHIP(true),
    THING_GROUP_HIERARCHY(true),
    THING_TYPE_ASSOCIATION(true),
    /** There are no jobs here. */
    JOB(false),
    JOB_EXECUTION(false),
    /** No event of these is described anywhere. */
    POLICY(false),
    CA_CERTIFICATE(false),
    /** Certificates that register themselves are told of always. */
    CERTIFICATE(false);

    private final boolean offered;

    Kind(boolean offered) {
      this.offered = offered;
    }
  }

  /**
   * Which kinds are told of.
   *
   * @param createdMillis when it was first changed, 0: never
   */
  public record Configuration(Set<Kind> enabled, long createdMillis, long changedMillis) {
    private static final Configuration NOTHING =
        new Configuration(EnumSet.noneOf(Kind.class), 0, 0);

    public Configuration {
      enabled = Collections.unmodifiableSet(enabled);
    }
  }

  /** Publishes an event within the turn that is under way. */
  @FunctionalInterface
  public interface Sink {
    /**
     * @param json the publisher's from now on
     */
    void publish(Turn turn, String topic, byte[] json);
  }

  private record Change(Map<Kind, Boolean> wanted) implements Request<Configuration> {}

  private record DynamicGroupChanged(@Nullable ThingGroup before, @Nullable ThingGroup after)
      implements Request<Boolean> {}

  private enum Operation {
    CREATED,
    UPDATED,
    DELETED,
    ADDED,
    REMOVED;

    String topicLevel() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  private static final GroupIndex NO_HIERARCHY = new GroupIndex(); // dynamic groups stand alone

  private final Partitions partitions;
  private final Arns arns;
  private volatile Configuration configuration = Configuration.NOTHING;
  private volatile Sink sink = (turn, topic, json) -> {};

  RegistryEvents(Partitions partitions, Arns arns) {
    this.partitions = partitions;
    this.arns = arns;
    partitions.register(Change.class, this::change);
    partitions.register(DynamicGroupChanged.class, this::dynamicGroup);
  }

  /** Names who publishes; once, before the partitions start. */
  public void tell(Sink publisher) {
    this.sink = publisher;
  }

  void load(Turn turn) {
    RegistryRows.forEach(
        turn,
        RegistryRows.Kind.EVENT_CONFIGURATION,
        Configuration.class,
        (key, row) -> configuration = row);
  }

  /** Which kinds are told of; from memory. */
  public Configuration configuration() {
    return configuration;
  }

  /**
   * Switches kinds on and off; those not named stay.
   *
   * @return fails with {@link RegistryRefused} when one is to be switched on that is not told of
   */
  public CompletableFuture<Configuration> change(Map<Kind, Boolean> wanted) {
    for (Map.Entry<Kind, Boolean> one : wanted.entrySet()) {
      if (one.getValue() && !one.getKey().offered) {
        return CompletableFuture.failedFuture(
            RegistryRefused.invalid(
                "events of kind %s are not offered by this gateway; leave it out, or set Enabled to false"
                    .formatted(one.getKey())));
      }
    }
    return partitions.ask(RegistryRows.KEY, new Change(new EnumMap<>(wanted)));
  }

  private Configuration change(Turn turn, Change request) {
    Configuration before = configuration;
    Set<Kind> enabled = EnumSet.noneOf(Kind.class);
    enabled.addAll(before.enabled());
    request.wanted.forEach(
        (kind, on) -> {
          if (on) {
            enabled.add(kind);
          } else {
            enabled.remove(kind);
          }
        });
    Configuration after =
        new Configuration(
            enabled, before.createdMillis() == 0 ? turn.now() : before.createdMillis(), turn.now());
    RegistryRows.put(turn, RegistryRows.Kind.EVENT_CONFIGURATION, after);
    configuration = after;
    return after;
  }

  private boolean isOff(Kind kind) {
    return !configuration.enabled().contains(kind);
  }

  // ---- things

  /**
   * A thing is another now.
   *
   * @param before null: it is new
   * @param after null: it is no more
   */
  void thing(Turn turn, @Nullable Thing before, @Nullable Thing after) {
    Thing shown = after == null ? Objects.requireNonNull(before) : after;
    Operation what = operation(before, after);
    if (!isOff(Kind.THING)) {
      ObjectNode event = event(turn, Kind.THING, what, shown.id() + shown.version());
      event.put("accountId", arns.account());
      event.put("thingId", shown.id()).put("thingName", shown.name());
      event.put("versionNumber", shown.version()).put("thingTypeName", shown.type());
      attributes(event, shown.attributes());
      publish(turn, "thing/" + shown.name() + '/' + what.topicLevel(), event);
    }
    String typeBefore = before == null ? null : before.type();
    String typeAfter = after == null ? null : after.type();
    if (!Objects.equals(typeBefore, typeAfter)) {
      association(turn, shown, typeBefore, Operation.REMOVED);
      association(turn, shown, typeAfter, Operation.ADDED);
    }
  }

  private void association(Turn turn, Thing thing, @Nullable String type, Operation what) {
    if (type == null || isOff(Kind.THING_TYPE_ASSOCIATION)) {
      return;
    }
    ObjectNode event =
        event(turn, Kind.THING_TYPE_ASSOCIATION, what, thing.id() + thing.version() + type);
    event.put("thingId", thing.id()).put("thingName", thing.name()).put("thingTypeName", type);
    publish(
        turn,
        "thingTypeAssociation/thing/%s/thingType/%s/%s"
            .formatted(thing.name(), type, what.topicLevel()),
        event);
  }

  /** A thing type is another now; null as for {@link #thing}. */
  void type(Turn turn, @Nullable ThingType before, @Nullable ThingType after) {
    if (isOff(Kind.THING_TYPE)) {
      return;
    }
    ThingType shown = after == null ? Objects.requireNonNull(before) : after;
    Operation what = operation(before, after);
    ObjectNode event = event(turn, Kind.THING_TYPE, what, shown.id());
    event.put("accountId", arns.account());
    event.put("thingTypeId", shown.id()).put("thingTypeName", shown.name());
    event.put("isDeprecated", shown.isDeprecated());
    if (shown.isDeprecated()) {
      event.put("deprecationDate", shown.deprecatedMillis());
    } else {
      event.putNull("deprecationDate");
    }
    ArrayNode searchable = event.putArray("searchableAttributes");
    shown.searchableAttributes().forEach(searchable::add);
    event.put("description", shown.description());
    publish(turn, "thingType/" + shown.name() + '/' + what.topicLevel(), event);
  }

  // ---- groups

  /** A thing group is another now; null as for {@link #thing}. */
  void group(
      Turn turn, GroupIndex groups, @Nullable ThingGroup before, @Nullable ThingGroup after) {
    ThingGroup shown = after == null ? Objects.requireNonNull(before) : after;
    Operation what = operation(before, after);
    ThingGroup parent = shown.parent() == null ? null : groups.get(shown.parent());
    if (!isOff(Kind.THING_GROUP)) {
      ObjectNode event = event(turn, Kind.THING_GROUP, what, shown.id() + shown.version());
      event.put("accountId", arns.account());
      event.put("thingGroupId", shown.id()).put("thingGroupName", shown.name());
      event.put("versionNumber", shown.version());
      event.put("parentGroupName", shown.parent());
      event.put("parentGroupId", parent == null ? null : parent.id());
      event.put("description", shown.description());
      ArrayNode path = event.putArray("rootToParentThingGroups");
      groups
          .ancestors(shown)
          .forEach(
              above ->
                  path.addObject()
                      .put("groupArn", arns.thingGroup(above.name()))
                      .put("groupId", above.id()));
      attributes(event, shown.attributes());
      event.put("dynamicGroupMappingId", shown.isDynamic() ? shown.id() : null);
      publish(turn, "thingGroup/" + shown.name() + '/' + what.topicLevel(), event);
    }
    if (parent != null && what != Operation.UPDATED) {
      hierarchy(turn, parent, shown, after == null ? Operation.REMOVED : Operation.ADDED);
    }
  }

  private void hierarchy(Turn turn, ThingGroup parent, ThingGroup child, Operation what) {
    if (isOff(Kind.THING_GROUP_HIERARCHY)) {
      return;
    }
    ObjectNode event = event(turn, Kind.THING_GROUP_HIERARCHY, what, parent.id() + child.id());
    event.put("accountId", arns.account());
    event.put("thingGroupId", parent.id()).put("thingGroupName", parent.name());
    event.put("childGroupId", child.id()).put("childGroupName", child.name());
    publish(
        turn,
        "thingGroupHierarchy/thingGroup/%s/childThingGroup/%s/%s"
            .formatted(parent.name(), child.name(), what.topicLevel()),
        event);
  }

  /**
   * A dynamic thing group, which is of another room, is another now: its event is published.
   *
   * @param before null: it is new
   * @param after null: it is no more
   */
  public CompletableFuture<Boolean> dynamicGroup(
      @Nullable ThingGroup before, @Nullable ThingGroup after) {
    return isOff(Kind.THING_GROUP) || Objects.equals(before, after)
        ? CompletableFuture.completedFuture(false)
        : partitions.ask(RegistryRows.KEY, new DynamicGroupChanged(before, after));
  }

  private Boolean dynamicGroup(Turn turn, DynamicGroupChanged request) {
    group(turn, NO_HIERARCHY, request.before(), request.after());
    return true;
  }

  /** A thing is in a static group now, or no more. */
  void membership(Turn turn, ThingGroup group, Thing thing, boolean added) {
    if (isOff(Kind.THING_GROUP_MEMBERSHIP)) {
      return;
    }
    Operation what = added ? Operation.ADDED : Operation.REMOVED;
    String membership = id(group.id() + thing.id());
    ObjectNode event = event(turn, Kind.THING_GROUP_MEMBERSHIP, what, membership);
    event.put("accountId", arns.account());
    event.put("groupArn", arns.thingGroup(group.name())).put("groupId", group.id());
    event.put("thingArn", arns.thing(thing.name())).put("thingId", thing.id());
    event.put("membershipId", membership);
    publish(
        turn,
        "thingGroupMembership/thingGroup/%s/thing/%s/%s"
            .formatted(group.name(), thing.name(), what.topicLevel()),
        event);
  }

  // ---- all

  private static Operation operation(@Nullable Object before, @Nullable Object after) {
    if (before == null) {
      return Operation.CREATED;
    }
    return after == null ? Operation.DELETED : Operation.UPDATED;
  }

  /** What all events have. Their identifier follows from the change: a turn knows no chance. */
  private static ObjectNode event(Turn turn, Kind kind, Operation what, String change) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("eventType", kind + "_EVENT")
        .put("eventId", id(kind + what.name() + change + turn.now()))
        .put("timestamp", turn.now())
        .put("operation", what.name());
  }

  private static String id(String text) {
    return UUID.nameUUIDFromBytes(text.getBytes(StandardCharsets.UTF_8)).toString();
  }

  private static void attributes(ObjectNode event, Map<String, String> attributes) {
    ObjectNode shown = event.putObject("attributes");
    attributes.forEach(shown::put);
  }

  private void publish(Turn turn, String topic, ObjectNode event) {
    sink.publish(turn, TOPICS + topic, event.toString().getBytes(StandardCharsets.UTF_8));
  }
}
