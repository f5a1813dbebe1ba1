package io.sluice.engine;

import io.sluice.message.TopicName;
import io.sluice.sql.CompiledRule;
import io.sluice.sql.Evaluation;
import io.sluice.sql.SqlRejected;
import io.sluice.sql.Template;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.function.ToIntFunction;

/** Makes actions that run out of what their author wrote. */
final class ActionCompiler implements RuleAction.Visitor<CompiledAction> {
  private final String rule;
  private final CompiledRule sql;
  private final String place;
  private final Targets targets;
  private boolean callsOut;

  /** Where actions lead. */
  record Targets(
      Destinations destinations,
      ToIntFunction<TopicName> ingressPartition,
      Carrier carrier,
      ToIntFunction<String> outboxPartition) {

    /** With no way out of the process. */
    Targets(Destinations destinations, ToIntFunction<TopicName> ingressPartition) {
      this(destinations, ingressPartition, Carrier.NONE, lane -> 0);
    }
  }

  /**
   * @param place of the action in its rule: its index, or {@code error}
   */
  ActionCompiler(String rule, CompiledRule sql, String place, Targets targets) {
    this.rule = rule;
    this.sql = sql;
    this.place = place;
    this.targets = targets;
  }

  /** Whether a template of the action may wait for somebody. */
  boolean callsOut() {
    return callsOut;
  }

  private boolean isErrorAction() {
    return place.equals(ActiveRule.ERROR);
  }

  private String label(RuleAction action) {
    return place + "/" + action.key();
  }

  /**
   * @throws RuleRejected with the place in the template's own text
   */
  Template template(RuleAction action, String field, String text) {
    try {
      Template template = sql.template(text);
      callsOut |= template.callsOut();
      return template;
    } catch (SqlRejected refused) {
      throw new RuleRejected(
          RuleRejected.Code.SQL_PARSE,
          "rule '%s': template in %s.%s: %s"
              .formatted(rule, label(action), field, refused.getMessage()));
    }
  }

  @Override
  public CompiledAction toQueue(RuleAction.ToQueue action) {
    Template url = template(action, "queueUrl", action.queueUrl());
    return new CompiledAction(rule, action.key(), label(action), isErrorAction()) {
      @Override
      Planned effect(Run run) {
        String filled = fill(url, run);
        String queue = filled.substring(filled.lastIndexOf('/') + 1);
        byte[] body = run.output().bytes();
        return new Planned(
            targets.destinations().ofQueue(queue),
            new RuleEffect.Send(
                attempt(run, queue),
                queue,
                action.useBase64() ? Base64.getEncoder().encode(body) : body,
                run.id(rule + "/" + label())));
      }
    };
  }

  @Override
  public CompiledAction toStream(RuleAction.ToStream action) {
    Template name = template(action, "streamName", action.streamName());
    Template recordKey = template(action, "partitionKey", action.partitionKey());
    return new CompiledAction(rule, action.key(), label(action), isErrorAction()) {
      @Override
      Planned effect(Run run) {
        String stream = fill(name, run);
        String partitionKey = fill(recordKey, run);
        return new Planned(
            targets.destinations().ofStream(stream, partitionKey),
            new RuleEffect.Put(attempt(run, stream), stream, partitionKey, run.output().bytes()));
      }
    };
  }

  @Override
  public CompiledAction toDeliveryStream(RuleAction.ToDeliveryStream action) {
    Template name = template(action, "deliveryStreamName", action.deliveryStreamName());
    byte[] separator = action.separator().getBytes(StandardCharsets.UTF_8);
    return new CompiledAction(rule, action.key(), label(action), isErrorAction()) {
      @Override
      Planned effect(Run run) {
        String stream = fill(name, run);
        List<byte[]> elements =
            action.batchMode() && run.output() instanceof Evaluation.Json json
                ? json.elements().orElseGet(() -> List.of(json.bytes()))
                : List.of(run.output().bytes());
        return new Planned(
            targets.destinations().ofDeliveryStream(stream),
            new RuleEffect.Deliver(
                attempt(run, stream),
                stream,
                elements.stream().map(element -> join(element, separator)).toList()));
      }
    };
  }

  private static byte[] join(byte[] element, byte[] separator) {
    if (separator.length == 0) {
      return element;
    }
    byte[] joined = Arrays.copyOf(element, element.length + separator.length);
    System.arraycopy(separator, 0, joined, element.length, separator.length);
    return joined;
  }

  @Override
  public CompiledAction republish(RuleAction.Republish action) {
    return new RepublishAction(
        rule,
        label(action),
        isErrorAction(),
        action,
        (field, text) -> template(action, field, text),
        targets.ingressPartition());
  }

  @Override
  public CompiledAction outbound(RuleAction.Outbound action) {
    OutboundShapes kind = OutboundShapes.of(action.key());
    if (kind == null) {
      throw new IllegalStateException("no shape of action " + action.key());
    }
    return new OutboundAction(
        rule,
        label(action),
        isErrorAction(),
        action,
        kind,
        (field, text) -> template(action, field, text),
        targets);
  }
}
