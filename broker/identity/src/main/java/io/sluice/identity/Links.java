package io.sluice.identity;

import java.util.Collections;
import java.util.NavigableSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ConcurrentSkipListSet;

/**
 * Which of these belong to which of those, looked up from both sides. Changed by the registry's
 * owner thread only; read by any thread, without a lock.
 */
final class Links {
  private final ConcurrentMap<String, NavigableSet<String>> forth = new ConcurrentHashMap<>();
  private final ConcurrentMap<String, NavigableSet<String>> back = new ConcurrentHashMap<>();

  /** Whether it was new. */
  boolean add(String from, String to) {
    back.computeIfAbsent(to, name -> new ConcurrentSkipListSet<>()).add(from);
    return forth.computeIfAbsent(from, name -> new ConcurrentSkipListSet<>()).add(to);
  }

  /** Whether it was there. */
  boolean remove(String from, String to) {
    take(back, to, from);
    return take(forth, from, to);
  }

  private static boolean take(
      ConcurrentMap<String, NavigableSet<String>> map, String key, String value) {
    NavigableSet<String> set = map.get(key);
    boolean there = set != null && set.remove(value);
    if (set != null && set.isEmpty()) {
      map.remove(key); // most things come and go; their empty sets must not stay
    }
    return there;
  }

  boolean has(String from, String to) {
    return of(from).contains(to);
  }

  /** What {@code from} is linked to, in order; a live view. */
  NavigableSet<String> of(String from) {
    return forth.getOrDefault(from, Collections.emptyNavigableSet());
  }

  /** Who is linked to {@code to}, in order; a live view. */
  NavigableSet<String> to(String to) {
    return back.getOrDefault(to, Collections.emptyNavigableSet());
  }
}
