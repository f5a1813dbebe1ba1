package io.sluice.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.api.PercentEncoding.Parameter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A form of the query protocol. Lists come flattened, {@code Attribute.1.Name}, and are gathered
 * here under the names they have in JSON. Source: the SQS service model of the query protocol.
 */
final class QueryForm {
  private static final int ITEMS_MAX = 1000; // any legal request has far fewer

  /** What a flattened prefix is in JSON, and of which kind. */
  private record ListMember(String json, Kind kind) {}

  private enum Kind {
    /** {@code AttributeName.1=All}. */
    TEXTS,
    /** {@code Attribute.1.Name=..&Attribute.1.Value=..}: a map of strings. */
    NAME_VALUE,
    /** {@code Tag.1.Key=..&Tag.1.Value=..}: a map of strings. */
    KEY_VALUE,
    /** {@code MessageAttribute.1.Name=..&MessageAttribute.1.Value.DataType=..}. */
    NAME_STRUCTURE,
    /** {@code SendMessageBatchRequestEntry.1.Id=..}. */
    STRUCTURES
  }

  private static final Map<String, ListMember> LISTS =
      Map.ofEntries(
          Map.entry("Attribute", new ListMember("Attributes", Kind.NAME_VALUE)),
          Map.entry("AttributeName", new ListMember("AttributeNames", Kind.TEXTS)),
          Map.entry(
              "MessageSystemAttributeName",
              new ListMember("MessageSystemAttributeNames", Kind.TEXTS)),
          Map.entry("MessageAttributeName", new ListMember("MessageAttributeNames", Kind.TEXTS)),
          Map.entry("MessageAttribute", new ListMember("MessageAttributes", Kind.NAME_STRUCTURE)),
          Map.entry(
              "MessageSystemAttribute",
              new ListMember("MessageSystemAttributes", Kind.NAME_STRUCTURE)),
          Map.entry("Tag", new ListMember("Tags", Kind.KEY_VALUE)),
          Map.entry("TagKey", new ListMember("TagKeys", Kind.TEXTS)),
          Map.entry("AWSAccountId", new ListMember("AWSAccountIds", Kind.TEXTS)),
          Map.entry("ActionName", new ListMember("Actions", Kind.TEXTS)),
          Map.entry("SendMessageBatchRequestEntry", new ListMember("Entries", Kind.STRUCTURES)),
          Map.entry("DeleteMessageBatchRequestEntry", new ListMember("Entries", Kind.STRUCTURES)),
          Map.entry(
              "ChangeMessageVisibilityBatchRequestEntry",
              new ListMember("Entries", Kind.STRUCTURES)));

  private final List<Parameter> parameters;

  private QueryForm(List<Parameter> parameters) {
    this.parameters = parameters;
  }

  /**
   * Reads a form.
   *
   * @throws ApiError when its percent-encoding is broken
   */
  static QueryForm of(String form) {
    try {
      return new QueryForm(PercentEncoding.parameters(form, true));
    } catch (IllegalArgumentException malformed) {
      throw Family.SQS.malformed("The form is malformed: " + malformed.getMessage());
    }
  }

  /** The operation asked for, or null. */
  @Nullable String action() {
    return SignatureV4.valueOf(parameters, "Action");
  }

  /**
   * The members as JSON has them.
   *
   * @param path of the request: some clients post to the queue's own URL and leave it out of the
   *     form
   */
  Fields input(String path) {
    ObjectNode input = structure(parameters);
    if (!input.has("QueueUrl") && path.length() > 1) {
      input.put("QueueUrl", path);
    }
    if ("CreateQueue".equals(action()) && input.has("Tags")) {
      input.set("tags", input.get("Tags")); // lower case in this one operation
    }
    return new Fields(Family.SQS, input);
  }

  private static ObjectNode structure(List<Parameter> parameters) {
    ObjectNode structure = Reply.object();
    Map<String, Map<Integer, List<Parameter>>> lists = new TreeMap<>();
    for (Parameter p : parameters) {
      String[] parts = p.name().split("\\.", 3);
      if (parts.length == 1) {
        structure.put(p.name(), p.value());
      } else if (!LISTS.containsKey(parts[0])) {
        // A nested structure, as Value.DataType within a message attribute.
        String rest = p.name().substring(parts[0].length() + 1);
        if (structure.get(parts[0]) instanceof ObjectNode nested) {
          nested.put(rest, p.value());
        } else {
          structure.putObject(parts[0]).put(rest, p.value());
        }
      } else {
        lists
            .computeIfAbsent(parts[0], name -> new TreeMap<>())
            .computeIfAbsent(index(p.name(), parts[1]), i -> new ArrayList<>())
            .add(new Parameter(parts.length == 3 ? parts[2] : "", p.value()));
      }
    }
    lists.forEach((name, items) -> addList(structure, name, items));
    return structure;
  }

  private static int index(String name, String text) {
    try {
      int index = Integer.parseInt(text);
      if (index >= 1 && index <= ITEMS_MAX) {
        return index;
      }
    } catch (NumberFormatException notNumber) { // answered below
    }
    throw Family.SQS.malformed(
        "form field '%s': '%s' is no index from 1 to %d".formatted(name, text, ITEMS_MAX));
  }

  private static void addList(
      ObjectNode structure, String name, Map<Integer, List<Parameter>> items) {
    ListMember member = LISTS.get(name);
    if (member == null) {
      throw new IllegalStateException(name);
    }
    switch (member.kind) {
      case TEXTS -> {
        ArrayNode texts = structure.putArray(member.json);
        items.values().forEach(item -> texts.add(item.get(0).value()));
      }
      case STRUCTURES -> {
        ArrayNode structures = structure.putArray(member.json);
        items.values().forEach(item -> structures.add(structure(item)));
      }
      case NAME_VALUE -> addMap(structure, name, member, items, "Name");
      case KEY_VALUE -> addMap(structure, name, member, items, "Key");
      case NAME_STRUCTURE -> addMap(structure, name, member, items, "Name");
    }
  }

  private static void addMap(
      ObjectNode structure,
      String name,
      ListMember member,
      Map<Integer, List<Parameter>> items,
      String keyName) {
    ObjectNode map = structure.putObject(member.json);
    items.forEach(
        (index, item) -> {
          ObjectNode entry = structure(item);
          if (!entry.path(keyName).isTextual() || !entry.has("Value")) {
            throw Family.SQS.missing("%s.%d.%s".formatted(name, index, keyName));
          }
          map.set(entry.get(keyName).textValue(), entry.get("Value"));
        });
  }
}
