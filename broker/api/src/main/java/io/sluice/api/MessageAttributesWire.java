package io.sluice.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.queue.MessageAttribute;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Message attributes as they travel. */
final class MessageAttributesWire {
  private MessageAttributesWire() {}

  static Map<String, MessageAttribute> read(Fields fields) {
    Map<String, MessageAttribute> attributes = new LinkedHashMap<>();
    fields
        .objectMap("MessageAttributes")
        .forEach((name, value) -> attributes.put(name, attribute(name, value)));
    return attributes;
  }

  private static MessageAttribute attribute(String name, Fields value) {
    for (String list : List.of("StringListValues", "BinaryListValues")) {
      if (value.has(list) && value.node().get(list).size() > 0) {
        throw ApiError.of(
                "UnsupportedOperation",
                400,
                "message attribute '%s' has %s, which SQS does not support; send one value"
                    .formatted(name, list))
            .withQueryCode("AWS.SimpleQueueService.UnsupportedOperation");
      }
    }
    return new MessageAttribute(
        value.text("DataType"), value.textOrNull("StringValue"), value.bytesOrNull("BinaryValue"));
  }

  static void write(ObjectNode into, Map<String, MessageAttribute> attributes) {
    attributes.forEach(
        (name, attribute) -> {
          ObjectNode value = into.putObject(name);
          if (attribute.stringValue() != null) {
            value.put("StringValue", attribute.stringValue());
          }
          if (attribute.binaryValue() != null) {
            value.put("BinaryValue", attribute.binaryValue());
          }
          value.put("DataType", attribute.dataType());
        });
  }
}
