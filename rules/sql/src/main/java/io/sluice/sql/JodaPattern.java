package io.sluice.sql;

import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.TextStyle;
import java.time.temporal.ChronoField;
import java.time.temporal.IsoFields;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The pattern language of Joda-Time's DateTimeFormat, for output in English: {@code parse_time}
 * speaks it. It looks like that of java.time and differs where it hurts: {@code Y} is the year of
 * era, {@code x} the week-based year, {@code e} the number of the day of the week, {@code Z} and
 * {@code ZZ} offsets, {@code ZZZ} the zone's id.
 */
final class JodaPattern {
  private static final int WIDTH_MAX = 20;
  private static final int NANO_DIGITS = 9;

  private interface Part {
    void append(StringBuilder out, ZonedDateTime time);
  }

  private final List<Part> parts;

  private JodaPattern(List<Part> parts) {
    this.parts = parts;
  }

  /** Empty when it is no pattern. */
  static Optional<JodaPattern> of(String pattern) {
    if (pattern.isEmpty()) {
      return Optional.empty();
    }
    List<Part> parts = new ArrayList<>();
    for (int i = 0; i < pattern.length(); ) {
      char c = pattern.charAt(i);
      if (c == '\'') {
        int end = quoted(pattern, i, parts);
        if (end < 0) {
          return Optional.empty();
        }
        i = end;
      } else if (c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z') {
        int count = 1;
        while (i + count < pattern.length() && pattern.charAt(i + count) == c) {
          count++;
        }
        Part part = count > WIDTH_MAX ? null : field(c, count);
        if (part == null) {
          return Optional.empty();
        }
        parts.add(part);
        i += count;
      } else {
        parts.add((out, time) -> out.append(c));
        i++;
      }
    }
    return Optional.of(new JodaPattern(parts));
  }

  String format(ZonedDateTime time) {
    StringBuilder out = new StringBuilder();
    for (Part part : parts) {
      part.append(out, time);
    }
    return out.toString();
  }

  /** Reads {@code 'text'} or {@code ''}; the position behind it, or -1 without an end. */
  private static int quoted(String pattern, int start, List<Part> parts) {
    if (pattern.startsWith("''", start)) {
      parts.add((out, time) -> out.append('\''));
      return start + 2;
    }
    StringBuilder text = new StringBuilder();
    for (int i = start + 1; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      if (c != '\'') {
        text.append(c);
      } else if (i + 1 < pattern.length() && pattern.charAt(i + 1) == '\'') {
        text.append('\'');
        i++;
      } else {
        String literal = text.toString();
        parts.add((out, time) -> out.append(literal));
        return i + 1;
      }
    }
    return -1;
  }

  private static @org.jspecify.annotations.Nullable Part field(char letter, int count) {
    return switch (letter) {
      case 'G' -> (out, time) -> out.append(time.getYear() > 0 ? "AD" : "BC");
      case 'C' -> (out, time) -> pad(out, time.get(ChronoField.YEAR_OF_ERA) / 100, count);
      case 'Y' -> (out, time) -> year(out, time.get(ChronoField.YEAR_OF_ERA), count);
      case 'y' -> (out, time) -> year(out, time.getYear(), count);
      case 'x' -> (out, time) -> year(out, time.get(IsoFields.WEEK_BASED_YEAR), count);
      case 'w' -> (out, time) -> pad(out, time.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR), count);
      case 'e' -> (out, time) -> pad(out, time.getDayOfWeek().getValue(), count);
      case 'E' ->
          (out, time) ->
              out.append(time.getDayOfWeek().getDisplayName(style(count), Locale.ENGLISH));
      case 'D' -> (out, time) -> pad(out, time.getDayOfYear(), count);
      case 'M' ->
          count >= 3
              ? (out, time) ->
                  out.append(time.getMonth().getDisplayName(style(count), Locale.ENGLISH))
              : (out, time) -> pad(out, time.getMonthValue(), count);
      case 'd' -> (out, time) -> pad(out, time.getDayOfMonth(), count);
      case 'a' -> (out, time) -> out.append(time.getHour() < 12 ? "AM" : "PM");
      case 'K' -> (out, time) -> pad(out, time.get(ChronoField.HOUR_OF_AMPM), count);
      case 'h' -> (out, time) -> pad(out, time.get(ChronoField.CLOCK_HOUR_OF_AMPM), count);
      case 'H' -> (out, time) -> pad(out, time.getHour(), count);
      case 'k' -> (out, time) -> pad(out, time.get(ChronoField.CLOCK_HOUR_OF_DAY), count);
      case 'm' -> (out, time) -> pad(out, time.getMinute(), count);
      case 's' -> (out, time) -> pad(out, time.getSecond(), count);
      case 'S' -> (out, time) -> fraction(out, time.getNano(), count);
      case 'z' -> formatted(count >= 4 ? "zzzz" : "z");
      case 'Z' ->
          count == 1
              ? formatted("xx")
              : count == 2 ? formatted("xxx") : (out, time) -> out.append(time.getZone().getId());
      default -> null;
    };
  }

  private static TextStyle style(int count) {
    return count >= 4 ? TextStyle.FULL : TextStyle.SHORT;
  }

  private static Part formatted(String pattern) {
    DateTimeFormatter formatter = DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH);
    return (out, time) -> formatter.formatTo(time, out);
  }

  private static void year(StringBuilder out, int year, int count) {
    if (count == 2) {
      pad(out, Math.floorMod(year, 100), 2);
    } else {
      pad(out, year, count);
    }
  }

  private static void pad(StringBuilder out, int number, int width) {
    if (number < 0) {
      out.append('-');
    }
    String digits = Integer.toString(Math.abs(number));
    out.append("0".repeat(Math.max(0, width - digits.length()))).append(digits);
  }

  private static void fraction(StringBuilder out, int nanos, int count) {
    String digits = "0".repeat(NANO_DIGITS - Integer.toString(nanos).length()) + nanos;
    out.append(digits, 0, Math.min(count, NANO_DIGITS))
        .append("0".repeat(Math.max(0, count - NANO_DIGITS)));
  }
}
