package io.sluice.fleet;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * All that is known of one thing group, as it is searched.
 *
 * @param description empty when it has none
 * @param parents the names of the groups above it, the root first
 */
public record GroupDocument(
    String name,
    String id,
    String description,
    Map<String, String> attributes,
    List<String> parents) {
  static final String NAME = "thingGroupName";

  public GroupDocument {
    attributes = new TreeMap<>(attributes);
    parents = List.copyOf(parents);
  }

  /** The document as queries see it. Source: AWS IoT API Reference, "ThingGroupDocument". */
  ObjectNode searched() {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put(NAME, name);
    out.put("thingGroupId", id);
    if (!description.isEmpty()) {
      out.put("thingGroupDescription", description);
    }
    if (!attributes.isEmpty()) {
      ObjectNode all = out.putObject("attributes");
      attributes.forEach(all::put);
    }
    if (!parents.isEmpty()) {
      ArrayNode names = out.putArray("parentGroupNames");
      parents.forEach(names::add);
    }
    return out;
  }
}
