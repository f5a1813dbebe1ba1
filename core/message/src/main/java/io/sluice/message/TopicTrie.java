package io.sluice.message;

import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * All topic filters of the house and who listens to each; finds the listeners of a topic in time
 * that depends on the topic's levels, not on the number of filters.
 *
 * <p>Threads: {@link #match} may be called from any thread at any time and takes no lock. Changes
 * are serialised by one lock and become visible at once: a match that starts after {@link #add}
 * returned sees the listener. A match that runs beside a change sees it or not. Nodes without
 * listeners and children are unlinked, so a storm of short-lived filters leaves nothing behind.
 *
 * <p>A listener may be added under several filters, and is then handed to the sink once for each
 * that matches. Listeners are told apart by {@code equals}; adding one that is there replaces it.
 *
 * @param <S> a listener, e.g. a subscription or a rule
 */
public final class TopicTrie<S> {
  private final Node<S> root = new Node<>();
  private final boolean parents;
  private volatile long version;
  private int size;

  /** A trie as the MQTT standard has it: {@code a/#} matches {@code a} too [MQTT-4.7.1-1]. */
  public TopicTrie() {
    this(true);
  }

  /**
   * @param parents whether {@code a/#} matches {@code a}; false where AWS IoT Core is followed: AWS
   *     IoT Developer Guide, "Topic filters"
   */
  public TopicTrie(boolean parents) {
    this.parents = parents;
  }

  /**
   * Adds a listener, or replaces the one equal to it.
   *
   * @return whether it is new
   */
  public synchronized boolean add(TopicFilter filter, S listener) {
    Node<S> node = root;
    int depth = filter.levels();
    boolean multiLevel = filter.level(depth - 1).equals("#");
    for (int i = 0; i < (multiLevel ? depth - 1 : depth); i++) {
      node = node.childForAdd(filter.level(i));
    }
    Listeners<S> before = multiLevel ? node.multiLevel : node.exact;
    Listeners<S> after = before.with(listener);
    boolean isNew = after.size() > before.size(); // sizes of views: neither moves with the other
    if (multiLevel) {
      node.multiLevel = after;
    } else {
      node.exact = after;
    }
    if (isNew) {
      size++;
    }
    version = version + 1; // under the lock
    return isNew;
  }

  /**
   * Removes the listener equal to the one given.
   *
   * @return whether it was there
   */
  public synchronized boolean remove(TopicFilter filter, S listener) {
    boolean removed = remove(root, filter, 0, listener);
    if (removed) {
      size--;
      version = version + 1; // under the lock
    }
    return removed;
  }

  private boolean remove(Node<S> node, TopicFilter filter, int depth, S listener) {
    if (depth == filter.levels()) {
      Listeners<S> before = node.exact;
      node.exact = before.without(listener);
      return node.exact != before;
    }
    String level = filter.level(depth);
    if (level.equals("#")) {
      Listeners<S> before = node.multiLevel;
      node.multiLevel = before.without(listener);
      return node.multiLevel != before;
    }
    Node<S> child = node.child(level);
    if (child == null || !remove(child, filter, depth + 1, listener)) {
      return false;
    }
    if (child.isEmpty()) {
      node.unlink(level);
    }
    return true;
  }

  /**
   * Hands every listener of a topic to the sink, in no order; see [MQTT-4.7.1-1] to [MQTT-4.7.3-4].
   */
  public void match(TopicName topic, Consumer<? super S> sink) {
    descend(root, topic, 0, sink);
  }

  private void descend(Node<S> node, TopicName topic, int level, Consumer<? super S> sink) {
    boolean wildcards =
        level > 0 || !topic.isReserved(); // or '#' would eavesdrop on every shadow [MQTT-4.7.2-1]
    if (wildcards && (parents || level < topic.levels())) {
      node.multiLevel.forEach(
          sink); // before the end-of-topic test: "a/#" matches its parent "a" too
    }
    if (level == topic.levels()) {
      node.exact.forEach(sink);
      return;
    }
    Node<S> child = node.named(topic.level(level));
    if (child != null) {
      descend(child, topic, level + 1, sink);
    }
    Node<S> single = node.singleLevel;
    if (wildcards && single != null) {
      descend(single, topic, level + 1, sink);
    }
  }

  /**
   * Changes whenever a listener is added, replaced or removed: lets a caller keep what it matched
   * before.
   */
  public long version() {
    return version;
  }

  /** How many pairs of filter and listener there are. */
  public synchronized int size() {
    return size;
  }

  /** Whether nobody listens to anything; tests use it to see that nothing is left behind. */
  synchronized boolean isEmpty() {
    return root.isEmpty();
  }

  /** The first child of a node; most nodes of a fleet's filters have no other. */
  private record Child<S>(String level, Node<S> node) {}

  /**
   * Children are in three places, none of which a child ever leaves while it is linked: {@code +},
   * one in a field (saves a map for each device, and the way through it), the others in a map.
   */
  private static final class Node<S> {
    volatile Listeners<S> exact = Listeners.none();
    volatile Listeners<S> multiLevel = Listeners.none();
    volatile @Nullable Node<S> singleLevel;
    volatile @Nullable Child<S> first;
    volatile @Nullable ConcurrentHashMap<String, Node<S>> others;

    /** The child for a level of a topic, which is never a wildcard. */
    @Nullable Node<S> named(String level) {
      Child<S> one = first;
      if (one != null && one.level.equals(level)) {
        return one.node;
      }
      ConcurrentHashMap<String, Node<S>> map = others;
      return map == null ? null : map.get(level);
    }

    /** The child for a level of a filter. */
    @Nullable Node<S> child(String level) {
      return level.equals("+") ? singleLevel : named(level);
    }

    Node<S> childForAdd(String level) {
      Node<S> child = child(level);
      if (child == null) {
        child = new Node<>();
        if (level.equals("+")) {
          singleLevel = child;
        } else if (first == null) {
          first = new Child<>(level, child);
        } else {
          ConcurrentHashMap<String, Node<S>> map = others;
          if (map == null) {
            map = new ConcurrentHashMap<>(4);
            others = map;
          }
          map.put(level, child);
        }
      }
      return child;
    }

    void unlink(String level) {
      Child<S> one = first;
      ConcurrentHashMap<String, Node<S>> map = others;
      if (level.equals("+")) {
        singleLevel = null;
      } else if (one != null && one.level.equals(level)) {
        first = null;
      } else if (map != null) {
        map.remove(level);
        if (map.isEmpty()) {
          others = null;
        }
      }
    }

    boolean isEmpty() {
      return exact.size() == 0
          && multiLevel.size() == 0
          && singleLevel == null
          && first == null
          && others == null;
    }
  }
}
