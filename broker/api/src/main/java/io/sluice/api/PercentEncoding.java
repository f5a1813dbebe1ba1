package io.sluice.api;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Percent-encoding as signatures want it: RFC 3986's unreserved characters stay, capital hex. */
final class PercentEncoding {
  private static final String HEX = "0123456789ABCDEF";

  /** A query parameter, decoded. */
  record Parameter(String name, String value) {}

  private PercentEncoding() {}

  static String encode(String text, boolean keepSlash) {
    StringBuilder encoded = new StringBuilder(text.length() + 16);
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (b & 0xFF);
      if (isUnreserved(c) || keepSlash && c == '/') {
        encoded.append(c);
      } else {
        encoded.append('%').append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 0xF));
      }
    }
    return encoded.toString();
  }

  /**
   * Decodes {@code %XX}.
   *
   * @throws IllegalArgumentException at a '%' that two hexadecimal digits do not follow
   */
  static String decode(String text, boolean plusIsSpace) {
    if (text.indexOf('%') < 0 && !(plusIsSpace && text.indexOf('+') >= 0)) {
      return text;
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length());
    byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < encoded.length; i++) {
      if (encoded[i] == '%') {
        boolean whole = i + 2 < encoded.length;
        int high = whole ? Character.digit(encoded[i + 1], 16) : -1;
        int low = whole ? Character.digit(encoded[i + 2], 16) : -1;
        if (high < 0 || low < 0) {
          throw new IllegalArgumentException(
              "'%%' at character %d is not followed by two hexadecimal digits; write %%25 for a percent sign"
                  .formatted(i));
        }
        bytes.write(high << 4 | low);
        i += 2;
      } else {
        bytes.write(plusIsSpace && encoded[i] == '+' ? ' ' : encoded[i]);
      }
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  /** The parameters of a query or a form in their order. */
  static List<Parameter> parameters(String query, boolean plusIsSpace) {
    List<Parameter> parameters = new ArrayList<>();
    int from = 0;
    while (from < query.length()) {
      int end = query.indexOf('&', from);
      if (end < 0) {
        end = query.length();
      }
      if (end > from) {
        String pair = query.substring(from, end);
        int equals = pair.indexOf('=');
        String name = equals < 0 ? pair : pair.substring(0, equals);
        String value = equals < 0 ? "" : pair.substring(equals + 1);
        parameters.add(new Parameter(decode(name, plusIsSpace), decode(value, plusIsSpace)));
      }
      from = end + 1;
    }
    return parameters;
  }

  /** The query in the form that is signed: every part encoded anew, sorted by name, then value. */
  static String canonicalQuery(List<Parameter> parameters) {
    List<Parameter> encoded = new ArrayList<>(parameters.size());
    for (Parameter p : parameters) {
      encoded.add(new Parameter(encode(p.name(), false), encode(p.value(), false)));
    }
    encoded.sort(Comparator.comparing(Parameter::name).thenComparing(Parameter::value));
    StringBuilder query = new StringBuilder();
    for (Parameter p : encoded) {
      query.append(query.length() == 0 ? "" : "&").append(p.name()).append('=').append(p.value());
    }
    return query.toString();
  }

  private static boolean isUnreserved(char c) {
    return c >= 'a' && c <= 'z'
        || c >= 'A' && c <= 'Z'
        || c >= '0' && c <= '9'
        || c == '-'
        || c == '.'
        || c == '_'
        || c == '~';
  }
}
