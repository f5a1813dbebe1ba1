package io.sluice.transport;

import io.netty.util.collection.IntObjectHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Packet identifiers under way to one client, with what each stands for. Identifiers are given out
 * in a circle, so one that was acknowledged rests as long as possible before it is used again
 * [MQTT-2.2.1-4]. Event loop only.
 */
final class PacketIds<T> {
  private static final int MAX = 65_535;

  private final IntObjectHashMap<T> underWay = new IntObjectHashMap<>();
  private int last;

  /** The next free identifier, now under way; the caller keeps fewer than 65,535 under way. */
  int take(T what) {
    do {
      last = last == MAX ? 1 : last + 1;
    } while (underWay.containsKey(last));
    underWay.put(last, what);
    return last;
  }

  /** Puts an identifier under way that the caller chose. */
  void put(int packetId, T what) {
    underWay.put(packetId, what);
  }

  /** What the identifier stood for, or null when it was not under way; it is free now. */
  @Nullable T release(int packetId) {
    return underWay.remove(packetId);
  }

  int size() {
    return underWay.size();
  }
}
