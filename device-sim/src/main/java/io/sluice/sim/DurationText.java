package io.sluice.sim;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as people write them: {@code 250ms}, {@code 1.5s}, {@code 15m}, {@code 2h}. */
final class DurationText {
  static final String EXAMPLES = "write a number and a unit: 250ms, 15s, 5m, 2h, 1d";

  private static final Pattern SHAPE = Pattern.compile("(\\d{1,12}(?:\\.\\d{1,3})?)(ms|s|m|h|d)");

  private DurationText() {}

  /** Empty when it is not a duration; a bare number is not one, for nobody can tell its unit. */
  static Optional<Duration> parse(String text) {
    Matcher matcher = SHAPE.matcher(text.strip());
    if (!matcher.matches()) {
      return Optional.empty();
    }
    long unitMillis =
        switch (matcher.group(2)) {
          case "ms" -> 1;
          case "s" -> 1_000;
          case "m" -> 60_000;
          case "h" -> 3_600_000;
          default -> 86_400_000;
        };
    BigDecimal millis = new BigDecimal(matcher.group(1)).multiply(BigDecimal.valueOf(unitMillis));
    return Optional.of(Duration.ofMillis(millis.longValue()));
  }

  /** The shortest exact spelling that {@link #parse} reads back. */
  static String print(Duration duration) {
    long millis = duration.toMillis();
    if (millis % 1_000 != 0) {
      return millis < 1_000
          ? millis + "ms"
          : BigDecimal.valueOf(millis, 3).stripTrailingZeros().toPlainString() + "s";
    }
    long seconds = millis / 1_000;
    if (seconds == 0 || seconds % 60 != 0) {
      return seconds + "s";
    }
    return seconds % 3_600 == 0 ? seconds / 3_600 + "h" : seconds / 60 + "m";
  }
}
