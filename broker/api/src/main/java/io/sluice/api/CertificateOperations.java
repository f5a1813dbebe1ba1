package io.sluice.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.identity.CertificateStatus;
import io.sluice.identity.Certificates;
import io.sluice.identity.Enrollment;
import io.sluice.identity.RegisteredCertificate;
import io.sluice.identity.Registry;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Device certificates. Source: AWS IoT API Reference, "CreateKeysAndCertificate" and its family.
 */
final class CertificateOperations {
  private static final Family FAMILY = Family.IOT;

  private final Registry registry;
  private final Enrollment enrollment;
  private final String account;

  CertificateOperations(Registry registry, Enrollment enrollment, String account) {
    this.registry = registry;
    this.enrollment = enrollment;
    this.account = account;
  }

  void addTo(Operations operations) {
    operations
        .control()
        .add(
            "POST",
            "/keys-and-certificate",
            Operation.write(FAMILY, "CreateKeysAndCertificate", this::createKeys))
        .add(
            "POST",
            "/certificates",
            Operation.write(FAMILY, "CreateCertificateFromCsr", this::createFromCsr))
        .add(
            "POST",
            "/certificate/register",
            Operation.write(FAMILY, "RegisterCertificate", this::register))
        .add(
            "POST",
            "/certificate/register-no-ca",
            Operation.write(FAMILY, "RegisterCertificateWithoutCA", this::registerWithoutCa))
        .add(
            "GET",
            "/certificates/{id}",
            Operation.read(FAMILY, "DescribeCertificate", this::describe))
        .add(
            "PUT", "/certificates/{id}", Operation.write(FAMILY, "UpdateCertificate", this::update))
        .add(
            "DELETE",
            "/certificates/{id}",
            Operation.write(FAMILY, "DeleteCertificate", this::delete))
        .add(
            "GET",
            "/certificates",
            Operation.read(
                FAMILY,
                "ListCertificates",
                call -> list(call, registry.certificates().after(after(call), ascending(call)))))
        .add(
            "GET",
            "/certificates-by-ca/{ca}",
            Operation.read(
                FAMILY,
                "ListCertificatesByCA",
                call ->
                    list(
                        call,
                        registry
                            .authorities()
                            .certificatesAfter(
                                call.pathVariable("ca"), after(call), ascending(call)))));
  }

  private static String after(Call call) {
    return PageToken.after(call, "marker");
  }

  private static boolean ascending(Call call) {
    return call.flag("isAscendingOrder"); // the oldest first; without it the newest, decision 65
  }

  private CompletableFuture<Reply> createKeys(Call call) {
    return enrollment
        .createKeysAndCertificate(call.flag("setAsActive"))
        .thenApply(
            made -> {
              ObjectNode reply = withPem(made.certificate());
              reply
                  .putObject("keyPair") // its members really are capitalised
                  .put("PublicKey", made.publicKeyPem())
                  .put("PrivateKey", made.privateKeyPem());
              return Reply.of(reply);
            });
  }

  private CompletableFuture<Reply> createFromCsr(Call call) {
    return enrollment
        .createFromCsr(call.input().text("certificateSigningRequest"), call.flag("setAsActive"))
        .thenApply(made -> Reply.of(withPem(made)));
  }

  private ObjectNode withPem(RegisteredCertificate certificate) {
    return named(certificate).put("certificatePem", certificate.pem());
  }

  private ObjectNode named(RegisteredCertificate certificate) {
    return Reply.object()
        .put("certificateArn", registry.arns().certificate(certificate.id()))
        .put("certificateId", certificate.id());
  }

  private CompletableFuture<Reply> register(Call call) {
    return enrollment
        .registerIssued(
            call.input().text("certificatePem"),
            call.input().textOrNull("caCertificatePem"),
            statusAsked(call))
        .thenApply(registered -> Reply.of(named(registered)));
  }

  private CompletableFuture<Reply> registerWithoutCa(Call call) {
    CertificateStatus status = statusAsked(call);
    Certificates.requireRegistrable(status);
    return registry
        .certificates()
        .register(call.input().text("certificatePem"), status)
        .thenApply(registered -> Reply.of(named(registered)));
  }

  private static CertificateStatus statusAsked(Call call) {
    String status = call.input().textOrNull("status");
    if (status != null) {
      return status(status);
    }
    return call.flag("setAsActive") ? CertificateStatus.ACTIVE : CertificateStatus.INACTIVE;
  }

  private static CertificateStatus status(@Nullable String text) {
    for (CertificateStatus status : CertificateStatus.values()) {
      if (status.name().equals(text)) {
        return status;
      }
    }
    throw FAMILY.invalid(
        "certificate status '%s' is unknown; use ACTIVE, INACTIVE or REVOKED".formatted(text));
  }

  private CompletableFuture<Reply> describe(Call call) {
    return registry
        .certificates()
        .describe(call.pathVariable("id"))
        .thenApply(
            found -> {
              ObjectNode reply = Reply.object();
              ObjectNode description =
                  reply.putObject("certificateDescription").setAll(withPem(found));
              description
                  .put("status", found.status().name())
                  .put("ownedBy", account)
                  .put("customerVersion", 1)
                  .put("certificateMode", mode(found.withAuthority()))
                  .put("generationId", found.id().substring(0, 32));
              if (found.authorityId() != null) {
                description.put("caCertificateId", found.authorityId());
              }
              description.set("creationDate", WireFormat.timestamp(found.createdMillis()));
              description.set("lastModifiedDate", WireFormat.timestamp(found.modifiedMillis()));
              ObjectNode validity = description.putObject("validity");
              validity.set("notBefore", WireFormat.timestamp(found.notBeforeMillis()));
              validity.set("notAfter", WireFormat.timestamp(found.notAfterMillis()));
              return Reply.of(reply);
            });
  }

  private static String mode(boolean withAuthority) {
    return withAuthority ? "DEFAULT" : "SNI_ONLY";
  }

  private CompletableFuture<Reply> update(Call call) {
    return registry
        .certificates()
        .update(call.pathVariable("id"), status(call.parameter("newStatus")))
        .thenApply(any -> Reply.EMPTY);
  }

  private CompletableFuture<Reply> delete(Call call) {
    return registry
        .certificates()
        .delete(call.pathVariable("id"), call.flag("forceDelete"))
        .thenApply(any -> Reply.EMPTY);
  }

  /** Off the event loop: certificates of one authority may lie far apart. */
  private CompletableFuture<Reply> list(Call call, Stream<Certificates.Summary> certificates) {
    int max = call.number("pageSize", ThingOperations.PAGE_MAX, 1, ThingOperations.PAGE_MAX);
    return CompletableFuture.supplyAsync(
        () -> {
          ObjectNode reply = Reply.object();
          ArrayNode list = reply.putArray("certificates");
          PageToken.take(call, certificates, max, Certificates.Summary::place, reply, "nextMarker")
              .forEach(found -> put(list.addObject(), found));
          return Reply.of(reply);
        });
  }

  private void put(ObjectNode into, Certificates.Summary found) {
    into.put("certificateArn", registry.arns().certificate(found.id()))
        .put("certificateId", found.id())
        .put("status", found.status().name())
        .put("certificateMode", mode(found.withAuthority()));
    into.set("creationDate", WireFormat.timestamp(found.createdMillis()));
  }
}
