package io.sluice.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.identity.Attachment;
import io.sluice.identity.Registry;
import io.sluice.identity.Thing;
import java.util.Map;
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Things and their principals. Source: AWS IoT API Reference, "CreateThing" and its family. */
final class ThingOperations {
  private static final Family FAMILY = Family.IOT;
  static final int PAGE_MAX = 250;

  private final Registry registry;

  ThingOperations(Registry registry) {
    this.registry = registry;
  }

  void addTo(Operations operations) {
    operations
        .control()
        .add("POST", "/things/{thing}", Operation.write(FAMILY, "CreateThing", this::create))
        .add("GET", "/things/{thing}", Operation.read(FAMILY, "DescribeThing", this::describe))
        .add("PATCH", "/things/{thing}", Operation.write(FAMILY, "UpdateThing", this::update))
        .add("DELETE", "/things/{thing}", Operation.write(FAMILY, "DeleteThing", this::delete))
        .add("GET", "/things", Operation.read(FAMILY, "ListThings", this::list))
        .add(
            "PUT",
            "/things/{thing}/principals",
            Operation.write(FAMILY, "AttachThingPrincipal", this::attach))
        .add(
            "DELETE",
            "/things/{thing}/principals",
            Operation.write(FAMILY, "DetachThingPrincipal", this::detach))
        .add(
            "GET",
            "/things/{thing}/principals",
            Operation.read(FAMILY, "ListThingPrincipals", this::principals))
        .add(
            "GET",
            "/things/{thing}/principals-v2",
            Operation.read(FAMILY, "ListThingPrincipalsV2", this::principalsV2))
        .add(
            "GET",
            "/principals/things",
            Operation.read(FAMILY, "ListPrincipalThings", this::things))
        .add(
            "GET",
            "/principals/things-v2",
            Operation.read(FAMILY, "ListPrincipalThingsV2", this::thingsV2));
  }

  private CompletableFuture<Reply> create(Call call) {
    Fields payload = call.input().objectOrNull("attributePayload");
    return registry
        .things()
        .create(
            call.pathVariable("thing"),
            call.input().textOrNull("thingTypeName"),
            call.input().textOrNull("billingGroupName"),
            payload == null ? Map.of() : payload.textMap("attributes"))
        .thenApply(
            thing ->
                Reply.of(
                    Reply.object()
                        .put("thingName", thing.name())
                        .put("thingArn", registry.arns().thing(thing.name()))
                        .put("thingId", thing.id())));
  }

  private CompletableFuture<Reply> describe(Call call) {
    String name = call.pathVariable("thing");
    Thing thing =
        registry
            .things()
            .find(name)
            .orElseThrow(
                () ->
                    ApiError.of(
                        "ResourceNotFoundException",
                        404,
                        "thing '%s' is not registered; create it with CreateThing"
                            .formatted(name)));
    ObjectNode reply = Reply.object().put("defaultClientId", thing.name());
    put(reply, thing);
    reply.put("thingId", thing.id());
    if (thing.billingGroup() != null) {
      reply.put("billingGroupName", thing.billingGroup());
    }
    return CompletableFuture.completedFuture(Reply.of(reply));
  }

  private void put(ObjectNode into, Thing thing) {
    into.put("thingName", thing.name());
    into.put("thingArn", registry.arns().thing(thing.name()));
    if (thing.type() != null) {
      into.put("thingTypeName", thing.type());
    }
    ObjectNode attributes = into.putObject("attributes");
    thing.attributes().forEach(attributes::put);
    into.put("version", thing.version());
  }

  private CompletableFuture<Reply> update(Call call) {
    Fields payload = call.input().objectOrNull("attributePayload");
    return registry
        .things()
        .update(
            call.pathVariable("thing"),
            call.input().textOrNull("thingTypeName"),
            call.input().flag("removeThingType"),
            payload == null || !payload.has("attributes") ? null : payload.textMap("attributes"),
            payload != null && payload.flag("merge"),
            call.input().longOrNull("expectedVersion"))
        .thenApply(thing -> Reply.EMPTY);
  }

  private CompletableFuture<Reply> delete(Call call) {
    return registry
        .things()
        .delete(call.pathVariable("thing"), Paging.longOrNull(call, "expectedVersion"))
        .thenApply(any -> Reply.EMPTY);
  }

