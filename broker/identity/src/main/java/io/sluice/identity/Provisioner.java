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
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes things, certificates and policies as a template says, for one device at a time: all of it
 * or nothing. Source: AWS IoT Developer Guide, "Device provisioning".
 */
public final class Provisioner {
  private static final Duration HOOK_TIMEOUT = Duration.ofSeconds(5);
  private static final int HOOK_BYTES_MAX = 64 << 10;
  private static final Logger LOG = LoggerFactory.getLogger(Provisioner.class);
  private static final long TOLD_NANOS = Duration.ofSeconds(10).toNanos();
  private static final String CERTIFICATE_ID = "AWS::IoT::Certificate::Id";

  private final Registry registry;
  private final Enrollment enrollment;
  private final Outgoing outgoing;
  private final AtomicLong told = new AtomicLong(System.nanoTime() - TOLD_NANOS);

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
      @Nullable String claimCertificateId, Ownerships.Found found, @Nullable String clientId) {}

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
      return apply(TemplateDocument.parse(templateBody).plan(parameters));
    } catch (RegistryRefused refused) {
      return CompletableFuture.failedFuture(refused);
    }
  }

  /** Provisions a certificate that waits for it, by a template's text. */
  CompletableFuture<Provisioned> provision(
      String templateBody, Map<String, String> parameters, RegisteredCertificate certificate) {
    return provision(
        templateBody, parameters, new ProvisioningOperations.Waiting(certificate.id(), null));
  }

  private CompletableFuture<Provisioned> provision(
      String templateBody, Map<String, String> parameters, ProvisioningOperations.Waiting waiting) {
    try {
      Map<String, String> all = new HashMap<>(parameters);
      all.put(CERTIFICATE_ID, waiting.certificateId());
      ProvisioningPlan plan = TemplateDocument.parse(templateBody).plan(all);
      ProvisioningPlan.CertificatePart part = plan.certificate();
      if (part != null && !waiting.certificateId().equals(part.id())) {
        throw TemplateDocument.invalid(
            "key 'Resources.%s.Properties.CertificateId' is not the certificate that is provisioned; write {\"Ref\": \"%s\"}"
                .formatted(part.logicalId(), CERTIFICATE_ID));
      }
      return apply(plan, waiting.certificateId(), null, waiting);
    } catch (RegistryRefused refused) {
      return CompletableFuture.failedFuture(refused);
    }
  }

  /** Provisions by a named template; its hook is asked first. */
  CompletableFuture<Provisioned> provision(
      ProvisioningTemplate template, Map<String, String> parameters, Claim claim) {
    String hook = template.hookUrl();
    RegisteredCertificate certificate = claim.found().certificate();
    ProvisioningOperations.Waiting waiting =
        new ProvisioningOperations.Waiting(certificate.id(), claim.found().proof());
    if (hook == null) {
      return provision(template.body(), parameters, waiting);
    }
    ObjectNode question = JsonNodeFactory.instance.objectNode();
    question.put("claimCertificateId", claim.claimCertificateId());
    question.put("certificateId", certificate.id());
    question.put("certificatePem", certificate.pem());
    question.put("templateArn", registry.arns().provisioningTemplate(template.name()));
    question.put("clientId", claim.clientId());
    ObjectNode given = question.putObject("parameters");
    parameters.forEach(given::put);
    return outgoing
        .ask(URI.create(hook), question, HOOK_TIMEOUT, HOOK_BYTES_MAX)
        .handle((answer, failure) -> allowed(template, parameters, answer, failure))
        .thenCompose(
            overridden -> {
              requireOpen(registry.templates().get(template.name())); // the hook took its time
              return provision(template.body(), overridden, waiting);
            });
  }

  /** Refuses a template that is switched off, or for something else. */
  static void requireOpen(ProvisioningTemplate template) {
    if (!template.enabled() || template.type() != ProvisioningTemplate.Type.FLEET_PROVISIONING) {
      throw RegistryRefused.invalid(
          "provisioning template '%s' is disabled, or not for fleet provisioning; enable it with UpdateProvisioningTemplate"
              .formatted(template.name()));
    }
  }

  /** A line in ten seconds at most: any device may make the hook be asked. */
  private void tellOperator(ProvisioningTemplate template, String why) {
    long now = System.nanoTime();
    long before = told.get();
    if (now - before >= TOLD_NANOS && told.compareAndSet(before, now)) {
      LOG.warn("the pre-provisioning hook of template '{}': {}", template.name(), why);
    }
  }

  private Map<String, String> allowed(
      ProvisioningTemplate template,
      Map<String, String> parameters,
      @Nullable JsonNode answer,
      @Nullable Throwable failure) {
    if (answer == null) {
      Throwable cause =
          failure instanceof CompletionException && failure.getCause() != null
              ? failure.getCause()
              : failure;
      tellOperator(template, cause == null ? "nothing" : String.valueOf(cause.getMessage()));
      throw denied( // no address: a device learns nothing of what stands behind the gateway
          "the pre-provisioning hook of template '%s' gave no answer; try again later"
              .formatted(template.name()));
    }
    JsonNode allowed = answer.path("allowProvisioning");
    if (!allowed.isBoolean() || !allowed.booleanValue()) { // the text "true" is no yes
      throw denied(
          "the pre-provisioning hook of template '%s' does not allow it"
              .formatted(template.name()));
    }
    Map<String, String> overridden = new HashMap<>(parameters);
    for (Map.Entry<String, JsonNode> one : answer.path("parameterOverrides").properties()) {
      if (!one.getValue().isTextual()) {
        throw denied(
            "the pre-provisioning hook of template '%s' gives the parameter '%s' a value that is no text"
                .formatted(template.name(), Names.shown(one.getKey())));
      }
      overridden.put(one.getKey(), one.getValue().asText());
    }
    return overridden;
  }

  private static RegistryRefused denied(String sentence) {
    return new RegistryRefused(RegistryError.ACCESS_DENIED, sentence);
  }

  /**
   * Resolves the certificate first, because signing takes milliseconds; then one turn of the
   * registry does everything.
   */
  private CompletableFuture<Provisioned> apply(ProvisioningPlan plan) {
    ProvisioningPlan.CertificatePart part = plan.certificate();
    if (part == null || part.id() != null) {
      return apply(plan, part == null ? null : part.id(), null, null);
    }
    return enrollment
        .prepare(part)
        .thenCompose(
            prepared ->
                apply(
                    plan, Fingerprint.certificateId(prepared.certificate()), prepared.row(), null));
  }

  private CompletableFuture<Provisioned> apply(
      ProvisioningPlan plan,
      @Nullable String certificateId,
      @Nullable RegisteredCertificate fresh,
      ProvisioningOperations.@Nullable Waiting waiting) {
    return registry.provision(
        new ProvisioningOperations.Apply(
            plan, certificateId, fresh, UUID.randomUUID().toString(), waiting));
  }
}
