package io.sluice.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/** Where two JSON values differ, one line for each place; numbers are compared as numbers. */
final class JsonDiff {
  private static final int SHOWN_MAX = 200;

  private JsonDiff() {}

  /** Empty when they are equal. */
  static List<String> between(JsonNode expected, JsonNode found) {
    List<String> lines = new ArrayList<>();
    compare("", expected, found, lines);
    return lines;
  }

  private static void compare(String at, JsonNode expected, JsonNode found, List<String> lines) {
    if (expected.isObject() && found.isObject()) {
      TreeSet<String> names = new TreeSet<>();
      expected.fieldNames().forEachRemaining(names::add);
      found.fieldNames().forEachRemaining(names::add);
      names.forEach(name -> compare(at + "/" + name, expected.path(name), found.path(name), lines));
    } else if (expected.isArray() && found.isArray()) {
      for (int i = 0; i < Math.max(expected.size(), found.size()); i++) {
        compare(at + "/" + i, expected.path(i), found.path(i), lines);
      }
    } else if (!same(expected, found)) {
      lines.add(
          "at %s: expected %s, found %s"
              .formatted(at.isEmpty() ? "/" : at, shown(expected), shown(found)));
    }
  }

  private static boolean same(JsonNode expected, JsonNode found) {
    return expected.isNumber() && found.isNumber()
        ? expected.decimalValue().compareTo(found.decimalValue()) == 0
        : expected.isMissingNode() ? found.isMissingNode() : expected.equals(found);
  }

  private static String shown(JsonNode value) {
    String text = value.isMissingNode() ? "nothing" : value.toString();
    return text.length() <= SHOWN_MAX ? text : text.substring(0, SHOWN_MAX - 3) + "...";
  }
}
