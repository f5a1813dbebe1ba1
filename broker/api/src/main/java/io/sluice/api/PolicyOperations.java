package io.sluice.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Comparator.naturalOrder;
import static java.util.Comparator.reverseOrder;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.identity.MalformedPolicyException;
import io.sluice.identity.Policy;
import io.sluice.identity.PolicyLint;
import io.sluice.identity.Registry;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Policies, their versions and targets. Source: AWS IoT API Reference, "CreatePolicy" and on. */
final class PolicyOperations {
  private static final Logger LOG = LoggerFactory.getLogger(PolicyOperations.class);
  private static final Family FAMILY = Family.IOT;

  private final Registry registry;

  PolicyOperations(Registry registry) {
    this.registry = registry;
  }

  void addTo(Operations operations) {
    addPolicies(operations.control());
    addAttachments(operations.control());
  }

  private void addPolicies(RestRoutes routes) {
    routes
        .add("POST", "/policies/{policy}", Operation.write(FAMILY, "CreatePolicy", this::create))
        .add("GET", "/policies/{policy}", Operation.read(FAMILY, "GetPolicy", this::get))
        .add("GET", "/policies", Operation.read(FAMILY, "ListPolicies", this::list))
        .add("DELETE", "/policies/{policy}", Operation.write(FAMILY, "DeletePolicy", this::delete))
        .add(
            "POST",
            "/policies/{policy}/version",
            Operation.write(FAMILY, "CreatePolicyVersion", this::createVersion))
        .add(
            "GET",
            "/policies/{policy}/version",
            Operation.read(FAMILY, "ListPolicyVersions", this::listVersions))
        .add(
            "GET",
            "/policies/{policy}/version/{version}",
            Operation.read(FAMILY, "GetPolicyVersion", this::getVersion))
        .add(
            "PATCH",
            "/policies/{policy}/version/{version}",
            Operation.write(FAMILY, "SetDefaultPolicyVersion", this::setDefault))
        .add(
            "DELETE",
            "/policies/{policy}/version/{version}",
            Operation.write(FAMILY, "DeletePolicyVersion", this::deleteVersion));
  }

  private void addAttachments(RestRoutes routes) {
    routes
        .add(
            "PUT",
            "/target-policies/{policy}",
            Operation.write(
                FAMILY, "AttachPolicy", call -> attach(call, call.input().text("target"))))
        .add(
            "POST",
            "/target-policies/{policy}",
            Operation.write(
                FAMILY, "DetachPolicy", call -> detach(call, call.input().text("target"))))
        .add(
            "POST",
            "/attached-policies/{target}",
            Operation.read(
                FAMILY,
                "ListAttachedPolicies",
                call -> attached(call, call.pathVariable("target"))))
        .add(
            "POST",
            "/policy-targets/{policy}",
            Operation.read(
                FAMILY,
                "ListTargetsForPolicy",
                call -> targets(call, call.pathVariable("policy"), "targets", true)))
        // Their predecessors, which old tools still call.
        .add(
            "PUT",
            "/principal-policies/{policy}",
            Operation.write(
                FAMILY,
                "AttachPrincipalPolicy",
                call -> attach(call, header(call, "x-amzn-iot-principal"))))
        .add(
            "DELETE",
            "/principal-policies/{policy}",
            Operation.write(
                FAMILY,
                "DetachPrincipalPolicy",
                call -> detach(call, header(call, "x-amzn-iot-principal"))))
        .add(
            "GET",
            "/principal-policies",
            Operation.read(
                FAMILY,
                "ListPrincipalPolicies",
                call -> attached(call, header(call, "x-amzn-iot-principal"))))
        .add(
            "GET",
            "/policy-principals",
            Operation.read(
                FAMILY,
                "ListPolicyPrincipals",
                call ->
                    targets(
                        call,
                        header(call, "x-amzn-iot-policy"),
                        "principals",
                        call.flag("isAscendingOrder"))));
  }

  private static String header(Call call, String name) {
    String value = call.head().header(name);
    if (value == null) {
      throw FAMILY.missing(name);
    }
    return value;
  }

  private CompletableFuture<Reply> create(Call call) {
    String document = call.input().text("policyDocument");
    Map<String, String> tags = TagOperations.given(call);
    warn(call.pathVariable("policy"), document);
    return TagOperations.tagged(
            registry,
            tags,
            registry.policies().create(call.pathVariable("policy"), document),
            policy -> registry.arns().policy(policy.name()))
        .thenApply(
            policy ->
                Reply.of(
                    named(policy.name())
                        .put("policyDocument", policy.document())
                        .put("policyVersionId", String.valueOf(policy.defaultVersion()))));
  }

  /** The wire has no place for warnings; the log has. A malformed document is refused later. */
  private void warn(String policy, String document) {
    try {
      PolicyLint.of(document, registry.arns())
          .forEach(warning -> LOG.warn("policy '{}', {}", printable(policy), warning));
    } catch (MalformedPolicyException refusedSoon) {
      LOG.debug("policy '{}' is malformed", printable(policy));
    }
  }

  private static String printable(String name) {
    return name.replaceAll("[^\\x20-\\x7E]", "?");
  }

  private ObjectNode named(String policy) {
    return Reply.object()
        .put("policyName", policy)
        .put("policyArn", registry.arns().policy(policy));
  }

