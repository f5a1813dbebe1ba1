package io.sluice.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.identity.Registry;
import io.sluice.identity.ThingGroup;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Thing groups, static ones and those that have a query. Source: AWS IoT API Reference,
 * "CreateThingGroup" and its family.
 */
final class ThingGroupOperations {
  private static final Family FAMILY = Family.IOT;

  private final Registry registry;
  private final DynamicGroupOperations dynamic;

  ThingGroupOperations(Registry registry, DynamicGroupOperations dynamic) {
    this.registry = registry;
    this.dynamic = dynamic;
  }

  void addTo(Operations operations) {
    operations
        .control()
        .add(
            "POST",
            "/thing-groups/{group}",
            Operation.write(FAMILY, "CreateThingGroup", this::create))
        .add(
            "GET",
            "/thing-groups/{group}",
            Operation.read(FAMILY, "DescribeThingGroup", this::describe))
        .add(
            "PATCH",
            "/thing-groups/{group}",
            Operation.write(FAMILY, "UpdateThingGroup", this::update))
        .add(
            "DELETE",
            "/thing-groups/{group}",
            Operation.write(FAMILY, "DeleteThingGroup", this::delete))
        .add("GET", "/thing-groups", Operation.read(FAMILY, "ListThingGroups", this::list))
        .add(
            "PUT",
            "/thing-groups/addThingToThingGroup",
            Operation.write(
                FAMILY,
                "AddThingToThingGroup",
                call -> change(call, thing(call), List.of(group(call)), List.of())))
        .add(
            "PUT",
            "/thing-groups/removeThingFromThingGroup",
            Operation.write(
                FAMILY,
                "RemoveThingFromThingGroup",
                call -> change(call, thing(call), List.of(), List.of(group(call)))))
        .add(
            "PUT",
            "/thing-groups/updateThingGroupsForThing",
            Operation.write(
                FAMILY,
                "UpdateThingGroupsForThing",
                call ->
                    change(
                        call,
                        call.input().text("thingName"),
                        call.input().texts("thingGroupsToAdd"),
                        call.input().texts("thingGroupsToRemove"))))
        .add(
            "GET",
            "/thing-groups/{group}/things",
            Operation.read(FAMILY, "ListThingsInThingGroup", this::things))
        .add(
            "GET",
            "/things/{thing}/thing-groups",
            Operation.read(FAMILY, "ListThingGroupsForThing", this::groupsOfThing));
  }

  private String thing(Call call) {
    return registry
        .arns()
        .nameGiven(
            "thing", call.input().textOrNull("thingName"), call.input().textOrNull("thingArn"));
  }

  private String group(Call call) {
    return registry
        .arns()
        .nameGiven(
            "thinggroup",
            call.input().textOrNull("thingGroupName"),
            call.input().textOrNull("thingGroupArn"));
  }

  private CompletableFuture<Reply> things(Call call) {
    String group = call.pathVariable("group");
    return dynamic.has(group)
        ? dynamic.things(call, group)
        : Paging.names(call, registry.groups().things(group, call.flag("recursive")), "things");
  }

  private CompletableFuture<Reply> change(
      Call call, String thing, List<String> add, List<String> remove) {
    add.forEach(dynamic::requireStatic);
    remove.forEach(dynamic::requireStatic);
    call.input().flag("overrideDynamicGroups"); // dynamic groups never count against the limit here
    return registry.groups().change(thing, add, remove).thenApply(any -> Reply.EMPTY);
  }

  private static @Nullable Fields attributes(@Nullable Fields properties) {
    return properties == null ? null : properties.objectOrNull("attributePayload");
  }

  private CompletableFuture<Reply> create(Call call) {
    Map<String, String> tags = TagOperations.given(call);
    dynamic.requireNone(call.pathVariable("group"));
    String parent = call.input().textOrNull("parentGroupName");
    if (parent != null) {
      dynamic.requireStatic(parent);
    }
    Fields properties = call.input().objectOrNull("thingGroupProperties");
    Fields payload = attributes(properties);
    String description = properties == null ? null : properties.textOrNull("thingGroupDescription");
    return TagOperations.tagged(
            registry,
            tags,
            registry
                .groups()
                .create(
                    call.pathVariable("group"),
                    parent,
                    description == null ? "" : description,
                    payload == null ? Map.of() : payload.textMap("attributes")),
            group -> registry.arns().thingGroup(group.name()))
        .thenApply(
            group ->
                Reply.of(
                    Reply.object()
                        .put("thingGroupName", group.name())
                        .put("thingGroupArn", registry.arns().thingGroup(group.name()))
                        .put("thingGroupId", group.id())));
  }

