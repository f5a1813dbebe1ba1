package io.sluice.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.sluice.fleet.DynamicGroup;
import io.sluice.fleet.Fleet;
import io.sluice.fleet.FleetRefused;
import io.sluice.identity.Registry;
import io.sluice.identity.RegistryRefused;
import io.sluice.identity.ResourceTags;
import io.sluice.identity.ThingGroup;
import io.sluice.identity.ThingGroups;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Dynamic thing groups: their members are what their query finds. They stand in no hierarchy and
 * have no policies. Source: AWS IoT API Reference, "CreateDynamicThingGroup" and its family.
 */
final class DynamicGroupOperations {
  private static final Family FAMILY = Family.IOT;
  private static final String QUERY_VERSION = "2017-09-30";

  private final Registry registry;
  private final Fleet fleet;

  DynamicGroupOperations(Registry registry, Fleet fleet) {
    this.registry = registry;
    this.fleet = fleet;
  }

  void addTo(Operations operations) {
    operations
        .control()
        .add(
            "POST",
            "/dynamic-thing-groups/{group}",
            Operation.write(FAMILY, "CreateDynamicThingGroup", this::create))
        .add(
            "PATCH",
            "/dynamic-thing-groups/{group}",
            Operation.write(FAMILY, "UpdateDynamicThingGroup", this::update))
        .add(
            "DELETE",
            "/dynamic-thing-groups/{group}",
            Operation.write(FAMILY, "DeleteDynamicThingGroup", this::delete));
  }

  private CompletableFuture<Reply> create(Call call) {
    Map<String, String> tags = TagOperations.given(call);
    String name = call.pathVariable("group");
    if (isStatic(name)) {
      throw exists(
          registry.groups().get(name).id(),
          name,
          "'%s' is a static thing group; choose another name".formatted(name));
    }
    Fields properties = call.input().objectOrNull("thingGroupProperties");
    String description = properties == null ? null : properties.textOrNull("thingGroupDescription");
    Map<String, String> attributes = attributes(properties);
    ThingGroups.check(name, description, attributes);
    boolean anew = !has(name);
    return refusing(
        name,
        fleet
            .createGroup(
                name,
                FleetOperations.query(call),
                description == null ? "" : description,
                attributes == null ? Map.of() : attributes)
            .thenCompose(group -> tag(group, anew, tags))
            .thenCompose(group -> told(group, anew ? null : shown(group), shown(group))),
        group -> {
          ObjectNode reply = head(group);
          query(group, reply);
          return Reply.of(reply);
        });
  }

  /** The same group made again keeps its tags; another one of its name has none of them. */
  private CompletableFuture<DynamicGroup> tag(
      DynamicGroup group, boolean anew, Map<String, String> tags) {
    ResourceTags.Elsewhere kind = ResourceTags.Elsewhere.DYNAMIC_GROUP;
    return (anew
            ? registry.tags().replace(kind, group.name(), tags)
            : registry.tags().change(kind, group.name(), tags, Set.of()))
        .thenApply(all -> group);
  }

  /** After the event, if there is one to tell; a crash in between forgets it. */
  private <T> CompletableFuture<T> told(
      T done, @Nullable ThingGroup before, @Nullable ThingGroup after) {
    return before == null && after == null
        ? CompletableFuture.completedFuture(done)
        : registry.events().dynamicGroup(before, after).thenApply(event -> done);
  }

  /** As the registry shows its own. */
  static ThingGroup shown(DynamicGroup group) {
    return new ThingGroup(
        group.name(),
        group.id(),
        null,
        group.description(),
        group.attributes(),
        group.query(),
        group.version(),
        group.createdMillis());
  }

  private ApiError exists(String id, String name, String text) {
    return ApiError.of("ResourceAlreadyExistsException", 409, text)
        .with("resourceId", TextNode.valueOf(id))
        .with("resourceArn", TextNode.valueOf(registry.arns().thingGroup(name)));
  }

  /** As {@link FleetOperations#refusing}, and with the group that is in the way. */
  private <T> CompletableFuture<Reply> refusing(
      String name, CompletableFuture<T> done, Function<T, Reply> answer) {
    return FleetOperations.refusing(
        done.exceptionally(
            failure -> {
              if (FleetOperations.cause(failure) instanceof FleetRefused refused
                  && refused.id() != null) {
                throw exists(refused.id(), name, String.valueOf(refused.getMessage()));
              }
              throw new CompletionException(FleetOperations.cause(failure));
            }),
        answer);
  }

  private CompletableFuture<Reply> update(Call call) {
    String name = call.pathVariable("group");
    requireDynamic(name);
    Fields properties = call.input().objectOrNull("thingGroupProperties");
    String query = call.input().has("queryString") ? FleetOperations.query(call) : null;
    Map<String, String> attributes = attributes(properties);
    String description = properties == null ? null : properties.textOrNull("thingGroupDescription");
    ThingGroups.check(name, description, attributes);
    Fields payload = properties == null ? null : properties.objectOrNull("attributePayload");
    ThingGroup before = fleet.group(name).map(DynamicGroupOperations::shown).orElse(null);
    return FleetOperations.refusing(
        fleet
            .updateGroup(
                name,
                query,
                description,
                attributes,
                payload != null && payload.flag("merge"),
                call.input().longOrNull("expectedVersion"))
            .thenCompose(group -> told(group, before, shown(group))),
        group -> Reply.of(Reply.object().put("version", group.version())));
  }

