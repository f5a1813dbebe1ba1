package io.sluice.session;

import io.sluice.message.SharedFilter;
import io.sluice.message.TopicTrie;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Everybody who subscribed, online or not: plain subscriptions in the tree under their filters,
 * shared ones behind one {@link SharedGroup} for each name, and who holds an exclusive one.
 *
 * <p>Any thread. Matching takes no lock; shared and exclusive subscriptions change under one lock,
 * since their members belong to several owners.
 */
final class SubscriptionTree {
  private final TopicTrie<Subscriber> trie;
  private final Map<String, SharedGroup> groups = new HashMap<>(); // guarded by this
  private final Map<String, Session> exclusive = new HashMap<>(); // guarded by this

  /**
   * @param parents whether {@code a/#} matches {@code a} too
   */
  SubscriptionTree(boolean parents) {
    this.trie = new TopicTrie<>(parents);
  }

  TopicTrie<Subscriber> trie() {
    return trie;
  }

  /**
   * Adds a subscription, or replaces the one equal to it; answers false, and does nothing, when
   * another session holds the exclusive filter.
   */
  boolean add(Subscription subscription) {
    if (subscription.filter().isExclusive() && !claim(subscription)) {
      return false;
    }
    SharedFilter share = subscription.filter().share();
    if (share == null) {
      trie.add(subscription.filter().topics(), subscription);
    } else {
      join(share, subscription);
    }
    return true;
  }

  private synchronized boolean claim(Subscription subscription) {
    Session holder =
        exclusive.putIfAbsent(subscription.filter().topics().toString(), subscription.session());
    return holder == null || holder == subscription.session();
  }

  private synchronized void join(SharedFilter name, Subscription member) {
    SharedGroup group = groups.get(name.toString());
    if (group == null) {
      group = new SharedGroup(name);
      groups.put(name.toString(), group);
      group.add(member); // before the tree: a match must not find it empty
      trie.add(name.filter(), group);
    } else {
      group.add(member);
    }
  }

  void remove(Subscription subscription) {
    SharedFilter share = subscription.filter().share();
    if (share == null) {
      trie.remove(subscription.filter().topics(), subscription);
    } else {
      leave(share, subscription);
    }
    if (subscription.filter().isExclusive()) {
      giveUp(subscription);
    }
  }

  private synchronized void leave(SharedFilter name, Subscription member) {
    SharedGroup group = groups.get(name.toString());
    if (group != null && group.remove(member)) {
      groups.remove(name.toString());
      trie.remove(name.filter(), group);
    }
  }

  private synchronized void giveUp(Subscription subscription) {
    exclusive.remove(subscription.filter().topics().toString(), subscription.session());
  }

  /** The group of this name, or null when it has no member. */
  synchronized @Nullable SharedGroup group(String name) {
    return groups.get(name);
  }
}
