package io.sluice.shadow;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * What differs between two states: one entry for each attribute, with a JSON pointer (RFC 6901) to
 * it and its values before and after, where there are any. Arrays are one attribute.
 */
final class ShadowDiff {
  private ShadowDiff() {}

  static ArrayNode between(ObjectNode before, ObjectNode after) {
    ArrayNode changes = JsonNodeFactory.instance.arrayNode();
    compare("", before, after, changes);
    return changes;
  }

  private static void compare(String path, ObjectNode before, ObjectNode after, ArrayNode changes) {
    for (Iterator<String> keys = before.fieldNames(); keys.hasNext(); ) {
      String key = keys.next();
      one(path + "/" + escape(key), before.get(key), after.get(key), changes);
    }
    for (Iterator<String> keys = after.fieldNames(); keys.hasNext(); ) {
      String key = keys.next();
      if (!before.has(key)) {
        one(path + "/" + escape(key), null, after.get(key), changes);
      }
    }
  }

  private static void one(
      String path, @Nullable JsonNode before, @Nullable JsonNode after, ArrayNode changes) {
    if (before instanceof ObjectNode from && after instanceof ObjectNode to) {
      compare(path, from, to, changes);
    } else if (before == null || !before.equals(after)) {
      ObjectNode change = changes.addObject().put("path", path);
      if (before != null) {
        change.set("before", before);
      }
      if (after != null) {
        change.set("after", after);
      }
    }
  }

  private static String escape(String key) {
    return key.replace("~", "~0").replace("/", "~1");
  }
}
