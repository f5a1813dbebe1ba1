package io.sluice.sql;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.time.temporal.TemporalAccessor;
import java.time.temporal.TemporalQueries;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Times as text. The two functions speak different pattern languages: Joda-Time's to write,
 * java.time's to read.
 */
final class TimeFunctions {
  private static final int PATTERN_MAX = 200;

  private TimeFunctions() {}

  static void addTo(Functions.Registry functions) {
    functions.add(
        new Functions.Function(
            "parse_time",
            2,
            3,
            SqlVersion.V2016_03_23,
            (call, compiler) -> {
              String constant = Functions.constant(call.arguments().get(0));
              Optional<JodaPattern> known =
                  constant == null ? Optional.empty() : JodaPattern.of(constant);
              return Functions.withArguments(
                      a -> {
                        Optional<JodaPattern> pattern = constant == null ? dynamic(a) : known;
                        return pattern.isPresent() ? format(pattern.get(), a) : Undefined.UNDEFINED;
                      })
                  .make(call, compiler);
            }));
    functions.add(
        new Functions.Function(
            "time_to_epoch",
            2,
            2,
            SqlVersion.V2016_03_23,
            (call, compiler) -> {
              String constant = Functions.constant(call.arguments().get(1));
              DateTimeFormatter known = constant == null ? null : formatter(constant);
              return Functions.withArguments(
                      a -> {
                        DateTimeFormatter pattern =
                            constant == null && a.text(1) instanceof String text
                                ? formatter(text)
                                : known;
                        return pattern != null && a.text(0) instanceof String text
                            ? toEpoch(text, pattern)
                            : Undefined.UNDEFINED;
                      })
                  .make(call, compiler);
            }));
  }

  private static Optional<JodaPattern> dynamic(Args a) {
    return a.text(0) instanceof String text && text.length() <= PATTERN_MAX
        ? JodaPattern.of(text)
        : Optional.empty();
  }

  private static Value format(JodaPattern pattern, Args a) {
    if (!(a.integer(1) instanceof Int millis) || !millis.fitsLong()) {
      return Undefined.UNDEFINED;
    }
    String zone = "UTC";
    if (a.size() == 3) {
      if (!(a.text(2) instanceof String named)) {
        return Undefined.UNDEFINED;
      }
      zone = named;
    }
    try {
      return new Text(
          pattern.format(
              Instant.ofEpochMilli(millis.asLong()).atZone(ZoneId.of(zone, ZoneId.SHORT_IDS))));
    } catch (DateTimeException noSuchZone) {
      return Undefined.UNDEFINED;
    }
  }

  private static @Nullable DateTimeFormatter formatter(String pattern) {
    if (pattern.length() > PATTERN_MAX) {
      return null;
    }
    try {
      return new DateTimeFormatterBuilder()
          .parseCaseInsensitive()
          .appendPattern(pattern)
          .toFormatter(Locale.ENGLISH);
    } catch (IllegalArgumentException noPattern) {
      return null;
    }
  }

  private static Value toEpoch(String text, DateTimeFormatter formatter) {
    try {
      TemporalAccessor parsed = formatter.parse(text);
      if (parsed.isSupported(ChronoField.INSTANT_SECONDS)) {
        return Int.of(Instant.from(parsed).toEpochMilli());
      }
      ZoneId zone = parsed.query(TemporalQueries.zone());
      LocalTime time = parsed.query(TemporalQueries.localTime());
      return Int.of(
          ZonedDateTime.of(
                  date(parsed),
                  time == null ? LocalTime.MIDNIGHT : time,
                  zone == null ? ZoneOffset.UTC : zone)
              .toInstant()
              .toEpochMilli());
    } catch (DateTimeException | ArithmeticException notThatTime) {
      return Undefined.UNDEFINED;
    }
  }

  /** What the text does not say is the first: of the month, of the year. */
  private static LocalDate date(TemporalAccessor parsed) {
    LocalDate date = parsed.query(TemporalQueries.localDate());
    if (date != null) {
      return date;
    }
    int year =
        parsed.isSupported(ChronoField.YEAR)
            ? parsed.get(ChronoField.YEAR)
            : parsed.get(ChronoField.YEAR_OF_ERA);
    int month =
        parsed.isSupported(ChronoField.MONTH_OF_YEAR) ? parsed.get(ChronoField.MONTH_OF_YEAR) : 1;
    int day =
        parsed.isSupported(ChronoField.DAY_OF_MONTH) ? parsed.get(ChronoField.DAY_OF_MONTH) : 1;
    return LocalDate.of(year, month, day);
  }
}
