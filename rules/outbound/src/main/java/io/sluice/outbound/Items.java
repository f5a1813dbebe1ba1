package io.sluice.outbound;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** JSON as items of DynamoDB. */
final class Items {
  /** All digits of numbers stay. */
  static final ObjectMapper EXACT =
      JsonMapper.builder()
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .build();

  private Items() {}

  /** Each member of an object as an attribute. */
  static Map<String, AttributeValue> item(JsonNode object) {
    Map<String, AttributeValue> item = new HashMap<>();
    object.properties().forEach(member -> item.put(member.getKey(), value(member.getValue())));
    return item;
  }

  static AttributeValue value(JsonNode node) {
    return switch (node.getNodeType()) {
      case STRING -> AttributeValue.fromS(node.asText());
      case NUMBER -> AttributeValue.fromN(node.asText());
      case BOOLEAN -> AttributeValue.fromBool(node.asBoolean());
      case ARRAY -> {
        List<AttributeValue> list = new ArrayList<>();
        node.forEach(element -> list.add(value(element)));
        yield AttributeValue.fromL(list);
      }
      case OBJECT -> AttributeValue.fromM(item(node));
      default -> AttributeValue.fromNul(true);
    };
  }
}
