package io.sluice.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.identity.RegisteredAuthority;
import io.sluice.identity.Registry;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Certificate authorities of others. Source: AWS IoT API Reference, "RegisterCACertificate" and its
 * family.
 */
final class AuthorityOperations {
  private static final Family FAMILY = Family.IOT;

  private final Registry registry;
  private final String account;

  AuthorityOperations(Registry registry, String account) {
    this.registry = registry;
    this.account = account;
  }

  void addTo(Operations operations) {
    operations
        .control()
        .add(
            "GET",
            "/registrationcode",
            Operation.read(FAMILY, "GetRegistrationCode", this::registrationCode))
        .add(
            "DELETE",
            "/registrationcode",
            Operation.write(
                FAMILY,
                "DeleteRegistrationCode",
                call ->
                    registry.authorities().deleteRegistrationCode().thenApply(any -> Reply.EMPTY)))
        .add(
            "POST",
            "/cacertificate",
            Operation.write(FAMILY, "RegisterCACertificate", this::register))
        .add(
            "GET",
            "/cacertificate/{id}",
            Operation.read(FAMILY, "DescribeCACertificate", this::describe))
        .add(
            "PUT",
            "/cacertificate/{id}",
            Operation.write(FAMILY, "UpdateCACertificate", this::update))
        .add(
            "DELETE",
            "/cacertificate/{id}",
            Operation.write(
                FAMILY,
                "DeleteCACertificate",
                call ->
                    registry
                        .authorities()
                        .delete(call.pathVariable("id"))
                        .thenApply(any -> Reply.EMPTY)))
        .add("GET", "/cacertificates", Operation.read(FAMILY, "ListCACertificates", this::list));
  }

  private CompletableFuture<Reply> registrationCode(Call call) {
    return registry
        .authorities()
        .registrationCode()
        .thenApply(code -> Reply.of(Reply.object().put("registrationCode", code)));
  }

  private CompletableFuture<Reply> register(Call call) {
    Map<String, String> tags = TagOperations.given(call);
    Fields input = call.input();
    String mode = input.textOrNull("certificateMode");
    if (mode != null && !mode.equals("DEFAULT") && !mode.equals("SNI_ONLY")) {
      throw FAMILY.invalid(
          "certificateMode '%s' is unknown; use DEFAULT or SNI_ONLY".formatted(mode));
    }
    boolean sniOnly = "SNI_ONLY".equals(mode);
    String verification = input.textOrNull("verificationCertificate");
    if (sniOnly && verification != null) {
      throw FAMILY.invalid(
          "'verificationCertificate' goes with certificateMode DEFAULT; leave it out of SNI_ONLY");
    }
    if (!sniOnly && verification == null) {
      throw FAMILY.missing("verificationCertificate");
    }
    return TagOperations.tagged(
            registry,
            tags,
            registry
                .authorities()
                .register(
                    input.text("caCertificate"),
                    verification,
                    call.flag("setAsActive"),
                    call.flag("allowAutoRegistration"),
                    template(input.objectOrNull("registrationConfig"))),
            authority -> registry.arns().authority(authority.id()))
        .thenApply(authority -> Reply.of(named(authority)));
  }

  private RegisteredAuthority.@Nullable Template template(@Nullable Fields config) {
    if (config == null) {
      return null;
    }
    String body = config.textOrNull("templateBody");
    String name = config.textOrNull("templateName");
    if (body != null && name != null) {
      throw FAMILY.invalid(
          "registrationConfig has both templateBody and templateName; give one of them");
    }
    if (body != null) {
      registry.templates().checkBody(body);
    } else if (name != null) {
      registry.templates().get(name);
    } else {
      throw FAMILY.invalid(
          "registrationConfig has neither templateBody nor templateName; give one of them, or leave it out");
    }
    return new RegisteredAuthority.Template(body, name, config.textOrNull("roleArn"));
  }

