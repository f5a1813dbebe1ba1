package io.sluice.credentials;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.identity.Grant;
import io.sluice.identity.MalformedPolicyException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * What an authorizer says. Source: AWS IoT Developer Guide, "Defining your Lambda function".
 *
 * @param documents policies as it wrote them
 * @param refreshSeconds after how long it is asked again
 * @param disconnectSeconds how long the connection may last
 */
public record AuthorizerAnswer(
    boolean authenticated,
    String principalId,
    List<String> documents,
    Grant grant,
    int refreshSeconds,
    int disconnectSeconds) {
  private static final Pattern PRINCIPAL = Pattern.compile("[a-zA-Z0-9]{1,128}");
  private static final int DOCUMENTS_MAX = 10;
  private static final int DOCUMENT_CHARS_MAX = 2048;
  private static final int SECONDS_MIN = 300;
  private static final int SECONDS_MAX = 86_400;

  /** There is none, or it is of no use; the sentence says why. */
  public static final class Unusable extends RuntimeException {
    public Unusable(String message) {
      super(message, null, false, false);
    }
  }

  /**
   * Reads it.
   *
   * @param policyName what explanations call its policies
   */
  static AuthorizerAnswer read(JsonNode json, String policyName) {
    if (!json.path("isAuthenticated").isBoolean()) {
      throw new Unusable("its answer lacks isAuthenticated, true or false");
    }
    if (!json.path("isAuthenticated").asBoolean()) {
      Grant nothing = Grant.of(List.of(), Map.of());
      return new AuthorizerAnswer(false, "", List.of(), nothing, SECONDS_MAX, SECONDS_MAX);
    }
    String principal = json.path("principalId").asText("");
    if (!PRINCIPAL.matcher(principal).matches()) {
      throw new Unusable("its principalId is not 1 to 128 letters and digits");
    }
    List<String> documents = new ArrayList<>();
    List<Grant.Inline> policies = new ArrayList<>();
    for (JsonNode document : json.path("policyDocuments")) {
      String text = document.isTextual() ? document.asText() : document.toString();
      if (documents.size() == DOCUMENTS_MAX
          || text.replaceAll("\\s", "").length() > DOCUMENT_CHARS_MAX) {
        throw new Unusable(
            "it sent more than %d policies, or one of more than %d characters"
                .formatted(DOCUMENTS_MAX, DOCUMENT_CHARS_MAX));
      }
      documents.add(text);
      try {
        policies.add(Grant.Inline.of(policyName + " " + documents.size(), text));
      } catch (MalformedPolicyException malformed) {
        throw new Unusable(
            "its policy %d is malformed: %s".formatted(documents.size(), malformed.getMessage()));
      }
    }
    Map<String, List<String>> variables = new TreeMap<>();
    json.path("context")
        .properties()
        .forEach(
            entry ->
                variables.put(
                    "authorizer:" + entry.getKey(), List.of(entry.getValue().asText(""))));
    return new AuthorizerAnswer(
        true,
        principal,
        List.copyOf(documents),
        new Grant(List.of(), policies, variables),
        seconds(json, "refreshAfterInSeconds"),
        seconds(json, "disconnectAfterInSeconds"));
  }

  private static int seconds(JsonNode json, String name) {
    JsonNode value = json.path(name);
    if (!value.isIntegralNumber()
        || !value.canConvertToInt()
        || value.asInt() < SECONDS_MIN
        || value.asInt() > SECONDS_MAX) {
      throw new Unusable(
          "its %s is no number from %d to %d".formatted(name, SECONDS_MIN, SECONDS_MAX));
    }
    return value.asInt();
  }
}
