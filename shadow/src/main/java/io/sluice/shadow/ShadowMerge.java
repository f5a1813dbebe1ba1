package io.sluice.shadow;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * How an update changes a section: objects key by key, everything else whole, null deletes. Source:
 * AWS IoT Developer Guide, "Merging". Trees are never changed: a result shares what stayed the
 * same.
 */
final class ShadowMerge {
  private static final ObjectNode EMPTY = JsonNodeFactory.instance.objectNode();

  private ShadowMerge() {}

  /** The target after the patch. */
  static ObjectNode merge(ObjectNode target, ObjectNode patch) {
    return merge(target, patch, UnaryOperator.identity());
  }

  /**
   * The same walk for any tree that has the target's objects but other leaves, such as its
   * metadata.
   *
   * @param leaf what to keep of a value that is no object
   */
  static ObjectNode merge(ObjectNode target, ObjectNode patch, UnaryOperator<JsonNode> leaf) {
    ObjectNode merged = JsonNodeFactory.instance.objectNode().setAll(target);
    for (Map.Entry<String, JsonNode> field : patch.properties()) {
      String key = field.getKey();
      JsonNode value = field.getValue();
      if (value.isNull()) {
        merged.remove(key);
      } else if (value instanceof ObjectNode inner) {
        ObjectNode was = target.get(key) instanceof ObjectNode object ? object : EMPTY;
        merged.set(key, merge(was, inner, leaf)); // also over nothing: nulls below must not stay
      } else {
        merged.set(key, leaf.apply(value));
      }
    }
    return merged;
  }

  /** The patch that makes {@code after} of {@code before}; empty when they are equal. */
  static ObjectNode patch(ObjectNode before, ObjectNode after) {
    ObjectNode patch = JsonNodeFactory.instance.objectNode();
    for (Map.Entry<String, JsonNode> field : after.properties()) {
      JsonNode was = before.get(field.getKey());
      JsonNode is = field.getValue();
      if (was instanceof ObjectNode from && is instanceof ObjectNode to) {
        ObjectNode inner = patch(from, to);
        if (!inner.isEmpty()) {
          patch.set(field.getKey(), inner);
        }
      } else if (!is.equals(was)) {
        patch.set(field.getKey(), is);
      }
    }
    for (Map.Entry<String, JsonNode> field : before.properties()) {
      if (!after.has(field.getKey())) {
        patch.putNull(field.getKey());
      }
    }
    return patch;
  }
}
