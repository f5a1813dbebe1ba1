package io.sluice.session;

import io.sluice.store.Keys;
import java.util.TreeSet;

/**
 * Where a persistent session's inbox stands. Plain fields: the owner of the client identifier's
 * partition is the only thread that touches them. The messages themselves are rows; {@link Inboxes}
 * moves them.
 */
final class Inbox {
  /** The place that the next message gets. */
  long next;

  /** How many messages wait or are under way. */
  long size;

  /** The first place not handed to the present connection yet. */
  long nextToSend;

  /**
   * Places before this one may have been sent by an earlier connection: they go out as duplicates.
   */
  long sentBefore;

  /**
   * Places handed to the present connection and not acknowledged; as many as {@link #windowMax} at
   * most.
   */
  final TreeSet<Long> underWay = new TreeSet<>();

  /**
   * The client's receive maximum [MQTT-3.3.4-9]; 0 while it is offline or its CONNACK has not left.
   */
  int windowMax;

  /** Whether one more message may be handed to the connection now. */
  boolean hasRoom() {
    return underWay.size() < windowMax
        && (underWay.isEmpty() || nextToSend - underWay.first() < Session.SPAN_MAX);
  }

  /** The connection is gone: what was under way waits again. */
  void disconnect() {
    sentBefore = Math.max(sentBefore, nextToSend);
    underWay.clear();
    nextToSend = 0;
    windowMax = 0;
  }

  static byte[] rowKey(String clientId, long sequence) {
    return Keys.of().text(clientId).number(sequence).bytes();
  }

  static byte[] rowPrefix(String clientId) {
    return Keys.of().text(clientId).bytes();
  }

  static long sequenceOf(byte[] rowKey) {
    return Keys.numberAt(rowKey, rowKey.length - Long.BYTES);
  }
}
