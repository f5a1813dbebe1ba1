package io.sluice.sim;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How a fleet's client identifiers are made: {@code sensor-%04d}. Exactly one number goes in, so
 * that every device has a name of its own.
 */
record ClientIdPattern(String before, int width, String after) {
  static final String REMEDY = "write one number into it, for example sensor-%04d";

  private static final Pattern SHAPE = Pattern.compile("([^%]*)%(?:0(\\d{1,2}))?d([^%]*)");

  static Optional<ClientIdPattern> parse(String text) {
    Matcher matcher = SHAPE.matcher(text);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    String digits = matcher.group(2);
    int width = digits == null ? 0 : Integer.parseInt(digits);
    return Optional.of(new ClientIdPattern(matcher.group(1), width, matcher.group(3)));
  }

  DeviceName name(long number) {
    String digits = Long.toString(number);
    String zeros = "0".repeat(Math.max(0, width - digits.length()));
    return new DeviceName(number, before + zeros + digits + after);
  }

  @Override
  public String toString() {
    return before + (width == 0 ? "%d" : "%0" + width + "d") + after;
  }
}
