package io.sluice.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.google.re2j.Pattern;
import io.sluice.api.InputModel.Member;
import io.sluice.api.InputModel.Place;
import io.sluice.api.InputModel.Shape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Refuses a request of IoT's control plane that the service model does not allow, before its
 * operation sees it, in the words of AWS. Members that the model does not have are ignored, as AWS
 * does. One for each request.
 */
final class InputCheck {
  private static final int SAID_MAX = 128; // characters of a value that are said back
  private static final int VIOLATIONS_MAX = 10; // then the rest is not looked at

  private final InputModel model;
  private final Family family;
  private final List<String> violations = new ArrayList<>();

  private InputCheck(InputModel model, Family family) {
    this.model = model;
    this.family = family;
  }

  /** Returns when the request is as the model says; throws the caller's error otherwise. */
  static void check(InputModel model, Call call, Operation operation) {
    InputModel.Input input = model.input(operation.name());
    if (input != null && operation.family() == Family.IOT) {
      new InputCheck(model, operation.family()).check(input, call);
    }
  }

  private void check(InputModel.Input input, Call call) {
    Map<String, String> inPath = inPath(input.path(), call.head().rawPath());
    for (Member member : input.shape().members()) {
      @Nullable String text =
          switch (member.place()) {
            case BODY -> null;
            case URI -> inPath.get(member.wireName());
            case QUERYSTRING -> call.parameter(member.wireName());
            case HEADER -> call.head().header(member.wireName());
          };
      JsonNode value =
          member.place() == Place.BODY
              ? call.input().node().path(member.wireName())
              : text == null ? MissingNode.getInstance() : TextNode.valueOf(text);
      check(member, member.name(), value);
    }
    if (!violations.isEmpty()) {
      throw refusal();
    }
  }

  private ApiError refusal() {
    int count = violations.size();
    return family.invalid(
        "%d validation error%s detected: %s"
            .formatted(count, count == 1 ? "" : "s", String.join("; ", violations)));
  }

  private void violated(String sentence) {
    violations.add(sentence);
    if (violations.size() == VIOLATIONS_MAX) {
      throw refusal();
    }
  }

  /** The variables of the path, decoded; the route has found that the path fits. */
  private static Map<String, String> inPath(List<String> template, String rawPath) {
    List<String> segments = List.of(rawPath.substring(1).split("/", -1));
    Map<String, String> variables = new HashMap<>();
    for (int i = 0; i < template.size() && i < segments.size(); i++) {
      String name = template.get(i);
      if (name.endsWith("+}")) {
        String rest = String.join("/", segments.subList(i, segments.size()));
        variables.put(name.substring(1, name.length() - 2), PercentEncoding.decode(rest, false));
      } else if (name.startsWith("{")) {
        variables.put(
            name.substring(1, name.length() - 1), PercentEncoding.decode(segments.get(i), false));
      }
    }
    return variables;
  }

  private void check(Member member, String where, JsonNode value) {
    if (!value.isMissingNode() && !value.isNull()) {
      check(model.shape(member.shape()), where, value);
    } else if (member.required()) {
      violated(notNull(where));
    }
  }

  private static String notNull(String where) {
    return "Value null at '%s' failed to satisfy constraint: Member must not be null"
        .formatted(where);
  }

