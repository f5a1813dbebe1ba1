package io.sluice.identity;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.HashMap;
import java.util.Map;

/**
 * Evaluates the functions of a provisioning template: {@code Ref}, {@code Fn::Join}, {@code
 * Fn::Select}, {@code Fn::FindInMap}, {@code Fn::Split}, {@code Fn::Sub}.
 *
 * @param values of the parameters
 * @param mappings of the template
 */
record TemplateFunctions(Map<String, String> values, JsonNode mappings) {
  private static final int DEPTH_MAX = 32;
  private static final int CHARACTERS_MAX = 65_536; // of one result: joins can multiply

  /** The node with all functions in it replaced by what they come to. */
  JsonNode evaluate(JsonNode node) {
    return evaluate(node, 0);
  }

  private JsonNode evaluate(JsonNode node, int depth) {
    if (depth > DEPTH_MAX) {
      throw TemplateDocument.invalid(
          "nests deeper than %d levels; make it flatter".formatted(DEPTH_MAX));
    }
    if (node.isArray()) {
      ArrayNode array = JsonNodeFactory.instance.arrayNode();
      node.forEach(element -> array.add(evaluate(element, depth + 1)));
      return array;
    }
    if (!node.isObject()) {
      return node;
    }
    if (node.size() == 1) {
      Map.Entry<String, JsonNode> only = node.properties().iterator().next();
      String name = only.getKey();
      if (name.equals("Ref")) {
        return TextNode.valueOf(value(only.getValue().asText()));
      }
      if (name.startsWith("Fn::")) {
        return call(name, evaluate(only.getValue(), depth + 1));
      }
    }
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    node.properties().forEach(f -> object.set(f.getKey(), evaluate(f.getValue(), depth + 1)));
    return object;
  }

  private String value(String parameter) {
    String value = values.get(parameter);
    if (value == null) {
      throw TemplateDocument.invalid(
          "refers to the parameter '%s', which has no value; give it one, or a Default"
              .formatted(Names.shown(parameter)));
    }
    return value;
  }

  private JsonNode call(String name, JsonNode argument) {
    return switch (name) {
      case "Fn::Join" -> join(argument);
      case "Fn::Select" -> select(argument);
      case "Fn::FindInMap" -> findInMap(argument);
      case "Fn::Split" -> split(argument);
      case "Fn::Sub" -> substitute(argument);
      default ->
          throw TemplateDocument.invalid(
              "calls '%s'; use Ref, Fn::Join, Fn::Select, Fn::FindInMap, Fn::Split or Fn::Sub"
                  .formatted(Names.shown(name)));
    };
  }

  private static JsonNode arguments(String name, JsonNode node, int count) {
    if (!node.isArray() || node.size() != count) {
      throw TemplateDocument.invalid(
          "calls %s with %s; give a list of %d".formatted(name, PolicyDocument.kind(node), count));
    }
    return node;
  }

  private static JsonNode join(JsonNode argument) {
    JsonNode list = arguments("Fn::Join", argument, 2).get(1);
    StringBuilder joined = new StringBuilder();
    for (int i = 0; i < list.size(); i++) {
      joined.append(i == 0 ? "" : argument.get(0).asText()).append(list.get(i).asText());
    }
    return bounded(joined);
  }

  private static TextNode bounded(CharSequence text) {
    if (text.length() > CHARACTERS_MAX) {
      throw TemplateDocument.invalid(
          "makes a text of %d characters, at most %d may be"
              .formatted(text.length(), CHARACTERS_MAX));
    }
    return TextNode.valueOf(text.toString());
  }

  private static JsonNode select(JsonNode argument) {
    JsonNode list = arguments("Fn::Select", argument, 2).get(1);
    JsonNode selected = list.get(argument.get(0).asInt(-1));
    if (selected == null) {
      throw TemplateDocument.invalid(
          "selects element '%s' of a list of %d; count from 0"
              .formatted(argument.get(0).asText(), list.size()));
    }
    return selected;
  }

  private JsonNode findInMap(JsonNode argument) {
    JsonNode found = mappings;
    for (JsonNode key : arguments("Fn::FindInMap", argument, 3)) {
      found = found.path(key.asText());
    }
    if (found.isMissingNode()) {
      throw TemplateDocument.invalid(
          "looks up %s, which its Mappings do not have"
              .formatted(Names.shown(argument.toString())));
    }
    return found;
  }

  private static JsonNode split(JsonNode argument) {
    String delimiter = arguments("Fn::Split", argument, 2).get(0).asText();
    ArrayNode parts = JsonNodeFactory.instance.arrayNode();
    String text = argument.get(1).asText();
    if (delimiter.isEmpty()) {
      return parts.add(text);
    }
    int at = 0;
    for (int next = text.indexOf(delimiter); next >= 0; next = text.indexOf(delimiter, at)) {
      parts.add(text.substring(at, next));
      at = next + delimiter.length();
    }
    return parts.add(text.substring(at));
  }

  /** {@code ${Name}} is a parameter or one of the map beside it; {@code ${!Name}} is itself. */
  private JsonNode substitute(JsonNode argument) {
    String text = argument.isArray() ? argument.path(0).asText() : argument.asText();
    Map<String, String> more = new HashMap<>();
    if (argument.isArray()) {
      argument.path(1).properties().forEach(f -> more.put(f.getKey(), f.getValue().asText()));
    }
    StringBuilder result = new StringBuilder();
    int at = 0;
    while (true) {
      int open = text.indexOf("${", at);
      int close = open < 0 ? -1 : text.indexOf('}', open);
      if (close < 0) {
        return bounded(result.append(text, at, text.length()));
      }
      String name = text.substring(open + 2, close);
      result.append(text, at, open);
      if (name.startsWith("!")) {
        result.append("${").append(name, 1, name.length()).append('}');
      } else {
        result.append(more.containsKey(name) ? more.get(name) : value(name));
      }
      at = close + 1;
    }
  }
}
