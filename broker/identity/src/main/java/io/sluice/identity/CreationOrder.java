package io.sluice.identity;

import java.util.Comparator;
import java.util.NavigableSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.stream.Stream;

/**
 * Principals in the order of their registration, those of one instant by their ids: what a list of
 * certificates goes by. Changed by the registry's owner thread; read by any thread.
 */
final class CreationOrder {
  /** A place in the order: a principal, or where a page ended, whose principal may be gone. */
  interface Place {
    long createdMillis();

    String certificateId();
  }

  private record End(long createdMillis, String certificateId) implements Place {}

  private final NavigableSet<Place> places =
      new ConcurrentSkipListSet<>(
          Comparator.comparingLong(Place::createdMillis).thenComparing(Place::certificateId));

  void add(Principal principal) {
    places.add(principal);
  }

  void remove(Principal principal) {
    places.remove(principal);
  }

  /**
   * The principals behind a place.
   *
   * @param after a {@link #key}; empty for the first ones
   * @throws RegistryRefused {@code INVALID_REQUEST} when it is no key
   */
  Stream<Principal> after(String after, boolean ascending) {
    NavigableSet<Place> ordered = ascending ? places : places.descendingSet();
    return (after.isEmpty() ? ordered : ordered.tailSet(end(after), false))
        .stream().map(Principal.class::cast);
  }

  /** A place as text, for tokens of pages. */
  static String key(long createdMillis, String id) {
    return createdMillis + "." + id;
  }

  private static End end(String key) {
    int dot = key.indexOf('.');
    try {
      return new End(Long.parseLong(key.substring(0, Math.max(0, dot))), key.substring(dot + 1));
    } catch (NumberFormatException notOurs) {
      throw RegistryRefused.invalid(
          "the marker is none of this list's; pass on the one from the page before");
    }
  }
}
