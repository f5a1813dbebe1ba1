package io.sluice.engine;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.message.UserProperty;
import java.util.List;
import java.util.Map;

/**
 * What a rule does with a message it selected, as its author wrote it. Closed: the engine must know
 * every kind.
 */
public sealed interface RuleAction {
  <R> R accept(Visitor<R> visitor);

  /** The key of the action in a rule document. */
  String key();

  /**
   * {@code sqs}: sends to a queue.
   *
   * @param queueUrl template; the queue is its last path segment
   */
  record ToQueue(String queueUrl, boolean useBase64) implements RuleAction {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.toQueue(this);
    }

    @Override
    public String key() {
      return "sqs";
    }
  }

  /**
   * {@code kinesis}: puts a record to a stream.
   *
   * @param partitionKey template
   */
  record ToStream(String streamName, String partitionKey) implements RuleAction {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.toStream(this);
    }

    @Override
    public String key() {
      return "kinesis";
    }
  }

  /**
   * {@code firehose}: puts a record to a delivery stream.
   *
   * @param separator goes behind each record; empty for none
   * @param batchMode whether each element of an array is a record
   */
  record ToDeliveryStream(String deliveryStreamName, String separator, boolean batchMode)
      implements RuleAction {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.toDeliveryStream(this);
    }

    @Override
    public String key() {
      return "firehose";
    }
  }

  /**
   * {@code republish}: publishes to another topic.
   *
   * @param topic template; {@code $$} stands for a leading {@code $}
   * @param qos 0 or 1
   * @param headers templates of MQTT 5 properties by their names in the rule document
   * @param userProperties names and values are templates; names may repeat
   */
  record Republish(
      String topic, int qos, Map<String, String> headers, List<UserProperty> userProperties)
      implements RuleAction {
    public Republish {
      headers = Map.copyOf(headers);
      userProperties = List.copyOf(userProperties);
    }

    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.republish(this);
    }

    @Override
    public String key() {
      return "republish";
    }
  }

  /**
   * An action that leaves the process, by way of the outbox.
   *
   * @param key such as {@code http}
   * @param fields as {@link OutboundShapes} says; nobody changes them
   */
  record Outbound(String key, ObjectNode fields) implements RuleAction {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.outbound(this);
    }
  }

  /** One answer for each kind. */
  interface Visitor<R> {
    R toQueue(ToQueue action);

    R toStream(ToStream action);

    R toDeliveryStream(ToDeliveryStream action);

    R republish(Republish action);

    R outbound(Outbound action);
  }
}
