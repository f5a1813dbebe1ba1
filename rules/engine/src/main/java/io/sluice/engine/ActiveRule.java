package io.sluice.engine;

import io.sluice.message.Origin;
import io.sluice.message.Publication;
import io.sluice.message.PublicationCodec;
import io.sluice.message.PublishProperties;
import io.sluice.message.QoS;
import io.sluice.message.TopicName;
import io.sluice.message.UserProperty;
import io.sluice.sql.CompiledRule;
import io.sluice.sql.Evaluation;
import io.sluice.sql.EvaluationContext;
import io.sluice.sql.MessageView;
import io.sluice.sql.RuleSql;
import io.sluice.sql.SqlRejected;
import io.sluice.sql.Template;
import io.sluice.sql.Variables;
import io.sluice.store.Conveyor;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * A rule ready to run: its statement and all templates of its actions compiled once. Immutable, for
 * any thread; an evaluation belongs to one.
 */
final class ActiveRule {
  private static final int HOPS_MAX = 10;

  private final Rule rule;
  private final CompiledRule sql;
  private final List<Action> actions;
  private final @Nullable Action errorAction;

  private ActiveRule(
      Rule rule, CompiledRule sql, List<Action> actions, @Nullable Action errorAction) {
    this.rule = rule;
    this.sql = sql;
    this.actions = actions;
    this.errorAction = errorAction;
  }

  /**
   * Compiles.
   *
   * @throws RuleRejected when the statement or a template is refused, with its place
   */
  static ActiveRule of(
      Rule rule, Destinations destinations, ToIntFunction<TopicName> ingressPartition) {
    try {
      CompiledRule sql = RuleSql.compile(rule.sql(), rule.version());
      List<Action> actions = new ArrayList<>();
      for (RuleAction action : rule.actions()) {
        actions.add(action.accept(new Compile(rule.name(), sql, destinations, ingressPartition)));
      }
      RuleAction error = rule.errorAction();
      return new ActiveRule(
          rule,
          sql,
          List.copyOf(actions),
          error == null
              ? null
              : error.accept(new Compile(rule.name(), sql, destinations, ingressPartition)));
    } catch (SqlRejected refused) {
      throw new RuleRejected(
          RuleRejected.Code.SQL_PARSE,
          "rule '%s': %s".formatted(rule.name(), refused.getMessage()));
    }
  }

  Rule rule() {
    return rule;
  }

  CompiledRule sql() {
    return sql;
  }

  @Nullable Action errorAction() {
    return errorAction;
  }

  /** One message on its way through the rule. */
  record Run(
      Publication publication,
      byte[] encoded,
      MessageView view,
      EvaluationContext context,
      Evaluation.Fired output,
      String seed) {

    /** An identifier that is the same when the message comes again. */
    UUID id(String what) {
      return UUID.nameUUIDFromBytes((seed + '/' + what).getBytes(StandardCharsets.UTF_8));
    }
  }

  /** Runs all actions; each is independent of the others. */
  void run(Run run, Conveyor.Sink<RuleEffect> sink) {
    for (int i = 0; i < actions.size(); i++) {
      actions.get(i).run(run, i, false, sink);
    }
  }

  /** An action with its templates compiled. */
  abstract static class Action {
    final String rule;
    final String key;
    final Destinations destinations;

    Action(String rule, String key, Destinations destinations) {
      this.rule = rule;
      this.key = key;
      this.destinations = destinations;
    }

    abstract void run(Run run, int index, boolean isErrorAction, Conveyor.Sink<RuleEffect> sink);

    /** A template's text, or null after saying that the action failed. */
    final @Nullable String fill(
        Template template, Run run, boolean isErrorAction, Conveyor.Sink<RuleEffect> sink) {
      Variables variables = run.output().variables();
      Template.Filled filled = template.fill(run.view(), run.context(), variables);
      if (filled instanceof Template.Filled.Complete complete) {
        return complete.text();
      }
      Template.Filled.Missing missing = (Template.Filled.Missing) filled;
      fail(
          run,
          template.toString(),
          isErrorAction,
          "template '%s' has no value: %s".formatted(missing.expression(), missing.reason()),
          sink);
      return null;
    }

    final void fail(
        Run run,
        String resource,
        boolean isErrorAction,
        String message,
        Conveyor.Sink<RuleEffect> sink) {
      sink.effect(
          destinations.ofQueue(rule), // any partition, always the same
          new RuleEffect.Failed(rule, failing(run, resource, isErrorAction), message));
    }

    final RuleEffect.Failing failing(Run run, String resource, boolean isErrorAction) {
      return new RuleEffect.Failing(key, resource, run.encoded(), isErrorAction);
    }
  }

