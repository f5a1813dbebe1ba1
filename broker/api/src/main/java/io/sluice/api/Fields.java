package io.sluice.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The members of a request, read by name and type. A member that is absent or null is the same;
 * unknown members are ignored. Numbers may come as text, as the query protocol sends them. What is
 * wrong is said in the family's own words.
 */
final class Fields {
  private final Family family;
  private final String where;
  private final ObjectNode node;

  Fields(Family family, ObjectNode node) {
    this(family, "", node);
  }

  private Fields(Family family, String where, ObjectNode node) {
    this.family = family;
    this.where = where;
    this.node = node;
  }

  Family family() {
    return family;
  }

  ObjectNode node() {
    return node;
  }

  boolean has(String name) {
    return find(name) != null;
  }

  String text(String name) {
    String value = textOrNull(name);
    if (value == null) {
      throw family.missing(where + name);
    }
    return value;
  }

  @Nullable String textOrNull(String name) {
    JsonNode value = find(name);
    if (value == null) {
      return null;
    }
    if (!value.isTextual()) {
      throw wrongType(name, "a string", value);
    }
    return value.textValue();
  }

  int integer(String name) {
    Integer value = integerOrNull(name);
    if (value == null) {
      throw family.missing(where + name);
    }
    return value;
  }

  @Nullable Integer integerOrNull(String name) {
    Long value = longOrNull(name);
    if (value == null) {
      return null;
    }
    if (value != value.intValue()) {
      throw family.malformed("'%s%s' is %d; use a number of 32 bits".formatted(where, name, value));
    }
    return value.intValue();
  }

  @Nullable Long longOrNull(String name) {
    JsonNode value = find(name);
    if (value == null) {
      return null;
    }
    if (value.isIntegralNumber() && value.canConvertToLong()) {
      return value.longValue();
    }
    if (value.isTextual()) {
      try {
        return Long.valueOf(value.textValue());
      } catch (NumberFormatException notNumber) {
        throw wrongType(name, "a whole number", value);
      }
    }
    throw wrongType(name, "a whole number", value);
  }

  boolean flag(String name) {
    JsonNode value = find(name);
    if (value == null) {
      return false;
    }
    if (value.isBoolean()) {
      return value.booleanValue();
    }
    if (value.isTextual()
        && (value.textValue().equals("true") || value.textValue().equals("false"))) {
      return value.textValue().equals("true");
    }
    throw wrongType(name, "true or false", value);
  }

  byte[] bytes(String name) {
    byte[] value = bytesOrNull(name);
    if (value == null) {
      throw family.missing(where + name);
    }
    return value;
  }

  /** A blob: bytes in CBOR, base64 in JSON. */
  byte @Nullable [] bytesOrNull(String name) {
    JsonNode value = find(name);
    if (value == null) {
      return null;
    }
    try {
      byte[] bytes = value.isBinary() || value.isTextual() ? value.binaryValue() : null;
      if (bytes != null) {
        return bytes;
      }
    } catch (IOException notBase64) {
      throw family.malformed("'%s%s' is not base64; encode the bytes".formatted(where, name));
    }
    throw wrongType(name, "a blob", value);
  }

  /** A list of strings; empty when absent. */
  List<String> texts(String name) {
    List<String> texts = new ArrayList<>();
    for (JsonNode item : list(name)) {
      if (!item.isTextual()) {
        throw wrongType(name, "a list of strings", item);
      }
      texts.add(item.textValue());
    }
    return texts;
  }

  /** A map of strings in its order; empty when absent. */
  Map<String, String> textMap(String name) {
    Map<String, String> map = new LinkedHashMap<>();
    Fields object = objectOrNull(name);
    if (object != null) {
      object.node.fieldNames().forEachRemaining(key -> map.put(key, object.text(key)));
    }
    return map;
  }

  /** A map of structures in its order; empty when absent. */
  Map<String, Fields> objectMap(String name) {
    Map<String, Fields> map = new LinkedHashMap<>();
    Fields object = objectOrNull(name);
    if (object != null) {
      object.node.fieldNames().forEachRemaining(key -> map.put(key, object.object(key)));
    }
    return map;
  }

  Fields object(String name) {
    Fields value = objectOrNull(name);
    if (value == null) {
      throw family.missing(where + name);
    }
    return value;
  }

  @Nullable Fields objectOrNull(String name) {
    JsonNode value = find(name);
    if (value == null) {
      return null;
    }
    if (!(value instanceof ObjectNode object)) {
      throw wrongType(name, "a structure", value);
    }
    return new Fields(family, where + name + ".", object);
  }

  /** A list of structures; null when absent, because some operations tell absent from empty. */
  @Nullable List<Fields> objectsOrNull(String name) {
    if (find(name) == null) {
      return null;
    }
    List<Fields> objects = new ArrayList<>();
    for (JsonNode item : list(name)) {
      if (!(item instanceof ObjectNode object)) {
        throw wrongType(name, "a list of structures", item);
      }
      objects.add(new Fields(family, "%s%s[%d].".formatted(where, name, objects.size()), object));
    }
    return objects;
  }

  List<Fields> objects(String name) {
    List<Fields> objects = objectsOrNull(name);
    if (objects == null) {
      throw family.missing(where + name);
    }
    return objects;
  }

  private Iterable<JsonNode> list(String name) {
    JsonNode value = find(name);
    if (value == null) {
      return List.of();
    }
    if (!value.isArray()) {
      throw wrongType(name, "a list", value);
    }
    Iterator<JsonNode> items = value.elements();
    return () -> items;
  }

  private @Nullable JsonNode find(String name) {
    JsonNode value = node.get(name);
    return value == null || value.isNull() ? null : value;
  }

  private ApiError wrongType(String name, String expected, JsonNode found) {
    return family.malformed(
        "'%s%s' must be %s; found %s"
            .formatted(
                where,
                name,
                expected,
                found.getNodeType().name().toLowerCase(java.util.Locale.ROOT)));
  }
}
