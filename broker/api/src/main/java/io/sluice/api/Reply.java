package io.sluice.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/**
 * What an operation answers.
 *
 * @param tree the members of the output; null when {@code raw} is the body
 * @param raw JSON that is sent as it is
 */
record Reply(@Nullable JsonNode tree, byte @Nullable [] raw) {
  /** No members. */
  static final Reply EMPTY = new Reply(null, null);

  static Reply of(JsonNode tree) {
    return new Reply(tree, null);
  }

  static Reply raw(byte[] json) {
    return new Reply(null, json);
  }

  /** A fresh output to fill. */
  static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }
}
