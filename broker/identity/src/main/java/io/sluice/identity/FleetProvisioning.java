package io.sluice.identity;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fleet provisioning over MQTT: a device with a claim certificate asks for a certificate of its
 * own, then has a template provision it. Answers go to the connection that asked and to nobody
 * else: they hold a private key. Source: AWS IoT Developer Guide, "Device provisioning MQTT API".
 */
public final class FleetProvisioning {
  private static final Logger LOG = LoggerFactory.getLogger(FleetProvisioning.class);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final ObjectMapper CBOR = new ObjectMapper(new CBORFactory());
  private static final String CERTIFICATES = "$aws/certificates/";
  private static final String TEMPLATES = "$aws/provisioning-templates/";
  private static final Pattern REQUEST =
      Pattern.compile(
          "\\$aws/(?:certificates/(create|create-from-csr)|provisioning-templates/([^/]+)/(provision))/(json|cbor)");

  private final Registry registry;
  private final Enrollment enrollment;
  private final Provisioner provisioner;

  /**
   * What a device asked.
   *
   * @param principal its certificate id; null when it has none
   */
  public record Question(
      String topic, byte[] payload, @Nullable String clientId, @Nullable String principal) {}

  /** What it is told. */
  public record Answer(String topic, byte[] payload) {}

  public FleetProvisioning(Registry registry, Enrollment enrollment, Provisioner provisioner) {
    this.registry = registry;
    this.enrollment = enrollment;
    this.provisioner = provisioner;
  }

  /** Whether a topic is one of its requests; cheap for all others. */
  public static boolean isRequest(String topic) {
    return (topic.startsWith(CERTIFICATES) || topic.startsWith(TEMPLATES))
        && REQUEST.matcher(topic).matches();
  }

  /** A refusal in the words of this API. */
  private static final class Rejected extends RuntimeException {
    private final int status;
    private final String code;

    Rejected(int status, String code, String message) {
      super(message, null, false, false);
      this.status = status;
      this.code = code;
    }
  }

  /** Answers a request; never fails. Completes on any thread. */
  public CompletableFuture<Answer> answer(Question question) {
    Matcher matcher = REQUEST.matcher(question.topic());
    if (!matcher.matches()) {
      throw new IllegalArgumentException(question.topic() + " is no provisioning request");
    }
    ObjectMapper format = matcher.group(4).equals("cbor") ? CBOR : JSON;
    CompletableFuture<ObjectNode> done;
    try {
      JsonNode body = body(question.payload(), format);
      String template = matcher.group(2);
      done =
          template != null
              ? provision(template, body, question)
              : matcher.group(1).equals("create") ? createKeys() : createFromCsr(body);
    } catch (RuntimeException refused) { // the border: one device's request
      done = CompletableFuture.failedFuture(refused);
    }
    return done.handle(
        (reply, failure) ->
            reply != null
                ? new Answer(question.topic() + "/accepted", bytes(reply, format))
                : new Answer(
                    question.topic() + "/rejected", bytes(rejection(question, failure), format)));
  }

  private static JsonNode body(byte[] payload, ObjectMapper format) {
    if (payload.length == 0) {
      return JsonNodeFactory.instance.objectNode();
    }
    try {
      JsonNode body = format.readTree(payload);
      if (body.isObject()) {
        return body;
      }
    } catch (IOException malformed) { // answered below
    }
    throw new Rejected(400, "InvalidPayload", "the payload is not one object of its format");
  }

  private static byte[] bytes(ObjectNode node, ObjectMapper format) {
    try {
      return format.writeValueAsBytes(node);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of texts and numbers can be written", e);
    }
  }

