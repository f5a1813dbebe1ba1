package io.sluice.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.identity.Action;
import io.sluice.identity.Authorizer;
import io.sluice.identity.ConnectionContext;
import io.sluice.identity.ConnectionPermissions;
import io.sluice.identity.Denials;
import io.sluice.identity.Explanation;
import io.sluice.identity.RegisteredCertificate;
import io.sluice.identity.Registry;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Why something is denied, and what was denied lately: for {@code sluice explain}. Ours alone. */
final class ExplainOperations {
  private static final Family FAMILY = Family.IOT;
  private static final int DENIALS_MAX = 1_000;
  private static final int PRINCIPALS_MAX = 10;
  private static final List<Action> OF_A_TOPIC =
      List.of(Action.PUBLISH, Action.RETAIN_PUBLISH, Action.SUBSCRIBE, Action.RECEIVE);

  private final Registry registry;
  private final Authorizer authorizer;

  ExplainOperations(Registry registry, Authorizer authorizer) {
    this.registry = registry;
    this.authorizer = authorizer;
  }

  void addTo(Operations operations) {
    operations
        .control()
        .add("GET", "/sluice/denials", Operation.read(FAMILY, "ListDenials", this::denials))
        .add(
            "GET",
            "/sluice/explain/auth",
            Operation.read(FAMILY, "ExplainAuthorization", this::explain));
  }

  /** Off the event loop: explanations are slow. */
  private CompletableFuture<Reply> denials(Call call) {
    String clientId = call.parameter("clientId");
    int max = call.number("maxResults", 50, 1, DENIALS_MAX);
    return CompletableFuture.supplyAsync(
        () -> {
          ObjectNode reply = Reply.object().put("count", authorizer.denials().count());
          ArrayNode list = reply.putArray("denials");
          authorizer.denials().last(clientId, max).forEach(denial -> put(list.addObject(), denial));
          return Reply.of(reply);
        });
  }

  static void put(ObjectNode into, Denials.Denial denial) {
    into.put("at", Instant.ofEpochMilli(denial.atMillis()).toString());
    into.put("clientId", denial.clientId());
    into.put("certificateId", denial.certificateId());
    into.put("thingName", denial.thingName());
    into.put("sourceIp", denial.sourceIp());
    into.put("action", denial.action() == null ? "iot:Connect" : denial.action().policyName());
    into.put("resource", denial.resource());
    into.put("sentence", denial.sentence());
    ArrayNode hints = into.putArray("whatWouldHaveToChange");
    denial.hints().forEach(hints::add);
  }

  private CompletableFuture<Reply> explain(Call call) {
    String clientId = call.parameter("clientId");
    if (clientId == null) {
      throw FAMILY.missing("clientId");
    }
    String topic = call.parameter("topic");
    List<Action> actions = actions(call.parameter("action"), topic);
    Set<String> principals = principals(clientId, call.parameter("certificateId"));
    ObjectNode reply = Reply.object().put("clientId", clientId);
    ArrayNode list = reply.putArray("principals");
    CompletableFuture<ObjectNode> all = CompletableFuture.completedFuture(reply);
    for (String id : principals) {
      all =
          all.thenCompose(before -> registry.certificates().describe(id))
              .thenApplyAsync(
                  known -> {
                    explain(list.addObject(), known, clientId, actions, topic, call.sourceIp());
                    return reply;
                  });
    }
    return all.thenApply(Reply::of);
  }

  /** Connecting is asked about always: who may not connect may do nothing. */
  private static List<Action> actions(@Nullable String name, @Nullable String topic) {
    boolean filter = topic != null && (topic.indexOf('+') >= 0 || topic.indexOf('#') >= 0);
    if (name == null) {
      return topic == null ? List.of() : filter ? List.of(Action.SUBSCRIBE) : OF_A_TOPIC;
    }
    for (Action action : OF_A_TOPIC) {
      if (action
          .policyName()
          .toLowerCase(Locale.ROOT)
          .equals("iot:" + name.toLowerCase(Locale.ROOT))) {
        if (topic == null) {
          throw FAMILY.missing("topic");
        }
        if (filter && action != Action.SUBSCRIBE) {
          throw FAMILY.invalid(
              "'%s' is a topic filter, and %s is asked about topic names; name a topic without '+' and '#'"
                  .formatted(topic, action));
        }
        return List.of(action);
      }
    }
    if (name.equalsIgnoreCase("connect")) {
      return List.of();
    }
    throw FAMILY.invalid(
        "action '%s' is unknown; use connect, publish, retainpublish, subscribe or receive"
            .formatted(name));
  }

  /**
   * Whose policies are asked: the certificate given, else those of the thing named like the client,
   * else those that the client was denied with lately.
   */
  private Set<String> principals(String clientId, @Nullable String certificateId) {
    Set<String> ids = new TreeSet<>();
    if (certificateId != null) {
      ids.add(certificateId);
    } else if (registry.things().find(clientId).isPresent()) {
      registry
          .things()
          .principals(clientId)
          .keySet()
          .forEach(arn -> ids.add(registry.arns().certificateId(arn)));
    }
    if (ids.isEmpty()) {
      for (Denials.Denial denial : authorizer.denials().last(clientId, PRINCIPALS_MAX)) {
        if (denial.certificateId() != null) {
          ids.add(denial.certificateId());
        }
      }
    }
    if (ids.isEmpty()) {
      throw ApiError.of(
          "ResourceNotFoundException",
          404,
          "no certificate is known for client '%s': there is no thing of that name with one attached, and it was not denied lately; name one with certificateId"
              .formatted(clientId));
    }
    return ids;
  }

  private void explain(
      ObjectNode into,
      RegisteredCertificate certificate,
      String clientId,
      List<Action> actions,
      @Nullable String topic,
      String sourceIp) {
    ConnectionPermissions permissions =
        authorizer.permissions(
            certificate.id(),
            certificate.certificate(),
            ConnectionContext.mqtt(clientId, sourceIp));
    into.put("certificateId", certificate.id());
    into.put("status", certificate.status().name());
    into.put("thingName", permissions.thingName());
    ArrayNode results = into.putArray("results");
    put(results.addObject(), permissions.explain(Action.CONNECT, clientId));
    for (Action action : actions) {
      put(results.addObject(), permissions.explain(action, String.valueOf(topic)));
    }
  }

  private static void put(ObjectNode into, Explanation explanation) {
    into.put("action", explanation.decision().action().policyName());
    into.put("resource", explanation.resource());
    into.put("decision", explanation.decision().outcome().name());
    into.put("sentence", explanation.sentence());
    ArrayNode hints = into.putArray("whatWouldHaveToChange");
    explanation.hints().forEach(hints::add);
  }
}
