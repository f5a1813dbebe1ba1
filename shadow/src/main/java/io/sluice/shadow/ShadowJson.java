package io.sluice.shadow;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** How this room reads and writes JSON: strictly what peers send, plainly what it wrote itself. */
final class ShadowJson {

  /**
   * A longer number, or one of another magnitude, is refused: no rule and no client could read it
   * back as a double.
   */
  private static final int NUMBER_CHARS_MAX = 128;

  static final int EXPONENT_MAX = 307;

  /** Ignored parts may nest this deep; they are skipped without recursion. */
  private static final int NESTING_MAX = 1000;

  // Names are not kept in a symbol table: peers choose them, and could fill it with collisions.
  private static final JsonFactory STRICT =
      JsonFactory.builder()
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(NESTING_MAX)
                  .maxNumberLength(NUMBER_CHARS_MAX)
                  .build())
          .build();

  private static final ObjectMapper OWN =
      JsonMapper.builder(
              JsonFactory.builder()
                  .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                  .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                  .build())
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .build();

  private ShadowJson() {}

  /**
   * Opens what a peer sent.
   *
   * @throws ShadowRejected when it is not UTF-8
   */
  static JsonParser open(byte[] payload) throws IOException {
    return STRICT.createParser(decode(payload));
  }

  private static String decode(byte[] payload) {
    for (int i = 0; i < Math.min(4, payload.length); i++) {
      if (payload[i] == 0) { // UTF-16 or UTF-32: no JSON in UTF-8 has a zero byte
        throw new ShadowRejected(ShadowError.NOT_UTF8, null);
      }
    }
    String text = new String(payload, StandardCharsets.UTF_8);
    if (text.indexOf('\uFFFD') >= 0) { // put there for what is malformed, or sent as itself
      try {
        return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(payload)).toString();
      } catch (CharacterCodingException malformed) {
        throw new ShadowRejected(ShadowError.NOT_UTF8, null);
      }
    }
    return text;
  }

  /** Whether a text can be written as UTF-8: an escape may have made half of a surrogate pair. */
  static boolean isUnicode(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isSurrogate(c)) {
        if (Character.isLowSurrogate(c)
            || i + 1 == text.length()
            || !Character.isLowSurrogate(text.charAt(i + 1))) {
          return false;
        }
        i++;
      }
    }
    return true;
  }

  /** The client token the parser stands on, or null when it is none. */
  static @Nullable String clientToken(JsonParser parser, int bytesMax) throws IOException {
    if (parser.currentToken() != JsonToken.VALUE_STRING) {
      return null;
    }
    String token = parser.getText();
    return isUnicode(token) && token.getBytes(StandardCharsets.UTF_8).length <= bytesMax
        ? token
        : null;
  }

  static byte[] write(JsonNode node) {
    try {
      return OWN.writeValueAsBytes(node);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible); // a byte array is always there to be written
    }
  }

  /** Reads what this room wrote. */
  static JsonNode read(byte[] json, int offset, int length) throws IOException {
    return OWN.readTree(json, offset, length);
  }
}
