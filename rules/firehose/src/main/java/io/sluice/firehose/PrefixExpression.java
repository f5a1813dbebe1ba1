package io.sluice.firehose;

import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/**
 * A prefix of object keys, parsed: text and {@code !{namespace:value}} expressions. Source:
 * Firehose Developer Guide, "Custom Prefixes for Amazon S3 Objects".
 */
final class PrefixExpression {
  private static final String DEFAULT_TIME = "yyyy/MM/dd/HH/";
  private static final int PREFIX_CHARACTERS_MAX = 1024;

  /** Closed: what a prefix is made of. */
  private sealed interface Part {
    record Text(String text) implements Part {}

    record Timestamp(DateTimeFormatter format) implements Part {}

    record RandomString() implements Part {}

    record ErrorOutputType() implements Part {}
  }

  private final List<Part> parts;

  private PrefixExpression(List<Part> parts) {
    this.parts = parts;
  }

  /** The prefix of delivered objects; without a timestamp the default one is appended directly. */
  static PrefixExpression ofPrefix(String prefix) {
    List<Part> parts = parse(prefix, "Prefix");
    if (parts.stream().anyMatch(Part.ErrorOutputType.class::isInstance)) {
      throw FirehoseError.invalid(
          "Prefix '%s' has !{firehose:error-output-type}, which belongs to ErrorOutputPrefix.",
          prefix);
    }
    if (parts.stream().noneMatch(Part.Timestamp.class::isInstance)) {
      parts.add(timestamp(DEFAULT_TIME, "Prefix"));
    }
    return new PrefixExpression(parts);
  }

  static PrefixExpression ofErrorOutputPrefix(String prefix) {
    List<Part> parts = parse(prefix, "ErrorOutputPrefix");
    boolean expressions = parts.stream().anyMatch(part -> !(part instanceof Part.Text));
    if (expressions && parts.stream().noneMatch(Part.ErrorOutputType.class::isInstance)) {
      throw FirehoseError.invalid(
          "ErrorOutputPrefix '%s' has expressions but not !{firehose:error-output-type}; add it.",
          prefix);
    }
    return new PrefixExpression(parts);
  }

  /** Whether a prefix has expressions, and so wants an error prefix beside it. */
  static boolean hasExpressions(String prefix) {
    return prefix.contains("!{");
  }

  /**
   * The prefix of one object.
   *
   * @param oldest arrival of the oldest record in the object, in the delivery stream's time zone;
   *     the same instant for every use
   * @param randomStrings gives the next one for each use
   */
  String evaluate(ZonedDateTime oldest, Supplier<String> randomStrings) {
    StringBuilder prefix = new StringBuilder();
    for (Part part : parts) {
      if (part instanceof Part.Text text) {
        prefix.append(text.text());
      } else if (part instanceof Part.Timestamp timestamp) {
        timestamp.format().formatTo(oldest, prefix);
      } else if (part instanceof Part.RandomString) {
        prefix.append(randomStrings.get());
      } else {
        prefix.append("processing-failed"); // only in error prefixes, where nothing goes yet
      }
    }
    return prefix.toString();
  }

  private static List<Part> parse(String prefix, String member) {
    if (prefix.length() > PREFIX_CHARACTERS_MAX) {
      throw FirehoseError.invalid(
          "%s has %d characters, at most %d are allowed.",
          member, prefix.length(), PREFIX_CHARACTERS_MAX);
    }
    List<Part> parts = new ArrayList<>();
    int at = 0;
    while (true) {
      int open = prefix.indexOf("!{", at);
      if (open < 0) {
        parts.add(new Part.Text(prefix.substring(at)));
        return parts;
      }
      int close = prefix.indexOf('}', open);
      if (close < 0) {
        throw FirehoseError.invalid(
            "%s '%s' has an expression at position %d without its closing brace.",
            member, prefix, open);
      }
      parts.add(new Part.Text(prefix.substring(at, open)));
      parts.add(expression(prefix.substring(open + 2, close), member));
      at = close + 1;
    }
  }

  private static Part expression(String expression, String member) {
    int colon = expression.indexOf(':');
    String namespace = colon < 0 ? expression : expression.substring(0, colon);
    String value = colon < 0 ? "" : expression.substring(colon + 1);
    if (namespace.equals("timestamp")) {
      return timestamp(value, member);
    }
    if (expression.equals("firehose:random-string")) {
      return new Part.RandomString();
    }
    if (expression.equals("firehose:error-output-type")) {
      return new Part.ErrorOutputType();
    }
    throw FirehoseError.invalid(
        "%s has !{%s}; this gateway knows !{timestamp:…}, !{firehose:random-string} and"
            + " !{firehose:error-output-type}.",
        member, expression);
  }

  private static Part timestamp(String pattern, String member) {
    try {
      return new Part.Timestamp(DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH));
    } catch (IllegalArgumentException unreadable) {
      throw FirehoseError.invalid(
          "%s has !{timestamp:%s}, which is not a pattern of java.time.format.DateTimeFormatter: %s.",
          member, pattern, unreadable.getMessage());
    }
  }
}