  private CompletableFuture<Reply> delete(Call call) {
    String name = call.pathVariable("group");
    requireDynamic(name);
    ThingGroup before = fleet.group(name).map(DynamicGroupOperations::shown).orElse(null);
    return FleetOperations.refusing(
        fleet
            .deleteGroup(name, Paging.longOrNull(call, "expectedVersion"))
            .thenCompose(
                deleted ->
                    registry.tags().replace(ResourceTags.Elsewhere.DYNAMIC_GROUP, name, Map.of()))
            .thenCompose(deleted -> told(deleted, before, null)),
        deleted -> Reply.EMPTY);
  }

  private void requireDynamic(String name) {
    if (isStatic(name)) {
      throw FAMILY.invalid(
          "'%s' is a static thing group; use UpdateThingGroup and DeleteThingGroup"
              .formatted(name));
    }
  }

  private static @Nullable Map<String, String> attributes(@Nullable Fields properties) {
    Fields payload = properties == null ? null : properties.objectOrNull("attributePayload");
    return payload == null || !payload.has("attributes") ? null : payload.textMap("attributes");
  }

  private boolean isStatic(String name) {
    try {
      registry.groups().get(name);
      return true;
    } catch (RegistryRefused missing) {
      return false;
    }
  }

  private static ApiError missing(String name) {
    return ApiError.of(
        "ResourceNotFoundException",
        404,
        "there is no dynamic thing group '%s'; ListThingGroups names those that are"
            .formatted(name));
  }

  // ---- beside the static ones

  boolean has(String name) {
    return fleet.group(name).isPresent();
  }

  /** Refuses what only static groups allow. */
  void requireStatic(String name) {
    if (has(name)) {
      throw FAMILY.invalid(
          "'%s' is a dynamic thing group; its members are what its query finds, and DeleteDynamicThingGroup deletes it"
              .formatted(name));
    }
  }

  /** Refuses to make a static group of this name beside a dynamic one. */
  void requireNone(String name) {
    fleet
        .group(name)
        .ifPresent(
            group -> {
              throw exists(
                  group.id(),
                  name,
                  "'%s' is a dynamic thing group; choose another name".formatted(name));
            });
  }

  /** DescribeThingGroup. */
  Reply describe(String name) {
    DynamicGroup group = fleet.group(name).orElseThrow(() -> missing(name));
    ObjectNode reply = head(group);
    query(group, reply);
    reply.put("status", fleet.isBuilt() ? "ACTIVE" : "BUILDING");
    reply.put("version", group.version());
    ObjectNode properties = reply.putObject("thingGroupProperties");
    if (!group.description().isEmpty()) {
      properties.put("thingGroupDescription", group.description());
    }
    ObjectNode attributes = properties.putObject("attributePayload").putObject("attributes");
    group.attributes().forEach(attributes::put);
    reply
        .putObject("thingGroupMetadata")
        .set("creationDate", WireFormat.timestamp(group.createdMillis()));
    return Reply.of(reply);
  }

  private ObjectNode head(DynamicGroup group) {
    return Reply.object()
        .put("thingGroupName", group.name())
        .put("thingGroupArn", registry.arns().thingGroup(group.name()))
        .put("thingGroupId", group.id());
  }

  private static void query(DynamicGroup group, ObjectNode reply) {
    reply
        .put("indexName", FleetOperations.THINGS)
        .put("queryString", group.query())
        .put("queryVersion", QUERY_VERSION);
  }

  /** ListThingsInThingGroup. */
  CompletableFuture<Reply> things(Call call, String name) {
    DynamicGroup group = fleet.group(name).orElseThrow(() -> missing(name));
    String after = Paging.after(call);
    int max = call.number("maxResults", Paging.PAGE_MAX, 1, Paging.PAGE_MAX);
    return FleetOperations.refusing(
        fleet.members(group, max, after.isEmpty() ? null : after),
        found -> {
          ObjectNode reply = Reply.object();
          ArrayNode things = reply.putArray("things");
          found.things().forEach(thing -> things.add(thing.path("thingName").asText()));
          if (found.next() != null) {
            reply.put("nextToken", PageToken.of(call, found.next()));
          }
          return Reply.of(reply);
        });
  }

  NavigableSet<String> names() {
    NavigableSet<String> names = new TreeSet<>();
    fleet.groups().forEach(group -> names.add(group.name()));
    return names;
  }

  CompletableFuture<NavigableSet<String>> groupsOf(String thing) {
    return fleet.groupsOf(thing);
  }
}
