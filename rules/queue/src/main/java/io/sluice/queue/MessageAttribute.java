package io.sluice.queue;

import java.util.Arrays;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The value of a message attribute. Exactly one of the two values is there: the binary one for the
 * type {@code Binary}, the text for {@code String} and {@code Number}.
 *
 * @param dataType {@code String}, {@code Number} or {@code Binary}, each with an optional {@code
 *     .label}
 * @param binaryValue not copied; do not change it
 */
public record MessageAttribute(
    String dataType, @Nullable String stringValue, byte @Nullable [] binaryValue) {

  public static MessageAttribute string(String value) {
    return new MessageAttribute("String", value, null);
  }

  public static MessageAttribute number(String value) {
    return new MessageAttribute("Number", value, null);
  }

  public static MessageAttribute binary(byte[] value) {
    return new MessageAttribute("Binary", null, value);
  }

  boolean isBinary() {
    return dataType.equals("Binary") || dataType.startsWith("Binary.");
  }

  /**
   * The attributes that {@code MessageAttributeNames} asks for: exact names, {@code All}, {@code
   * .*} or {@code *}, and {@code prefix.*}, where the dot belongs to the wildcard ({@code Hel.*}
   * selects {@code Hello}). Names that are not there are passed over.
   */
  public static Map<String, MessageAttribute> select(
      Map<String, MessageAttribute> attributes, Collection<String> names) {
    Map<String, MessageAttribute> selected = new TreeMap<>();
    attributes.forEach(
        (name, value) -> {
          if (names.stream().anyMatch(asked -> asksFor(asked, name))) {
            selected.put(name, value);
          }
        });
    return selected;
  }

  private static boolean asksFor(String asked, String name) {
    return switch (asked) {
      case "All", ".*", "*" -> true;
      default ->
          asked.endsWith(".*")
              ? name.startsWith(asked.substring(0, asked.length() - 2))
              : asked.equals(name);
    };
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof MessageAttribute that
        && dataType.equals(that.dataType)
        && java.util.Objects.equals(stringValue, that.stringValue)
        && Arrays.equals(binaryValue, that.binaryValue);
  }

  @Override
  public int hashCode() {
    return 31 * dataType.hashCode()
        + (stringValue == null ? Arrays.hashCode(binaryValue) : stringValue.hashCode());
  }

  /** The type alone: values are payload and stay out of logs. */
  @Override
  public String toString() {
    return dataType;
  }
}