  private static ObjectNode rejection(Question question, Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    if (cause instanceof Rejected rejected) {
      return node.put("statusCode", rejected.status)
          .put("errorCode", rejected.code)
          .put("errorMessage", rejected.getMessage());
    }
    if (cause instanceof RegistryRefused refused) {
      return node.put("statusCode", refused.error().httpStatus())
          .put("errorCode", code(refused.error()))
          .put("errorMessage", refused.getMessage());
    }
    LOG.error("provisioning request of '{}' failed", question.clientId(), cause);
    return node.put("statusCode", 500)
        .put("errorCode", "InternalError")
        .put("errorMessage", "the gateway failed to serve this request; its log says why");
  }

  private static String code(RegistryError error) {
    return switch (error) {
      case ACCESS_DENIED, UNAUTHORIZED -> "AccessDenied";
      case RESOURCE_NOT_FOUND -> "ResourceNotFound";
      case LIMIT_EXCEEDED -> "LimitExceeded";
      case RESOURCE_REGISTRATION_FAILURE -> "ProvisioningFailed";
      default -> "InvalidRequest";
    };
  }

  private void requireRoom() {
    if (registry.ownerships().isFull()) {
      throw new Rejected(
          429, "Throttled", "too many certificates wait to be provisioned; try again in an hour");
    }
  }

  private CompletableFuture<ObjectNode> createKeys() {
    requireRoom();
    return enrollment
        .createKeysAndCertificate(CertificateStatus.PENDING_ACTIVATION)
        .thenCompose(
            made ->
                registry
                    .ownerships()
                    .token(made.certificate().id())
                    .thenApply(
                        token ->
                            certificate(made.certificate(), token)
                                .put("privateKey", made.privateKeyPem())));
  }

  private CompletableFuture<ObjectNode> createFromCsr(JsonNode body) {
    requireRoom();
    JsonNode csr = body.path("certificateSigningRequest");
    if (!csr.isTextual()) {
      throw new Rejected(400, "InvalidPayload", "'certificateSigningRequest' is missing");
    }
    return enrollment
        .createFromCsr(csr.asText(), CertificateStatus.PENDING_ACTIVATION)
        .thenCompose(
            made ->
                registry
                    .ownerships()
                    .token(made.id())
                    .thenApply(token -> certificate(made, token)));
  }

  private static ObjectNode certificate(RegisteredCertificate certificate, String token) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("certificateId", certificate.id())
        .put("certificatePem", certificate.pem())
        .put("certificateOwnershipToken", token);
  }

  private CompletableFuture<ObjectNode> provision(String name, JsonNode body, Question question) {
    ProvisioningTemplate template = registry.templates().get(name);
    if (!template.enabled() || template.type() != ProvisioningTemplate.Type.FLEET_PROVISIONING) {
      throw new Rejected(
          400,
          "InvalidRequest",
          "provisioning template '%s' is disabled, or not for fleet provisioning".formatted(name));
    }
    JsonNode token = body.path("certificateOwnershipToken");
    if (!token.isTextual()) {
      throw new Rejected(400, "InvalidPayload", "'certificateOwnershipToken' is missing");
    }
    Map<String, String> parameters = new HashMap<>();
    for (Map.Entry<String, JsonNode> parameter : body.path("parameters").properties()) {
      if (!parameter.getValue().isValueNode()) {
        throw new Rejected(
            400,
            "InvalidPayload",
            "parameter '%s' is no text".formatted(Names.shown(parameter.getKey())));
      }
      if (parameter.getKey().startsWith("AWS::")) {
        throw new Rejected(400, "InvalidPayload", "parameters that begin with AWS:: are not yours");
      }
      parameters.put(parameter.getKey(), parameter.getValue().asText());
    }
    return registry
        .ownerships()
        .find(token.asText())
        .thenCompose(
            certificate ->
                provisioner.provision(
                    template,
                    parameters,
                    new Provisioner.Claim(question.principal(), certificate, question.clientId())))
        .thenApply(
            provisioned -> {
              ObjectNode reply = JsonNodeFactory.instance.objectNode();
              ObjectNode configuration = reply.putObject("deviceConfiguration");
              provisioned.deviceConfiguration().forEach(configuration::put);
              reply.put("thingName", provisioned.thingName());
              return reply;
            });
  }
}