  private void check(Shape shape, String where, JsonNode value) {
    switch (shape.type()) {
      case "structure" -> {
        requireType(value.isObject(), where, "a structure", value);
        for (Member member : shape.members()) {
          check(member, where + "." + member.name(), value.path(member.wireName()));
        }
      }
      case "list" -> {
        requireType(value.isArray(), where, "a list", value);
        if (isWithin(shape, where, value.size(), "length", value)) {
          for (int i = 0; i < value.size(); i++) {
            checkElement(shape, where + '.' + (i + 1) + ".member", value.get(i));
          }
        }
      }
      case "map" -> {
        requireType(value.isObject(), where, "a map", value);
        if (isWithin(shape, where, value.size(), "length", value)) {
          for (Map.Entry<String, JsonNode> entry : value.properties()) {
            check(model.shape(shape.key()), where, TextNode.valueOf(entry.getKey()));
            checkElement(shape, where + "." + said(entry.getKey()) + ".member", entry.getValue());
          }
        }
      }
      case "string" -> {
        requireType(value.isTextual(), where, "a string", value);
        checkText(shape, where, value);
      }
      case "integer", "long" -> checkWhole(shape, where, value);
      case "double", "float" -> {
        requireType(value.isNumber(), where, "a number", value);
        isWithin(shape, where, value.doubleValue(), "value", value);
      }
      case "boolean" ->
          requireType(
              value.isBoolean() || isTrueOrFalse(value), where, "true or false", value); // in a URL
      default -> requireType(value.isTextual(), where, "base64 in a string", value); // a blob
    }
  }

  private void checkElement(Shape shape, String where, JsonNode value) {
    if (value.isNull()) {
      violated(notNull(where));
    } else {
      check(model.shape(shape.element()), where, value);
    }
  }

  private void checkText(Shape shape, String where, JsonNode value) {
    String text = value.textValue();
    Set<String> choices = shape.choices();
    Pattern pattern = shape.pattern();
    if (!choices.isEmpty()) {
      if (!choices.contains(text)) {
        violated(
            shape,
            where,
            value,
            "satisfy enum value set: [%s]".formatted(String.join(", ", choices)));
      }
    } else if (isWithin(shape, where, text.length(), "length", value)
        && pattern != null
        && !pattern.matches(text)) { // on an event loop: never over a text that is too long
      violated(shape, where, value, "satisfy regular expression pattern: " + pattern);
    }
  }

  /** A number, or one in a text, as URLs have them. */
  private void checkWhole(Shape shape, String where, JsonNode value) {
    long number;
    try {
      requireType(value.isIntegralNumber() || value.isTextual(), where, "a whole number", value);
      number = Long.parseLong(value.asText());
    } catch (NumberFormatException notOne) {
      throw wrongType(where, "a whole number", value);
    }
    isWithin(shape, where, (double) number, "value", value);
  }

  private static boolean isTrueOrFalse(JsonNode value) {
    return value.isTextual()
        && (value.textValue().equalsIgnoreCase(BooleanNode.TRUE.asText())
            || value.textValue().equalsIgnoreCase(BooleanNode.FALSE.asText()));
  }

  /** Whether the bounds hold; if not, that is noted. */
  private boolean isWithin(Shape shape, String where, double found, String what, JsonNode value) {
    Long min = shape.min();
    Long max = shape.max();
    if (min != null && found < min.doubleValue()) {
      violated(shape, where, value, "have %s greater than or equal to %d".formatted(what, min));
      return false;
    }
    if (max != null && found > max.doubleValue()) {
      violated(shape, where, value, "have %s less than or equal to %d".formatted(what, max));
      return false;
    }
    return true;
  }

  private void violated(Shape shape, String where, JsonNode value, String what) {
    String shown =
        shape.sensitive() || value.isContainerNode() ? "" : " '%s'".formatted(said(value));
    violated(
        "Value%s at '%s' failed to satisfy constraint: Member must %s"
            .formatted(shown, where, what));
  }

  private static String said(JsonNode value) {
    return said(value.asText());
  }

  /** Short and without control characters. */
  private static String said(String text) {
    String shown = text.length() > SAID_MAX ? text.substring(0, SAID_MAX) + "..." : text;
    return shown.replaceAll("\\p{C}", "?");
  }

  private void requireType(boolean met, String where, String expected, JsonNode value) {
    if (!met) {
      throw wrongType(where, expected, value);
    }
  }

  private ApiError wrongType(String where, String expected, JsonNode value) {
    return family.malformed(
        "'%s' must be %s; found %s"
            .formatted(
                where,
                expected,
                value.isTextual()
                    ? "'" + said(value) + "'"
                    : value.getNodeType().name().toLowerCase(Locale.ROOT)));
  }
}