  /** Makes actions out of what their author wrote. */
  private record Compile(
      String rule,
      CompiledRule sql,
      Destinations destinations,
      ToIntFunction<TopicName> ingressPartition)
      implements RuleAction.Visitor<Action> {

    @Override
    public Action toQueue(RuleAction.ToQueue action) {
      Template url = sql.template(action.queueUrl());
      return new Action(rule, action.key(), destinations) {
        @Override
        void run(Run run, int index, boolean isErrorAction, Conveyor.Sink<RuleEffect> sink) {
          String filled = fill(url, run, isErrorAction, sink);
          if (filled != null) {
            String queue = filled.substring(filled.lastIndexOf('/') + 1);
            byte[] body = run.output().bytes();
            sink.effect(
                destinations.ofQueue(queue),
                new RuleEffect.Send(
                    rule,
                    queue,
                    action.useBase64() ? Base64.getEncoder().encode(body) : body,
                    run.id(rule + index),
                    failing(run, queue, isErrorAction)));
          }
        }
      };
    }

    @Override
    public Action toStream(RuleAction.ToStream action) {
      Template name = sql.template(action.streamName());
      Template recordKey = sql.template(action.partitionKey());
      return new Action(rule, action.key(), destinations) {
        @Override
        void run(Run run, int index, boolean isErrorAction, Conveyor.Sink<RuleEffect> sink) {
          String stream = fill(name, run, isErrorAction, sink);
          String partitionKey = stream == null ? null : fill(recordKey, run, isErrorAction, sink);
          if (stream != null && partitionKey != null) {
            sink.effect(
                destinations.ofStream(stream, partitionKey),
                new RuleEffect.Put(
                    rule,
                    stream,
                    partitionKey,
                    run.output().bytes(),
                    failing(run, stream, isErrorAction)));
          }
        }
      };
    }

    @Override
    public Action toDeliveryStream(RuleAction.ToDeliveryStream action) {
      Template name = sql.template(action.deliveryStreamName());
      byte[] separator = action.separator().getBytes(StandardCharsets.UTF_8);
      return new Action(rule, action.key(), destinations) {
        @Override
        void run(Run run, int index, boolean isErrorAction, Conveyor.Sink<RuleEffect> sink) {
          String stream = fill(name, run, isErrorAction, sink);
          if (stream != null) {
            List<byte[]> elements =
                action.batchMode() && run.output() instanceof Evaluation.Json json
                    ? json.elements().orElseGet(() -> List.of(json.bytes()))
                    : List.of(run.output().bytes());
            sink.effect(
                destinations.ofDeliveryStream(stream),
                new RuleEffect.Deliver(
                    rule,
                    stream,
                    elements.stream().map(element -> join(element, separator)).toList(),
                    failing(run, stream, isErrorAction)));
          }
        }
      };
    }

    @Override
    public Action republish(RuleAction.Republish action) {
      Template topic =
          sql.template(
              action.topic().startsWith("$$") ? action.topic().substring(1) : action.topic());
      Map<String, Template> headers = new LinkedHashMap<>();
      action.headers().forEach((name, text) -> headers.put(name, sql.template(text)));
      Map<String, Template> user = new LinkedHashMap<>();
      action.userProperties().forEach((name, text) -> user.put(name, sql.template(text)));
      return new Action(rule, action.key(), destinations) {
        @Override
        void run(Run run, int index, boolean isErrorAction, Conveyor.Sink<RuleEffect> sink) {
          String filled = fill(topic, run, isErrorAction, sink);
          if (filled == null) {
            return;
          }
          Origin cause = run.publication().origin();
          if (cause.hops() >= HOPS_MAX) {
            sink.effect(
                destinations.ofQueue(rule), new RuleEffect.Count(rule, Ledger.Entry.LOOP_CUT));
            return;
          }
          try {
            TopicName name = TopicName.of(filled);
            Origin origin =
                new Origin(
                    cause.clientId(),
                    cause.principal(),
                    null,
                    Origin.Kind.GATEWAY,
                    cause.hops() + 1);
            PublishProperties properties = properties(headers, user, run);
            Publication publication =
                new Publication(
                    name,
                    run.output().bytes(),
                    QoS.of(action.qos()),
                    false,
                    properties,
                    origin,
                    run.publication().stampMicros());
            sink.effect(
                ingressPartition.applyAsInt(name),
                new RuleEffect.Republish(
                    rule, ingressPartition.applyAsInt(name), PublicationCodec.encode(publication)));
          } catch (
              IllegalArgumentException
                  invalid) { // the topic, or a header that is no number or no base64
            fail(run, filled, isErrorAction, String.valueOf(invalid.getMessage()), sink);
          }
        }
      };
    }

    private static PublishProperties properties(
        Map<String, Template> headers, Map<String, Template> user, Run run) {
      if (headers.isEmpty() && user.isEmpty()) {
        return PublishProperties.NONE;
      }
      Map<String, String> filled = new LinkedHashMap<>();
      headers.forEach((name, template) -> filled.put(name, require(template, run)));
      List<UserProperty> properties = new ArrayList<>();
      user.forEach(
          (name, template) -> properties.add(new UserProperty(name, require(template, run))));
      String format = filled.get("payloadFormatIndicator");
      String expiry = filled.get("messageExpiry");
      String correlation = filled.get("correlationData");
      return new PublishProperties(
          format == null ? null : format.equals("UTF8_DATA") ? 1 : 0,
          expiry == null ? null : Long.valueOf(expiry),
          filled.get("contentType"),
          filled.get("responseTopic"),
          base64(correlation),
          properties);
    }

    private static byte @Nullable [] base64(@Nullable String text) {
      return text == null ? null : Base64.getDecoder().decode(text);
    }

    private static String require(Template template, Run run) {
      Template.Filled filled = template.fill(run.view(), run.context(), run.output().variables());
      if (filled instanceof Template.Filled.Complete complete) {
        return complete.text();
      }
      throw new IllegalArgumentException("header template '%s' has no value".formatted(template));
    }

    private static byte[] join(byte[] element, byte[] separator) {
      if (separator.length == 0) {
        return element;
      }
      byte[] joined = Arrays.copyOf(element, element.length + separator.length);
      System.arraycopy(separator, 0, joined, element.length, separator.length);
      return joined;
    }
  }
}
