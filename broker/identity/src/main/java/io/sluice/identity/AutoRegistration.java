package io.sluice.identity;

import io.sluice.certs.CertsRefused;
import io.sluice.certs.Fingerprint;
import io.sluice.store.Clock;
import java.security.cert.X509Certificate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Certificates of a registered authority that register themselves at their first CONNECT: for
 * somebody to decide about them (just-in-time registration), or by the authority's template
 * (just-in-time provisioning). Either way that CONNECT is refused, and the device tries again.
 * Source: AWS IoT Developer Guide, "Register a client certificate when the client connects".
 */
public final class AutoRegistration {
  private static final Map<String, String> PARAMETERS =
      Map.of(
          "Country", "Country",
          "Organization", "Organization",
          "OrganizationalUnit", "OrganizationalUnit",
          "DistinguishedNameQualifier", "DistinguishedNameQualifier",
          "StateName", "State",
          "CommonName", "CommonName",
          "SerialNumber", "SerialNumber");

  /** A certificate has shown itself and waits: what {@code $aws/events/certificates} tells. */
  public record Shown(String certificateId, String authorityId, long atMillis) {}

  private final Registry registry;
  private final Provisioner provisioner;
  private final Clock clock;
  private final Consumer<Shown> listener;

  /**
   * @param listener called on any thread when a certificate waits for somebody to decide
   */
  public AutoRegistration(
      Registry registry, Provisioner provisioner, Clock clock, Consumer<Shown> listener) {
    this.registry = registry;
    this.provisioner = provisioner;
    this.clock = clock;
    this.listener = listener;
  }

  /** The authority that lets a chain's leaf register itself, or null. */
  @Nullable RegisteredAuthority authorityOf(X509Certificate[] chain) {
    if (chain.length == 0 || registry.authorities().after("").noneMatch(AutoRegistration::isOpen)) {
      return null; // the usual case, without a signature to check
    }
    try {
      return registry
          .authorities()
          .authorityOf(List.of(chain), AutoRegistration::isOpen, clock.millis());
    } catch (CertsRefused another) {
      return null;
    }
  }

  private static boolean isOpen(RegisteredAuthority authority) {
    return authority.active() && authority.autoRegistration();
  }

  /**
   * Registers a certificate that is unknown, or looks after one that waits already.
   *
   * @return how the CONNECT is refused; null when this has no say about it
   */
  public @Nullable CompletableFuture<Authenticator.Refused> connect(X509Certificate[] chain) {
    RegisteredAuthority authority = authorityOf(chain);
    if (authority == null) {
      return null;
    }
    String id = Fingerprint.certificateId(chain[0]);
    CompletableFuture<RegisteredCertificate> known =
        registry.index().principal(id) == null
            ? registry
                .certificates()
                .registerIssued(chain[0], CertificateStatus.PENDING_ACTIVATION, authority.id())
            : registry.certificates().describe(id);
    return known
        .thenCompose(certificate -> waits(authority, certificate, chain[0]))
        .exceptionally(
            failure ->
                new Authenticator.Refused(
                    Authenticator.Refusal.PENDING,
                    "certificate %s could not be registered: %s".formatted(id, sentence(failure))));
  }

  private static String sentence(Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    return String.valueOf(cause.getMessage());
  }

  private CompletableFuture<Authenticator.Refused> waits(
      RegisteredAuthority authority, RegisteredCertificate certificate, X509Certificate leaf) {
    RegisteredAuthority.Template template = authority.template();
    if (template == null) {
      listener.accept(new Shown(certificate.id(), authority.id(), clock.millis()));
      return CompletableFuture.completedFuture(
          refused(
              "certificate %s was registered as PENDING_ACTIVATION; set it ACTIVE with UpdateCertificate, then connect again"
                  .formatted(certificate.id())));
    }
    return provisioner
        .provision(body(template), parameters(leaf), certificate)
        .thenApply(
            provisioned ->
                refused(
                    "certificate %s was provisioned just now; connect again"
                        .formatted(certificate.id())));
  }

  private String body(RegisteredAuthority.Template template) {
    String body = template.body();
    return body != null ? body : registry.templates().get(String.valueOf(template.name())).body();
  }

  private static Authenticator.Refused refused(String sentence) {
    return new Authenticator.Refused(Authenticator.Refusal.PENDING, sentence);
  }

  /** What the subject says; a parameter that it lacks has no value. */
  private static Map<String, String> parameters(X509Certificate leaf) {
    Map<String, String> parameters = new HashMap<>();
    PARAMETERS.forEach(
        (parameter, variable) -> {
          List<String> values = CertificateVariables.all(leaf, "Subject." + variable);
          if (!values.isEmpty()) {
            parameters.put("AWS::IoT::Certificate::" + parameter, values.get(0));
          }
        });
    return parameters;
  }
}
