package io.sluice.shadow;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The part of {@code desired} that the device has not reported yet: the body of {@code
 * update/delta}. Objects are compared field by field, arrays travel whole, numbers are compared by
 * value (a device that says 20.0 for 20 has caught up). Source: AWS IoT Developer Guide, "Delta
 * state".
 */
final class ShadowDelta {
  private ShadowDelta() {}

  /**
   * What is left to do.
   *
   * @return empty when the device has caught up, and then nothing is published; shares nodes with
   *     {@code desired}
   */
  static Optional<ObjectNode> between(ObjectNode desired, ObjectNode reported) {
    ObjectNode delta = JsonNodeFactory.instance.objectNode();
    for (Map.Entry<String, JsonNode> field : desired.properties()) {
      JsonNode want = field.getValue();
      JsonNode have = reported.get(field.getKey()); // null: the device never reported it
      if (want instanceof ObjectNode wanted && have instanceof ObjectNode had) {
        between(wanted, had).ifPresent(inner -> delta.set(field.getKey(), inner));
      } else if (!same(want, have)) {
        delta.set(field.getKey(), want);
      }
    }
    return delta.isEmpty() ? Optional.empty() : Optional.of(delta);
  }

  private static boolean same(JsonNode want, @Nullable JsonNode have) {
    if (have == null || want.getNodeType() != have.getNodeType()) {
      return false;
    }
    if (want.isNumber()) {
      return want.isIntegralNumber() && have.isIntegralNumber()
          ? want.equals(have)
          : want.decimalValue().compareTo(have.decimalValue()) == 0;
    }
    if (want instanceof ArrayNode wanted && have instanceof ArrayNode had) {
      if (wanted.size() != had.size()) {
        return false;
      }
      for (int i = 0; i < wanted.size(); i++) {
        if (!same(wanted.get(i), had.get(i))) {
          return false;
        }
      }
      return true;
    }
    if (want instanceof ObjectNode wanted && have instanceof ObjectNode had) { // inside an array
      if (wanted.size() != had.size()) {
        return false;
      }
      for (Map.Entry<String, JsonNode> field : wanted.properties()) {
        if (!same(field.getValue(), had.get(field.getKey()))) {
          return false;
        }
      }
      return true;
    }
    return want.equals(have);
  }
}
