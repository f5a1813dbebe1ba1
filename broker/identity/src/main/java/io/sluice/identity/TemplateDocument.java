package io.sluice.identity;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.identity.ProvisioningPlan.IfThere;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A provisioning template, parsed and checked. Its functions ({@code Ref}, {@code Fn::Join} and so
 * on) are evaluated anew for each device, by {@link TemplateFunctions}. Source: AWS IoT Developer
 * Guide, "Provisioning templates".
 */
final class TemplateDocument {
  private static final int CHARACTERS_MAX = 10_240;
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();
  private static final Set<String> KEYS =
      Set.of("Parameters", "Resources", "Mappings", "DeviceConfiguration");
  private static final String THING = "AWS::IoT::Thing";
  private static final String CERTIFICATE = "AWS::IoT::Certificate";
  private static final String POLICY = "AWS::IoT::Policy";
  private static final Map<String, Set<String>> PROPERTIES =
      Map.of(
          THING,
          Set.of("ThingName", "AttributePayload", "ThingTypeName", "ThingGroups", "BillingGroup"),
          CERTIFICATE,
          Set.of(
              "CertificateId",
              "CertificateSigningRequest",
              "CertificatePem",
              "CACertificatePem",
              "Status"),
          POLICY,
          Set.of("PolicyName", "PolicyDocument"));

  private final Map<String, String> defaults = new LinkedHashMap<>();
  private final JsonNode root;

  private TemplateDocument(JsonNode root) {
    this.root = root;
  }

  /**
   * Parses a template.
   *
   * @throws RegistryRefused {@code INVALID_REQUEST}, naming the key
   */
  static TemplateDocument parse(String text) {
    if (text.length() > CHARACTERS_MAX) {
      throw invalid(
          "has %d characters, at most %d may be; make it shorter"
              .formatted(text.length(), CHARACTERS_MAX));
    }
    JsonNode root;
    try {
      root = JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw invalid(
          "is no JSON: %s at line %d, column %d"
              .formatted(
                  e.getOriginalMessage(),
                  e.getLocation().getLineNr(),
                  e.getLocation().getColumnNr()));
    }
    if (!root.isObject()) {
      throw invalid("is %s where an object was expected".formatted(PolicyDocument.kind(root)));
    }
    for (Map.Entry<String, JsonNode> field : root.properties()) {
      if (!KEYS.contains(field.getKey())) {
        throw invalid("has the key '%s', which is none of %s".formatted(field.getKey(), KEYS));
      }
    }
    TemplateDocument document = new TemplateDocument(root);
    document.readParameters();
    document.checkResources();
    return document;
  }

  static RegistryRefused invalid(String found) {
    return RegistryRefused.invalid("provisioning template " + found);
  }

  private void readParameters() {
    for (Map.Entry<String, JsonNode> parameter : root.path("Parameters").properties()) {
      JsonNode type = parameter.getValue().path("Type");
      if (!type.asText().equals("String")) {
        throw invalid(
            "key 'Parameters.%s.Type' is '%s'; write \"String\""
                .formatted(parameter.getKey(), type.asText()));
      }
      JsonNode absent = parameter.getValue().get("Default");
      if (absent != null) {
        defaults.put(parameter.getKey(), absent.asText());
      }
    }
  }

  private void checkResources() {
    JsonNode resources = root.path("Resources");
    if (!resources.isObject() || resources.isEmpty()) {
      throw invalid("key 'Resources' is missing or empty; name at least a certificate");
    }
    int things = 0;
    int certificates = 0;
    for (Map.Entry<String, JsonNode> resource : resources.properties()) {
      String type = resource.getValue().path("Type").asText();
      switch (type) {
        case THING -> things++;
        case CERTIFICATE -> certificates++;
        case POLICY -> {}
        default ->
            throw invalid(
                "key 'Resources.%s.Type' is '%s'; use %s, %s or %s"
                    .formatted(resource.getKey(), type, THING, CERTIFICATE, POLICY));
      }
      if (!resource.getValue().path("Properties").isObject()) {
        throw invalid("key 'Resources.%s.Properties' is no object".formatted(resource.getKey()));
      }
      Set<String> known = PROPERTIES.getOrDefault(type, Set.of());
      for (Map.Entry<String, JsonNode> property :
          resource.getValue().path("Properties").properties()) {
        if (!known.contains(property.getKey())) {
          throw invalid(
              "key 'Resources.%s.Properties.%s' is none of %s"
                  .formatted(
                      resource.getKey(), Names.shown(property.getKey()), new TreeSet<>(known)));
        }
      }
    }
    if (things > 1 || certificates > 1) {
      throw invalid(
          "names %d things and %d certificates; one of each at most"
              .formatted(things, certificates));
    }
  }

  /**
   * Fills the template in.
   *
   * @throws RegistryRefused {@code INVALID_REQUEST} when a parameter it refers to has no value, or
   *     what comes out is not what belongs there
   */
  ProvisioningPlan plan(Map<String, String> parameters) {
    Map<String, String> values = new LinkedHashMap<>(defaults);
    values.putAll(parameters);
    TemplateFunctions functions = new TemplateFunctions(values, root.path("Mappings"));
    ProvisioningPlan.@Nullable ThingPart thing = null;
    ProvisioningPlan.@Nullable CertificatePart certificate = null;
    List<ProvisioningPlan.PolicyPart> policies = new ArrayList<>();
    for (Map.Entry<String, JsonNode> resource : root.path("Resources").properties()) {
      Part part =
          new Part(
              resource.getKey(),
              properties(functions, resource),
              resource.getValue().path("OverrideSettings"));
      switch (resource.getValue().path("Type").asText()) {
        case THING -> thing = part.thing();
        case CERTIFICATE -> certificate = part.certificate();
        default -> policies.add(part.policy());
      }
    }
    JsonNode configuration = functions.evaluate(root.path("DeviceConfiguration"));
    return new ProvisioningPlan(
        thing, certificate, policies, texts("DeviceConfiguration", configuration));
  }

