package io.sluice.message;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** The trie finds what a walk over all filters finds, whatever was added and removed before. */
class TopicTrieProperties {

  /** Told apart by name only, so that replacement shows in the generation. */
  private static final class Listener implements Comparable<Listener> {
    final String name;
    final int generation;

    Listener(String name, int generation) {
      this.name = name;
      this.generation = generation;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Listener that && name.equals(that.name);
    }

    @Override
    public int hashCode() {
      return name.hashCode();
    }

    @Override
    public int compareTo(Listener that) {
      return toString().compareTo(that.toString());
    }

    @Override
    public String toString() {
      return name + "#" + generation;
    }
  }

  private static final String[] LEVELS = {"a", "b", "", "$s", "c"};

  private static TopicFilter filter(Random random) {
    StringBuilder text = new StringBuilder();
    int levels = 1 + random.nextInt(4);
    for (int i = 0; i < levels; i++) {
      text.append(i == 0 ? "" : "/");
      int kind = random.nextInt(8);
      if (kind == 0 && i == levels - 1) {
        text.append('#');
      } else {
        text.append(kind < 3 ? "+" : LEVELS[random.nextInt(LEVELS.length)]);
      }
    }
    return TopicFilter.of(text.isEmpty() ? "a" : text.toString());
  }

  private static TopicName topic(Random random) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(4); i >= 0; i--) {
      text.append(LEVELS[random.nextInt(LEVELS.length)]).append(i == 0 ? "" : "/");
    }
    return TopicName.of(text.isEmpty() ? "a" : text.toString());
  }

  /** What is in the trie: listeners by filter, each by its name. */
  private final Map<TopicFilter, Map<String, Listener>> model = new LinkedHashMap<>();

  private List<Listener> naive(TopicName topic) {
    List<Listener> found = new ArrayList<>();
    model.forEach(
        (filter, listeners) -> {
          if (filter.matches(topic)) {
            found.addAll(listeners.values());
          }
        });
    return found;
  }

  private int modelSize() {
    return model.values().stream().mapToInt(Map::size).sum();
  }

  @Property(tries = 200)
  void matchesAsANaiveWalkDoes(@ForAll long seed) {
    Random random = new Random(seed);
    model.clear();
    TopicTrie<Listener> trie = new TopicTrie<>();
    boolean crowded = random.nextBoolean(); // many listeners on few filters, or the reverse
    List<TopicFilter> filters = new ArrayList<>();
    for (int i = crowded ? 2 : 40; i > 0; i--) {
      filters.add(filter(random));
    }
    for (int step = 0; step < 600; step++) {
      TopicFilter filter = filters.get(random.nextInt(filters.size()));
      Listener listener = new Listener("l" + random.nextInt(crowded ? 150 : 4), step);
      Map<String, Listener> there = model.computeIfAbsent(filter, f -> new LinkedHashMap<>());
      long version = trie.version();
      // Waves, so that lists grow over the bound between their two forms and shrink again.
      if (random.nextInt(100) < (step / 200 == 1 ? 20 : 80)) {
        assertThat(trie.add(filter, listener)).isEqualTo(!there.containsKey(listener.name));
        there.put(listener.name, listener);
        assertThat(trie.version()).isNotEqualTo(version);
      } else {
        boolean removed = there.remove(listener.name) != null;
        assertThat(trie.remove(filter, listener)).isEqualTo(removed);
        assertThat(trie.version() != version).isEqualTo(removed);
      }
      assertThat(trie.size()).isEqualTo(modelSize());
      TopicName topic = topic(random);
      List<Listener> found = new ArrayList<>();
      trie.match(topic, found::add);
      assertThat(texts(found)).as("%s", topic).isEqualTo(texts(naive(topic)));
    }
    model.forEach(
        (filter, listeners) ->
            listeners.values().forEach(l -> assertThat(trie.remove(filter, l)).isTrue()));
    assertThat(trie.isEmpty()).as("nothing is left behind").isTrue();
    assertThat(trie.size()).isZero();
  }

  private static List<String> texts(List<Listener> listeners) {
    return listeners.stream().map(Listener::toString).sorted().toList();
  }

  /** Readers run beside a writer that churns every node on their way. */
  @Example
  void readersNeverMissAnEstablishedListener() throws Exception {
    TopicTrie<String> trie = new TopicTrie<>();
    TopicName topic = TopicName.of("a/b/c");
    List<TopicFilter> established =
        List.of(TopicFilter.of("a/b/c"), TopicFilter.of("a/+/c"), TopicFilter.of("a/#"));
    established.forEach(filter -> trie.add(filter, "established"));
    List<TopicFilter> churned = new ArrayList<>(established);
    churned.add(TopicFilter.of("a/b/c/d"));
    churned.add(TopicFilter.of("+/b/#"));
    churned.add(TopicFilter.of("a/x"));
    AtomicBoolean over = new AtomicBoolean();
    AtomicReference<String> missed = new AtomicReference<>();
    CountDownLatch read = new CountDownLatch(20_000);
    List<Thread> readers = new ArrayList<>();
    for (int r = 0; r < 2; r++) {
      Thread reader =
          new Thread(
              () -> {
                while (!over.get()) {
                  int[] heard = {0};
                  trie.match(topic, listener -> heard[0] += listener.equals("established") ? 1 : 0);
                  if (heard[0] != established.size()) {
                    missed.set("heard " + heard[0] + " of " + established.size());
                  }
                  read.countDown();
                }
              });
      readers.add(reader);
      reader.start();
    }
    Random random = new Random(1);
    for (int i = 0; read.getCount() > 0 || i < 20_000; i++) {
      TopicFilter filter = churned.get(random.nextInt(churned.size()));
      String other = "other-" + random.nextInt(100); // over and under the bound of the array
      if (random.nextInt(100) < (i / 2000 % 2 == 0 ? 70 : 30)) {
        trie.add(filter, other);
      } else {
        trie.remove(filter, other);
      }
      if (i % 100 == 0) {
        trie.add(established.get(0), "established"); // replaced by itself: never absent
      }
    }
    over.set(true);
    for (Thread reader : readers) {
      reader.join();
    }
    assertThat(missed).hasValue(null);
  }

  @Example
  void aTrieWithoutParentsDiffersInThatAlone() {
    List<String> filters = List.of("a/#", "#", "+/#", "a/b/#", "a", "$s/#");
    TopicTrie<String> trie = new TopicTrie<>(false);
    filters.forEach(filter -> trie.add(TopicFilter.of(filter), filter));

    assertThat(matched(trie, "a")).containsExactlyInAnyOrder("#", "a");
    assertThat(matched(trie, "a/")).containsExactlyInAnyOrder("#", "+/#", "a/#");
    assertThat(matched(trie, "a/b")).containsExactlyInAnyOrder("#", "+/#", "a/#");
    assertThat(matched(trie, "a/b/c")).containsExactlyInAnyOrder("#", "+/#", "a/#", "a/b/#");
    assertThat(matched(trie, "$s")).isEmpty();
    assertThat(matched(trie, "$s/t")).containsExactly("$s/#");
  }

  private static List<String> matched(TopicTrie<String> trie, String topic) {
    List<String> found = new ArrayList<>();
    trie.match(TopicName.of(topic), found::add);
    return found;
  }

  /** A filter covers another only if it matches whatever that one matches. */
  @Property(tries = 3000)
  void whatACoveredFilterMatchesTheCoveringOneMatches(@ForAll long seed) {
    Random random = new Random(seed);
    TopicFilter covering = filter(random);
    TopicFilter covered = filter(random);
    boolean covers = covering.covers(covered);

    for (int i = 0; i < 200; i++) {
      TopicName topic = topic(random);
      if (covers && covered.matches(topic)) {
        assertThat(covering.matches(topic))
            .as("%s covers %s: %s", covering, covered, topic)
            .isTrue();
      }
    }
    assertThat(covering.covers(covering)).isTrue();
  }
}
