package io.sluice.identity;

import io.sluice.store.Clock;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The values that {@code ${...}} and condition keys have for one connection. Key names are compared
 * without case, as in IAM; attribute names with. Source: AWS IoT Developer Guide, "AWS IoT Core
 * policy variables".
 *
 * @param thing the registry thing this connection is, if it is one
 * @param own what a {@link Grant} gives beside
 */
record PolicyVariables(
    ConnectionContext context,
    @Nullable String certificateId,
    @Nullable X509Certificate certificate,
    @Nullable Thing thing,
    Arns arns,
    Clock clock,
    Map<String, List<String>> own) {
  private static final String CERTIFICATE = "iot:certificate.";
  private static final String THING = "iot:connection.thing.";
  private static final String ATTRIBUTES = THING + "attributes[";
  private static final int SUBSTITUTED_MAX = 1024;

  /** Those that {@link #all} answers, but for certificates and attributes; in lower case. */
  private static final Set<String> OTHERS =
      Set.of(
          "iot:clientid",
          "iot:certificateid",
          "iot:domainname",
          "iot:topic",
          "iot:connectattributes",
          "iot:lastwilltopic",
          "aws:sourceip",
          "aws:securetransport",
          "aws:currenttime",
          "aws:epochtime",
          THING + "thingname",
          THING + "thingtypename",
          THING + "isattached");

  private static final Set<String> CHOSEN_BY_CLIENTS = Set.of("iot:clientid", "iot:domainname");

  PolicyVariables(
      ConnectionContext context,
      @Nullable String certificateId,
      @Nullable X509Certificate certificate,
      @Nullable Thing thing,
      Arns arns,
      Clock clock) {
    this(context, certificateId, certificate, thing, arns, clock, Map.of());
  }

  /** Whether somebody could have a value for it: a misspelt one has none, ever. */
  static boolean isKnown(String key) {
    String lower = key.toLowerCase(Locale.ROOT);
    if (lower.startsWith(CERTIFICATE)) {
      return CertificateVariables.isKnown(key.substring(CERTIFICATE.length()));
    }
    if (lower.startsWith(ATTRIBUTES)) {
      return key.endsWith("]");
    }
    return OTHERS.contains(lower)
        || key.equals("user:name")
        || key.startsWith("jwt:")
        || key.startsWith("authorizer:");
  }

  /** All values of a key, as they are; empty when it has none. */
  List<String> all(String key) {
    String lower = key.toLowerCase(Locale.ROOT);
    if (lower.startsWith(CERTIFICATE)) {
      return certificate == null
          ? List.of()
          : CertificateVariables.all(certificate, key.substring(CERTIFICATE.length()));
    }
    if (lower.startsWith(THING)) {
      return context.clientId() == null ? List.of() : one(thingVariable(lower, key));
    }
    return switch (lower) {
      case "iot:clientid" -> one(context.clientId());
      case "iot:certificateid" -> one(certificateId);
      case "iot:domainname" -> one(context.domainName());
      case "iot:topic" -> one(context.topic());
      case "iot:connectattributes" -> connectAttributes();
      case "iot:lastwilltopic" ->
          one(
              context.lastWillTopic() == null
                  ? null
                  : arns.resource(Action.PUBLISH, context.lastWillTopic()));
      case "aws:sourceip" -> one(context.sourceIp());
      case "aws:securetransport" -> one(Boolean.toString(context.secureTransport()));
      case "aws:currenttime" ->
          one(Instant.ofEpochMilli(clock.millis()).truncatedTo(ChronoUnit.SECONDS).toString());
      case "aws:epochtime" -> one(Long.toString(clock.millis() / 1000));
      default -> own.getOrDefault(key, List.of());
    };
  }

  private @Nullable String thingVariable(String lower, String key) {
    if (lower.equals(THING + "isattached")) {
      return Boolean.toString(thing != null);
    }
    if (thing == null) {
      return null;
    }
    if (lower.startsWith(ATTRIBUTES) && key.endsWith("]")) {
      return thing.attributes().get(key.substring(ATTRIBUTES.length(), key.length() - 1));
    }
    if (lower.equals(THING + "thingtypename")) {
      return thing.type();
    }
    return lower.equals(THING + "thingname") ? thing.name() : null;
  }

  private List<String> connectAttributes() {
    List<String> attributes = new ArrayList<>();
    if (context.persistentConnect()) {
      attributes.add("PersistentConnect");
    }
    if (context.lastWillTopic() != null) {
      attributes.add("LastWill");
    }
    return attributes;
  }

  private static List<String> one(@Nullable String value) {
    return value == null ? List.of() : List.of(value);
  }

  /**
   * What is put in the place of {@code ${name}}; null when there is no value, or one that could
   * widen the policy it is put into.
   */
  @Nullable String substitute(String name) {
    List<String> values = all(name);
    String value = values.isEmpty() ? "" : values.get(0);
    if (value.isEmpty() || value.length() > SUBSTITUTED_MAX) {
      return null;
    }
    for (int i = 0; i < value.length(); i++) {
      if ("*$+?#".indexOf(value.charAt(i)) >= 0) {
        return null;
      }
    }
    return value;
  }

  /**
   * As {@link #substitute}, in a resource of a statement: what the client itself chose, such as its
   * identifier, is one level of a topic or nothing. {@code a/b} in the place of {@code
   * topic/${iot:ClientId}/*} would open a part of what is meant for {@code a}. In a Deny it stays,
   * since it can only deny more.
   */
  @Nullable String substitute(String name, Action action, Statement.Effect effect) {
    String value = substitute(name);
    boolean splits =
        value != null
            && value.indexOf('/') >= 0
            && effect == Statement.Effect.ALLOW
            && action.isAboutTopics()
            && isChosenByClients(name.toLowerCase(Locale.ROOT));
    return splits ? null : value;
  }

  /** Of a token's claims some are what its owner wrote in a form somewhere. */
  private static boolean isChosenByClients(String lower) {
    return CHOSEN_BY_CLIENTS.contains(lower) || lower.startsWith("jwt:");
  }

  /** Why {@link #substitute} answers null, for the one who asks why something was denied. */
  String whyMissing(String name) {
    if (!all(name).isEmpty()) {
      return "its value is empty, longer than %d characters, or holds one of * $ + ? # (or '/', where a client chose it and a topic is meant)"
          .formatted(SUBSTITUTED_MAX);
    }
    if (name.toLowerCase(Locale.ROOT).startsWith(THING)) {
      return context.clientId() == null
          ? "HTTP requests have no thing variables"
          : "the client identifier '%s' is no thing that the certificate is attached to, or that thing lacks it"
              .formatted(context.clientId());
    }
    return "this connection has no such value";
  }
}
