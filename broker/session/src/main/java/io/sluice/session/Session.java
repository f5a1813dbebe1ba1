package io.sluice.session;

import io.sluice.message.TopicFilter;
import io.sluice.message.TopicTrie;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the gateway remembers of a client: its subscriptions, and for a persistent session what
 * waits in its inbox.
 *
 * <p>Threads: the public methods may be called from any thread. The subscriptions belong to the
 * owner of the client identifier's partition when the session is persistent, else to its
 * connection's event loop; everything else to the owner.
 */
public final class Session {
  private final String clientId;

  // Written by one thread at a time, read by all.
  private volatile @Nullable Outlet outlet;
  private volatile int subscriptions;
  private volatile int openings;

  /** The inbox; null when the session ends with its connection. Owner thread only. */
  final @Nullable Inbox inbox;

  /**
   * Its subscriptions. Persistent session: owner thread only; otherwise: its connection's event
   * loop only.
   */
  private final Map<TopicFilter, Subscription> own = new HashMap<>();

  /** When the timer fires that ends it, 0: none is set. Owner thread only. */
  long expiryDueMillis;

  Session(String clientId, @Nullable Inbox inbox) {
    this.clientId = clientId;
    this.inbox = inbox;
  }

  public String clientId() {
    return clientId;
  }

  /** Whether messages of QoS 1 and 2 wait for it when it is offline. */
  public boolean isPersistent() {
    return inbox != null;
  }

  /** Its connection, or null when it is offline. */
  public @Nullable Outlet outlet() {
    return outlet;
  }

  /** How many connections it has had in this process: tells whether its client came back. */
  public int openings() {
    return openings;
  }

  /** How many subscriptions it has: with one, no publication can match twice. */
  public int subscriptions() {
    return subscriptions;
  }

  /** The client is there. Owner thread only. */
  void connect(Outlet connection) {
    int nth = openings + 1; // the owner alone writes it
    openings = nth;
    outlet = connection;
  }

  /** The client is gone; what was under way waits again. Owner thread only. */
  void disconnect() {
    outlet = null;
    if (inbox != null) {
      inbox.disconnect();
    }
  }

  /**
   * Adds a subscription, or replaces the one with the same filter. That one's age is kept: what was
   * published since then and is still on its way through the log must not pass it by.
   *
   * @return the subscription that was there
   */
  @Nullable Subscription add(TopicTrie<Subscription> everybody, Sessions.Wanted want, long since) {
    Subscription before = own.get(want.filter());
    Subscription subscription =
        new Subscription(
            this, want.filter(), want.options(), before == null ? since : before.sinceMicros());
    own.put(want.filter(), subscription);
    subscriptions = own.size();
    everybody.add(want.filter(), subscription);
    return before;
  }

  /** Removes a subscription; answers whether it was there. */
  boolean remove(TopicTrie<Subscription> everybody, TopicFilter filter) {
    Subscription subscription = own.remove(filter);
    if (subscription == null) {
      return false;
    }
    subscriptions = own.size();
    return everybody.remove(filter, subscription);
  }

  /** The filters it has subscribed to; a copy. */
  List<TopicFilter> filters() {
    return List.copyOf(own.keySet());
  }

  @Override
  public String toString() {
    return "Session[" + clientId + (isPersistent() ? ", persistent]" : "]");
  }
}
