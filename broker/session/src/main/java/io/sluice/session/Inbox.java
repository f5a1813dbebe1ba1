package io.sluice.session;

import io.sluice.store.Keys;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Where a persistent session's inbox stands. Plain fields: the owner of the client identifier's
 * partition is the only thread that touches them. The messages themselves are rows; {@link Inboxes}
 * moves them.
 *
 * <p>{@code from <= first <= nextToSend <= next}; the rows lie between {@link #first} and {@link
 * #next}.
 */
final class Inbox {
  /**
   * How far the newest message under way may be ahead of the oldest one: fewer than there are
   * packet identifiers, see {@link InboxMessage#packetId}.
   */
  static final long SPAN_MAX = 60_000;

  /** What the messages under way may weigh: what a client that does not read costs in memory. */
  static final long UNDER_WAY_BYTES_MAX = 1 << 20;

  /**
   * A message handed to the connection.
   *
   * @param message its row in {@link SessionTables#MESSAGES}, 0: none
   * @param bytes what it weighs
   * @param share the group it came by, empty for none
   * @param kept whether its row is there until it is acknowledged; that of QoS 0 goes first
   */
  record Sent(long message, int bytes, String share, boolean kept) {}

  /** The first place it ever had; see {@link SessionRow#inboxFrom}. */
  final long from;

  /**
   * No row lies before this place: reading begins here, not among the graves of what was
   * acknowledged.
   */
  long first;

  /** The place that the next message gets. */
  long next;

  /** How many messages wait or are under way. */
  long size;

  /** What these weigh, bytes of their publications. */
  long bytes;

  /** How many of them came by a shared subscription. */
  long shared;

  /** The first place not handed to the present connection yet. */
  long nextToSend;

  /**
   * Places before this one may have been sent by an earlier connection: they go out as duplicates.
   */
  long sentBefore;

  /**
   * The client's receive maximum [MQTT-3.3.4-9]; 0 while it is offline or its CONNACK has not left.
   */
  int windowMax;

  private final TreeMap<Long, Sent> underWay = new TreeMap<>();
  private long underWayBytes;

  Inbox(long from) {
    this.from = from;
    this.first = from;
    this.next = from;
    this.nextToSend = from;
  }

  /** Whether one more message may be handed to the connection now. */
  boolean hasRoom() {
    return underWay.size() < windowMax
        && (underWay.isEmpty()
            || underWayBytes < UNDER_WAY_BYTES_MAX && nextToSend - underWay.firstKey() < SPAN_MAX);
  }

  /** How many more messages fit, if they are small. */
  int room() {
    return Math.max(0, windowMax - underWay.size());
  }

  /** The message at {@link #nextToSend} is handed to the connection. */
  void sent(long message, int bytes, String share, boolean kept) {
    underWay.put(nextToSend, new Sent(message, bytes, share, kept));
    underWayBytes += bytes;
    nextToSend++;
  }

  /**
   * The client has the message of QoS 2 at this place: only its release is under way from now on.
   * Answers what it was, null when the place is not under way.
   */
  @Nullable Sent received(long sequence) {
    Sent sent = underWay.get(sequence);
    if (sent != null) {
      underWayBytes -= sent.bytes();
      underWay.put(sequence, new Sent(0, 0, "", true));
    }
    return sent;
  }

  boolean isUnderWay(long sequence) {
    return underWay.containsKey(sequence);
  }

  /** A place was acknowledged; null when it is not under way. */
  @Nullable Sent acknowledged(long sequence) {
    Sent sent = underWay.remove(sequence);
    if (sent != null) {
      underWayBytes -= sent.bytes();
    }
    return sent;
  }

  /** Moves {@link #first} behind what is gone. */
  void advance() {
    first = underWay.isEmpty() ? nextToSend : underWay.firstKey();
  }

  /** The connection is gone: what was under way waits again. */
  void disconnect() {
    sentBefore = Math.max(sentBefore, nextToSend);
    underWay.clear();
    underWayBytes = 0;
    nextToSend = first;
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
