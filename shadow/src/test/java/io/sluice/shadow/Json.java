package io.sluice.shadow;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** JSON for tests, with single quotes so that it can be read. */
final class Json {
  private Json() {}

  static byte[] bytes(String text) {
    return text.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
  }

  static JsonNode tree(String text) {
    return tree(bytes(text));
  }

  static JsonNode tree(byte[] json) {
    try {
      return ShadowJson.read(json, 0, json.length);
    } catch (IOException notJson) {
      throw new UncheckedIOException(notJson);
    }
  }

  static ObjectNode object(String text) {
    return (ObjectNode) tree(text);
  }
}
