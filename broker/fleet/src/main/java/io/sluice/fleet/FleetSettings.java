package io.sluice.fleet;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What is indexed: the {@code thingIndexingConfiguration} and {@code
 * thingGroupIndexingConfiguration} of the AWS IoT API. Nothing, until somebody asks for it.
 *
 * @param registry whether things can be searched at all
 * @param shadows whether by their classic shadows too
 * @param namedShadows whether by those named in {@code shadowNames}
 * @param connectivity whether by their clients' presence
 * @param customFields name to type, as somebody has declared them; kept for who asks, and without
 *     effect: every field is indexed, as text and as the number it may be
 * @param groups whether thing groups can be searched
 */
public record FleetSettings(
    boolean registry,
    boolean shadows,
    boolean namedShadows,
    Set<String> shadowNames,
    boolean connectivity,
    boolean groups,
    Map<String, String> customFields) {
  public static final FleetSettings OFF =
      new FleetSettings(false, false, false, Set.of(), false, false, Map.of());

  private static final int SHADOW_NAMES_MAX = 10;
  private static final int CUSTOM_FIELDS_MAX = 100;
  private static final List<String> FIELD_TYPES = List.of("Number", "String", "Boolean");

  public FleetSettings {
    shadowNames = Set.copyOf(shadowNames);
    customFields = customFields == null ? Map.of() : new TreeMap<>(customFields); // an older row
  }

  /**
   * Reads the body of UpdateIndexingConfiguration; a part that is missing stays as it was.
   *
   * @throws QueryRefused when a mode is unknown or a part makes no sense without another
   */
  public FleetSettings updated(JsonNode body) {
    JsonNode things = body.path("thingIndexingConfiguration");
    FleetSettings updated = this;
    if (!things.isMissingNode()) {
      if (!things.hasNonNull("thingIndexingMode")) {
        throw new QueryRefused(
            "thingIndexingConfiguration lacks thingIndexingMode; set it to OFF, REGISTRY or REGISTRY_AND_SHADOW");
      }
      String mode = mode(things, "thingIndexingMode", "OFF", "REGISTRY", "REGISTRY_AND_SHADOW");
      boolean connected =
          mode(things, "thingConnectivityIndexingMode", "OFF", "STATUS").equals("STATUS");
      boolean named = mode(things, "namedShadowIndexingMode", "OFF", "ON").equals("ON");
      mode(things, "deviceDefenderIndexingMode", "OFF");
      Set<String> names = new TreeSet<>();
      if (!things.path("filter").path("geoLocations").isEmpty()) {
        throw new QueryRefused("filter.geoLocations is not offered; leave it out");
      }
      things.path("filter").path("namedShadowNames").forEach(name -> names.add(name.asText()));
      if (mode.equals("OFF") && (connected || named)) {
        throw new QueryRefused(
            "thingIndexingMode is OFF, so connectivity and named shadows cannot be indexed; set it to REGISTRY or REGISTRY_AND_SHADOW");
      }
      if (named && names.isEmpty()) {
        throw new QueryRefused(
            "namedShadowIndexingMode is ON, but filter.namedShadowNames names no shadow");
      }
      if (names.size() > SHADOW_NAMES_MAX) {
        throw new QueryRefused(
            "filter.namedShadowNames has %d names; at most %d are indexed"
                .formatted(names.size(), SHADOW_NAMES_MAX));
      }
      updated =
          new FleetSettings(
              !mode.equals("OFF"),
              mode.equals("REGISTRY_AND_SHADOW"),
              named,
              names,
              connected,
              groups,
              customFields(things.path("customFields")));
    }
    JsonNode ofGroups = body.path("thingGroupIndexingConfiguration");
    return ofGroups.isMissingNode()
        ? updated
        : new FleetSettings(
            updated.registry,
            updated.shadows,
            updated.namedShadows,
            updated.shadowNames,
            updated.connectivity,
            mode(ofGroups, "thingGroupIndexingMode", "OFF", "ON").equals("ON"),
            updated.customFields);
  }

  private static Map<String, String> customFields(JsonNode list) {
    Map<String, String> fields = new TreeMap<>();
    for (JsonNode field : list) {
      String name = field.path("name").asText("");
      String type = field.path("type").asText("");
      if (name.isEmpty() || !FIELD_TYPES.contains(type)) {
        throw new QueryRefused(
            "a custom field has the name '%s' and the type '%s'; give a name and one of %s"
                .formatted(name, type, FIELD_TYPES));
      }
      fields.put(name, type);
    }
    if (fields.size() > CUSTOM_FIELDS_MAX) {
      throw new QueryRefused(
          "there are %d custom fields; declare at most %d, or none: every field is indexed"
              .formatted(fields.size(), CUSTOM_FIELDS_MAX));
    }
    return fields;
  }

  private static String mode(JsonNode of, String field, String... known) {
    String found = of.path(field).asText("OFF");
    if (Set.of(known).contains(found)) {
      return found;
    }
    throw new QueryRefused(
        "%s '%s' is not offered; use one of %s".formatted(field, found, String.join(", ", known)));
  }

  /** The same for a question that needs no shadow. */
  FleetSettings withoutShadows() {
    return new FleetSettings(registry, false, false, Set.of(), connectivity, groups, customFields);
  }

  /** As GetIndexingConfiguration answers. */
  public ObjectNode json() {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    ObjectNode things = out.putObject("thingIndexingConfiguration");
    things.put(
        "thingIndexingMode", !registry ? "OFF" : shadows ? "REGISTRY_AND_SHADOW" : "REGISTRY");
    things.put("thingConnectivityIndexingMode", connectivity ? "STATUS" : "OFF");
    things.put("deviceDefenderIndexingMode", "OFF");
    things.put("namedShadowIndexingMode", namedShadows ? "ON" : "OFF");
    ArrayNode names = things.putObject("filter").putArray("namedShadowNames");
    new TreeSet<>(shadowNames).forEach(names::add);
    if (!customFields.isEmpty()) {
      ArrayNode fields = things.putArray("customFields");
      customFields.forEach((name, type) -> fields.addObject().put("name", name).put("type", type));
    }
    out.putObject("thingGroupIndexingConfiguration")
        .put("thingGroupIndexingMode", groups ? "ON" : "OFF");
    return out;
  }
}
