package io.sluice.sql;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Our reading of JSON beside Jackson's. */
class JsonScannerProperties {
  private static final ObjectMapper JACKSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .disable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .build();

  private static final ObjectMapper GRAMMAR =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

  /** What Jackson writes is read, and written again as the same document. */
  @Property
  void readsWhatJacksonWrites(@ForAll("documents") JsonNode document) throws IOException {
    byte[] text =
        JACKSON
            .writerWithDefaultPrettyPrinter()
            .writeValueAsString(document)
            .getBytes(StandardCharsets.UTF_8);
    JsonOut out = new JsonOut(16);
    Json.read(text, false).writeTo(out);
    assertThat(out.toString()).isEqualTo(JACKSON.writeValueAsString(document));
  }

  /** Taken apart and put together again, a document is the same. */
  @Property
  void rebuildsWhatItRead(@ForAll("documents") JsonNode document) throws IOException {
    JsonOut out = new JsonOut(16);
    rebuilt(Json.read(JACKSON.writeValueAsBytes(document), false)).writeTo(out);
    assertThat(JACKSON.readTree(out.toBytes()).toString())
        .isEqualTo(JACKSON.readTree(document.toString()).toString());
  }

  private static Value rebuilt(Value value) {
    if (value instanceof Value.Arr array) {
      java.util.List<Value> elements = new java.util.ArrayList<>();
      for (int i = 0; i < array.size(); i++) {
        elements.add(rebuilt(array.get(i)));
      }
      return new BuiltArray(elements);
    }
    if (value instanceof Value.Obj object) {
      BuiltObject built = new BuiltObject(1);
      object.forEach(
          (key, member) -> {
            built.put(key, rebuilt(member));
            Value got = object.get(key);
            assertThat(got.type()).isEqualTo(member.type());
          });
      return built;
    }
    return value instanceof Text text ? new Text(text.toString()) : value;
  }

  /** Documents with a few bytes broken: both accept them, or neither does. */
  @Property(tries = 1000)
  void acceptsWhatJacksonAccepts(
      @ForAll("documents") JsonNode document,
      @ForAll int place,
      @ForAll("bytes") byte replacement,
      @ForAll boolean cut)
      throws IOException {
    byte[] text = JACKSON.writeValueAsBytes(document);
    int at = Math.floorMod(place, text.length);
    if (cut) {
      text = java.util.Arrays.copyOf(text, at);
    } else {
      text[at] = replacement;
    }
    assertThat(weRead(text))
        .as(new String(text, StandardCharsets.UTF_8))
        .isEqualTo(jacksonReads(text));
  }

  private static boolean weRead(byte[] text) {
    try {
      Json.read(text, true);
      return true;
    } catch (JsonScanner.NotJson notJson) {
      return false;
    }
  }

  private static boolean jacksonReads(byte[] text) {
    try {
      return !GRAMMAR.readTree(text).isMissingNode();
    } catch (IOException notJson) {
      return false;
    }
  }

  @Provide
  Arbitrary<Byte> bytes() {
    return Arbitraries.of(
            '"', '\\', '{', '}', '[', ']', ',', ':', '0', '1', '-', '+', '.', 'e', 't', 'n', ' ',
            '\n', 'u', '/')
        .map(c -> (byte) (char) c);
  }

  @Provide
  Arbitrary<JsonNode> documents() {
    return Documents.any();
  }
}
