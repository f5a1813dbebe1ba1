package io.sluice.shadow;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Holds each thing to so many requests in a second, over MQTT and HTTP together. Source: AWS IoT
 * Core quotas, "Requests per second per thing".
 *
 * <p>Kept in memory and lost at a restart, which then lets a few more through: a limit that costs a
 * write for each request would be worse than none. Bounded; a thing that is pushed out starts its
 * second again. One for each partition, used by its owner alone.
 */
final class RequestRate {
  static final int THINGS_MAX = 4096;

  private final int perSecondMax;
  private final Map<String, Second> things =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Second> eldest) {
          return size() > THINGS_MAX;
        }
      };

  /** The second a thing is in, and how many requests it has had in it. */
  private static final class Second {
    private long number;
    private int requests;
  }

  /**
   * @param perSecondMax 0 for no limit
   */
  RequestRate(int perSecondMax) {
    this.perSecondMax = perSecondMax;
  }

  /** Counts a request; answers whether it may pass. */
  boolean admits(String thing, long nowMillis) {
    if (perSecondMax == 0) {
      return true;
    }
    Second second = things.computeIfAbsent(thing, t -> new Second());
    long number = nowMillis / 1000;
    if (second.number != number) {
      second.number = number;
      second.requests = 0;
    }
    if (second.requests >= perSecondMax) {
      return false;
    }
    second.requests++;
    return true;
  }
}
