package io.sluice.identity;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import java.io.IOException;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
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
  private static final int PAYLOAD_BYTES_MAX = 32 << 10; // a request of 4,096 characters, and names
  private static final StreamReadConstraints SMALL =
      StreamReadConstraints.builder()
          .maxNestingDepth(16)
          .maxStringLength(PAYLOAD_BYTES_MAX)
          .maxNameLength(1_024)
          .build();
  private static final ObjectMapper JSON =
      strict(JsonFactory.builder().streamReadConstraints(SMALL).build());
  private static final ObjectMapper CBOR =
      strict(CBORFactory.builder().streamReadConstraints(SMALL).build());
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

  /** Two readers of one payload must not read two things. */
  private static ObjectMapper strict(JsonFactory factory) {
    return new ObjectMapper(factory)
        .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
        .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
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
    if (payload.length > PAYLOAD_BYTES_MAX) {
      throw new Rejected(
          400,
          "InvalidPayload",
          "the payload has %d bytes, at most %d are read"
              .formatted(payload.length, PAYLOAD_BYTES_MAX));
    }
    try {
      JsonNode body = format.readTree(payload);
      if (body.isObject()) {
        return body;
      }
    } catch (IOException malformed) { // answered below, without a word of the payload
    }
    throw new Rejected(
        400,
        "InvalidPayload",
        "the payload is not one object of its format, with each key once and few levels");
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
    Provisioner.requireOpen(template);
    JsonNode token = body.path("certificateOwnershipToken");
    if (!token.isTextual()) {
      throw new Rejected(400, "InvalidPayload", "'certificateOwnershipToken' is missing");
    }
    SortedMap<String, String> parameters = new TreeMap<>();
    if (body.has("parameters") && !body.path("parameters").isObject()) {
      throw new Rejected(400, "InvalidPayload", "'parameters' is no object");
    }
    for (Map.Entry<String, JsonNode> parameter : body.path("parameters").properties()) {
      JsonNode value = parameter.getValue();
      if (!value.isTextual() && !value.isNumber() && !value.isBoolean()) {
        throw new Rejected(
            400,
            "InvalidPayload",
            "parameter '%s' is no text".formatted(Names.shown(parameter.getKey())));
      }
      if (parameter.getKey().startsWith("AWS::")) {
        throw new Rejected(400, "InvalidPayload", "parameters that begin with AWS:: are not yours");
      }
      parameters.put(parameter.getKey(), value.asText());
    }
    return registry
        .ownerships()
        .find(token.asText(), name, parameters)
        .thenCompose(
            found -> {
              RegistryRows.Used used = found.used();
              return used != null // the answer was lost on its way, perhaps
                  ? CompletableFuture.completedFuture(
                      reply(used.thingName(), used.deviceConfiguration()))
                  : provisioner
                      .provision(
                          template,
                          parameters,
                          new Provisioner.Claim(question.principal(), found, question.clientId()))
                      .thenApply(done -> reply(done.thingName(), done.deviceConfiguration()));
            });
  }

  private static ObjectNode reply(
      @Nullable String thingName, Map<String, String> deviceConfiguration) {
    ObjectNode reply = JsonNodeFactory.instance.objectNode();
    ObjectNode configuration = reply.putObject("deviceConfiguration");
    deviceConfiguration.forEach(configuration::put);
    return reply.put("thingName", thingName);
  }
}
