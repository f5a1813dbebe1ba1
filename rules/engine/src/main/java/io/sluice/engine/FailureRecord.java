package io.sluice.engine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.message.Publication;
import io.sluice.sql.Evaluation;
import io.sluice.sql.Variables;
import java.io.IOException;
import java.util.Base64;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An action that failed, on its way to the rule's error action; JSON on disk, with the publication
 * in base64. The layout is in {@code docs/formats/rules.md}.
 *
 * @param key of the failed action in the rule document
 * @param publication the message, encoded as the ingress log holds it
 * @param place the message's in the ingress log
 */
record FailureRecord(
    String rule, String key, String resource, String message, byte[] publication, Place place) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Map<String, String> ACTION_NAMES =
      Map.of(
          "sqs", "SqsAction",
          "kinesis", "KinesisAction",
          "firehose", "FirehoseAction",
          "republish", "RepublishAction");

  private static String actionName(String key) {
    OutboundShapes outbound = OutboundShapes.of(key);
    return ACTION_NAMES.getOrDefault(key, outbound == null ? key : outbound.failedName());
  }

  static byte[] encode(RuleEffect.Attempt attempt, String message) {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("rule", attempt.rule())
        .put("action", attempt.key())
        .put("resource", attempt.resource())
        .put("message", message)
        .put("partition", attempt.sourcePartition())
        .put("offset", attempt.sourceOffset())
        .put("publication", attempt.publication());
    return bytes(out);
  }

  /**
   * @throws IllegalArgumentException when it is no failure record
   */
  static FailureRecord decode(byte[] record) {
    try {
      JsonNode in = JSON.readTree(record);
      byte[] publication = in.path("publication").binaryValue();
      if (publication == null) {
        throw new IllegalArgumentException("the failure record has no publication");
      }
      return new FailureRecord(
          in.path("rule").asText(),
          in.path("action").asText(),
          in.path("resource").asText(),
          in.path("message").asText(),
          publication,
          new Place(in.path("partition").asInt(), in.path("offset").asLong()));
    } catch (IOException damaged) {
      throw new IllegalArgumentException("the failure record is no JSON", damaged);
    }
  }

  /** The error action's try, when there is none to make it. */
  RuleEffect.Attempt attempt(int source, long offset) {
    return new RuleEffect.Attempt(
        rule, ActiveRule.ERROR, key, resource, publication, source, offset, true);
  }

  /** What the error action sends: its documented payload. */
  Evaluation.Fired payload(Publication original, Variables variables) {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("ruleName", rule);
    out.put("topic", original.topic().toString());
    out.put("cloudwatchTraceId", place.traceId(original.stampMicros()));
    putIfKnown(out, "clientId", original.origin().clientId());
    putIfKnown(out, "sourceIp", original.origin().sourceIp());
    out.put("base64OriginalPayload", Base64.getEncoder().encodeToString(original.payload()));
    out.putArray("failures")
        .addObject()
        .put("failedAction", actionName(key))
        .put("failedResource", resource)
        .put("errorMessage", message);
    return new Evaluation.Bytes(bytes(out), variables);
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
