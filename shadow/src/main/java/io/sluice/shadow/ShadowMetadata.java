package io.sluice.shadow;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;

/**
 * When each part of a state was last mentioned, in seconds. The tree has the objects and arrays of
 * the state; its leaves are plain numbers here and on disk, and {@code {"timestamp":n}} only in
 * what peers read.
 */
final class ShadowMetadata {
  private static final JsonFactory FACTORY = new JsonFactory();

  private ShadowMetadata() {}

  /** Every leaf of a value stamped; one stamp for each element of an array. */
  static JsonNode of(JsonNode value, long seconds) {
    return stamp(value, LongNode.valueOf(seconds));
  }

  private static JsonNode stamp(JsonNode value, LongNode seconds) {
    if (value instanceof ObjectNode object) {
      ObjectNode stamps = JsonNodeFactory.instance.objectNode();
      for (Map.Entry<String, JsonNode> field : object.properties()) {
        stamps.set(field.getKey(), stamp(field.getValue(), seconds));
      }
      return stamps;
    }
    if (value instanceof ArrayNode array) {
      ArrayNode stamps = JsonNodeFactory.instance.arrayNode(array.size());
      for (JsonNode element : array) {
        stamps.add(stamp(element, seconds));
      }
      return stamps;
    }
    return seconds;
  }

  /** The metadata after an update: what is mentioned gets the new time, also when it is equal. */
  static ObjectNode merge(ObjectNode metadata, ObjectNode patch, long seconds) {
    LongNode stamp = LongNode.valueOf(seconds);
    return ShadowMerge.merge(metadata, patch, value -> stamp(value, stamp));
  }

  /** The stamps of those parts that a delta holds; {@code metadata} is that of {@code desired}. */
  static ObjectNode restrict(ObjectNode metadata, ObjectNode delta) {
    ObjectNode part = JsonNodeFactory.instance.objectNode();
    for (Map.Entry<String, JsonNode> field : delta.properties()) {
      JsonNode stamps = metadata.path(field.getKey());
      part.set(
          field.getKey(),
          stamps instanceof ObjectNode inner && field.getValue() instanceof ObjectNode object
              ? restrict(inner, object)
              : stamps);
    }
    return part;
  }

  /** As peers read it. */
  static byte[] write(JsonNode stamps) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(512);
    try (JsonGenerator json = FACTORY.createGenerator(out)) {
      write(stamps, json);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible); // a byte array is always there to be written
    }
    return out.toByteArray();
  }

  private static void write(JsonNode stamps, JsonGenerator json) throws IOException {
    if (stamps instanceof ObjectNode object) {
      json.writeStartObject();
      for (Map.Entry<String, JsonNode> field : object.properties()) {
        json.writeFieldName(field.getKey());
        write(field.getValue(), json);
      }
      json.writeEndObject();
    } else if (stamps instanceof ArrayNode array) {
      json.writeStartArray();
      for (JsonNode element : array) {
        write(element, json);
      }
      json.writeEndArray();
    } else {
      json.writeStartObject();
      json.writeNumberField("timestamp", stamps.longValue());
      json.writeEndObject();
    }
  }
}
