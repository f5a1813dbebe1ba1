package io.sluice.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.fleet.Fleet;
import io.sluice.fleet.FleetIndex;
import io.sluice.fleet.FleetRefused;
import io.sluice.fleet.FleetSettings;
import io.sluice.fleet.FleetStatistics;
import io.sluice.fleet.GroupDocument;
import io.sluice.fleet.QueryRefused;
import io.sluice.identity.ThingGroup;
import io.sluice.identity.ThingGroups;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Fleet indexing: what is indexed, SearchIndex, and the aggregations. A search may take a while, so
 * it leaves the event loop. Source: AWS IoT API Reference, "SearchIndex" and its family.
 */
final class FleetOperations {
  static final String THINGS = "AWS_Things";
  private static final String GROUPS = "AWS_ThingGroups";

  private static final Family FAMILY = Family.IOT;
  private static final String QUERY_VERSION = "2017-09-30";
  private static final int PAGE_MAX = 100;

  private final Fleet fleet;
  private final ThingGroups groups;

  /**
   * @param groups the static ones; the fleet has the dynamic ones
   */
  FleetOperations(Fleet fleet, ThingGroups groups) {
    this.fleet = fleet;
    this.groups = groups;
  }

  void addTo(Operations operations) {
    operations
        .control()
        .add(
            "POST",
            "/indexing/config",
            Operation.write(FAMILY, "UpdateIndexingConfiguration", this::configure))
        .add(
            "GET",
            "/indexing/config",
            Operation.read(
                FAMILY,
                "GetIndexingConfiguration",
                call -> CompletableFuture.completedFuture(Reply.of(fleet.settings().json()))))
        .add(
            "POST",
            "/things/{thing}/connectivity-data",
            Operation.read(FAMILY, "GetThingConnectivityData", this::connectivity))
        .add("GET", "/indices", Operation.read(FAMILY, "ListIndices", this::list))
        .add("GET", "/indices/{index}", Operation.read(FAMILY, "DescribeIndex", this::describe))
        .add("POST", "/indices/search", Operation.read(FAMILY, "SearchIndex", this::search))
        .add(
            "POST",
            "/indices/statistics",
            Operation.read(
                FAMILY,
                "GetStatistics",
                call ->
                    aggregate(
                        call,
                        (statistics, query) -> {
                          ObjectNode reply = Reply.object();
                          reply.set("statistics", statistics.statistics(query, field(call)));
                          return reply;
                        })))
        .add(
            "POST",
            "/indices/cardinality",
            Operation.read(
                FAMILY,
                "GetCardinality",
                call ->
                    aggregate(
                        call,
                        (statistics, query) ->
                            Reply.object()
                                .put("cardinality", statistics.cardinality(query, field(call))))))
        .add(
            "POST",
            "/indices/percentiles",
            Operation.read(
                FAMILY,
                "GetPercentiles",
                call ->
                    aggregate(
                        call,
                        (statistics, query) ->
                            statistics.percentiles(query, field(call), percents(call)))))
        .add(
            "POST",
            "/indices/buckets",
            Operation.read(
                FAMILY,
                "GetBucketsAggregation",
                call ->
                    aggregate(
                        call,
                        (statistics, query) ->
                            statistics.buckets(query, field(call), bucketsMax(call)))));
  }

  // ---- settings

  private CompletableFuture<Reply> configure(Call call) {
    return refusing(
        fleet
            .configure(call.input().node())
            .exceptionally(
                failure -> {
                  if (cause(failure) instanceof QueryRefused refused) { // there is no query
                    throw FAMILY.invalid(String.valueOf(refused.getMessage()));
                  }
                  throw new CompletionException(cause(failure));
                }),
        settings -> Reply.EMPTY);
  }

  private CompletableFuture<Reply> list(Call call) {
    PageToken.requireNone(call);
    ObjectNode reply = Reply.object();
    ArrayNode names = reply.putArray("indexNames");
    if (fleet.settings().groups()) {
      names.add(GROUPS);
    }
    if (fleet.settings().registry()) {
      names.add(THINGS);
    }
    return CompletableFuture.completedFuture(Reply.of(reply));
  }

