package io.sluice.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.message.TopicName;
import io.sluice.store.SimulatedPartitions;
import io.sluice.store.SimulatedStore;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Rules that change while messages ask for them. */
class RuleSetTest {
  private static final TopicName TOPIC = TopicName.of("a/b");
  private static final int CHANGES = 400_000; // fewer seldom meet the gap that a single search has

  @Test
  void everyMessageBesideChangesSeesExactlyOneVersion() {
    RuleSet rules = new RuleSet();
    RecentEvaluations recent = new RecentEvaluations();
    List<RuleSlot.State> versions = new ArrayList<>();
    for (String from : List.of("a/b", "a/+", "#", "+/b", "a/#")) {
      Rule rule = RulesHouse.rule("r", "SELECT * FROM '" + from + "'", "'actions': []");
      versions.add(new RuleSlot.State(rule, ActiveRule.of(rule, targets(), recent), ""));
    }
    RuleSlot slot = new RuleSlot(versions.get(0), recent);
    rules.put("r", slot, versions.get(0));
    AtomicBoolean done = new AtomicBoolean();
    CompletableFuture<Void> author =
        CompletableFuture.runAsync(
            () -> {
              for (int i = 0; i < CHANGES; i++) {
                rules.put("r", slot, versions.get(i * 7 % versions.size()));
              }
              done.set(true);
            });
    long seen = 0;
    while (!done.get() || seen == 0) {
      Collection<ActiveRule> selected = rules.select(TOPIC);
      assertThat(selected.size()).as("message %d", seen).isEqualTo(1);
      assertThat(rules.listens(TOPIC)).as("message %d", seen).isTrue();
      seen++;
      if (author.isCompletedExceptionally()) {
        break;
      }
    }
    author.join();
  }

  @Test
  void aRemovedRuleLeavesNothingBehind() {
    RuleSet rules = new RuleSet();
    RecentEvaluations recent = new RecentEvaluations();
    Rule rule = RulesHouse.rule("r", "SELECT * FROM 'a/b'", "'actions': []");
    RuleSlot.State state = new RuleSlot.State(rule, ActiveRule.of(rule, targets(), recent), "");
    rules.put("r", new RuleSlot(state, recent), state);
    assertThat(rules.listens(TOPIC)).isTrue();
    rules.remove("r");
    assertThat(rules.listens(TOPIC)).isFalse();
    assertThat(rules.select(TOPIC)).isEmpty();
    assertThat(rules.isEmpty()).isTrue();
  }

  private static ActionCompiler.Targets targets() {
    SimulatedPartitions simulation = new SimulatedPartitions(new SimulatedStore(1), 0);
    return new ActionCompiler.Targets(new FakeDestinations(simulation.partitions()), topic -> 0);
  }
}
