package io.sluice.stream;

import io.sluice.store.Turn;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** Who wants to know when a shard has new records. Any thread. */
final class ShardListeners {
  private record Place(String stream, int shard) {}

  private final ConcurrentMap<Place, CopyOnWriteArrayList<Runnable>> listeners =
      new ConcurrentHashMap<>();

  AutoCloseable add(String stream, int shard, Runnable listener) {
    Place place = new Place(stream, shard);
    listeners.compute(
        place,
        (p, there) -> {
          CopyOnWriteArrayList<Runnable> list =
              there == null ? new CopyOnWriteArrayList<>() : there;
          list.add(listener);
          return list;
        });
    return () ->
        listeners.computeIfPresent(
            place,
            (p, there) -> {
              there.remove(listener);
              return there.isEmpty() ? null : there;
            });
  }

  /** Tells them when the turn is durable; costs one look when nobody listens. */
  void changed(Turn turn, String stream, int shard) {
    if (listeners.isEmpty()) {
      return;
    }
    CopyOnWriteArrayList<Runnable> there = listeners.get(new Place(stream, shard));
    if (there != null) {
      turn.afterDurable(() -> there.forEach(Runnable::run));
    }
  }
}