  private CompletableFuture<Reply> describe(Call call) {
    String name = call.pathVariable("index");
    FleetSettings settings = fleet.settings();
    if (name.equals(GROUPS) && settings.groups()) {
      return CompletableFuture.completedFuture(
          Reply.of(
              Reply.object()
                  .put("indexName", name)
                  .put("indexStatus", "ACTIVE")
                  .put("schema", "REGISTRY")));
    }
    if (!name.equals(THINGS) || !settings.registry()) {
      throw noIndex(name);
    }
    String schema =
        (settings.shadows() ? "REGISTRY_AND_SHADOW" : "REGISTRY")
            + (settings.connectivity() ? "_AND_CONNECTIVITY_STATUS" : "");
    return CompletableFuture.completedFuture(
        Reply.of(
            Reply.object()
                .put("indexName", name)
                .put("indexStatus", fleet.isBuilt() ? "ACTIVE" : "BUILDING")
                .put("schema", schema)));
  }

  // ---- search

  private static ApiError noIndex(String name) {
    return ApiError.of(
        "ResourceNotFoundException",
        404,
        "there is no index '%s'; ListIndices names those that are, UpdateIndexingConfiguration turns them on"
            .formatted(name));
  }

  private CompletableFuture<Reply> search(Call call) {
    String index = call.input().textOrNull("indexName");
    String query = query(call, index == null ? THINGS : index);
    String after = PageToken.after(call, "nextToken", call.input().textOrNull("nextToken"));
    Integer wanted = call.input().integerOrNull("maxResults");
    int max = wanted == null ? PAGE_MAX : wanted;
    if (max < 1 || max > PAGE_MAX) {
      throw FAMILY.invalid("maxResults must be 1 to %d; found %d".formatted(PAGE_MAX, max));
    }
    if (GROUPS.equals(index)) {
      return refusing(
          fleet.searchGroups(this::groups, query, max, after.isEmpty() ? null : after),
          found -> Reply.of(found(call, found, "thingGroups")));
    }
    return asked(
        known -> found(call, known.search(query, max, after.isEmpty() ? null : after), "things"));
  }

  /** All thing groups, static and dynamic, as they are now. */
  private List<GroupDocument> groups() {
    Stream<GroupDocument> inHierarchies =
        groups
            .after("")
            .map(
                group ->
                    document(
                        group, groups.ancestors(group).stream().map(ThingGroup::name).toList()));
    Stream<GroupDocument> dynamic =
        fleet.groups().map(group -> document(DynamicGroupOperations.shown(group), List.of()));
    return Stream.concat(inHierarchies, dynamic).toList();
  }

  private static GroupDocument document(ThingGroup group, List<String> parents) {
    return new GroupDocument(
        group.name(), group.id(), group.description(), group.attributes(), parents);
  }

  private static ObjectNode found(Call call, FleetIndex.Found found, String member) {
    ObjectNode reply = Reply.object();
    ArrayNode things = reply.putArray(member);
    for (ObjectNode thing : found.things()) {
      JsonNode shadow = thing.get("shadow");
      if (shadow != null) {
        thing.put("shadow", shadow.toString()); // a text, in this API
      }
      things.add(thing);
    }
    if (found.next() != null) {
      reply.put("nextToken", PageToken.of(call, found.next()));
    }
    return reply;
  }

  /** The query, when it is for the index of things. */
  static String query(Call call) {
    String index = call.input().textOrNull("indexName");
    if (index != null && index.equals(GROUPS)) {
      throw FAMILY.invalid(
          "'indexName' is '%s', which SearchIndex alone can ask; use %s".formatted(index, THINGS));
    }
    return query(call, index == null ? THINGS : index);
  }

