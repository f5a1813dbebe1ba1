package io.sluice.fleet;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * All that is known of one thing, as it is searched.
 *
 * @param type null when it has none
 * @param groups the names of all its groups
 * @param shadow the classic shadow's document ({@code state}, {@code metadata}, {@code version});
 *     null when it has none, or shadows are not indexed
 * @param namedShadows by name; those that are indexed
 * @param connectivity null when it is not indexed, or the thing was never seen
 */
public record ThingDocument(
    String name,
    String id,
    @Nullable String type,
    List<String> groups,
    Map<String, String> attributes,
    @Nullable JsonNode shadow,
    Map<String, JsonNode> namedShadows,
    @Nullable Connectivity connectivity) {
  public ThingDocument {
    groups = List.copyOf(groups);
    attributes = new TreeMap<>(attributes);
    namedShadows = new TreeMap<>(namedShadows);
  }

  /**
   * Whether its client is there.
   *
   * @param timestampMillis since when
   * @param disconnectReason why not; null while it is connected
   */
  public record Connectivity(
      boolean connected, long timestampMillis, @Nullable String disconnectReason) {}

  /**
   * The document as queries see it: {@code shadow} has {@code desired}, {@code reported}, {@code
   * delta}, {@code metadata}, {@code version}, {@code hasDelta} and, under {@code name}, the named
   * ones. Source: AWS IoT Developer Guide, "Managing thing indexing".
   */
  ObjectNode searched() {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("thingName", name);
    out.put("thingId", id);
    if (type != null) {
      out.put("thingTypeName", type);
    }
    if (!groups.isEmpty()) {
      ArrayNode names = out.putArray("thingGroupNames");
      groups.forEach(names::add);
    }
    if (!attributes.isEmpty()) {
      ObjectNode all = out.putObject("attributes");
      attributes.forEach(all::put);
    }
    if (shadow != null || !namedShadows.isEmpty()) {
      ObjectNode all = shadow == null ? JsonNodeFactory.instance.objectNode() : searched(shadow);
      if (!namedShadows.isEmpty()) {
        ObjectNode named = all.putObject("name");
        namedShadows.forEach((shadowName, document) -> named.set(shadowName, searched(document)));
      }
      out.set("shadow", all);
    }
    if (connectivity != null) {
      ObjectNode there = out.putObject("connectivity");
      there.put("connected", connectivity.connected());
      there.put("timestamp", connectivity.timestampMillis());
      if (connectivity.disconnectReason() != null) {
        there.put("disconnectReason", connectivity.disconnectReason());
      }
    }
    return out;
  }

  private static ObjectNode searched(JsonNode document) {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    for (String part : List.of("desired", "reported", "delta")) {
      if (document.path("state").has(part)) {
        out.set(part, document.path("state").get(part));
      }
    }
    if (document.has("metadata")) {
      out.set("metadata", document.get("metadata"));
    }
    out.put("hasDelta", document.path("state").has("delta"));
    if (document.has("version")) {
      out.set("version", document.get("version"));
    }
    return out;
  }
}
