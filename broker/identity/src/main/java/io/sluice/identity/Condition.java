package io.sluice.identity;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One condition of a statement: an operator, a key of the request, and the values it is compared
 * with.
 *
 * @param quantifier for keys with several values
 * @param ifExists whether a request without the key passes
 */
record Condition(
    ConditionOperator operator,
    Quantifier quantifier,
    boolean ifExists,
    String key,
    List<PolicyText> values) {
  private static final String IF_EXISTS = "IfExists";
  private static final Set<String> OF_THE_MOMENT = Set.of("aws:currenttime", "aws:epochtime");

  /** How many of the request's values must fit. */
  enum Quantifier {
    /** The usual: the key has one value. */
    NONE(""),
    ALL("ForAllValues:"),
    ANY("ForAnyValue:");

    private final String prefix;

    Quantifier(String prefix) {
      this.prefix = prefix;
    }
  }

  Condition {
    values = List.copyOf(values);
  }

  /**
   * Reads the operator as policies write it: {@code ForAnyValue:StringLikeIfExists}.
   *
   * @throws IllegalArgumentException when there is no such operator, or a value is not of its type
   */
  static Condition of(String operatorText, String key, List<PolicyText> values) {
    Quantifier quantifier = Quantifier.NONE;
    String rest = operatorText;
    for (Quantifier candidate : List.of(Quantifier.ALL, Quantifier.ANY)) {
      if (operatorText.startsWith(candidate.prefix)) {
        quantifier = candidate;
        rest = operatorText.substring(candidate.prefix.length());
      }
    }
    boolean ifExists = rest.endsWith(IF_EXISTS);
    if (ifExists) {
      rest = rest.substring(0, rest.length() - IF_EXISTS.length());
    }
    ConditionOperator operator = ConditionOperator.named(rest);
    if (operator == null || ifExists && operator == ConditionOperator.NULL) {
      throw new IllegalArgumentException(
          "has the unknown operator '%s'; use one such as StringEquals, StringLike, Bool, IpAddress, NumericLessThan, DateGreaterThan, ArnLike"
              .formatted(operatorText));
    }
    if (!key.matches("[A-Za-z0-9_-]+:.+")) {
      throw new IllegalArgumentException(
          "is no condition key; write it like iot:ClientId or aws:SourceIp");
    }
    for (PolicyText value : values) {
      if (!operator.takes(value)) {
        throw new IllegalArgumentException(
            "has the value '%s', which %s cannot compare with".formatted(value, operator));
      }
    }
    return new Condition(operator, quantifier, ifExists, key, values);
  }

  /** Whether its answer can change while a connection stays as it is. */
  boolean isOfTheMoment() {
    return OF_THE_MOMENT.contains(key.toLowerCase(Locale.ROOT))
        || values.stream()
            .flatMap(value -> value.variables().stream())
            .anyMatch(name -> OF_THE_MOMENT.contains(name.toLowerCase(Locale.ROOT)));
  }

  boolean isMet(PolicyVariables variables) {
    List<String> actual = variables.all(key);
    if (operator == ConditionOperator.NULL) {
      return Boolean.TRUE.equals(fitsAny(actual.isEmpty() ? "true" : "false", variables));
    }
    if (actual.isEmpty()) {
      return ifExists
          || quantifier == Quantifier.ALL
          || quantifier == Quantifier.NONE && operator.isNegated();
    }
    for (String value : actual) {
      Boolean fits = fitsAny(value, variables);
      if (fits == null) {
        return false; // a variable without a value: the statement does not match, either way round
      }
      boolean passes = fits != operator.isNegated();
      if (quantifier == Quantifier.NONE || passes == (quantifier == Quantifier.ANY)) {
        return passes; // the one value, the one that is enough, or the one too many
      }
    }
    return quantifier == Quantifier.ALL;
  }

  /** Null when only a variable without a value keeps the answer open. */
  private @Nullable Boolean fitsAny(String actual, PolicyVariables variables) {
    boolean open = false;
    for (PolicyText value : values) {
      Boolean fits = operator.fits(actual, value, variables::substitute);
      if (Boolean.TRUE.equals(fits)) {
        return true;
      }
      open |= fits == null;
    }
    return open ? null : false;
  }

  @Override
  public String toString() {
    return "%s%s%s on %s %s"
        .formatted(quantifier.prefix, operator, ifExists ? IF_EXISTS : "", key, values);
  }
}