  private CompletableFuture<Reply> get(Call call) {
    Policy policy = registry.policies().get(call.pathVariable("policy"));
    ObjectNode reply =
        named(policy.name())
            .put("policyDocument", policy.document())
            .put("defaultVersionId", String.valueOf(policy.defaultVersion()))
            .put("generationId", generation(policy));
    reply.set("creationDate", WireFormat.timestamp(policy.createdMillis()));
    reply.set("lastModifiedDate", WireFormat.timestamp(policy.modifiedMillis()));
    return answered(reply);
  }

  private CompletableFuture<Reply> list(Call call) {
    return CompletableFuture.supplyAsync(() -> page(call, registry.policies().all()));
  }

  private static String created(Policy policy) {
    return PageToken.created(policy.createdMillis(), policy.name());
  }

  private Reply page(Call call, Stream<Policy> policies) {
    ObjectNode reply = Reply.object();
    ArrayNode list = reply.putArray("policies");
    PageToken.take(
            call,
            PageToken.byCreation(policies, PolicyOperations::created, call),
            pageSize(call),
            PolicyOperations::created,
            reply,
            "nextMarker")
        .forEach(policy -> list.add(named(policy.name())));
    return Reply.of(reply);
  }

  private static int pageSize(Call call) {
    return call.number("pageSize", ThingOperations.PAGE_MAX, 1, ThingOperations.PAGE_MAX);
  }

  private CompletableFuture<Reply> delete(Call call) {
    return empty(registry.policies().delete(call.pathVariable("policy")));
  }

  private CompletableFuture<Reply> createVersion(Call call) {
    String name = call.pathVariable("policy");
    boolean setAsDefault = call.flag("setAsDefault");
    warn(name, call.input().text("policyDocument"));
    return registry
        .policies()
        .createVersion(name, call.input().text("policyDocument"), setAsDefault)
        .thenApply(
            version ->
                Reply.of(
                    Reply.object()
                        .put("policyArn", registry.arns().policy(name))
                        .put("policyDocument", version.document())
                        .put("policyVersionId", String.valueOf(version.id()))
                        .put("isDefaultVersion", setAsDefault)));
  }

  private CompletableFuture<Reply> listVersions(Call call) {
    Policy policy = registry.policies().get(call.pathVariable("policy"));
    ObjectNode reply = Reply.object();
    ArrayNode versions = reply.putArray("policyVersions");
    policy
        .versions()
        .values()
        .forEach(
            version -> {
              ObjectNode item =
                  versions
                      .addObject()
                      .put("versionId", String.valueOf(version.id()))
                      .put("isDefaultVersion", version.id() == policy.defaultVersion());
              item.set("createDate", WireFormat.timestamp(version.createdMillis()));
            });
    return answered(reply);
  }

  private CompletableFuture<Reply> getVersion(Call call) {
    Policy policy = registry.policies().get(call.pathVariable("policy"));
    Policy.Version version = policy.version(version(call));
    ObjectNode reply =
        named(policy.name())
            .put("policyDocument", version.document())
            .put("policyVersionId", String.valueOf(version.id()))
            .put("isDefaultVersion", version.id() == policy.defaultVersion())
            .put("generationId", generation(policy));
    reply.set("creationDate", WireFormat.timestamp(version.createdMillis()));
    reply.set("lastModifiedDate", WireFormat.timestamp(version.createdMillis()));
    return answered(reply);
  }

  /** Another one when a policy of the same name is made again. */
  private static String generation(Policy policy) {
    byte[] of = PageToken.created(policy.createdMillis(), policy.name()).getBytes(UTF_8);
    return UUID.nameUUIDFromBytes(of).toString();
  }

  private CompletableFuture<Reply> setDefault(Call call) {
    return empty(registry.policies().setDefaultVersion(call.pathVariable("policy"), version(call)));
  }

  private CompletableFuture<Reply> deleteVersion(Call call) {
    return empty(registry.policies().deleteVersion(call.pathVariable("policy"), version(call)));
  }

  private static int version(Call call) {
    String text = call.pathVariable("version");
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException notNumber) {
      throw FAMILY.invalid(
          "policy version '%s' is no number; ListPolicyVersions names them".formatted(text));
    }
  }

  private CompletableFuture<Reply> attach(Call call, String target) {
    return empty(registry.policies().attach(call.pathVariable("policy"), target));
  }

  private CompletableFuture<Reply> detach(Call call, String target) {
    return empty(registry.policies().detach(call.pathVariable("policy"), target));
  }

  private CompletableFuture<Reply> attached(Call call, String target) {
    return CompletableFuture.completedFuture(
        page(call, registry.policies().attachedTo(target, call.flag("recursive")).stream()));
  }

  private CompletableFuture<Reply> targets(
      Call call, String policy, String member, boolean ascending) {
    String after = PageToken.after(call, "marker");
    List<String> targets = registry.policies().targets(policy);
    Comparator<String> order = ascending ? naturalOrder() : reverseOrder();
    ObjectNode reply = Reply.object();
    ArrayNode list = reply.putArray(member);
    PageToken.take(
            call,
            targets.stream()
                .sorted(order)
                .filter(target -> after.isEmpty() || order.compare(target, after) > 0),
            pageSize(call),
            target -> target,
            reply,
            "nextMarker")
        .forEach(list::add);
    return answered(reply);
  }

  private static CompletableFuture<Reply> empty(CompletableFuture<?> done) {
    return done.thenApply(any -> Reply.EMPTY);
  }

  private static CompletableFuture<Reply> answered(ObjectNode reply) {
    return CompletableFuture.completedFuture(Reply.of(reply));
  }
}
