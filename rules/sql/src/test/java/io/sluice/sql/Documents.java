package io.sluice.sql;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;

/** Random JSON documents with the few keys that random expressions ask for. */
final class Documents {
  private static final JsonNodeFactory MAKE = JsonNodeFactory.instance;

  private Documents() {}

  static Arbitrary<JsonNode> any() {
    return any(3);
  }

  private static Arbitrary<JsonNode> any(int depth) {
    return depth == 0
        ? scalar()
        : Arbitraries.frequencyOf(
            net.jqwik.api.Tuple.of(2, scalar()),
            net.jqwik.api.Tuple.of(2, array(depth)),
            net.jqwik.api.Tuple.of(5, object(depth).map(o -> (JsonNode) o)));
  }

  static Arbitrary<ObjectNode> objects() {
    return object(3);
  }

  private static Arbitrary<JsonNode> array(int depth) {
    return any(depth - 1)
        .list()
        .ofMaxSize(4)
        .map(
            elements -> {
              ArrayNode array = MAKE.arrayNode();
              elements.forEach(array::add);
              return array;
            });
  }

  private static Arbitrary<ObjectNode> object(int depth) {
    Arbitrary<String> keys =
        Arbitraries.of("a", "b", "c", "d", "value", "from", "é", "k\"q", "tab\t", "");
    return Arbitraries.maps(keys, any(depth - 1))
        .ofMaxSize(6)
        .map(
            fields -> {
              ObjectNode object = MAKE.objectNode();
              fields.forEach(object::set);
              return object;
            });
  }

  private static Arbitrary<JsonNode> scalar() {
    return Arbitraries.oneOf(
        Arbitraries.of(MAKE.nullNode(), MAKE.booleanNode(true), MAKE.booleanNode(false)),
        Arbitraries.longs().map(MAKE::numberNode),
        Arbitraries.integers().between(-5, 20).map(n -> MAKE.numberNode((long) n)),
        Arbitraries.bigDecimals()
            .between(new BigDecimal("-1000"), new BigDecimal("1000"))
            .ofScale(3)
            .map(MAKE::numberNode),
        Arbitraries.of("x", "true", "12", "-0.5", "1e3", "", "ä€😀", "line\nbreak", "[1,2]")
            .map(MAKE::textNode),
        Arbitraries.strings()
            .ofMaxLength(8)
            .filter(s -> s.chars().noneMatch(c -> Character.isSurrogate((char) c)))
            .map(MAKE::textNode));
  }
}
