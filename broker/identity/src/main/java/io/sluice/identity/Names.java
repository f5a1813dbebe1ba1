package io.sluice.identity;

import java.util.Map;
import java.util.regex.Pattern;

/** The rules of names. Source: AWS IoT API Reference, patterns of the request parameters. */
final class Names {
  private static final Pattern THING = Pattern.compile("[a-zA-Z0-9:_-]{1,128}");
  private static final Pattern POLICY = Pattern.compile("[a-zA-Z0-9_+=,.@-]{1,128}");
  private static final Pattern ATTRIBUTE_NAME = Pattern.compile("[a-zA-Z0-9_.,@/:#-]{1,128}");
  private static final Pattern ATTRIBUTE_VALUE =
      Pattern.compile("[a-zA-Z0-9_.,@/:#=\\[\\]-]{0,800}");

  private static final int DESCRIPTION_MAX = 2028; // as in the AWS IoT API Reference

  private Names() {}

  static String thing(String name) {
    return check(THING, name, "thing name", "1 to 128 letters, digits and : _ -");
  }

  /** Of a thing type, a thing group or a billing group; the pattern is that of things. */
  static String kind(String what, String name) {
    return check(THING, name, what + " name", "1 to 128 letters, digits and : _ -");
  }

  static String description(String what, String text) {
    if (text.length() > DESCRIPTION_MAX || text.chars().anyMatch(Character::isISOControl)) {
      throw RegistryRefused.invalid(
          "the description of %s has %d characters or holds control characters; use at most %d printable ones"
              .formatted(what, text.length(), DESCRIPTION_MAX));
    }
    return text;
  }

  static String policy(String name) {
    return check(POLICY, name, "policy name", "1 to 128 letters, digits and _ + = , . @ -");
  }

  static void attributeName(String name) {
    check(ATTRIBUTE_NAME, name, "attribute name", "1 to 128 letters, digits and _ . , @ / : # -");
  }

  static void attributes(Map<String, String> attributes) {
    attributes.forEach(
        (name, value) -> {
          attributeName(name);
          check(
              ATTRIBUTE_VALUE,
              value,
              "value of attribute '" + name + "'",
              "at most 800 letters, digits and _ . , @ / : # = [ ] -");
        });
  }

  private static String check(Pattern pattern, String text, String what, String allowed) {
    if (!pattern.matcher(text).matches()) {
      throw RegistryRefused.invalid(
          "%s '%s' has characters or a length that are not allowed; use %s"
              .formatted(what, shown(text), allowed));
    }
    return text;
  }

  /** Somebody's text, short and printable, for a message. */
  static String shown(String text) {
    String shortened = text.length() <= 140 ? text : text.substring(0, 140) + "...";
    return shortened.replaceAll("[\\p{Cntrl}\\p{Cs}]", "?");
  }
}
