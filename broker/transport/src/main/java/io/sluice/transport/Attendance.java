package io.sluice.transport;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Who is there, and the how manieth connection of each client it is. What one client does is
 * numbered and told in one order, also when its next connection comes while the last one ends on
 * another thread. Any thread; never blocks.
 */
final class Attendance {
  /** How long a version number goes on growing for a client that is gone. */
  private static final Duration REMEMBERED_MIN = Duration.ofHours(1);

  private static final long REMEMBERED_MAX = 500_000;

  /** The version number of a client's last connection, and how long to remember it. */
  private record Past(int version, Duration remembered) {}

  private volatile PresenceListener listener = PresenceListener.NONE;
  private final ConcurrentHashMap<String, Integer> online = new ConcurrentHashMap<>();
  private final Cache<String, Past> gone =
      Caffeine.newBuilder()
          .maximumSize(REMEMBERED_MAX)
          .expireAfter(Expiry.<String, Past>writing((clientId, past) -> past.remembered()))
          .build();

  /** Names who learns of it. */
  void tell(PresenceListener presences) {
    this.listener = presences;
  }

  /**
   * A client was let in.
   *
   * @return the number of this connection, from 0
   */
  int came(String clientId) {
    return online.compute(
        clientId,
        (id, before) -> {
          int version = before == null ? afterPast(id) : before + 1;
          listener.connected(id);
          return version;
        });
  }

  private int afterPast(String clientId) {
    Past past = gone.asMap().remove(clientId);
    return past == null ? 0 : past.version() + 1;
  }

  /**
   * A connection has ended; if a later one has its client identifier, nobody left.
   *
   * @param session how long the client's session outlives it
   */
  void left(String clientId, int version, Duration session, String reason) {
    online.computeIfPresent(
        clientId,
        (id, last) -> {
          if (last != version) {
            return last;
          }
          gone.put(
              id,
              new Past(version, session.compareTo(REMEMBERED_MIN) > 0 ? session : REMEMBERED_MIN));
          listener.disconnected(id, reason);
          return null;
        });
  }
}
