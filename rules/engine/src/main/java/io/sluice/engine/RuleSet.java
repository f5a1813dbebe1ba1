package io.sluice.engine;

import io.sluice.message.TopicFilter;
import io.sluice.message.TopicName;
import io.sluice.message.TopicTrie;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/**
 * The rules in force, by name and by topic filter. Changed on one thread, asked on any.
 *
 * <p>A change is seen by each message whole or not at all: the new filter is there before the
 * version moves, the old one goes after it, a search beside a change begins anew, and each slot is
 * asked for its version once.
 */
final class RuleSet {
  private static final String BASIC_INGEST = "$aws/rules/";
  private static final int RULE_LEVEL = 2;
  private static final int SEARCHES_MAX = 8; // beside a storm of changes one of the last is as good

  private final TopicTrie<RuleSlot> listening = new TopicTrie<>();
  private final Map<String, RuleSlot> slots = new ConcurrentSkipListMap<>();

  boolean isEmpty() {
    return slots.isEmpty();
  }

  int size() {
    return slots.size();
  }

  Collection<RuleSlot> all() {
    return slots.values();
  }

  @Nullable RuleSlot get(String name) {
    return slots.get(name);
  }

  /** Puts a rule in force, or another version of it. */
  void put(String name, RuleSlot slot, RuleSlot.State next) {
    Optional<TopicFilter> before = slots.containsKey(name) ? filter(slot) : Optional.empty();
    Optional<TopicFilter> after = filter(next);
    slots.put(name, slot); // a new one already has this version
    after.ifPresent(filter -> listening.add(filter, slot));
    slot.set(next);
    if (!before.equals(after)) {
      before.ifPresent(filter -> listening.remove(filter, slot));
    }
  }

  void remove(String name) {
    RuleSlot slot = slots.remove(name);
    if (slot != null) {
      Optional<TopicFilter> before = filter(slot);
      slot.set(new RuleSlot.State(slot.state().rule().withDisabled(true), null, ""));
      before.ifPresent(filter -> listening.remove(filter, slot));
    }
  }

  private static Optional<TopicFilter> filter(RuleSlot slot) {
    return filter(slot.state());
  }

  private static Optional<TopicFilter> filter(RuleSlot.State state) {
    ActiveRule active = state.active();
    return active == null || state.rule().disabled() ? Optional.empty() : active.sql().from();
  }

  static boolean isBasicIngest(TopicName topic) {
    return topic.isReserved() && topic.toString().startsWith(BASIC_INGEST);
  }

  /** The rule a Basic Ingest topic names; null when it is missing or disabled. */
  @Nullable ActiveRule basicIngest(TopicName topic) {
    RuleSlot slot = slots.get(topic.level(RULE_LEVEL)); // the prefix ends in '/', so it is there
    return slot == null ? null : slot.running();
  }

  /** Whether any rule could select a message on this topic. Hot path. */
  boolean listens(TopicName topic) {
    boolean[] found = new boolean[1];
    for (int i = 0; i < SEARCHES_MAX; i++) {
      long version = listening.version();
      listening.match(
          topic,
          slot -> {
            ActiveRule rule = found[0] ? null : slot.running();
            found[0] |= rule != null && rule.sql().covers(topic);
          });
      if (found[0] || version == listening.version()) {
        break;
      }
    }
    return found[0];
  }

  /** The rules whose FROM covers a topic, each in the one version that is in force. */
  Collection<ActiveRule> select(TopicName topic) {
    Map<RuleSlot, ActiveRule> selected = new LinkedHashMap<>(4);
    for (int i = 0; i < SEARCHES_MAX; i++) {
      long version = listening.version();
      listening.match(
          topic,
          slot -> {
            ActiveRule rule = selected.containsKey(slot) ? null : slot.running();
            if (rule != null && rule.sql().covers(topic)) {
              selected.put(slot, rule);
            }
          });
      if (version == listening.version()) {
        break;
      }
    }
    return selected.isEmpty() ? List.of() : selected.values();
  }
}