  private CompletableFuture<Reply> update(Call call) {
    Fields properties = call.input().object("thingGroupProperties");
    Fields payload = attributes(properties);
    return registry
        .groups()
        .update(
            call.pathVariable("group"),
            properties.textOrNull("thingGroupDescription"),
            payload == null || !payload.has("attributes") ? null : payload.textMap("attributes"),
            payload != null && payload.flag("merge"),
            call.input().longOrNull("expectedVersion"))
        .thenApply(group -> Reply.of(Reply.object().put("version", group.version())));
  }

  private CompletableFuture<Reply> delete(Call call) {
    dynamic.requireStatic(call.pathVariable("group"));
    return registry
        .groups()
        .delete(call.pathVariable("group"), Paging.longOrNull(call, "expectedVersion"))
        .thenApply(any -> Reply.EMPTY);
  }

  private CompletableFuture<Reply> describe(Call call) {
    if (dynamic.has(call.pathVariable("group"))) {
      return CompletableFuture.completedFuture(dynamic.describe(call.pathVariable("group")));
    }
    ThingGroup group = registry.groups().get(call.pathVariable("group"));
    ObjectNode reply = Reply.object();
    reply.put("thingGroupName", group.name());
    reply.put("thingGroupArn", registry.arns().thingGroup(group.name()));
    reply.put("thingGroupId", group.id());
    reply.put("version", group.version());
    ObjectNode properties = reply.putObject("thingGroupProperties");
    if (!group.description().isEmpty()) {
      properties.put("thingGroupDescription", group.description());
    }
    ObjectNode attributes = properties.putObject("attributePayload").putObject("attributes");
    group.attributes().forEach(attributes::put);
    ObjectNode metadata = reply.putObject("thingGroupMetadata");
    if (group.parent() != null) {
      metadata.put("parentGroupName", group.parent());
      ArrayNode path = metadata.putArray("rootToParentThingGroups");
      registry.groups().ancestors(group).forEach(above -> named(path, above.name()));
    }
    metadata.set("creationDate", WireFormat.timestamp(group.createdMillis()));
    return CompletableFuture.completedFuture(Reply.of(reply));
  }

  private void named(ArrayNode list, String group) {
    list.addObject().put("groupName", group).put("groupArn", registry.arns().thingGroup(group));
  }

  /** Without a parent: all groups, or only the roots when {@code recursive} is false. */
  private CompletableFuture<Reply> list(Call call) {
    String parent = call.parameter("parentGroup");
    String prefix = call.parameter("namePrefixFilter");
    boolean recursive = call.parameter("recursive") == null || call.flag("recursive");
    Stream<String> names =
        parent == null
            ? Stream.concat(
                    registry
                        .groups()
                        .after(Paging.after(call))
                        .filter(group -> recursive || group.parent() == null)
                        .map(ThingGroup::name),
                    dynamic.names().tailSet(Paging.after(call), false).stream())
                .sorted()
            : registry
                .groups()
                .children(parent, recursive)
                .tailSet(Paging.after(call), false)
                .stream();
    return Paging.page(
        call,
        names.filter(name -> prefix == null || name.startsWith(prefix)),
        name -> name,
        "thingGroups",
        this::named);
  }

  private CompletableFuture<Reply> groupsOfThing(Call call) {
    String thing = call.pathVariable("thing");
    NavigableSet<String> inStatic = registry.groups().groupsOf(thing);
    return FleetOperations.refusing(
        dynamic.groupsOf(thing),
        inDynamic -> {
          NavigableSet<String> groups = new TreeSet<>(inStatic);
          groups.addAll(inDynamic);
          return Paging.reply(
              call,
              groups.tailSet(Paging.after(call), false).stream(),
              name -> name,
              "thingGroups",
              this::named);
        });
  }
}
