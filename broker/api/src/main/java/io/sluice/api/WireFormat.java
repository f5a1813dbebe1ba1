package io.sluice.api;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.POJONode;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import com.fasterxml.jackson.dataformat.cbor.CBORGenerator;
import com.fasterxml.jackson.dataformat.cbor.CBORParser;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Map;

/**
 * How a tree becomes bytes and back. Inside there is one form: blobs are binary nodes (or base64
 * text), a point in time is a decimal number of seconds when it comes in and an {@link Instant}
 * when it goes out. On the wire JSON has seconds with three decimals; CBOR has tag 1 and whole
 * milliseconds, against RFC 8949, because AWS clients read nothing else.
 */
enum WireFormat {
  JSON_1_0("application/x-amz-json-1.0", false),
  JSON_1_1("application/x-amz-json-1.1", false),
  CBOR_1_1("application/x-amz-cbor-1.1", true),
  REST_JSON("application/json", false);

  private static final int EPOCH_TAG = 1; // RFC 8949, section 3.4.2
  private static final JsonFactory JSON = new JsonFactory();
  private static final CBORFactory CBOR = new CBORFactory();

  private final String contentType;
  private final boolean cbor;

  WireFormat(String contentType, boolean cbor) {
    this.contentType = contentType;
    this.cbor = cbor;
  }

  String contentType() {
    return contentType;
  }

  /** A point in time for a reply. */
  static JsonNode timestamp(long epochMillis) {
    return JsonNodeFactory.instance.pojoNode(Instant.ofEpochMilli(epochMillis));
  }

  /**
   * Reads one object; no bytes at all are an empty one. REST JSON has no member twice: which of the
   * two the caller meant is not for us to guess.
   *
   * @throws IOException when it is not one object of this format, and nothing after it
   */
  ObjectNode decode(byte[] body) throws IOException {
    if (body.length == 0) {
      return JsonNodeFactory.instance.objectNode();
    }
    try (JsonParser parser = (cbor ? CBOR : JSON).createParser(body)) {
      if (this == REST_JSON) {
        parser.enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);
      }
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new IOException("the body is no object");
      }
      ObjectNode object = object(parser);
      if (parser.nextToken() != null) {
        throw new IOException("something follows the object");
      }
      return object;
    }
  }

  private static ObjectNode object(JsonParser parser) throws IOException {
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      parser.nextToken();
      object.set(name, value(parser));
    }
    if (parser.currentToken() != JsonToken.END_OBJECT) {
      throw new IOException("an object is not closed");
    }
    return object;
  }

  private static ArrayNode array(JsonParser parser) throws IOException {
    ArrayNode array = JsonNodeFactory.instance.arrayNode();
    for (JsonToken t = parser.nextToken(); t != JsonToken.END_ARRAY; t = parser.nextToken()) {
      array.add(value(parser));
    }
    return array;
  }

  private static JsonNode value(JsonParser parser)
      throws IOException { // as deep as Jackson's limit
    JsonToken token = parser.currentToken();
    if (token == null) {
      throw new IOException("the body ends within a value");
    }
    JsonNodeFactory nodes = JsonNodeFactory.instance;
    return switch (token) {
      case START_OBJECT -> object(parser);
      case START_ARRAY -> array(parser);
      case VALUE_STRING -> nodes.textNode(parser.getText());
      case VALUE_NUMBER_INT -> integer(parser);
      case VALUE_NUMBER_FLOAT -> nodes.numberNode(parser.getDecimalValue());
      case VALUE_TRUE -> nodes.booleanNode(true);
      case VALUE_FALSE -> nodes.booleanNode(false);
      case VALUE_NULL -> nodes.nullNode();
      case VALUE_EMBEDDED_OBJECT -> nodes.binaryNode(parser.getBinaryValue());
      default -> throw new IOException("unexpected " + token);
    };
  }

  private static JsonNode integer(JsonParser parser) throws IOException {
    if (parser instanceof CBORParser tagged && tagged.getCurrentTag() == EPOCH_TAG) {
      return JsonNodeFactory.instance.numberNode(BigDecimal.valueOf(parser.getLongValue(), 3));
    }
    return parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER
        ? JsonNodeFactory.instance.numberNode(parser.getBigIntegerValue())
        : JsonNodeFactory.instance.numberNode(parser.getLongValue());
  }

  /** Writes a tree. */
  byte[] encode(JsonNode tree) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
    try (JsonGenerator generator = (cbor ? CBOR : JSON).createGenerator(bytes)) {
      write(generator, tree);
    } catch (IOException memoryDoesNotFail) {
      throw new UncheckedIOException(memoryDoesNotFail);
    }
    return bytes.toByteArray();
  }

  private void write(JsonGenerator generator, JsonNode node) throws IOException {
    if (node instanceof ObjectNode object) {
      generator.writeStartObject();
      for (Map.Entry<String, JsonNode> field : object.properties()) {
        generator.writeFieldName(field.getKey());
        write(generator, field.getValue());
      }
      generator.writeEndObject();
    } else if (node instanceof ArrayNode array) {
      generator.writeStartArray();
      for (JsonNode item : array) {
        write(generator, item);
      }
      generator.writeEndArray();
    } else if (node instanceof POJONode time && time.getPojo() instanceof Instant instant) {
      writeTime(generator, instant);
    } else if (node.isBinary()) {
      generator.writeBinary(node.binaryValue());
    } else if (node.isTextual()) {
      generator.writeString(node.textValue());
    } else if (node.isBoolean()) {
      generator.writeBoolean(node.booleanValue());
    } else if (node.isIntegralNumber() && node.canConvertToLong()) {
      generator.writeNumber(node.longValue());
    } else if (node.isNumber()) {
      generator.writeNumber(node.decimalValue());
    } else {
      generator.writeNull();
    }
  }

  private static void writeTime(JsonGenerator generator, Instant instant) throws IOException {
    if (generator instanceof CBORGenerator tagging) {
      tagging.writeTag(EPOCH_TAG);
      generator.writeNumber(instant.toEpochMilli());
    } else {
      generator.writeNumber(BigDecimal.valueOf(instant.toEpochMilli(), 3));
    }
  }
}
