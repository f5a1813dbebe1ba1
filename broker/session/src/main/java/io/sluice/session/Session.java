package io.sluice.session;

import io.sluice.message.TopicFilter;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * What the gateway remembers of a client: its subscriptions, and for a persistent session what
 * waits in its inbox.
 *
 * <p>Threads: {@link #outlet} and {@link #subscriptions} may be read from any thread. Fields of the
 * inbox belong to the owner of the client identifier's partition.
 */
public final class Session {
  /** How far the newest message under way may be ahead of the oldest one not acknowledged. */
  static final long SPAN_MAX = 60_000;

  private final String clientId;
  private final boolean persistent;
  private final AtomicInteger subscriptions = new AtomicInteger();
  private volatile @Nullable Outlet outlet;

  /** The inbox; null when the session ends with its connection. Owner thread only. */
  final @Nullable Inbox inbox;

  /**
   * Its subscriptions. Persistent session: owner thread only; otherwise: its connection's event
   * loop only.
   */
  final Map<TopicFilter, Subscription> own = new HashMap<>();

  /**
   * How long the session outlives its connection, seconds; 0xFFFFFFFF: for ever [MQTT-3.1.2-23].
   * Owner thread only.
   */
  long expirySeconds;

  Session(String clientId, @Nullable Inbox inbox, long expirySeconds) {
    this.clientId = clientId;
    this.persistent = inbox != null;
    this.inbox = inbox;
    this.expirySeconds = expirySeconds;
  }

  public String clientId() {
    return clientId;
  }

  /** Whether messages of QoS 1 and 2 wait for it when it is offline. */
  public boolean isPersistent() {
    return persistent;
  }

  /** Its connection, or null when it is offline. */
  public @Nullable Outlet outlet() {
    return outlet;
  }

  void outlet(@Nullable Outlet connection) {
    outlet = connection;
  }

  /** How many subscriptions it has: with one, no publication can match twice. */
  public int subscriptions() {
    return subscriptions.get();
  }

  void countSubscription(int by) {
    subscriptions.addAndGet(by);
  }

  @Override
  public String toString() {
    return "Session[" + clientId + (persistent ? ", persistent]" : "]");
  }
}
