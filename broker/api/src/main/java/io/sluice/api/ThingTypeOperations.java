package io.sluice.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.identity.Registry;
import io.sluice.identity.ThingType;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Thing types. Source: AWS IoT API Reference, "CreateThingType" and its family. */
final class ThingTypeOperations {
  private static final Family FAMILY = Family.IOT;

  private final Registry registry;

  ThingTypeOperations(Registry registry) {
    this.registry = registry;
  }

  void addTo(Operations operations) {
    operations
        .control()
        .add(
            "POST", "/thing-types/{type}", Operation.write(FAMILY, "CreateThingType", this::create))
        .add(
            "GET",
            "/thing-types/{type}",
            Operation.read(FAMILY, "DescribeThingType", this::describe))
        .add(
            "PATCH",
            "/thing-types/{type}",
            Operation.write(FAMILY, "UpdateThingType", this::update))
        .add(
            "DELETE",
            "/thing-types/{type}",
            Operation.write(FAMILY, "DeleteThingType", this::delete))
        .add(
            "POST",
            "/thing-types/{type}/deprecate",
            Operation.write(FAMILY, "DeprecateThingType", this::deprecate))
        .add("GET", "/thing-types", Operation.read(FAMILY, "ListThingTypes", this::list));
  }

  private static @Nullable Fields properties(Call call) {
    Fields properties = call.input().objectOrNull("thingTypeProperties");
    if (properties != null && properties.has("mqtt5Configuration")) {
      throw FAMILY.invalid(
          "'thingTypeProperties.mqtt5Configuration' is not supported by this gateway; leave it out");
    }
    return properties;
  }

  private CompletableFuture<Reply> create(Call call) {
    Map<String, String> tags = TagOperations.given(call);
    Fields properties = properties(call);
    String description = properties == null ? null : properties.textOrNull("thingTypeDescription");
    return TagOperations.tagged(
            registry,
            tags,
            registry
                .types()
                .create(
                    call.pathVariable("type"),
                    description == null ? "" : description,
                    properties == null ? List.of() : properties.texts("searchableAttributes")),
            type -> registry.arns().thingType(type.name()))
        .thenApply(
            type ->
                Reply.of(
                    Reply.object()
                        .put("thingTypeName", type.name())
                        .put("thingTypeArn", registry.arns().thingType(type.name()))
                        .put("thingTypeId", type.id())));
  }

  private CompletableFuture<Reply> update(Call call) {
    Fields properties = properties(call);
    return registry
        .types()
        .update(
            call.pathVariable("type"),
            properties == null ? null : properties.textOrNull("thingTypeDescription"),
            properties == null || !properties.has("searchableAttributes")
                ? null
                : properties.texts("searchableAttributes"))
        .thenApply(type -> Reply.EMPTY);
  }

  private CompletableFuture<Reply> deprecate(Call call) {
    return registry
        .types()
        .deprecate(call.pathVariable("type"), call.input().flag("undoDeprecate"))
        .thenApply(type -> Reply.EMPTY);
  }

  private CompletableFuture<Reply> delete(Call call) {
    return registry.types().delete(call.pathVariable("type")).thenApply(any -> Reply.EMPTY);
  }

  private CompletableFuture<Reply> describe(Call call) {
    ThingType type = registry.types().get(call.pathVariable("type"));
    ObjectNode reply = Reply.object();
    put(reply, type);
    reply.put("thingTypeId", type.id());
    return CompletableFuture.completedFuture(Reply.of(reply));
  }

  private void put(ObjectNode into, ThingType type) {
    into.put("thingTypeName", type.name());
    into.put("thingTypeArn", registry.arns().thingType(type.name()));
    ObjectNode properties = into.putObject("thingTypeProperties");
    if (!type.description().isEmpty()) {
      properties.put("thingTypeDescription", type.description());
    }
    ArrayNode searchable = properties.putArray("searchableAttributes");
    type.searchableAttributes().forEach(searchable::add);
    ObjectNode metadata = into.putObject("thingTypeMetadata");
    metadata.put("deprecated", type.isDeprecated());
    if (type.isDeprecated()) {
      metadata.set("deprecationDate", WireFormat.timestamp(type.deprecatedMillis()));
    }
    metadata.set("creationDate", WireFormat.timestamp(type.createdMillis()));
  }

  private CompletableFuture<Reply> list(Call call) {
    String only = call.parameter("thingTypeName");
    return Paging.page(
        call,
        registry
            .types()
            .after(Paging.after(call))
            .filter(type -> only == null || type.name().equals(only)),
        ThingType::name,
        "thingTypes",
        (list, type) -> put(list.addObject(), type));
  }
}
