package io.sluice.api;

import io.sluice.message.Origin;
import io.sluice.shadow.ShadowAddress;
import io.sluice.shadow.ShadowRequest;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the shadow's own paths can be asked beyond AWS, by query parameters: its past. {@code
 * docs/guides/shadows.md} explains them. A parameter that nobody knows is refused: a misspelt
 * {@code asOfVersion} must not be answered with today's document.
 */
final class ShadowPast {
  private static final Family FAMILY = Family.IOT_DATA;
  private static final String NAME = "name";
  private static final String AS_OF_VERSION = "asOfVersion";
  private static final String AS_OF_TIME = "asOfTime";
  private static final String HISTORY = "history";
  private static final String FROM_VERSION = "fromVersion";
  private static final String PAGE_SIZE = "pageSize";
  private static final String DIFF_FROM = "diffFrom";
  private static final String DIFF_TO = "diffTo";
  private static final String ROLL_BACK_TO = "rollBackTo";
  private static final String EXPECTED_VERSION = "expectedVersion";

  private static final Set<String> OF_GET =
      Set.of(NAME, AS_OF_VERSION, AS_OF_TIME, HISTORY, FROM_VERSION, PAGE_SIZE, DIFF_FROM, DIFF_TO);
  private static final Set<String> OF_POST = Set.of(NAME, ROLL_BACK_TO, EXPECTED_VERSION);
  private static final Set<String> OF_DELETE = Set.of(NAME);

  private static final int PAGE_DEFAULT = 25;
  private static final int PAGE_MAX = 100;

  /** Fewer milliseconds since the epoch than this are seconds that somebody forgot to multiply. */
  private static final long MILLIS_MIN = 100_000_000_000L;

  private ShadowPast() {}

  /** What a GET asks of the past, or null when it asks for the document of now. */
  static @Nullable ShadowRequest read(Call call, ShadowAddress address) {
    requireKnown(call, OF_GET);
    String asked = only(call, List.of(AS_OF_VERSION, AS_OF_TIME, HISTORY, DIFF_FROM));
    requireWith(call, FROM_VERSION, HISTORY, asked);
    requireWith(call, PAGE_SIZE, HISTORY, asked);
    requireWith(call, DIFF_TO, DIFF_FROM, asked);
    if (asked == null) {
      return null;
    }
    return switch (asked) {
      case AS_OF_VERSION -> new ShadowRequest.AsOfVersion(address, version(call, AS_OF_VERSION));
      case AS_OF_TIME -> new ShadowRequest.AsOfTime(address, millis(call));
      case DIFF_FROM ->
          new ShadowRequest.Diff(address, version(call, DIFF_FROM), versionIfAny(call, DIFF_TO));
      default ->
          call.flag(HISTORY)
              ? new ShadowRequest.History(
                  address,
                  call.parameter(FROM_VERSION) == null ? 1 : version(call, FROM_VERSION),
                  call.number(PAGE_SIZE, PAGE_DEFAULT, 1, PAGE_MAX))
              : null;
    };
  }

  /** The roll back that a POST asks for, or null when it is an update. */
  static ShadowRequest.@Nullable RollBack rollBack(
      Call call, ShadowAddress address, Origin origin) {
    requireKnown(call, OF_POST);
    String asked = only(call, List.of(ROLL_BACK_TO));
    requireWith(call, EXPECTED_VERSION, ROLL_BACK_TO, asked);
    if (asked == null) {
      return null;
    }
    if (call.body().length > 0) {
      throw FAMILY.invalid(
          "a roll back has no body, found %d bytes; leave it out, or leave out query parameter '%s'"
              .formatted(call.body().length, ROLL_BACK_TO));
    }
    return new ShadowRequest.RollBack(
        address, version(call, ROLL_BACK_TO), versionIfAny(call, EXPECTED_VERSION), origin);
  }

  /** A DELETE has nothing to say but the name. */
  static void requirePlainDelete(Call call) {
    requireKnown(call, OF_DELETE);
  }

  private static void requireKnown(Call call, Set<String> known) {
    for (PercentEncoding.Parameter parameter : call.query()) {
      String name = parameter.name();
      boolean signature = name.regionMatches(true, 0, "X-Amz-", 0, 6); // presigned
      if (!known.contains(name) && !signature) {
        throw FAMILY.invalid(
            "unknown query parameter '%s'; %s of a shadow knows %s"
                .formatted(name, call.head().method(), known.stream().sorted().toList()));
      }
    }
  }

  private static @Nullable String only(Call call, List<String> names) {
    String found = null;
    for (String name : names) {
      if (call.parameter(name) != null) {
        if (found != null) {
          throw FAMILY.invalid(
              "query parameters '%s' and '%s' ask for different things; give one of them"
                  .formatted(found, name));
        }
        found = name;
      }
    }
    return found;
  }

  private static void requireWith(
      Call call, String parameter, String companion, @Nullable String asked) {
    if (call.parameter(parameter) != null && !companion.equals(asked)) {
      throw FAMILY.invalid(
          "query parameter '%s' goes with '%s'; give both or neither"
              .formatted(parameter, companion));
    }
  }

  private static @Nullable Long versionIfAny(Call call, String name) {
    return call.parameter(name) == null ? null : version(call, name);
  }

  private static long version(Call call, String name) {
    String value = call.parameter(name);
    if (value == null || !value.matches("[0-9]{1,18}")) {
      throw FAMILY.invalid(
          "query parameter '%s' must be a version, a whole number; found '%s'"
              .formatted(name, value));
    }
    return Long.parseLong(value);
  }

  private static long millis(Call call) {
    String value = String.valueOf(call.parameter(AS_OF_TIME));
    try {
      if (!value.matches("[0-9]{1,18}")) {
        return Instant.parse(value).toEpochMilli();
      }
      long millis = Long.parseLong(value);
      if (millis >= MILLIS_MIN) {
        return millis;
      }
    } catch (DateTimeParseException | ArithmeticException notATime) { // answered below
    }
    throw FAMILY.invalid(
        "query parameter '%s' must be a time: 2026-01-31T12:00:00Z, or milliseconds since 1970; found '%s'"
            .formatted(AS_OF_TIME, value));
  }
}