  /** The query, when there is such an index and such a version of queries. */
  private static String query(Call call, String index) {
    if (!index.equals(THINGS) && !index.equals(GROUPS)) {
      throw noIndex(index);
    }
    String version = call.input().textOrNull("queryVersion");
    if (version != null && !version.equals(QUERY_VERSION)) {
      throw FAMILY.invalid(
          "queryVersion '%s' is not offered; use %s".formatted(version, QUERY_VERSION));
    }
    return call.input().text("queryString");
  }

  private static ApiError notReady(String why) {
    return ApiError.of("IndexNotReadyException", 400, why);
  }

  /** GetThingConnectivityData. */
  private CompletableFuture<Reply> connectivity(Call call) {
    String thing = call.pathVariable("thing");
    return refusing(
        fleet.connectivity(thing),
        seen -> {
          ObjectNode reply = Reply.object().put("thingName", thing);
          reply.put("connected", seen.isPresent() && seen.get().connected());
          if (seen.isEmpty()) {
            reply.put("disconnectReason", "UNKNOWN"); // not seen since the gateway started
            return Reply.of(reply);
          }
          reply.set("timestamp", WireFormat.timestamp(seen.get().timestampMillis()));
          String reason = seen.get().disconnectReason();
          if (reason != null) {
            reply.put("disconnectReason", reason);
          }
          return Reply.of(reply);
        });
  }

  // ---- aggregations

  private CompletableFuture<Reply> aggregate(
      Call call, BiFunction<FleetStatistics, String, ObjectNode> aggregation) {
    String query = query(call);
    return asked(index -> aggregation.apply(new FleetStatistics(index), query));
  }

  private static String field(Call call) {
    String field = call.input().textOrNull("aggregationField");
    return field == null ? "thingName" : field;
  }

  private static List<Double> percents(Call call) {
    List<Double> percents = new ArrayList<>();
    call.input().node().path("percents").forEach(percent -> percents.add(percent.asDouble()));
    return percents;
  }

  private static int bucketsMax(Call call) {
    return call.input()
        .node()
        .path("bucketsAggregationType")
        .path("termsAggregation")
        .path("maxBuckets")
        .asInt(0);
  }

  // ---- answers

  private CompletableFuture<Reply> asked(Function<FleetIndex, ObjectNode> question) {
    if (!fleet.settings().registry()) {
      throw notReady(
          "things are not indexed; turn that on with UpdateIndexingConfiguration (thingIndexingMode REGISTRY or REGISTRY_AND_SHADOW)");
    }
    if (!fleet.isBuilt()) {
      throw notReady("the index is being built; try again in a moment");
    }
    return refusing(fleet.ask(question), Reply::of);
  }

  /** What is behind the wrapping of futures. */
  static Throwable cause(Throwable failure) {
    return failure instanceof CompletionException && failure.getCause() != null
        ? failure.getCause()
        : failure;
  }

  /** A refused query is the caller's mistake. */
  static <T> CompletableFuture<Reply> refusing(
      CompletableFuture<T> done, Function<T, Reply> answer) {
    return done.handle(
        (result, failure) -> {
          if (failure == null) {
            return answer.apply(result);
          }
          Throwable cause = cause(failure);
          String text = String.valueOf(cause.getMessage());
          if (cause instanceof QueryRefused) {
            throw ApiError.of("InvalidQueryException", 400, text);
          }
          if (cause instanceof FleetRefused refused) {
            throw refusal(refused.why(), text);
          }
          throw new CompletionException(cause);
        });
  }

  private static ApiError refusal(FleetRefused.Why why, String text) {
    return switch (why) {
      case VERSION_CONFLICT -> ApiError.of("VersionConflictException", 409, text);
      case EXISTS -> ApiError.of("ResourceAlreadyExistsException", 409, text);
      case LIMIT -> ApiError.of("LimitExceededException", 410, text);
      case MISSING -> ApiError.of("ResourceNotFoundException", 404, text);
      case BUSY -> ApiError.of("ThrottlingException", 400, text); // SDKs try again
      case OFF -> notReady(text);
    };
  }
}
