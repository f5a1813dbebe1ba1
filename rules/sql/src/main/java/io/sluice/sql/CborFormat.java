package io.sluice.sql;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * CBOR [RFC 8949] as values: byte strings become base64, keys that are no texts their digits, what
 * JSON has no number for null.
 */
final class CborFormat {
  private static final int DEPTH_MAX = 512;
  private static final CBORFactory CBOR = new CBORFactory();

  private CborFormat() {}

  /** Null when it is not one whole item of CBOR. */
  static Value decode(byte[] bytes, boolean wholeIsInt) {
    try (JsonParser parser = CBOR.createParser(bytes)) {
      if (parser.nextToken() == null) {
        return Null.NULL;
      }
      Value value = value(parser, wholeIsInt, 0);
      return parser.nextToken() == null ? value : Null.NULL;
    } catch (IOException | IllegalStateException notCbor) {
      return Null.NULL;
    }
  }

  private static Value value(JsonParser parser, boolean wholeIsInt, int depth) throws IOException {
    if (depth > DEPTH_MAX) {
      throw new IllegalStateException("nested too deep");
    }
    return switch (parser.currentToken()) {
      case START_OBJECT -> object(parser, wholeIsInt, depth);
      case START_ARRAY -> array(parser, wholeIsInt, depth);
      case VALUE_STRING -> new Text(parser.getText());
      case VALUE_NUMBER_INT -> Numbers.of(parser.getBigIntegerValue());
      case VALUE_NUMBER_FLOAT -> number(parser, wholeIsInt);
      case VALUE_TRUE -> Bool.TRUE;
      case VALUE_FALSE -> Bool.FALSE;
      case VALUE_EMBEDDED_OBJECT ->
          parser.getEmbeddedObject() instanceof byte[] bytes
              ? new Text(Base64.getEncoder().encodeToString(bytes))
              : Null.NULL;
      default -> Null.NULL;
    };
  }

  private static Value number(JsonParser parser, boolean wholeIsInt) throws IOException {
    return switch (parser.getNumberType()) {
      case FLOAT -> decimal(Float.toString(parser.getFloatValue()), wholeIsInt);
      case DOUBLE -> decimal(Double.toString(parser.getDoubleValue()), wholeIsInt);
      default -> orNull(Numbers.of(parser.getDecimalValue(), wholeIsInt));
    };
  }

  /** A float's shortest decimal form; null for NaN and the infinities. */
  static Value decimal(String text, boolean wholeIsInt) {
    return text.endsWith("N") || text.endsWith("y") // NaN, Infinity
        ? Null.NULL
        : orNull(Numbers.of(new BigDecimal(text), wholeIsInt));
  }

  private static Value orNull(Value number) {
    return number.isUndefined() ? Null.NULL : number;
  }

  private static Value object(JsonParser parser, boolean wholeIsInt, int depth) throws IOException {
    BuiltObject object = new BuiltObject(8);
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      Key key = new Key(parser.currentName());
      parser.nextToken();
      object.put(key, value(parser, wholeIsInt, depth + 1));
    }
    return object;
  }

  private static Value array(JsonParser parser, boolean wholeIsInt, int depth) throws IOException {
    List<Value> elements = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      elements.add(value(parser, wholeIsInt, depth + 1));
    }
    return new BuiltArray(elements);
  }
}
