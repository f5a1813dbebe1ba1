package io.sluice.identity;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.certs.Fingerprint;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * Makes things, certificates and policies as a template says, for one device at a time: all of it
 * or nothing. Source: AWS IoT Developer Guide, "Device provisioning".
 */
public final class Provisioner {
  private static final Duration HOOK_TIMEOUT = Duration.ofSeconds(5);
  private static final int HOOK_BYTES_MAX = 64 << 10;
  private static final String CERTIFICATE_ID = "AWS::IoT::Certificate::Id";

  private final Registry registry;
  private final Enrollment enrollment;
  private final Outgoing outgoing;

  /**
   * What was made.
   *
   * @param resourceArns by the names that the template gives them
   * @param deviceConfiguration for the device
   */
  public record Provisioned(
      @Nullable String thingName,
      @Nullable String certificateId,
      @Nullable String certificatePem,
      Map<String, String> resourceArns,
      Map<String, String> deviceConfiguration) {
    public Provisioned {
      resourceArns = Map.copyOf(resourceArns);
      deviceConfiguration = Map.copyOf(deviceConfiguration);
    }
  }

  /** What a hook is told besides the parameters. */
  record Claim(
      @Nullable String claimCertificateId,
      RegisteredCertificate certificate,
      @Nullable String clientId) {}

  public Provisioner(Registry registry, Enrollment enrollment, Outgoing outgoing) {
    this.registry = registry;
    this.enrollment = enrollment;
    this.outgoing = outgoing;
  }

  /**
   * {@code RegisterThing}: provisions by a template that is given with the request.
   *
   * @throws RegistryRefused in the future, and nothing was made then
   */
  public CompletableFuture<Provisioned> registerThing(
      String templateBody, Map<String, String> parameters) {
    try {
      return apply(TemplateDocument.parse(templateBody).plan(parameters), null);
    } catch (RegistryRefused refused) {
      return CompletableFuture.failedFuture(refused);
    }
  }

  /** Provisions a certificate that is registered already, by a template's text. */
  CompletableFuture<Provisioned> provision(
      String templateBody, Map<String, String> parameters, RegisteredCertificate certificate) {
    try {
      Map<String, String> all = new HashMap<>(parameters);
      all.put(CERTIFICATE_ID, certificate.id());
      return apply(TemplateDocument.parse(templateBody).plan(all), certificate.id());
    } catch (RegistryRefused refused) {
      return CompletableFuture.failedFuture(refused);
    }
  }

  /** Provisions by a named template; its hook is asked first. */
  CompletableFuture<Provisioned> provision(
      ProvisioningTemplate template, Map<String, String> parameters, Claim claim) {
    String hook = template.hookUrl();
    if (hook == null) {
      return provision(template.body(), parameters, claim.certificate());
    }
    ObjectNode question = JsonNodeFactory.instance.objectNode();
    question.put("claimCertificateId", claim.claimCertificateId());
    question.put("certificateId", claim.certificate().id());
    question.put("certificatePem", claim.certificate().pem());
    question.put("templateArn", registry.arns().provisioningTemplate(template.name()));
    question.put("clientId", claim.clientId());
    ObjectNode given = question.putObject("parameters");
    parameters.forEach(given::put);
    return outgoing
        .ask(URI.create(hook), question, HOOK_TIMEOUT, HOOK_BYTES_MAX)
        .handle((answer, failure) -> allowed(template, parameters, answer, failure))
        .thenCompose(overridden -> provision(template.body(), overridden, claim.certificate()));
  }

  private static Map<String, String> allowed(
      ProvisioningTemplate template,
      Map<String, String> parameters,
      @Nullable JsonNode answer,
      @Nullable Throwable failure) {
    if (answer == null) {
      Throwable cause =
          failure instanceof CompletionException && failure.getCause() != null
              ? failure.getCause()
              : failure;
      throw denied(
          "the pre-provisioning hook of template '%s' gave no answer: %s"
              .formatted(template.name(), cause == null ? "nothing" : cause.getMessage()));
    }
    if (!answer.path("allowProvisioning").asBoolean(false)) {
      throw denied(
          "the pre-provisioning hook of template '%s' does not allow it"
              .formatted(template.name()));
    }
    Map<String, String> overridden = new HashMap<>(parameters);
    answer
        .path("parameterOverrides")
        .properties()
        .forEach(p -> overridden.put(p.getKey(), p.getValue().asText()));
    return overridden;
  }

  private static RegistryRefused denied(String sentence) {
    return new RegistryRefused(RegistryError.ACCESS_DENIED, sentence);
  }

  /**
   * Resolves the certificate first, because signing takes milliseconds; then one turn of the
   * registry does everything.
   */
  private CompletableFuture<Provisioned> apply(ProvisioningPlan plan, @Nullable String presetId) {
    ProvisioningPlan.CertificatePart part = plan.certificate();
    if (part == null) {
      return apply(plan, presetId, null);
    }
    if (part.id() != null) {
      return apply(plan, part.id(), null);
    }
    return enrollment
        .prepare(part)
        .thenCompose(
            prepared ->
                apply(plan, Fingerprint.certificateId(prepared.certificate()), prepared.row()));
  }

  private CompletableFuture<Provisioned> apply(
      ProvisioningPlan plan,
      @Nullable String certificateId,
      @Nullable RegisteredCertificate fresh) {
    return registry.provision(
        new ProvisioningOperations.Apply(plan, certificateId, fresh, UUID.randomUUID().toString()));
  }
}
