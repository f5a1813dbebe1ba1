package io.sluice.engine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which fields an object of an action may have, of which type, and which of its texts are
 * templates. Immutable; {@link OutboundShapes} has those of all actions.
 */
final class OutboundShape {
  private enum Type {
    /** A text with templates. */
    TEMPLATE,
    /** A text as it is. */
    LITERAL,
    FLAG,
    NUMBER,
    /** One of some words. */
    CHOICE,
    /** Objects of a name that is literal and a value that is a template. */
    PAIRS,
    /** An object of any names, whose values are templates. */
    TEMPLATES,
    /** The same, with texts as they are. */
    LITERALS,
    /** A list of templates. */
    LIST,
    OBJECT
  }

  private static final int MEMBERS_MAX = 100;

  private record Field(
      Type type,
      boolean required,
      int min,
      int max,
      List<String> words,
      @Nullable OutboundShape inner) {}

  private final Map<String, Field> fields = new LinkedHashMap<>();

  /** Takes each template of an action. */
  @FunctionalInterface
  interface Sink {
    /**
     * @param where the field, as in {@code headers[0].value}
     * @param holder the object or list that holds the text
     * @param at its name or its index there
     */
    void template(String where, JsonNode holder, Object at, String text);
  }

  private OutboundShape put(
      String name, Type type, boolean required, int min, int max, List<String> words) {
    fields.put(name, new Field(type, required, min, max, words, null));
    return this;
  }

  /** A text with templates that must be there. */
  OutboundShape template(String name) {
    return put(name, Type.TEMPLATE, true, 0, 0, List.of());
  }

  OutboundShape optionalTemplate(String name) {
    return put(name, Type.TEMPLATE, false, 0, 0, List.of());
  }

  OutboundShape literal(String name) {
    return put(name, Type.LITERAL, true, 0, 0, List.of());
  }

  OutboundShape optionalLiteral(String name) {
    return put(name, Type.LITERAL, false, 0, 0, List.of());
  }

  OutboundShape flag(String name) {
    return put(name, Type.FLAG, false, 0, 0, List.of());
  }

  OutboundShape number(String name, int min, int max) {
    return put(name, Type.NUMBER, false, min, max, List.of());
  }

  OutboundShape choice(String name, String... words) {
    return put(name, Type.CHOICE, false, 0, 0, List.of(words));
  }

  /** A list of objects with a literal {@code name} and a template {@code value}. */
  OutboundShape pairs(String list, String name, String value) {
    return put(list, Type.PAIRS, false, 0, 0, List.of(name, value));
  }

  OutboundShape templates(String name) {
    return put(name, Type.TEMPLATES, false, 0, 0, List.of());
  }

  OutboundShape literals(String name) {
    return put(name, Type.LITERALS, false, 0, 0, List.of());
  }

  OutboundShape list(String name) {
    return put(name, Type.LIST, false, 0, 0, List.of());
  }

  OutboundShape object(String name, boolean required, OutboundShape inner) {
    fields.put(name, new Field(Type.OBJECT, required, 0, 0, List.of(), inner));
    return this;
  }

  /**
   * Reads the object, known fields alone.
   *
   * @throws RuleRejected when one is missing or has the wrong form
   */
  ObjectNode read(RuleFields in) {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    fields.forEach(
        (name, field) -> {
          if (field.required() || in.has(name)) {
            out.set(name, read(in, name, field));
          }
        });
    return out;
  }

  private static JsonNode read(RuleFields in, String name, Field field) {
    JsonNodeFactory json = JsonNodeFactory.instance;
    return switch (field.type()) {
      case TEMPLATE, LITERAL ->
          json.textNode(field.required() ? in.required(name) : in.text(name, ""));
      case FLAG -> json.booleanNode(in.flag(name));
      case NUMBER -> json.numberNode(in.number(name, 0, field.min(), field.max()));
      case CHOICE -> {
        String word = in.text(name, "");
        if (!field.words().contains(word)) {
          throw in.wrong(name, "must be one of %s".formatted(field.words()));
        }
        yield json.textNode(word);
      }
      case PAIRS -> pairs(in, name, field.words());
      case TEMPLATES, LITERALS -> texts(in, name);
      case LIST -> list(in, name);
      case OBJECT -> {
        OutboundShape inner = field.inner();
        yield inner == null ? json.objectNode() : inner.read(in.object(name));
      }
    };
  }

  private static JsonNode pairs(RuleFields in, String name, List<String> words) {
    ArrayNode out = JsonNodeFactory.instance.arrayNode();
    JsonNode list = listOf(in, name);
    for (int i = 0; i < list.size(); i++) {
      RuleFields pair =
          new RuleFields(in.rule(), in.path("%s[%d]".formatted(name, i)), list.get(i));
      out.addObject()
          .put(words.get(0), pair.required(words.get(0)))
          .put(words.get(1), pair.text(words.get(1), ""));
    }
    return out;
  }

  private static JsonNode list(RuleFields in, String name) {
    ArrayNode out = JsonNodeFactory.instance.arrayNode();
    for (JsonNode text : listOf(in, name)) {
      if (!text.isTextual()) {
        throw in.wrong(name, "must be a list of texts");
      }
      out.add(text.asText());
    }
    return out;
  }

  private static JsonNode listOf(RuleFields in, String name) {
    JsonNode list = in.node().path(name);
    if (!list.isArray() || list.size() > MEMBERS_MAX) {
      throw in.wrong(name, "must be a list of at most %d".formatted(MEMBERS_MAX));
    }
    return list;
  }

  private static JsonNode texts(RuleFields in, String name) {
    RuleFields object = in.object(name);
    if (object.node().size() > MEMBERS_MAX) {
      throw in.wrong(name, "must have at most %d members".formatted(MEMBERS_MAX));
    }
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    for (String key : (Iterable<String>) object.node()::fieldNames) {
      JsonNode value = object.node().path(key);
      if (!value.isValueNode() || value.isNull()) { // YAML writes 9092 for "9092"
        throw object.wrong(key, "must be a text");
      }
      out.put(key, value.asText());
    }
    return out;
  }

  /** Hands over each template of an object that {@link #read} gave, or a copy of it. */
  void eachTemplate(String prefix, ObjectNode read, Sink sink) {
    fields.forEach(
        (name, field) -> {
          JsonNode value = read.get(name);
          if (value != null) {
            eachTemplate(prefix + name, read, name, field, value, sink);
          }
        });
  }

  private static void eachTemplate(
      String where, ObjectNode holder, String name, Field field, JsonNode value, Sink sink) {
    switch (field.type()) {
      case TEMPLATE -> sink.template(where, holder, name, value.asText());
      case PAIRS -> {
        String valueName = field.words().get(1);
        for (int i = 0; i < value.size(); i++) {
          JsonNode pair = value.get(i);
          sink.template(
              "%s[%d].%s".formatted(where, i, valueName),
              pair,
              valueName,
              pair.path(valueName).asText());
        }
      }
      case TEMPLATES -> {
        for (String key : (Iterable<String>) value::fieldNames) {
          sink.template(where + "." + key, value, key, value.path(key).asText());
        }
      }
      case LIST -> {
        for (int i = 0; i < value.size(); i++) {
          sink.template("%s[%d]".formatted(where, i), value, i, value.get(i).asText());
        }
      }
      case OBJECT -> {
        OutboundShape inner = field.inner();
        if (inner != null && value instanceof ObjectNode object) {
          inner.eachTemplate(where + ".", object, sink);
        }
      }
      case LITERAL, FLAG, NUMBER, CHOICE, LITERALS -> {
        // no templates in these
      }
    }
  }
}