  /** Off the event loop: a filter may have to look at every thing. */
  private CompletableFuture<Reply> list(Call call) {
    String type = call.parameter("thingTypeName");
    int max = call.number("maxResults", PAGE_MAX, 1, PAGE_MAX);
    String after = PageToken.after(call, "nextToken");
    String name = call.parameter("attributeName");
    String value = call.parameter("attributeValue");
    boolean prefix = call.flag("usePrefixAttributeValue");
    if (name == null && (value != null || prefix)) {
      throw FAMILY.invalid("attributeValue goes with attributeName, which is missing; give both");
    }
    return CompletableFuture.supplyAsync(
        () -> {
          ObjectNode reply = Reply.object();
          ArrayNode things = reply.putArray("things");
          PageToken.take(
                  call,
                  registry
                      .things()
                      .after(after)
                      .filter(thing -> type == null || type.equals(thing.type()))
                      .filter(thing -> name == null || matches(thing, name, value, prefix)),
                  max,
                  Thing::name,
                  reply,
                  "nextToken")
              .forEach(thing -> put(things.addObject(), thing));
          return Reply.of(reply);
        });
  }

  private static boolean matches(Thing thing, String name, @Nullable String value, boolean prefix) {
    String found = thing.attributes().get(name);
    if (found == null || value == null) {
      return found != null;
    }
    return prefix ? found.startsWith(value) : found.equals(value);
  }

  private CompletableFuture<Reply> attach(Call call) {
    return registry
        .things()
        .attachPrincipal(call.pathVariable("thing"), principal(call), attachment(call))
        .thenApply(any -> Reply.EMPTY);
  }

  private CompletableFuture<Reply> detach(Call call) {
    return registry
        .things()
        .detachPrincipal(call.pathVariable("thing"), principal(call))
        .thenApply(any -> Reply.EMPTY);
  }

  private static Attachment attachment(Call call) {
    String type = call.parameter("thingPrincipalType");
    for (Attachment attachment : Attachment.values()) {
      if (attachment.name().equals(type)) {
        return attachment;
      }
    }
    if (type == null) {
      return Attachment.NON_EXCLUSIVE_THING;
    }
    throw FAMILY.invalid(
        "thingPrincipalType '%s' is unknown; use EXCLUSIVE_THING or NON_EXCLUSIVE_THING"
            .formatted(type));
  }

  private static String principal(Call call) {
    String principal = call.head().header("x-amzn-principal");
    if (principal == null) {
      throw FAMILY.missing("x-amzn-principal");
    }
    return principal;
  }

  private CompletableFuture<Reply> principals(Call call) {
    return page(
        call,
        registry.things().principals(call.pathVariable("thing")),
        "principals",
        (list, entry) -> list.add(entry.getKey()));
  }

  private CompletableFuture<Reply> principalsV2(Call call) {
    return page(
        call,
        registry.things().principals(call.pathVariable("thing")),
        "thingPrincipalObjects",
        (list, entry) ->
            list.addObject()
                .put("principal", entry.getKey())
                .put("thingPrincipalType", entry.getValue().name()));
  }

  private CompletableFuture<Reply> things(Call call) {
    return page(
        call,
        registry.things().ofPrincipal(principal(call)),
        "things",
        (list, entry) -> list.add(entry.getKey()));
  }

  private CompletableFuture<Reply> thingsV2(Call call) {
    return page(
        call,
        registry.things().ofPrincipal(principal(call)),
        "principalThingObjects",
        (list, entry) ->
            list.addObject()
                .put("thingName", entry.getKey())
                .put("thingPrincipalType", entry.getValue().name()));
  }

  private static CompletableFuture<Reply> page(
      Call call,
      SortedMap<String, Attachment> attached,
      String member,
      BiConsumer<ArrayNode, Map.Entry<String, Attachment>> write) {
    int max = call.number("maxResults", PAGE_MAX, 1, PAGE_MAX);
    String after = PageToken.after(call, "nextToken");
    String type = call.parameter("thingPrincipalType");
    ObjectNode reply = Reply.object();
    ArrayNode list = reply.putArray(member);
    PageToken.take(
            call,
            attached.entrySet().stream()
                .filter(entry -> entry.getKey().compareTo(after) > 0)
                .filter(entry -> type == null || entry.getValue().name().equals(type)),
            max,
            Map.Entry::getKey,
            reply,
            "nextToken")
        .forEach(entry -> write.accept(list, entry));
    return CompletableFuture.completedFuture(Reply.of(reply));
  }
}
