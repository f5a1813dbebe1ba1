package io.sluice.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.identity.Enrollment;
import io.sluice.identity.Provisioner;
import io.sluice.identity.ProvisioningTemplate;
import io.sluice.identity.Registry;
import io.sluice.store.Clock;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Provisioning templates, and things registered by one. Source: AWS IoT API Reference,
 * "CreateProvisioningTemplate" and its family, "RegisterThing".
 */
final class ProvisioningOperations {
  private static final Family FAMILY = Family.IOT;
  private static final String ROOT = "/provisioning-templates";

  private final Registry registry;
  private final Enrollment enrollment;
  private final Provisioner provisioner;
  private final Clock clock;

  ProvisioningOperations(
      Registry registry, Enrollment enrollment, Provisioner provisioner, Clock clock) {
    this.registry = registry;
    this.enrollment = enrollment;
    this.provisioner = provisioner;
    this.clock = clock;
  }

  void addTo(Operations operations) {
    operations
        .control()
        .add("POST", ROOT, Operation.write(FAMILY, "CreateProvisioningTemplate", this::create))
        .add("GET", ROOT, Operation.read(FAMILY, "ListProvisioningTemplates", this::list))
        .add(
            "GET",
            ROOT + "/{template}",
            Operation.read(FAMILY, "DescribeProvisioningTemplate", this::describe))
        .add(
            "PATCH",
            ROOT + "/{template}",
            Operation.write(FAMILY, "UpdateProvisioningTemplate", this::update))
        .add(
            "DELETE",
            ROOT + "/{template}",
            Operation.write(
                FAMILY,
                "DeleteProvisioningTemplate",
                call -> registry.templates().delete(name(call)).thenApply(any -> Reply.EMPTY)))
        .add(
            "POST",
            ROOT + "/{template}/versions",
            Operation.write(FAMILY, "CreateProvisioningTemplateVersion", this::createVersion))
        .add(
            "GET",
            ROOT + "/{template}/versions",
            Operation.read(FAMILY, "ListProvisioningTemplateVersions", this::versions))
        .add(
            "GET",
            ROOT + "/{template}/versions/{version}",
            Operation.read(FAMILY, "DescribeProvisioningTemplateVersion", this::describeVersion))
        .add(
            "DELETE",
            ROOT + "/{template}/versions/{version}",
            Operation.write(
                FAMILY,
                "DeleteProvisioningTemplateVersion",
                call ->
                    registry
                        .templates()
                        .deleteVersion(name(call), version(call))
                        .thenApply(any -> Reply.EMPTY)))
        .add(
            "POST",
            ROOT + "/{template}/provisioning-claim",
            Operation.write(FAMILY, "CreateProvisioningClaim", this::claim))
        .add("POST", "/things", Operation.write(FAMILY, "RegisterThing", this::registerThing));
  }

  private static String name(Call call) {
    return call.pathVariable("template");
  }