  private ObjectNode named(RegisteredAuthority authority) {
    return Reply.object()
        .put("certificateArn", registry.arns().authority(authority.id()))
        .put("certificateId", authority.id());
  }

  private static String created(RegisteredAuthority authority) {
    return PageToken.created(authority.createdMillis(), authority.id());
  }

  private static String status(RegisteredAuthority authority) {
    return authority.active() ? "ACTIVE" : "INACTIVE";
  }

  private CompletableFuture<Reply> describe(Call call) {
    RegisteredAuthority authority = registry.authorities().get(call.pathVariable("id"));
    ObjectNode reply = Reply.object();
    ObjectNode description = reply.putObject("certificateDescription").setAll(named(authority));
    description
        .put("certificatePem", authority.pem())
        .put("status", status(authority))
        .put("ownedBy", account)
        .put("autoRegistrationStatus", authority.autoRegistration() ? "ENABLE" : "DISABLE")
        .put("customerVersion", 1)
        .put("generationId", authority.id().substring(0, 32))
        .put("certificateMode", authority.verified() ? "DEFAULT" : "SNI_ONLY");
    description.set("creationDate", WireFormat.timestamp(authority.createdMillis()));
    description.set("lastModifiedDate", WireFormat.timestamp(authority.modifiedMillis()));
    ObjectNode validity = description.putObject("validity");
    validity.set("notBefore", WireFormat.timestamp(authority.notBeforeMillis()));
    validity.set("notAfter", WireFormat.timestamp(authority.notAfterMillis()));
    RegisteredAuthority.Template template = authority.template();
    if (template != null) {
      ObjectNode config = reply.putObject("registrationConfig");
      putIfThere(config, "templateBody", template.body());
      putIfThere(config, "templateName", template.name());
      putIfThere(config, "roleArn", template.roleArn());
    }
    return CompletableFuture.completedFuture(Reply.of(reply));
  }

  private static void putIfThere(ObjectNode into, String member, @Nullable String value) {
    if (value != null) {
      into.put(member, value);
    }
  }

  private CompletableFuture<Reply> update(Call call) {
    return registry
        .authorities()
        .update(
            call.pathVariable("id"),
            choice(call, "newStatus", "ACTIVE", "INACTIVE"),
            choice(call, "newAutoRegistrationStatus", "ENABLE", "DISABLE"),
            template(call.input().objectOrNull("registrationConfig")),
            call.input().flag("removeAutoRegistration"))
        .thenApply(any -> Reply.EMPTY);
  }

  private static @Nullable Boolean choice(Call call, String name, String yes, String no) {
    String value = call.parameter(name);
    if (value == null) {
      return null;
    }
    if (value.equals(yes) || value.equals(no)) {
      return value.equals(yes);
    }
    throw FAMILY.invalid("%s '%s' is unknown; use %s or %s".formatted(name, value, yes, no));
  }

  private static @Nullable String templateName(RegisteredAuthority authority) {
    RegisteredAuthority.Template template = authority.template();
    return template == null ? null : template.name();
  }

  private CompletableFuture<Reply> list(Call call) {
    int max = call.number("pageSize", Paging.PAGE_MAX, 1, Paging.PAGE_MAX);
    String template = call.parameter("templateName");
    ObjectNode reply = Reply.object();
    ArrayNode list = reply.putArray("certificates");
    PageToken.take(
            call,
            PageToken.byCreation(
                registry
                    .authorities()
                    .after("")
                    .filter(one -> template == null || template.equals(templateName(one))),
                AuthorityOperations::created,
                call),
            max,
            AuthorityOperations::created,
            reply,
            "nextMarker")
        .forEach(
            authority -> {
              ObjectNode item = named(authority).put("status", status(authority));
              item.set("creationDate", WireFormat.timestamp(authority.createdMillis()));
              list.add(item);
            });
    return CompletableFuture.completedFuture(Reply.of(reply));
  }
}
