package io.sluice.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.identity.Action;
import io.sluice.identity.Authorizer;
import io.sluice.identity.ConnectionContext;
import io.sluice.identity.ConnectionPermissions;
import io.sluice.identity.Decision;
import io.sluice.identity.Explanation;
import io.sluice.identity.Registry;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * What would happen, asked beforehand. Source: AWS IoT API Reference, "TestAuthorization" and
 * "GetEffectivePolicies".
 */
final class AuthorizationOperations {
  private static final Family FAMILY = Family.IOT;
  private static final int AUTH_INFOS_MAX = 10;

  private final Registry registry;
  private final Authorizer authorizer;

  AuthorizationOperations(Registry registry, Authorizer authorizer) {
    this.registry = registry;
    this.authorizer = authorizer;
  }

  void addTo(Operations operations) {
    operations
        .control()
        .add("POST", "/test-authorization", Operation.read(FAMILY, "TestAuthorization", this::test))
        .add(
            "POST",
            "/effective-policies",
            Operation.read(FAMILY, "GetEffectivePolicies", this::effective));
  }

  private CompletableFuture<Reply> effective(Call call) {
    ObjectNode reply = Reply.object();
    ArrayNode list = reply.putArray("effectivePolicies");
    String principal = call.input().textOrNull("principal");
    String thing = call.parameter("thingName");
    if (principal == null && thing == null) {
      throw FAMILY.missing("principal' or 'thingName");
    }
    requireNoPool(call.input());
    registry
        .policies()
        .effective(principal, thing)
        .forEach(
            policy ->
                list.addObject()
                    .put("policyName", policy.name())
                    .put("policyArn", registry.arns().policy(policy.name()))
                    .put("policyDocument", policy.document()));
    return CompletableFuture.completedFuture(Reply.of(reply));
  }

  /** Off the event loop: explanations are slow. */
  private CompletableFuture<Reply> test(Call call) {
    Fields input = call.input();
    requireNoPool(input);
    List<String> add = input.texts("policyNamesToAdd");
    List<String> skip = input.texts("policyNamesToSkip");
    String certificateId = registry.arns().certificateId(input.text("principal"));
    String clientId = call.parameter("clientId");
    List<Fields> infos = input.objects("authInfos");
    if (infos.isEmpty() || infos.size() > AUTH_INFOS_MAX) {
      throw FAMILY.invalid(
          "authInfos has %d entries; give 1 to %d".formatted(infos.size(), AUTH_INFOS_MAX));
    }
    ConnectionContext context =
        clientId == null ? ConnectionContext.http(null) : ConnectionContext.mqtt(clientId, null);
    return registry
        .certificates()
        .describe(certificateId)
        .thenApplyAsync(
            known -> {
              ConnectionPermissions permissions =
                  authorizer.permissions(certificateId, known.certificate(), context, add, skip);
              ObjectNode reply = Reply.object();
              ArrayNode results = reply.putArray("authResults");
              infos.forEach(info -> test(permissions, info, results.addObject()));
              return Reply.of(reply);
            });
  }

  private static void requireNoPool(Fields input) {
    if (input.has("cognitoIdentityPoolId")) {
      throw FAMILY.invalid(
          "'cognitoIdentityPoolId' is not supported by this gateway; leave it out");
    }
  }

  /** An entry is allowed when every resource of it is; else the first that is not decides. */
  private void test(ConnectionPermissions permissions, Fields info, ObjectNode result) {
    String type = info.text("actionType");
    Action action = action(type);
    List<String> resources = info.texts("resources");
    ObjectNode echo = result.putObject("authInfo").put("actionType", type);
    ArrayNode echoed = echo.putArray("resources");
    resources.forEach(echoed::add);
    Set<String> missing = new LinkedHashSet<>();
    Set<String> allowing = new LinkedHashSet<>();
    Explanation denial = null;
    for (String resource : resources) {
      Explanation explanation = permissions.explain(action, name(action, resource));
      missing.addAll(explanation.missingVariables());
      String policy = explanation.decision().policyName();
      if (explanation.decision().isAllowed() && policy != null) {
        allowing.add(policy);
      } else if (denial == null) {
        denial = explanation;
      }
    }
    if (denial == null) {
      put(result.putObject("allowed"), allowing);
      result.put("authDecision", "ALLOWED");
    } else {
      Decision decision = denial.decision();
      boolean explicit = decision.outcome() == Decision.Outcome.EXPLICIT_DENY;
      put(
          result.putObject("denied").putObject(explicit ? "explicitDeny" : "implicitDeny"),
          decision.policyName() == null ? Set.of() : Set.of(decision.policyName()));
      result.put("authDecision", decision.outcome().name());
    }
    ArrayNode values = result.putArray("missingContextValues");
    missing.forEach(values::add);
  }

  private void put(ObjectNode into, Set<String> policies) {
    ArrayNode list = into.putArray("policies");
    policies.forEach(
        policy ->
            list.addObject()
                .put("policyName", policy)
                .put("policyArn", registry.arns().policy(policy)));
  }

  private static Action action(String type) {
    return switch (type) {
      case "PUBLISH" -> Action.PUBLISH;
      case "SUBSCRIBE" -> Action.SUBSCRIBE;
      case "RECEIVE" -> Action.RECEIVE;
      case "CONNECT" -> Action.CONNECT;
      default ->
          throw FAMILY.invalid(
              "actionType '%s' is unknown; use PUBLISH, SUBSCRIBE, RECEIVE or CONNECT"
                  .formatted(type));
    };
  }

  /** What stands behind the kind in a resource's ARN. */
  private String name(Action action, String resource) {
    String prefix = registry.arns().resource(action, "");
    if (!resource.startsWith(prefix)) {
      throw FAMILY.invalid(
          "resource '%s' must begin with '%s', as %s asks about it"
              .formatted(resource, prefix, action));
    }
    return resource.substring(prefix.length());
  }
}