  private static int version(Call call) {
    String text = call.pathVariable("version");
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException notNumber) {
      throw FAMILY.invalid(
          "template version '%s' is no number; ListProvisioningTemplateVersions names them"
              .formatted(text));
    }
  }

  private ObjectNode named(String template) {
    return Reply.object()
        .put("templateArn", registry.arns().provisioningTemplate(template))
        .put("templateName", template);
  }

  private static @Nullable String hook(Fields input) {
    Fields hook = input.objectOrNull("preProvisioningHook");
    return hook == null ? null : hook.text("targetArn");
  }

  private CompletableFuture<Reply> create(Call call) {
    Map<String, String> tags = TagOperations.given(call);
    Fields input = call.input();
    String type = input.textOrNull("type");
    String description = input.textOrNull("description");
    return TagOperations.tagged(
            registry,
            tags,
            registry
                .templates()
                .create(
                    input.text("templateName"),
                    description == null ? "" : description,
                    input.text("templateBody"),
                    input.flag("enabled"),
                    type(type),
                    input.textOrNull("provisioningRoleArn"),
                    hook(input)),
            template -> registry.arns().provisioningTemplate(template.name()))
        .thenApply(template -> Reply.of(named(template.name()).put("defaultVersionId", 1)));
  }

  private static ProvisioningTemplate.Type type(@Nullable String text) {
    for (ProvisioningTemplate.Type type : ProvisioningTemplate.Type.values()) {
      if (type.name().equals(text)) {
        return type;
      }
    }
    if (text == null) {
      return ProvisioningTemplate.Type.FLEET_PROVISIONING;
    }
    throw FAMILY.invalid(
        "template type '%s' is unknown; use FLEET_PROVISIONING or JITP".formatted(text));
  }

  private void put(ObjectNode into, ProvisioningTemplate template) {
    into.put("enabled", template.enabled()).put("type", template.type().name());
    if (!template.description().isEmpty()) {
      into.put("description", template.description());
    }
    into.set("creationDate", WireFormat.timestamp(template.createdMillis()));
    into.set("lastModifiedDate", WireFormat.timestamp(template.modifiedMillis()));
  }

  private CompletableFuture<Reply> list(Call call) {
    return Paging.page(
        call,
        registry.templates().after(Paging.after(call)),
        ProvisioningTemplate::name,
        "templates",
        (list, template) -> {
          ObjectNode item = named(template.name());
          put(item, template);
          list.add(item);
        });
  }

  private CompletableFuture<Reply> describe(Call call) {
    ProvisioningTemplate template = registry.templates().get(name(call));
    ObjectNode reply = named(template.name());
    put(reply, template);
    reply.put("defaultVersionId", template.defaultVersion());
    reply.put("templateBody", template.body());
    if (template.roleArn() != null) {
      reply.put("provisioningRoleArn", template.roleArn());
    }
    if (template.hookUrl() != null) {
      reply
          .putObject("preProvisioningHook")
          .put("payloadVersion", "2020-04-01")
          .put("targetArn", template.hookUrl());
    }
    return CompletableFuture.completedFuture(Reply.of(reply));
  }

  private CompletableFuture<Reply> update(Call call) {
    Fields input = call.input();
    return registry
        .templates()
        .update(
            name(call),
            input.textOrNull("description"),
            input.has("enabled") ? input.flag("enabled") : null,
            input.integerOrNull("defaultVersionId"),
            input.textOrNull("provisioningRoleArn"),
            input.flag("removePreProvisioningHook") ? "" : hook(input))
        .thenApply(any -> Reply.EMPTY);
  }

  private CompletableFuture<Reply> createVersion(Call call) {
    boolean setAsDefault = call.flag("setAsDefault");
    return registry
        .templates()
        .createVersion(name(call), call.input().text("templateBody"), setAsDefault)
        .thenApply(
            version ->
                Reply.of(
                    named(name(call))
                        .put("versionId", version.id())
                        .put("isDefaultVersion", setAsDefault)));
  }

  private CompletableFuture<Reply> versions(Call call) {
    ProvisioningTemplate template = registry.templates().get(name(call));
    String after = Paging.after(call);
    int last = after.isEmpty() ? 0 : Integer.parseInt(after); // ours: a token of this list
    return Paging.page(
        call,
        template.versions().tailMap(last + 1).values().stream(),
        version -> Integer.toString(version.id()),
        "versions",
        (list, version) -> {
          ObjectNode item =
              list.addObject()
                  .put("versionId", version.id())
                  .put("isDefaultVersion", version.id() == template.defaultVersion());
          item.set("creationDate", WireFormat.timestamp(version.createdMillis()));
        });
  }

  private CompletableFuture<Reply> describeVersion(Call call) {
    ProvisioningTemplate template = registry.templates().get(name(call));
    ProvisioningTemplate.Version version = template.version(version(call));
    ObjectNode reply =
        Reply.object()
            .put("versionId", version.id())
            .put("templateBody", version.body())
            .put("isDefaultVersion", version.id() == template.defaultVersion());
    reply.set("creationDate", WireFormat.timestamp(version.createdMillis()));
    return CompletableFuture.completedFuture(Reply.of(reply));
  }

  private CompletableFuture<Reply> claim(Call call) {
    return enrollment
        .createClaim(name(call))
        .thenApply(
            made -> {
              ObjectNode reply =
                  Reply.object()
                      .put("certificateId", made.certificate().id())
                      .put("certificatePem", made.certificate().pem());
              reply
                  .putObject("keyPair")
                  .put("PublicKey", made.publicKeyPem())
                  .put("PrivateKey", made.privateKeyPem());
              reply.set(
                  "expiration",
                  WireFormat.timestamp(
                      Math.min(made.certificate().notAfterMillis(), clock.millis() + 300_000)));
              return Reply.of(reply);
            });
  }

  private CompletableFuture<Reply> registerThing(Call call) {
    return provisioner
        .registerThing(call.input().text("templateBody"), call.input().textMap("parameters"))
        .thenApply(
            made -> {
              ObjectNode reply = Reply.object();
              if (made.certificatePem() != null) {
                reply.put("certificatePem", made.certificatePem());
              }
              ObjectNode arns = reply.putObject("resourceArns");
              made.resourceArns().forEach(arns::put);
              return Reply.of(reply);
            });
  }
}
