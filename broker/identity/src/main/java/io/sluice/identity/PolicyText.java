package io.sluice.identity;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A text of a policy document, parsed: literal characters, the wildcards {@code *} and {@code ?},
 * and variables {@code ${name}}. {@code ${*}}, {@code ${?}} and {@code ${$}} are the characters
 * themselves. The wildcards of MQTT, {@code +} and {@code #}, mean nothing here. Source: AWS IoT
 * Developer Guide, "AWS IoT Core policy resources" and "Basic AWS IoT Core policy variables".
 */
final class PolicyText {
  private final String source;
  private final List<Part> parts;

  private sealed interface Part {}

  private record Literal(String text) implements Part {}

  private record Wildcard(int code) implements Part {}

  private record Variable(String name) implements Part {}

  private PolicyText(String source, List<Part> parts) {
    this.source = source;
    this.parts = List.copyOf(parts);
  }

  /**
   * Parses a text.
   *
   * @param variables whether {@code ${...}} is more than its characters
   * @throws IllegalArgumentException when a <code>${</code> is not closed
   */
  static PolicyText parse(String source, boolean variables) {
    List<Part> parts = new ArrayList<>();
    StringBuilder literal = new StringBuilder();
    int at = 0;
    while (at < source.length()) {
      char c = source.charAt(at);
      if (variables && source.startsWith("${", at)) {
        int end = source.indexOf('}', at);
        if (end < 0) {
          throw new IllegalArgumentException(
              "'%s' has '${' at character %d without '}' behind it; close it, or write ${$} for the character '$'"
                  .formatted(Names.shown(source), at));
        }
        String name = source.substring(at + 2, end);
        if (name.equals("*") || name.equals("?") || name.equals("$")) {
          literal.append(name);
        } else {
          flush(literal, parts);
          parts.add(new Variable(name));
        }
        at = end + 1;
        continue;
      }
      if (c == '*' || c == '?') {
        flush(literal, parts);
        parts.add(new Wildcard(c == '*' ? Glob.ANY_RUN : Glob.ANY_ONE));
      } else {
        literal.append(c);
      }
      at++;
    }
    flush(literal, parts);
    return new PolicyText(source, parts);
  }

  private static void flush(StringBuilder literal, List<Part> parts) {
    if (literal.length() > 0) {
      parts.add(new Literal(literal.toString()));
      literal.setLength(0);
    }
  }

  /** The names of its variables, in their order. */
  List<String> variables() {
    return parts.stream()
        .filter(Variable.class::isInstance)
        .map(part -> ((Variable) part).name())
        .toList();
  }

  /**
   * The pattern with its variables filled in, or null when one has no value: then it matches
   * nothing, and never as if the value were empty.
   */
  @Nullable Glob glob(Function<String, @Nullable String> values) {
    IntStream.Builder codes = IntStream.builder();
    for (Part part : parts) {
      if (part instanceof Wildcard wildcard) {
        codes.add(wildcard.code());
      } else {
        String text = part instanceof Literal literal ? literal.text() : value(part, values);
        if (text == null) {
          return null;
        }
        text.chars().forEach(codes);
      }
    }
    return Glob.of(codes.build().toArray());
  }

  /** The text with its variables filled in and its wildcards as characters, or null as above. */
  @Nullable String plain(Function<String, @Nullable String> values) {
    StringBuilder plain = new StringBuilder();
    for (Part part : parts) {
      if (part instanceof Wildcard wildcard) {
        plain.append(wildcard.code() == Glob.ANY_RUN ? '*' : '?');
      } else {
        String text = part instanceof Literal literal ? literal.text() : value(part, values);
        if (text == null) {
          return null;
        }
        plain.append(text);
      }
    }
    return plain.toString();
  }

  private static @Nullable String value(Part part, Function<String, @Nullable String> values) {
    return values.apply(((Variable) part).name());
  }

  /** As the document has it. */
  @Override
  public String toString() {
    return source;
  }
}
