package io.sluice.session;

import io.sluice.message.Publication;
import io.sluice.message.PublicationCodec;
import io.sluice.message.TopicFilter;
import io.sluice.message.TopicName;
import io.sluice.store.Keys;
import io.sluice.store.Row;
import io.sluice.store.Turn;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The retained message of each topic: a row on the topic's partition, and a tree in memory that
 * finds the topics of a filter.
 *
 * <p>Threads: {@link #apply} on the owner of the topic's partition; {@link #cursor} and {@link
 * #whenApplied} from any thread, without a lock.
 */
public final class RetainedMessages {
  static final String EXPIRY_TIMER = "retained-expiry";
  private static final int PAGE = 512;
  private static final int PATIENCE_SECONDS = 5;

  private final SessionLimits limits;
  private final SessionCounters counters;
  private final Node root = new Node("");
  private final AtomicLong count = new AtomicLong();
  private final AtomicLong payloadBytes = new AtomicLong();
  private final ConcurrentHashMap<Long, CompletableFuture<Boolean>> awaited =
      new ConcurrentHashMap<>();

  /** One level of a topic. A million leaves have no map of children. */
  static final class Node {
    private final String level;
    private volatile @Nullable ConcurrentHashMap<String, Node> children; // once there, it stays
    private volatile @Nullable Publication publication;

    Node(String level) {
      this.level = level;
    }

    @Nullable Publication publication() {
      return publication;
    }

    @Nullable Node child(String name) {
      ConcurrentHashMap<String, Node> map = children;
      return map == null ? null : map.get(name);
    }

    /** All children; {@code top}: without those that wildcards do not reach [MQTT-4.7.2-1]. */
    Iterator<Node> children(boolean top) {
      ConcurrentHashMap<String, Node> map = children;
      if (map == null) {
        return Collections.emptyIterator();
      }
      return top
          ? map.values().stream().filter(child -> !child.level.startsWith("$")).iterator()
          : map.values().iterator();
    }

    private Node childForSet(String name) {
      ConcurrentHashMap<String, Node> map = children;
      if (map == null) {
        map = new ConcurrentHashMap<>(2);
        children = map;
      }
      return map.computeIfAbsent(name, Node::new);
    }

    private boolean isEmpty() {
      ConcurrentHashMap<String, Node> map = children;
      return publication == null && (map == null || map.isEmpty());
    }
  }

  RetainedMessages(SessionLimits limits, SessionCounters counters) {
    this.limits = limits;
    this.counters = counters;
  }

  void load(Turn turn) {
    byte[] from = new byte[0];
    byte[] end = Keys.after(new byte[] {(byte) 0xFF});
    while (true) {
      List<Row> page = turn.range(SessionTables.RETAINED, from, end, PAGE);
      for (Row row : page) {
        set(PublicationCodec.decode(row.value()));
      }
      if (page.size() < PAGE) {
        return;
      }
      from = Keys.of().raw(page.get(PAGE - 1).key()).raw(new byte[1]).bytes();
    }
  }

  /** How many topics have a retained message. */
  public long count() {
    return count.get();
  }

  /**
   * Makes a publication its topic's retained message, or removes that when the payload is empty
   * [MQTT-3.3.1-6].
   *
   * @param encoded the publication as {@link PublicationCodec} writes it
   */
  public void apply(Turn turn, Publication publication, byte[] encoded) {
    byte[] key = publication.topic().utf8();
    Publication before = find(publication.topic());
    boolean cleared = publication.payload().length == 0;
    if (!cleared && isFullFor(publication, before)) {
      counters.retainedRefusedFull.increment();
      applied(publication.stampMicros());
      return;
    }
    if (before != null && before.expiresAtMicros() != Long.MAX_VALUE) {
      turn.cancel(EXPIRY_TIMER, expiresAtMillis(before), key);
    }
    if (cleared) {
      if (remove(publication.topic())) {
        turn.delete(SessionTables.RETAINED, key);
      }
    } else {
      set(publication);
      turn.put(SessionTables.RETAINED, key, encoded);
      if (publication.expiresAtMicros() != Long.MAX_VALUE) {
        turn.schedule(EXPIRY_TIMER, expiresAtMillis(publication), key);
      }
    }
    applied(publication.stampMicros());
  }

  /**
   * Whether it finds no room. A topic that has a message keeps that, and may have one that is no
   * larger.
   */
  private boolean isFullFor(Publication publication, @Nullable Publication before) {
    int more = publication.payload().length - (before == null ? 0 : before.payload().length);
    return before == null && count.get() >= limits.retainedMax()
        || more > 0 && payloadBytes.get() + more > limits.retainedBytesMax();
  }

  private static long expiresAtMillis(Publication publication) {
    return (publication.expiresAtMicros() + 999) / 1000;
  }

  /** Forgets a topic's retained message when that has expired [MQTT-3.3.2-5]. */
  void expire(Turn turn, byte[] key) {
    TopicName topic = TopicName.of(new String(key, StandardCharsets.UTF_8));
    Publication publication = find(topic);
    if (publication != null && publication.expiresAtMicros() <= turn.now() * 1000) {
      remove(topic);
      turn.delete(SessionTables.RETAINED, key);
    }
  }

  private void set(Publication publication) {
    Node node = root;
    TopicName topic = publication.topic();
    synchronized (root) { // or a prune beside us could cut off the branch we stand on
      for (int i = 0; i < topic.levels(); i++) {
        node = node.childForSet(topic.level(i));
      }
      Publication before = node.publication;
      if (before == null) {
        count.incrementAndGet();
      } else {
        payloadBytes.addAndGet(-before.payload().length);
      }
      payloadBytes.addAndGet(publication.payload().length);
      node.publication = publication;
    }
  }

  private boolean remove(TopicName topic) {
    synchronized (root) {
      Node[] path = new Node[topic.levels() + 1];
      path[0] = root;
      for (int i = 0; i < topic.levels(); i++) {
        Node child = path[i].child(topic.level(i));
        if (child == null) {
          return false;
        }
        path[i + 1] = child;
      }
      Publication before = path[topic.levels()].publication;
      if (before == null) {
        return false;
      }
      payloadBytes.addAndGet(-before.payload().length);
      path[topic.levels()].publication = null;
      count.decrementAndGet();
      for (int i = topic.levels(); i > 0 && path[i].isEmpty(); i--) {
        ConcurrentHashMap<String, Node> siblings = path[i - 1].children;
        if (siblings != null) {
          siblings.remove(topic.level(i - 1));
        }
      }
      return true;
    }
  }

  /** The topic's retained message, or null; it may have expired. */
  public @Nullable Publication find(TopicName topic) {
    Node node = root;
    for (int i = 0; i < topic.levels(); i++) {
      Node child = node.child(topic.level(i));
      if (child == null) {
        return null;
      }
      node = child;
    }
    return node.publication;
  }

  /** A walk over the retained messages of a filter. Any thread. */
  public RetainedCursor cursor(TopicFilter filter) {
    return new RetainedCursor(filter, root);
  }

  /**
   * A retained publication is about to enter the log: a SUBSCRIBE that comes after it waits for it,
   * until it was applied or {@link #forget} says that it will not be.
   */
  public void announce(long stampMicros) {
    awaited.computeIfAbsent(stampMicros, stamp -> new CompletableFuture<>());
  }

  /**
   * Completes when every retained publication that was announced before is applied; at the latest
   * after {@link #PATIENCE_SECONDS}, when something holds up the log.
   */
  public CompletableFuture<?> whenApplied() {
    if (awaited.isEmpty()) {
      return CompletableFuture.completedFuture(true);
    }
    return CompletableFuture.allOf(awaited.values().toArray(CompletableFuture<?>[]::new))
        .completeOnTimeout(null, PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  /** The publication did not reach the log. */
  public void forget(long stampMicros) {
    applied(stampMicros);
  }

  private void applied(long stampMicros) {
    CompletableFuture<Boolean> future = awaited.remove(stampMicros);
    if (future != null) {
      future.complete(true);
    }
  }
}
