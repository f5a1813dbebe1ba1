package io.sluice.engine;

import io.sluice.message.InvalidTopic;
import io.sluice.message.Origin;
import io.sluice.message.Publication;
import io.sluice.message.PublishProperties;
import io.sluice.message.QoS;
import io.sluice.message.TopicName;
import io.sluice.message.UserProperty;
import io.sluice.sql.Template;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Publishes the result to another topic. Source: AWS IoT Developer Guide, "Republish". The source
 * address is not carried over; nothing is retained.
 */
final class RepublishAction extends CompiledAction {
  /** After so many republish actions in a row a message is dropped: its rules go round. */
  static final int HOPS_MAX = 10;

  private static final int HEADER_CHARACTERS_MAX = 1024;
  private static final long EXPIRY_SECONDS_MAX = 0xFFFF_FFFFL; // four bytes in MQTT 5

  private final Template topic;
  private final QoS qos;
  private final Map<String, Template> headers = new LinkedHashMap<>();
  private final List<UserTemplate> user = new ArrayList<>();
  private final ToIntFunction<TopicName> ingressPartition;

  private record UserTemplate(Template name, Template value) {}

  RepublishAction(
      String rule,
      String label,
      boolean isErrorAction,
      RuleAction.Republish action,
      BiFunction<String, String, Template> templates,
      ToIntFunction<TopicName> ingressPartition) {
    super(rule, action.key(), label, isErrorAction);
    String written = action.topic();
    this.topic =
        templates.apply("topic", written.startsWith("$$") ? written.substring(1) : written);
    this.qos = QoS.of(action.qos());
    action
        .headers()
        .forEach((name, text) -> headers.put(name, templates.apply("headers." + name, text)));
    for (UserProperty property : action.userProperties()) {
      String field = "headers.userProperties";
      user.add(
          new UserTemplate(
              templates.apply(field, property.name()), templates.apply(field, property.value())));
    }
    this.ingressPartition = ingressPartition;
  }

  @Override
  Planned effect(Run run) {
    String filled = fill(topic, run);
    Origin cause = run.publication().origin();
    if (cause.hops() >= HOPS_MAX) {
      return new Planned(run.place().partition(), new RuleEffect.LoopCut(attempt(run, filled)));
    }
    TopicName name = topicName("topic", filled);
    Origin origin =
        new Origin(
            cause.clientId(), cause.principal(), null, Origin.Kind.GATEWAY, cause.hops() + 1);
    Publication publication =
        new Publication(
            name,
            run.output().bytes(),
            qos,
            false,
            properties(run, filled),
            origin,
            run.publication().stampMicros());
    int partition = ingressPartition.applyAsInt(name);
    return new Planned(
        partition, new RuleEffect.Republish(attempt(run, filled), partition, publication));
  }

  private static TopicName topicName(String field, String text) {
    try {
      return TopicName.of(text);
    } catch (InvalidTopic invalid) {
      throw new CannotBegin(text, "%s: %s".formatted(field, invalid.getMessage()));
    }
  }

  private PublishProperties properties(Run run, String target) {
    if (headers.isEmpty() && user.isEmpty()) {
      return PublishProperties.NONE;
    }
    List<UserProperty> properties = new ArrayList<>();
    for (UserTemplate template : user) {
      properties.add(
          new UserProperty(
              header("userProperties", template.name(), run, target),
              header("userProperties", template.value(), run, target)));
    }
    Map<String, String> filled = new LinkedHashMap<>();
    headers.forEach((name, template) -> filled.put(name, header(name, template, run, target)));
    String responseTopic = filled.get("responseTopic");
    if (responseTopic != null) {
      topicName("headers.responseTopic", responseTopic); // [MQTT-3.3.2-14]
    }
    return new PublishProperties(
        format(filled.get("payloadFormatIndicator"), target),
        expiry(filled.get("messageExpiry"), target),
        filled.get("contentType"),
        responseTopic,
        base64(filled.get("correlationData"), target),
        properties);
  }

  private static String header(String name, Template template, Run run, String target) {
    String text = fill(template, run);
    if (text.length() > HEADER_CHARACTERS_MAX) {
      throw new CannotBegin(
          target,
          "header %s has %d characters; at most %d are allowed"
              .formatted(name, text.length(), HEADER_CHARACTERS_MAX));
    }
    return text;
  }

  private static @Nullable Integer format(@Nullable String text, String target) {
    if (text == null) {
      return null;
    }
    return switch (text) {
      case "UNSPECIFIED_BYTES" -> 0;
      case "UTF8_DATA" -> 1;
      default ->
          throw new CannotBegin(
              target, "header payloadFormatIndicator must be UNSPECIFIED_BYTES or UTF8_DATA");
    };
  }

  private static @Nullable Long expiry(@Nullable String text, String target) {
    if (text == null) {
      return null;
    }
    boolean digits =
        !text.isEmpty() && text.length() <= 10 && text.chars().allMatch(c -> c >= '0' && c <= '9');
    long seconds = digits ? Long.parseLong(text) : -1;
    if (seconds < 0 || seconds > EXPIRY_SECONDS_MAX) {
      throw new CannotBegin(
          target,
          "header messageExpiry must be whole seconds from 0 to %d, as text"
              .formatted(EXPIRY_SECONDS_MAX));
    }
    return seconds;
  }

  private static byte @Nullable [] base64(@Nullable String text, String target) {
    if (text == null) {
      return null;
    }
    try {
      return Base64.getDecoder().decode(text);
    } catch (IllegalArgumentException invalid) {
      throw new CannotBegin(target, "header correlationData must be base64");
    }
  }
}
