package io.sluice.identity;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The Amazon Resource Names of one gateway: {@code arn:aws:iot:REGION:ACCOUNT:kind/name}.
 *
 * @param region {@code local} unless configured
 * @param account twelve digits
 */
public record Arns(String region, String account) {
  private static final Pattern REGION = Pattern.compile("[a-z0-9-]{1,64}");
  private static final Pattern ACCOUNT = Pattern.compile("[0-9]{12}");
  private static final Pattern CERTIFICATE_ID = Pattern.compile("[0-9a-f]{64}");
  private static final String CERTIFICATE = "cert/";
  private static final String THING_GROUP = "thinggroup/";

  /** As a gateway names itself unless configured. */
  // below the patterns that check it
  public static final Arns DEFAULT = new Arns("local", "000000000000");

  public Arns {
    if (!REGION.matcher(region).matches()) {
      throw new IllegalArgumentException(
          "region '%s' must be lower-case letters, digits and '-', such as local or eu-central-1"
              .formatted(region));
    }
    if (!ACCOUNT.matcher(account).matches()) {
      throw new IllegalArgumentException(
          "account '%s' must be twelve digits, such as 000000000000".formatted(account));
    }
  }

  private String prefix() {
    return "arn:aws:iot:" + region + ":" + account + ":";
  }

  public String thing(String name) {
    return prefix() + "thing/" + name;
  }

  public String certificate(String id) {
    return prefix() + CERTIFICATE + id;
  }

  public String policy(String name) {
    return prefix() + "policy/" + name;
  }

  /** Of a registered certificate authority. */
  public String authority(String id) {
    return prefix() + "cacert/" + id;
  }

  public String provisioningTemplate(String name) {
    return prefix() + "provisioningtemplate/" + name;
  }

  public String thingType(String name) {
    return prefix() + "thingtype/" + name;
  }

  public String thingGroup(String name) {
    return prefix() + THING_GROUP + name;
  }

  public String billingGroup(String name) {
    return prefix() + "billinggroup/" + name;
  }

  /** The name of a thing group when this is its ARN, else null. */
  public @Nullable String thingGroupName(String arn) {
    String start = prefix() + THING_GROUP;
    return arn.startsWith(start) ? arn.substring(start.length()) : null;
  }

  /** What stands behind the account in an ARN of this gateway; null when it is none. */
  @Nullable String local(String arn) {
    return arn.startsWith(prefix()) ? arn.substring(prefix().length()) : null;
  }

  /**
   * The name that a request gives, by itself or in an ARN that ends in it.
   *
   * @param what the kind in the ARN: {@code thing}, {@code thinggroup}, {@code billinggroup}
   * @throws RegistryRefused {@code INVALID_REQUEST} when neither is given, the ARN is not one of
   *     this gateway's, or they disagree
   */
  public String nameGiven(String what, @Nullable String name, @Nullable String arn) {
    String start = prefix() + what + "/";
    if (arn != null && !arn.startsWith(start)) {
      throw RegistryRefused.invalid(
          "'%s' is no %s of this gateway; its ARN is %s followed by its name"
              .formatted(Names.shown(arn), what, start));
    }
    String named = arn == null ? name : arn.substring(start.length());
    if (named == null || name != null && !name.equals(named)) {
      throw RegistryRefused.invalid(
          "give the name of the %s, or its ARN; when both, they must agree".formatted(what));
    }
    return named;
  }

  /** What all resources of an action begin with; empty when the action has no resource. */
  String prefix(Action action) {
    return action.resourceKind().isEmpty() ? "" : prefix() + action.resourceKind();
  }

  /** The resource a policy is asked about. */
  public String resource(Action action, String name) {
    return prefix(action) + name;
  }

  /**
   * The certificate id in a principal's or target's ARN.
   *
   * @throws RegistryRefused {@code INVALID_REQUEST} when it is no certificate of this gateway
   */
  public String certificateId(String arn) {
    String start = prefix() + CERTIFICATE;
    String id = arn.startsWith(start) ? arn.substring(start.length()) : "";
    if (!CERTIFICATE_ID.matcher(id).matches()) {
      throw RegistryRefused.invalid(
          "'%s' is no certificate of this gateway; its ARN is %s followed by 64 hexadecimal digits"
              .formatted(Names.shown(arn), start));
    }
    return id;
  }
}
