package io.sluice.identity;

import java.math.BigDecimal;
import java.net.InetAddress;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The operators of a policy's conditions. Source: IAM User Guide, "IAM JSON policy elements:
 * Condition operators".
 *
 * <p>A negated operator asks that none of the policy's values fits.
 */
enum ConditionOperator {
  STRING_EQUALS("StringEquals", Kind.TEXT, false),
  STRING_NOT_EQUALS("StringNotEquals", Kind.TEXT, true),
  STRING_EQUALS_IGNORE_CASE("StringEqualsIgnoreCase", Kind.TEXT_WITHOUT_CASE, false),
  STRING_NOT_EQUALS_IGNORE_CASE("StringNotEqualsIgnoreCase", Kind.TEXT_WITHOUT_CASE, true),
  STRING_LIKE("StringLike", Kind.PATTERN, false),
  STRING_NOT_LIKE("StringNotLike", Kind.PATTERN, true),
  ARN_EQUALS("ArnEquals", Kind.ARN, false),
  ARN_LIKE("ArnLike", Kind.ARN, false),
  ARN_NOT_EQUALS("ArnNotEquals", Kind.ARN, true),
  ARN_NOT_LIKE("ArnNotLike", Kind.ARN, true),
  BOOL("Bool", Kind.TEXT_WITHOUT_CASE, false),
  NULL("Null", Kind.TEXT_WITHOUT_CASE, false),
  IP_ADDRESS("IpAddress", Kind.ADDRESS, false),
  NOT_IP_ADDRESS("NotIpAddress", Kind.ADDRESS, true),
  NUMERIC_EQUALS("NumericEquals", Kind.NUMBER_EQUAL, false),
  NUMERIC_NOT_EQUALS("NumericNotEquals", Kind.NUMBER_EQUAL, true),
  NUMERIC_LESS_THAN("NumericLessThan", Kind.NUMBER_LESS, false),
  NUMERIC_LESS_THAN_EQUALS("NumericLessThanEquals", Kind.NUMBER_LESS_OR_EQUAL, false),
  NUMERIC_GREATER_THAN("NumericGreaterThan", Kind.NUMBER_GREATER, false),
  NUMERIC_GREATER_THAN_EQUALS("NumericGreaterThanEquals", Kind.NUMBER_GREATER_OR_EQUAL, false),
  DATE_EQUALS("DateEquals", Kind.DATE_EQUAL, false),
  DATE_NOT_EQUALS("DateNotEquals", Kind.DATE_EQUAL, true),
  DATE_LESS_THAN("DateLessThan", Kind.DATE_LESS, false),
  DATE_LESS_THAN_EQUALS("DateLessThanEquals", Kind.DATE_LESS_OR_EQUAL, false),
  DATE_GREATER_THAN("DateGreaterThan", Kind.DATE_GREATER, false),
  DATE_GREATER_THAN_EQUALS("DateGreaterThanEquals", Kind.DATE_GREATER_OR_EQUAL, false);

  private static final int ARN_PARTS = 6;

  private enum Kind {
    TEXT,
    TEXT_WITHOUT_CASE,
    PATTERN,
    ARN,
    ADDRESS,
    NUMBER_EQUAL,
    NUMBER_LESS,
    NUMBER_LESS_OR_EQUAL,
    NUMBER_GREATER,
    NUMBER_GREATER_OR_EQUAL,
    DATE_EQUAL,
    DATE_LESS,
    DATE_LESS_OR_EQUAL,
    DATE_GREATER,
    DATE_GREATER_OR_EQUAL
  }

  private final String policyName;
  private final Kind kind;
  private final boolean negated;

  ConditionOperator(String policyName, Kind kind, boolean negated) {
    this.policyName = policyName;
    this.kind = kind;
    this.negated = negated;
  }

  static @Nullable ConditionOperator named(String policyName) {
    for (ConditionOperator operator : values()) {
      if (operator.policyName.equals(policyName)) {
        return operator;
      }
    }
    return null;
  }

  boolean isNegated() {
    return negated;
  }

