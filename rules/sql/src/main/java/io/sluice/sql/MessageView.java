package io.sluice.sql;

import io.sluice.message.TopicName;
import org.jspecify.annotations.Nullable;

/**
 * One message as rules see it. The payload is read when the first rule asks for it and at most once
 * for each way of reading numbers (the versions before and from 2016-03-23), for all rules
 * together. For one thread at a time.
 */
public final class MessageView {
  private static final String BASIC_INGEST = "$aws/rules/";
  private static final int BASIC_INGEST_LEVELS = 3;

  private final TopicName topic;
  private final byte[] payload;
  private final MessageContext context;
  private final boolean basicIngest;
  private @Nullable Value root;
  private @Nullable Value rootOf2015;

  /** Keeps the payload, which nobody may change from now on. */
  public MessageView(TopicName topic, byte[] payload, MessageContext context) {
    this.topic = topic;
    this.payload = payload;
    this.context = context;
    this.basicIngest = topic.isReserved() && topic.toString().startsWith(BASIC_INGEST);
  }

  byte[] payload() {
    return payload;
  }

  MessageContext context() {
    return context;
  }

  TopicName topic() {
    return topic;
  }

  /** The topic as rules see it: without the prefix of Basic Ingest. */
  String topicText() {
    String text = topic.toString();
    if (!basicIngest) {
      return text;
    }
    int afterRule = text.indexOf('/', BASIC_INGEST.length());
    return afterRule < 0 ? "" : text.substring(afterRule + 1);
  }

  /** A level of that topic, counted from 1; Undefined out of range. */
  Value topicLevel(int number) {
    int index = basicIngest ? number - 1 + BASIC_INGEST_LEVELS : number - 1;
    return number >= 1 && index >= 0 && index < topic.levels()
        ? new Text(topic.level(index))
        : Undefined.UNDEFINED;
  }

  /** The payload: any JSON value, or {@link Value.Bytes} when it is not JSON. */
  Value root(boolean wholeIsInt) {
    Value known = wholeIsInt ? root : rootOf2015;
    if (known == null) {
      known = read(wholeIsInt);
      if (wholeIsInt) {
        root = known;
      } else {
        rootOf2015 = known;
      }
    }
    return known;
  }

  private Value read(boolean wholeIsInt) {
    try {
      return Json.read(payload, wholeIsInt);
    } catch (JsonScanner.NotJson notJson) {
      if (notJson.isTooDeep()) {
        throw new EvaluationStopped(
            Evaluation.Failed.Code.PAYLOAD_TOO_DEEP,
            "topic '%s': the payload is nested deeper than %d levels; flatten it, or publish parts of it"
                .formatted(topic, JsonScanner.DEPTH_MAX));
      }
      return new Value.Bytes(payload);
    }
  }
}
