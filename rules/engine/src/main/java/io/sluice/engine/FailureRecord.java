package io.sluice.engine;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.message.Publication;
import io.sluice.sql.Evaluation;
import io.sluice.sql.Variables;
import java.io.IOException;
import java.util.Base64;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An action that failed, on its way to the rule's error action; JSON on disk, with the publication
 * in base64.
 *
 * @param publication the message, encoded as the ingress log holds it
 */
record FailureRecord(
    String rule, String action, String resource, String message, byte[] publication) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Map<String, String> ACTION_NAMES =
      Map.of(
          "sqs",
          "SqsAction",
          "kinesis",
          "KinesisAction",
          "firehose",
          "FirehoseAction",
          "republish",
          "RepublishAction");

  static byte[] encode(String rule, RuleEffect.Failing failing, String message) {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("rule", rule)
        .put("action", failing.action())
        .put("resource", failing.resource())
        .put("message", message);
    out.put("publication", failing.publication());
    return bytes(out);
  }

  static FailureRecord decode(byte[] record) {
    try {
      var in = JSON.readTree(record);
      return new FailureRecord(
          in.path("rule").asText(),
          in.path("action").asText(),
          in.path("resource").asText(),
          in.path("message").asText(),
          in.path("publication").binaryValue());
    } catch (IOException damaged) {
      throw new IllegalStateException("a failure record is no JSON", damaged);
    }
  }

  /** What the error action sends: its documented payload. */
  Evaluation.Fired payload(Publication original, String seed) {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("ruleName", rule);
    out.put("topic", original.topic().toString());
    out.put(
        "cloudwatchTraceId",
        UUID.nameUUIDFromBytes(seed.getBytes(java.nio.charset.StandardCharsets.UTF_8)).toString());
    putIfKnown(out, "clientId", original.origin().clientId());
    putIfKnown(out, "sourceIp", original.origin().sourceIp());
    out.put("base64OriginalPayload", Base64.getEncoder().encodeToString(original.payload()));
    ArrayNode failures = out.putArray("failures");
    failures
        .addObject()
        .put("failedAction", ACTION_NAMES.getOrDefault(action, action))
        .put("failedResource", resource)
        .put("errorMessage", message);
    return new Evaluation.Bytes(bytes(out), Variables.NONE);
  }

  private static void putIfKnown(ObjectNode out, String name, @Nullable String value) {
    if (value != null) {
      out.put(name, value);
    }
  }

  private static byte[] bytes(ObjectNode node) {
    try {
      return JSON.writeValueAsBytes(node);
    } catch (IOException impossible) { // a tree in memory
      throw new IllegalStateException(impossible);
    }
  }
}