  /**
   * Whether a value without variables is of the operator's type; checked when a policy is parsed.
   */
  boolean takes(PolicyText value) {
    String text = value.plain(name -> null);
    if (text == null) {
      return true; // known only when the variables are
    }
    return switch (kind) {
      case TEXT, PATTERN, ARN -> true;
      case TEXT_WITHOUT_CASE ->
          this != BOOL && this != NULL
              || text.equalsIgnoreCase("true")
              || text.equalsIgnoreCase("false");
      case ADDRESS -> AddressRange.parse(text) != null;
      case NUMBER_EQUAL,
          NUMBER_LESS,
          NUMBER_LESS_OR_EQUAL,
          NUMBER_GREATER,
          NUMBER_GREATER_OR_EQUAL ->
          number(text) != null;
      case DATE_EQUAL, DATE_LESS, DATE_LESS_OR_EQUAL, DATE_GREATER, DATE_GREATER_OR_EQUAL ->
          date(text) != null;
    };
  }

  /**
   * Whether a value of the request fits one of the policy's, negation aside.
   *
   * @return null when the policy's value has a variable without a value
   */
  @Nullable Boolean fits(
      String actual, PolicyText wanted, Function<String, @Nullable String> variables) {
    if (kind == Kind.PATTERN || kind == Kind.ARN) {
      Glob glob = wanted.glob(variables);
      return glob == null ? null : kind == Kind.PATTERN ? glob.matches(actual) : arn(actual, glob);
    }
    String text = wanted.plain(variables);
    if (text == null) {
      return null;
    }
    return switch (kind) {
      case TEXT_WITHOUT_CASE -> actual.equalsIgnoreCase(text);
      case ADDRESS -> inRange(actual, text);
      case NUMBER_EQUAL -> compare(number(actual), number(text), 0, 0);
      case NUMBER_LESS -> compare(number(actual), number(text), -1, -1);
      case NUMBER_LESS_OR_EQUAL -> compare(number(actual), number(text), -1, 0);
      case NUMBER_GREATER -> compare(number(actual), number(text), 1, 1);
      case NUMBER_GREATER_OR_EQUAL -> compare(number(actual), number(text), 0, 1);
      case DATE_EQUAL -> compare(date(actual), date(text), 0, 0);
      case DATE_LESS -> compare(date(actual), date(text), -1, -1);
      case DATE_LESS_OR_EQUAL -> compare(date(actual), date(text), -1, 0);
      case DATE_GREATER -> compare(date(actual), date(text), 1, 1);
      case DATE_GREATER_OR_EQUAL -> compare(date(actual), date(text), 0, 1);
      default -> actual.equals(text);
    };
  }

  /** Part by part: a {@code *} does not reach over a colon, but for the last part. */
  private static boolean arn(String actual, Glob wanted) {
    String[] parts = actual.split(":", ARN_PARTS);
    Glob[] globs = wanted.splitAtColons(ARN_PARTS);
    if (parts.length != globs.length) {
      return globs.length == 1 && globs[0].matches(actual); // "*" stands for any ARN
    }
    for (int i = 0; i < parts.length; i++) {
      if (!globs[i].matches(parts[i])) {
        return false;
      }
    }
    return true;
  }

  private static boolean inRange(String actual, String range) {
    AddressRange parsed = AddressRange.parse(range);
    InetAddress address = AddressRange.address(actual);
    return parsed != null && address != null && parsed.contains(address);
  }

  private static <T extends Comparable<T>> boolean compare(
      @Nullable T actual, @Nullable T wanted, int from, int to) {
    if (actual == null || wanted == null) {
      return false;
    }
    int sign = Integer.signum(actual.compareTo(wanted));
    return from <= sign && sign <= to;
  }

  private static @Nullable BigDecimal number(String text) {
    try {
      return text.length() > 100 ? null : new BigDecimal(text);
    } catch (NumberFormatException notOne) {
      return null;
    }
  }

  /** ISO 8601 with an offset, a day alone, or seconds since the epoch. */
  private static @Nullable Instant date(String text) {
    try {
      BigDecimal seconds = number(text);
      if (seconds != null) {
        return Instant.ofEpochSecond(seconds.longValue());
      }
      return text.indexOf('T') < 0
          ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant()
          : Instant.from(DateTimeFormatter.ISO_OFFSET_DATE_TIME.parse(text));
    } catch (DateTimeParseException notOne) {
      return null;
    }
  }

  @Override
  public String toString() {
    return policyName;
  }
}