  /** One by one, so that it can be said which it is that cannot be filled in. */
  private static JsonNode properties(
      TemplateFunctions functions, Map.Entry<String, JsonNode> resource) {
    ObjectNode filled = JsonNodeFactory.instance.objectNode();
    for (Map.Entry<String, JsonNode> property :
        resource.getValue().path("Properties").properties()) {
      try {
        filled.set(property.getKey(), functions.evaluate(property.getValue()));
      } catch (RegistryRefused refused) {
        throw new RegistryRefused(
            refused.error(),
            "%s (key 'Resources.%s.Properties.%s')"
                .formatted(refused.getMessage(), resource.getKey(), property.getKey()));
      }
    }
    return filled;
  }

  private static Map<String, String> texts(String where, JsonNode node) {
    Map<String, String> texts = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> field : node.properties()) {
      if (!field.getValue().isValueNode()) {
        throw invalid("key '%s.%s' is no text".formatted(where, field.getKey()));
      }
      texts.put(field.getKey(), field.getValue().asText());
    }
    return texts;
  }

  /** One resource, evaluated. */
  private record Part(String id, JsonNode properties, JsonNode overrides) {

    private @Nullable String textOrNull(String key) {
      JsonNode node = properties.get(key);
      if (node == null || node.isNull()) {
        return null;
      }
      if (!node.isValueNode()) {
        throw invalid("key 'Resources.%s.Properties.%s' is no text".formatted(id, key));
      }
      return node.asText();
    }

    private IfThere ifThere(String key, IfThere absent, Set<IfThere> allowed) {
      String text = overrides.path(key).asText("");
      for (IfThere override : allowed) {
        if (override.name().equals(text)) {
          return override;
        }
      }
      if (text.isEmpty()) {
        return absent;
      }
      throw invalid(
          "key 'Resources.%s.OverrideSettings.%s' is '%s'; use one of %s"
              .formatted(id, key, text, allowed));
    }

    ProvisioningPlan.ThingPart thing() {
      String name = textOrNull("ThingName");
      if (name == null) {
        throw invalid("key 'Resources.%s.Properties.ThingName' is missing".formatted(id));
      }
      List<String> groups = new ArrayList<>();
      JsonNode list = properties.path("ThingGroups");
      if (!list.isMissingNode() && !list.isArray()) {
        throw invalid("key 'Resources.%s.Properties.ThingGroups' is no list".formatted(id));
      }
      for (JsonNode group : list) {
        if (!group.isTextual()) {
          throw invalid(
              "key 'Resources.%s.Properties.ThingGroups' holds %s; give names"
                  .formatted(id, PolicyDocument.kind(group)));
        }
        groups.add(group.asText());
      }
      Set<IfThere> withoutMerge = EnumSet.of(IfThere.DO_NOTHING, IfThere.REPLACE, IfThere.FAIL);
      return new ProvisioningPlan.ThingPart(
          id,
          name,
          texts(
              "Resources." + id + ".Properties.AttributePayload",
              properties.has("AttributePayload")
                  ? properties.path("AttributePayload")
                  : MissingNode.getInstance()),
          textOrNull("ThingTypeName"),
          groups,
          textOrNull("BillingGroup"),
          ifThere("AttributePayload", IfThere.MERGE, EnumSet.allOf(IfThere.class)),
          ifThere("ThingTypeName", IfThere.REPLACE, withoutMerge),
          ifThere("ThingGroups", IfThere.REPLACE, withoutMerge));
    }

    ProvisioningPlan.CertificatePart certificate() {
      String certificateId = textOrNull("CertificateId");
      String csr = textOrNull("CertificateSigningRequest");
      String pem = textOrNull("CertificatePem");
      long given =
          java.util.stream.Stream.of(certificateId, csr, pem).filter(t -> t != null).count();
      if (given != 1) {
        throw invalid(
            "resource '%s' has %d of CertificateId, CertificateSigningRequest and CertificatePem; give one of them"
                .formatted(id, given));
      }
      String status = textOrNull("Status");
      String overriding = overrides.path("Status").asText("");
      return new ProvisioningPlan.CertificatePart(
          id,
          certificateId,
          csr,
          pem,
          textOrNull("CACertificatePem"),
          status(status == null ? "ACTIVE" : status, overriding));
    }

    private CertificateStatus status(String status, String overriding) {
      return switch (status.toUpperCase(java.util.Locale.ROOT)) {
        case "ACTIVE" -> CertificateStatus.ACTIVE;
        case "INACTIVE" -> CertificateStatus.INACTIVE;
        default ->
            throw invalid(
                "key 'Resources.%s.Properties.Status' is '%s'%s; use ACTIVE or INACTIVE"
                    .formatted(id, status, overriding.isEmpty() ? "" : " (overridden)"));
      };
    }

    ProvisioningPlan.PolicyPart policy() {
      String name = textOrNull("PolicyName");
      JsonNode document = properties.get("PolicyDocument");
      if ((name == null) == (document == null)) {
        throw invalid(
            "resource '%s' needs PolicyName or PolicyDocument, and not both".formatted(id));
      }
      String text =
          document == null ? null : document.isTextual() ? document.asText() : document.toString();
      return new ProvisioningPlan.PolicyPart(id, name, text);
    }
  }
}
