package io.sluice.sim;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What a device knows of its shadow: its topics, what it was asked for, which version it saw. Makes
 * the documents; sends none. Confined to the fleet's thread. Source: AWS IoT Developer Guide,
 * "Device Shadow MQTT topics".
 */
final class DeviceShadow {
  private final String prefix;
  private final String clientId;
  private final PayloadTemplate.Source state;

  /**
   * What {@code desired} asked for and the device does since; it wins over the scenario's state.
   */
  private final ObjectNode applied = JsonNodeFactory.instance.objectNode();

  private long versionSeen = -1;
  private long reports;

  DeviceShadow(Scenario.Shadow plan, DeviceName device, PayloadTemplate.Source state) {
    String thing = plan.thing().expand(device);
    String name = plan.shadowName() == null ? "" : "/name/" + plan.shadowName();
    this.prefix = "$aws/things/" + thing + "/shadow" + name;
    this.clientId = device.clientId();
    this.state = state;
  }

  String updateTopic() {
    return prefix + "/update";
  }

  String getTopic() {
    return prefix + "/get";
  }

  private String deltaTopic() {
    return prefix + "/update/delta";
  }

  private String gotTopic() {
    return prefix + "/get/accepted";
  }

  private String rejectedTopic() {
    return prefix + "/update/rejected";
  }

  /** What to subscribe to, all of it exact topics. */
  List<String> filters() {
    return List.of(deltaTopic(), gotTopic(), rejectedTopic());
  }

  /** The next delta counts as new, whatever its version. */
  void forgetVersion() {
    versionSeen = -1;
  }

  /** What a message on a shadow topic means to the device. */
  record News(Kind kind, ObjectNode delta, String words) {
    enum Kind {
      DELTA,
      REJECTED,
      /** Nothing to do: caught up, seen before, or not for us. */
      NOTHING,
      MALFORMED
    }

    private static News of(Kind kind, String words) {
      return new News(kind, JsonNodeFactory.instance.objectNode(), words);
    }
  }

  /** Reads a message; a delta older than what was seen is nothing new. */
  News read(String topic, byte[] payload) {
    JsonNode document;
    try {
      document = PayloadTemplate.JSON.readTree(payload);
    } catch (IOException e) {
      return News.of(News.Kind.MALFORMED, "shadow document is not JSON");
    }
    if (topic.equals(rejectedTopic())) {
      return ours(document)
          ? News.of(
              News.Kind.REJECTED,
              "shadow update rejected: code " + document.path("code").asText("none"))
          : News.of(News.Kind.NOTHING, "");
    }
    Optional<JsonNode> delta = Optional.empty();
    if (topic.equals(deltaTopic())) {
      delta = Optional.of(document.path("state"));
    } else if (topic.equals(gotTopic())) {
      delta = Optional.of(document.path("state").path("delta"));
    }
    long version = document.path("version").asLong(Long.MAX_VALUE);
    if (delta.isPresent() && delta.get() instanceof ObjectNode asked && version > versionSeen) {
      versionSeen = version == Long.MAX_VALUE ? versionSeen : version;
      return asked.isEmpty()
          ? News.of(News.Kind.NOTHING, "")
          : new News(News.Kind.DELTA, asked, asked.toString());
    }
    return News.of(News.Kind.NOTHING, "");
  }

  private boolean ours(JsonNode document) {
    return document.path("clientToken").asText("").startsWith(clientId + "-");
  }

  /** The device does what was asked for, and reports just that. */
  ObjectNode apply(ObjectNode delta) {
    merge(applied, delta);
    return delta;
  }

  /** Everything the device has to say: the scenario's state, and what it was asked for since. */
  ObjectNode current(Duration planned, long epochMillis) {
    ObjectNode reported = ((ObjectNode) state.next(planned, epochMillis)).deepCopy();
    merge(reported, applied);
    return reported;
  }

  /** The body of an update. */
  byte[] update(ObjectNode reported) {
    ObjectNode document = JsonNodeFactory.instance.objectNode();
    document.putObject("state").set("reported", reported);
    document.put("clientToken", clientId + "-" + reports++);
    return PayloadTemplate.bytes(document);
  }

  private static void merge(ObjectNode into, ObjectNode from) {
    for (var field : from.properties()) {
      if (into.get(field.getKey()) instanceof ObjectNode had
          && field.getValue() instanceof ObjectNode more) {
        merge(had, more);
      } else {
        into.set(field.getKey(), field.getValue().deepCopy());
      }
    }
  }
}
