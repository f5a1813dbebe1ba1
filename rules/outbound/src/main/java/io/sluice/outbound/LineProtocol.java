package io.sluice.outbound;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigInteger;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A point as a line. Source: InfluxDB, "Line protocol"; AWS IoT Developer Guide, "InfluxDB": whole
 * numbers are integers, beyond 2^63 unsigned ones; null is left out, what is nested becomes text.
 */
final class LineProtocol {
  private static final BigInteger UNSIGNED_MAX = BigInteger.TWO.pow(64).subtract(BigInteger.ONE);

  private LineProtocol() {}

  /** A point that cannot be written. */
  static final class NoPoint extends Exception {
    NoPoint(String message) {
      super(message, null, false, false);
    }

    String sentence() {
      return String.valueOf(getMessage());
    }
  }

  /**
   * Writes a point.
   *
   * @param leftOut members that are no fields
   * @throws NoPoint when there is no field, or one that cannot be
   */
  static String line(
      String table, Map<String, String> tags, JsonNode point, Set<String> leftOut, String timestamp)
      throws NoPoint {
    if (table.isEmpty() || table.startsWith("_")) {
      throw new NoPoint("tableName is empty or begins with '_'");
    }
    StringBuilder line = new StringBuilder(escaped(table, ", "));
    new TreeMap<>(tags)
        .forEach(
            (key, value) -> {
              if (!value.isEmpty()) { // there are no empty tags
                line.append(',').append(escaped(key, ",= ")).append('=');
                line.append(escaped(value, ",= "));
              }
            });
    char joint = ' ';
    for (Map.Entry<String, JsonNode> member : point.properties()) {
      String key = member.getKey();
      if (leftOut.contains(key) || member.getValue().isNull()) {
        continue;
      }
      if (key.startsWith("_") || key.isEmpty()) {
        throw new NoPoint("a field's name is empty or begins with '_'");
      }
      line.append(joint).append(escaped(key, ",= ")).append('=').append(value(member.getValue()));
      joint = ',';
    }
    if (joint == ' ') {
      throw new NoPoint("the point has no fields");
    }
    line.append(' ').append(timestamp);
    if (line.indexOf("\n") >= 0) {
      throw new NoPoint("a name or a tag has a line break");
    }
    return line.toString();
  }

  private static String value(JsonNode value) throws NoPoint {
    if (value.isBoolean()) {
      return value.asText();
    }
    if (value.isIntegralNumber()) {
      BigInteger number = value.bigIntegerValue();
      if (number.bitLength() <= Long.SIZE - 1) {
        return number + "i";
      }
      if (number.signum() < 0 || number.compareTo(UNSIGNED_MAX) > 0) {
        throw new NoPoint("a whole number is beyond 64 bits");
      }
      return number + "u";
    }
    if (value.isNumber()) {
      return String.valueOf(value.doubleValue());
    }
    String text = value.isTextual() ? value.asText() : value.toString();
    return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + "\"";
  }

  private static String escaped(String text, String special) {
    StringBuilder escaped = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      if (special.indexOf(text.charAt(i)) >= 0) {
        escaped.append('\\');
      }
      escaped.append(text.charAt(i));
    }
    return escaped.toString();
  }
}
