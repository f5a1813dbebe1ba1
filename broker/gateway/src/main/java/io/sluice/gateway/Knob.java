package io.sluice.gateway;

import io.sluice.session.SessionLimits;
import io.sluice.shadow.ShadowSettings;
import io.sluice.transport.TransportLimits;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * The limit of another room that a setting turns: its default in each preset, and how a value gets
 * there. With one, a new setting is one entry of {@link Setting}.
 *
 * @param <L> the limits it is one of
 */
final class Knob<L> {
  /** Reads a number, {@code int} or {@code long}. */
  interface ReadNumber<L> {
    long of(L limits);
  }

  /** Makes a copy with another {@code int}. */
  interface WithInt<L> {
    L with(L limits, int value);
  }

  /** Makes a copy with another {@code long}. */
  interface WithLong<L> {
    L with(L limits, long value);
  }

  private final Class<L> room;
  private final L standard;
  private final L aws;
  private final Function<L, String> read;
  private final BiFunction<L, String, L> write;
  private final List<String> words;

  private Knob(
      Class<L> room,
      L standard,
      L aws,
      Function<L, String> read,
      BiFunction<L, String, L> write,
      List<String> words) {
    this.room = room;
    this.standard = standard;
    this.aws = aws;
    this.read = read;
    this.write = write;
    this.words = words;
  }

  static Knob<TransportLimits> transport(
      ReadNumber<TransportLimits> read, WithInt<TransportLimits> with) {
    return ofTransport(
        limits -> String.valueOf(read.of(limits)),
        (limits, value) -> with.with(limits, Integer.parseInt(value)));
  }

  static Knob<TransportLimits> transportLong(
      ReadNumber<TransportLimits> read, WithLong<TransportLimits> with) {
    return ofTransport(
        limits -> String.valueOf(read.of(limits)),
        (limits, value) -> with.with(limits, Long.parseLong(value)));
  }

  static Knob<TransportLimits> transportFlag(
      Predicate<TransportLimits> read, BiFunction<TransportLimits, Boolean, TransportLimits> with) {
    return ofTransport(
        limits -> String.valueOf(read.test(limits)),
        (limits, value) -> with.apply(limits, Boolean.valueOf(value)));
  }

  private static Knob<TransportLimits> ofTransport(
      Function<TransportLimits, String> read,
      BiFunction<TransportLimits, String, TransportLimits> write) {
    return new Knob<>(
        TransportLimits.class,
        TransportLimits.STANDARD,
        TransportLimits.AWS,
        read,
        write,
        List.of());
  }

  static Knob<SessionLimits> session(ReadNumber<SessionLimits> read, WithLong<SessionLimits> with) {
    return ofSessions(
        limits -> String.valueOf(read.of(limits)),
        (limits, value) -> with.with(limits, Long.parseLong(value)),
        List.of());
  }

  static Knob<SessionLimits> sessionFlag(
      Predicate<SessionLimits> read, BiFunction<SessionLimits, Boolean, SessionLimits> with) {
    return ofSessions(
        limits -> String.valueOf(read.test(limits)),
        (limits, value) -> with.apply(limits, Boolean.valueOf(value)),
        List.of());
  }

  /** A choice of an enum's words, written {@code like-this}. */
  static <E extends Enum<E>> Knob<SessionLimits> sessionChoice(
      Class<E> choices,
      Function<SessionLimits, E> read,
      BiFunction<SessionLimits, E, SessionLimits> with) {
    return ofSessions(
        limits -> word(read.apply(limits)),
        (limits, value) ->
            with.apply(
                limits, Enum.valueOf(choices, value.toUpperCase(Locale.ROOT).replace('-', '_'))),
        Arrays.stream(choices.getEnumConstants()).map(Knob::word).toList());
  }

  private static Knob<SessionLimits> ofSessions(
      Function<SessionLimits, String> read,
      BiFunction<SessionLimits, String, SessionLimits> write,
      List<String> words) {
    return new Knob<>(
        SessionLimits.class, SessionLimits.STANDARD, SessionLimits.AWS, read, write, words);
  }

  static Knob<ShadowSettings> shadow(
      ReadNumber<ShadowSettings> read, WithInt<ShadowSettings> with) {
    return ofShadows(
        settings -> String.valueOf(read.of(settings)),
        (settings, value) -> with.with(settings, Integer.parseInt(value)));
  }

  static Knob<ShadowSettings> shadowFlag(
      Predicate<ShadowSettings> read, BiFunction<ShadowSettings, Boolean, ShadowSettings> with) {
    return ofShadows(
        settings -> String.valueOf(read.test(settings)),
        (settings, value) -> with.apply(settings, Boolean.valueOf(value)));
  }

  private static Knob<ShadowSettings> ofShadows(
      Function<ShadowSettings, String> read,
      BiFunction<ShadowSettings, String, ShadowSettings> write) {
    return new Knob<>(
        ShadowSettings.class,
        ShadowSettings.standard(),
        ShadowSettings.aws(),
        read,
        write,
        List.of());
  }

  private static String word(Enum<?> choice) {
    return choice.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The default under {@code compatibility: standard}. */
  String standard() {
    return read.apply(standard);
  }

  /** The default under {@code compatibility: aws}. */
  String aws() {
    return read.apply(aws);
  }

  /** The values of a choice; empty when it is none. */
  List<String> words() {
    return words;
  }

  /** What the one of these that it belongs to says. */
  String read(List<?> limits) {
    return limits.stream()
        .filter(room::isInstance)
        .map(found -> read.apply(room.cast(found)))
        .findFirst()
        .orElseThrow();
  }

  /** The limits with this one changed, when it is one of them; else as they were. */
  <T> T turn(Class<T> wanted, T limits, String value) {
    return room == wanted ? wanted.cast(write.apply(room.cast(limits), value)) : limits;
  }
}
