package io.sluice.session;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
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
  private volatile int windowMax; // the receive maximum of the present connection
  private volatile int waiting; // in the inbox
  private volatile boolean full; // the inbox

  /** Shared publications that were chosen for it and are not done with. Any thread. */
  private final AtomicInteger assigned = new AtomicInteger();

  /** The inbox; null when the session ends with its connection. Owner thread only. */
  final @Nullable Inbox inbox;

  /**
   * Its subscriptions. Persistent session: owner thread only; otherwise: its connection's event
   * loop only.
   */
  private final Map<SubscribedFilter, Subscription> own = new HashMap<>();

  /** When the timer fires that ends it, 0: none is set. Owner thread only. */
  long expiryDueMillis;

  /** How long it outlives its present connection, seconds. Owner thread only. */
  long expirySeconds;

  /** Packet identifiers of QoS 2 publications taken and not released yet. Owner thread only. */
  final Set<Integer> received = new HashSet<>(0);

  /** Retained messages still to be put into the inbox. Owner thread only. */
  final ArrayDeque<RetainedRun> retainedRuns = new ArrayDeque<>(0);

  /** A walk over retained messages for a new subscription. Owner thread only. */
  static final class RetainedRun {
    final RetainedCursor cursor;
    final Sessions.Wanted want;
    boolean onDisk; // the subscription's row says that it goes on

    RetainedRun(RetainedCursor cursor, Sessions.Wanted want, boolean onDisk) {
      this.cursor = cursor;
      this.want = want;
      this.onDisk = onDisk;
    }

    boolean isFor(SubscribedFilter filter) {
      return want.filter().equals(filter);
    }
  }

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

  /**
   * Whether its connection takes one more message of a shared subscription now: it is there, its
   * socket is not behind, and fewer messages than its receive maximum are under way to it.
   */
  public boolean hasRoom() {
    Outlet connection = outlet;
    return connection != null
        && Math.max(waiting, assigned.get()) < windowMax
        && connection.hasRoom();
  }

  /** A message of a shared subscription was chosen for it. */
  public void assigned() {
    assigned.incrementAndGet();
  }

  /** One that was {@link #assigned} is done with. */
  public void unassigned() {
    assigned.updateAndGet(n -> Math.max(0, n - 1)); // what was under way in a crash is not in it
  }

  /** Whether its inbox takes no more: decides what becomes of publications. */
  public boolean isFull() {
    return full;
  }

  /** Tells other threads how the inbox stands. Owner thread only. */
  void inboxIs(long size, boolean isFull) {
    waiting = (int) Math.min(size, Integer.MAX_VALUE);
    if (full != isFull) {
      full = isFull;
    }
  }

  /** The client is there. Owner thread only. */
  void connect(Outlet connection, int receiveMaximum) {
    int nth = openings + 1; // the owner alone writes it
    openings = nth;
    windowMax = receiveMaximum;
    outlet = connection;
  }

  /** The client is gone; what was under way waits again. Owner thread only. */
  void disconnect() {
    outlet = null;
    if (inbox != null) {
      inbox.disconnect();
    }
  }

  /** The subscription with this filter, or null. */
  @Nullable Subscription subscription(SubscribedFilter filter) {
    return own.get(filter);
  }

  /**
   * Adds a subscription, or replaces the one with the same filter. That one's age is kept: what was
   * published since then and is still on its way through the log must not pass it by.
   *
   * @param most subscriptions of one session
   * @return null when that is one too many, or another session holds the exclusive filter
   */
  @Nullable Subscription add(
      SubscriptionTree everybody, Sessions.Wanted want, long since, int most) {
    Subscription before = own.get(want.filter());
    if (before == null && own.size() >= most) {
      return null;
    }
    Subscription subscription =
        new Subscription(
            this, want.filter(), want.options(), before == null ? since : before.sinceMicros());
    if (!everybody.add(subscription)) {
      return null;
    }
    own.put(want.filter(), subscription);
    subscriptions = own.size();
    return subscription;
  }

  /** Removes a subscription; answers whether it was there. */
  boolean remove(SubscriptionTree everybody, SubscribedFilter filter) {
    Subscription subscription = own.remove(filter);
    if (subscription == null) {
      return false;
    }
    subscriptions = own.size();
    everybody.remove(subscription);
    return true;
  }

  /** What it has subscribed to, and how; a copy. */
  List<Sessions.Wanted> wants() {
    return own.values().stream()
        .map(subscription -> new Sessions.Wanted(subscription.filter(), subscription.options()))
        .toList();
  }

  /** The filters it has subscribed to; a copy. */
  List<SubscribedFilter> filters() {
    return List.copyOf(own.keySet());
  }

  @Override
  public String toString() {
    return "Session[" + clientId + (isPersistent() ? ", persistent]" : "]");
  }
}
