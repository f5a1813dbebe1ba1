package io.sluice.queue;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Receives of a FIFO queue that named themselves, for five minutes: a client that lost the answer
 * asks again and gets the same messages with the same handles. In memory only; after a restart an
 * attempt is a new one. Source: Amazon SQS API Reference, ReceiveMessage.
 *
 * <p>Owner thread only. Past {@link #MAX} the oldest attempt is forgotten.
 */
final class ReceiveAttempts {
  private static final long VALID_MILLIS = 300_000;
  private static final int MAX = 10_000;

  /** A message as the attempt left it. */
  private record Held(Entry entry, int receives, long visibleAt) {
    boolean isUnchanged() {
      return entry.place == Entry.Place.IN_FLIGHT
          && entry.receives == receives
          && entry.visibleAt == visibleAt;
    }
  }

  private record Attempt(long began, List<Held> held) {}

  private final Map<String, Attempt> attempts = new LinkedHashMap<>();

  /** What an attempt got, when it is still valid and nothing of it was deleted or changed. */
  @Nullable List<Entry> find(String id, long now) {
    Attempt attempt = attempts.get(id);
    if (attempt == null
        || attempt.began() + VALID_MILLIS <= now
        || !attempt.held().stream().allMatch(Held::isUnchanged)) {
      return null;
    }
    return attempt.held().stream().map(Held::entry).toList();
  }

  /** Keeps an attempt as it is now; one that is repeated keeps its beginning. */
  void remember(String id, long now, List<Entry> entries, boolean repeated) {
    Attempt before = attempts.remove(id);
    long began = repeated && before != null ? before.began() : now;
    Iterator<Attempt> oldest = attempts.values().iterator(); // about: repeats stand behind
    while (oldest.hasNext()
        && (oldest.next().began() + VALID_MILLIS <= now || attempts.size() >= MAX)) {
      oldest.remove();
    }
    attempts.put(
        id,
        new Attempt(
            began, entries.stream().map(e -> new Held(e, e.receives, e.visibleAt)).toList()));
  }
}
