package io.sluice.shadow;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BigIntegerNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/**
 * What an update asks for, checked. Source: AWS IoT Developer Guide, "Device Shadow service
 * documents: Request state documents".
 *
 * @param state an object with at most {@code desired} and {@code reported}, each an object or null;
 *     or null, which empties the shadow
 * @param version the version the sender believes to change, null when it does not care
 * @param sequence the sender's own counter or time of its report: {@code sequence}, or {@code
 *     timestamp} when there is none; null when it gives neither, or nobody asked
 * @param clientToken comes back in every answer
 */
record ShadowUpdate(
    JsonNode state, @Nullable Long version, @Nullable Long sequence, @Nullable String clientToken) {
  static final String DESIRED = "desired";
  static final String REPORTED = "reported";

  /** Whether it empties the shadow. */
  boolean clears() {
    return state.isNull();
  }

  /** The patch of a section: null when not mentioned, a null node when the section goes. */
  @Nullable JsonNode section(String name) {
    return state.get(name);
  }

  /**
   * Reads an update. All of it is read before anything is judged, so that JSON that is none is
   * called so, and so that every other complaint carries the client token.
   *
   * @param ordered whether {@code sequence} and {@code timestamp} mean something; else they are
   *     ignored like every other key that AWS does not know
   * @throws ShadowRejected when it is not what the service allows
   */
  static ShadowUpdate parse(byte[] payload, ShadowLimits limits, boolean ordered) {
    boolean tooLarge = payload.length > limits.requestBytesMax();
    Reader reader = new Reader(limits, !tooLarge);
    reader.read(payload);
    if (reader.tokenSeen && reader.clientToken == null) {
      throw new ShadowRejected(ShadowError.INVALID_CLIENT_TOKEN, null);
    }
    if (tooLarge) {
      throw reader.rejected(ShadowError.TOO_LARGE);
    }
    if (reader.versionSeen && reader.version == null) {
      throw reader.rejected(ShadowError.INVALID_VERSION);
    }
    if (ordered && reader.sequenceSeen && reader.sequence == null) {
      throw reader.rejected(ShadowError.INVALID_SEQUENCE);
    }
    JsonNode state = reader.state;
    if (state == null) {
      throw reader.rejected(ShadowError.STATE_MISSING);
    }
    if (reader.tooDeep) {
      throw reader.rejected(ShadowError.tooDeep(limits.levelsMax()));
    }
    ShadowError wrong = reader.nullInArray ? ShadowError.INVALID_NODE : judge(state);
    if (wrong != null) {
      throw reader.rejected(wrong);
    }
    Long order = reader.sequence != null ? reader.sequence : reader.timestamp;
    return new ShadowUpdate(state, reader.version, ordered ? order : null, reader.clientToken);
  }

  /**
   * Reads the body of a get or a delete: nothing, or an object that may hold a client token.
   *
   * @throws ShadowRejected when it is something else
   */
  static @Nullable String parseClientToken(byte[] payload, ShadowLimits limits) {
    if (payload.length == 0) {
      return null;
    }
    Reader reader = new Reader(limits, false);
    reader.read(payload);
    if (reader.tokenSeen && reader.clientToken == null) {
      throw new ShadowRejected(ShadowError.INVALID_CLIENT_TOKEN, null);
    }
    if (payload.length > limits.requestBytesMax()) {
      throw reader.rejected(ShadowError.TOO_LARGE);
    }
    return reader.clientToken;
  }

  private static @Nullable ShadowError judge(JsonNode state) {
    if (state.isNull()) {
      return null;
    }
    if (!state.isObject()) {
      return ShadowError.STATE_NOT_OBJECT;
    }
    for (String key : (Iterable<String>) state::fieldNames) {
      if (!key.equals(DESIRED) && !key.equals(REPORTED)) {
        return ShadowError.INVALID_NODE;
      }
    }
    if (!isSection(state.get(DESIRED))) {
      return ShadowError.DESIRED_NOT_OBJECT;
    }
    return isSection(state.get(REPORTED)) ? null : ShadowError.REPORTED_NOT_OBJECT;
  }

  private static boolean isSection(@Nullable JsonNode node) {
    return node == null || node.isNull() || node.isObject();
  }

  /** One pass over a request; keeps what it found wrong on the way. */
  private static final class Reader {
    private final ShadowLimits limits;
    private final boolean keepState;
    private @Nullable JsonNode state;
    private @Nullable Long version;
    private @Nullable Long sequence;
    private @Nullable Long timestamp;
    private @Nullable String clientToken;
    private boolean versionSeen;
    private boolean sequenceSeen;
    private boolean tokenSeen;
    private boolean tooDeep;
    private boolean nullInArray;

    Reader(ShadowLimits limits, boolean keepState) {
      this.limits = limits;
      this.keepState = keepState;
    }

    ShadowRejected rejected(ShadowError error) {
      return new ShadowRejected(error, clientToken);
    }

    void read(byte[] payload) {
      try (JsonParser parser = ShadowJson.open(payload)) {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
          throw new ShadowRejected(ShadowError.INVALID_JSON, null);
        }
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
          member(parser);
        }
        if (parser.nextToken() != null) { // something behind the document
          throw new ShadowRejected(ShadowError.INVALID_JSON, null);
        }
      } catch (StreamConstraintsException bomb) {
        // Only a number or a nesting can be too long here; a number of that length is no number.
        boolean nesting = bomb.getOriginalMessage().contains("nesting");
        throw new ShadowRejected(
            nesting ? ShadowError.tooDeep(limits.levelsMax()) : ShadowError.INVALID_JSON, null);
      } catch (IOException malformed) {
        throw new ShadowRejected(ShadowError.INVALID_JSON, null);
      }
    }

    private void member(JsonParser parser) throws IOException {
      String key = parser.currentName();
      parser.nextToken();
      switch (key) {
        case "state" -> {
          if (keepState) {
            state = value(parser, -1, false);
          }
        }
        case "version" -> {
          versionSeen = true;
          version = count(parser);
        }
        case "sequence" -> {
          sequenceSeen = true;
          sequence = count(parser);
        }
        case "timestamp" -> timestamp = count(parser); // a date in words says nothing here
        case "clientToken" -> {
          tokenSeen = true;
          clientToken = ShadowJson.clientToken(parser, limits.clientTokenBytesMax());
        }
        default -> {
          // SDKs send thingName and shadowName along: ignored, whatever they hold
        }
      }
      parser.skipChildren(); // does nothing after a value that was read
    }

    private static @Nullable Long count(JsonParser parser) throws IOException {
      if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT
          || parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER
          || parser.getLongValue() < 0) {
        return null;
      }
      return parser.getLongValue();
    }

    /**
     * Reads the value the parser stands on.
     *
     * @param level how many objects and arrays of its section are around it; the state itself is at
     *     -1
     */
    private JsonNode value(JsonParser parser, int level, boolean inArray) throws IOException {
      if (level > limits.levelsMax()) {
        tooDeep = true;
        parser.skipChildren();
        return NullNode.instance;
      }
      switch (parser.currentToken()) {
        case START_OBJECT -> {
          ObjectNode object = JsonNodeFactory.instance.objectNode();
          while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String key = unicode(parser.currentName());
            parser.nextToken();
            object.set(key, value(parser, level + 1, inArray));
          }
          return object;
        }
        case START_ARRAY -> {
          ArrayNode array = JsonNodeFactory.instance.arrayNode();
          while (parser.nextToken() != JsonToken.END_ARRAY) {
            array.add(value(parser, level + 1, true));
          }
          return array;
        }
        case VALUE_NULL -> {
          nullInArray |= inArray; // arrays are kept whole, so it could never be deleted
          return NullNode.instance;
        }
        default -> {
          return scalar(parser);
        }
      }
    }

    private static JsonNode scalar(JsonParser parser) throws IOException {
      return switch (parser.currentToken()) {
        case VALUE_STRING -> TextNode.valueOf(unicode(parser.getText()));
        case VALUE_TRUE -> BooleanNode.TRUE;
        case VALUE_FALSE -> BooleanNode.FALSE;
        case VALUE_NUMBER_INT ->
            switch (parser.getNumberType()) {
              case INT -> IntNode.valueOf(parser.getIntValue());
              case LONG -> LongNode.valueOf(parser.getLongValue());
              default -> BigIntegerNode.valueOf(parser.getBigIntegerValue());
            };
        case VALUE_NUMBER_FLOAT -> DecimalNode.valueOf(decimal(parser));
        default -> throw new ShadowRejected(ShadowError.INVALID_JSON, null);
      };
    }

    /** Exact, but of a magnitude that a double has too. */
    private static BigDecimal decimal(JsonParser parser) throws IOException {
      try {
        BigDecimal number = parser.getDecimalValue();
        long exponent = (long) number.precision() - number.scale() - 1;
        if (number.signum() == 0
            ? Math.abs((long) number.scale()) <= ShadowJson.EXPONENT_MAX
            : Math.abs(exponent) <= ShadowJson.EXPONENT_MAX) {
          return number;
        }
      } catch (NumberFormatException | ArithmeticException exponentBeyondInt) {
        // refused below like every other number of no magnitude we know
      }
      throw new ShadowRejected(ShadowError.INVALID_JSON, null);
    }

    private static String unicode(String text) {
      if (!ShadowJson.isUnicode(text)) {
        throw new ShadowRejected(ShadowError.INVALID_JSON, null);
      }
      return text;
    }
  }
}
