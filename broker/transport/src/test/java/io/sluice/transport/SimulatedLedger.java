package io.sluice.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.message.TopicName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What was said in a {@link SessionSimulationTest}, by whom and when, and what follows from it for
 * all together: retained messages, wills, and a group that shares a subscription. What is due to
 * one device it knows itself.
 */
final class SimulatedLedger {
  private static final long NOT_YET = Long.MAX_VALUE;

  /** A message and who said it; its payload is its number, or nothing when it clears. */
  record Published(
      int number,
      SimulatedDevice publisher,
      TopicName topic,
      int qos,
      boolean retain,
      boolean clears) {}

  /** What is known of a will. */
  enum Will {
    MAY_COME,
    MUST_COME,
    MUST_NOT_COME
  }

  private final List<Published> published = new ArrayList<>();
  private final List<Long> saidAt = new ArrayList<>();
  private final Map<Integer, Long> landedAt = new HashMap<>();
  private final Map<Integer, Will> wills = new TreeMap<>();
  private final Set<Integer> sharedPromised = new HashSet<>();
  private final Set<Integer> lentAtCrash = new HashSet<>();
  private long moment; // of everything that is said or heard, no two alike

  Published publish(
      SimulatedDevice publisher, TopicName topic, int qos, boolean retain, boolean clears) {
    Published message = new Published(published.size(), publisher, topic, qos, retain, clears);
    published.add(message);
    saidAt.add(++moment);
    return message;
  }

  Published get(int number) {
    return published.get(number);
  }

  /** Its publisher was told that the gateway has it. */
  void landed(int number) {
    landedAt.put(number, ++moment);
  }

  boolean hasLanded(int number) {
    return landedAt.containsKey(number);
  }

  long moment() {
    return ++moment;
  }

  // ---- retained messages

  /**
   * Whether a message may be its topic's retained one for a SUBSCRIBE at that moment: none that had
   * landed by then was said after it had landed.
   */
  boolean mayBeRetained(int number, long at) {
    return isNotReplaced(get(number).topic(), landedAt.getOrDefault(number, NOT_YET), at);
  }

  private boolean isNotReplaced(TopicName topic, long landed, long at) {
    return published.stream()
        .filter(later -> later.retain() && later.topic().equals(topic))
        .noneMatch(
            later ->
                saidAt.get(later.number()) > landed
                    && landedAt.getOrDefault(later.number(), NOT_YET) < at);
  }

  private boolean mayBeWithoutRetained(TopicName topic, long at) {
    return isNotReplaced(topic, 0, at)
        || published.stream()
            .filter(clear -> clear.clears() && clear.topic().equals(topic))
            .anyMatch(
                clear -> isNotReplaced(topic, landedAt.getOrDefault(clear.number(), NOT_YET), at));
  }

  /** What a new subscriber finds in the end, by topic. */
  void checkRetained(Map<String, Integer> found, List<TopicName> topics) {
    long end = moment();
    for (TopicName topic : topics) {
      Integer number = found.get(topic.toString());
      if (number == null) {
        assertThat(mayBeWithoutRetained(topic, end)).as("nothing retained for %s", topic).isTrue();
      } else {
        assertThat(get(number).retain() && get(number).topic().equals(topic)).isTrue();
        assertThat(mayBeRetained(number, end)).as("%d retained for %s", number, topic).isTrue();
      }
    }
  }

  // ---- wills

  /** A CONNECT carries this will. */
  void willSent(int number) {
    wills.put(number, Will.MAY_COME);
  }

  void willIs(int number, Will known) {
    wills.put(number, known);
  }

  /** Whom every will reaches got these, that often. */
  void checkWills(Map<Integer, Integer> times, boolean complete) {
    wills.forEach(
        (number, known) -> {
          int came = times.getOrDefault(number, 0);
          assertThat(came).as("will %d came so often", number).isLessThanOrEqualTo(1);
          if (known == Will.MUST_COME && complete) {
            assertThat(came).as("will %d [MQTT-3.1.2-8]", number).isEqualTo(1);
          } else if (known == Will.MUST_NOT_COME) {
            assertThat(came).as("will %d [MQTT-3.1.3-9] [MQTT-3.14.4-3]", number).isZero();
          }
        });
  }

  // ---- a shared subscription

  /** A persistent member that stays is there: somebody must get it. */
  void sharedPromised(int number) {
    sharedPromised.add(number);
  }

  /** A member's session ends: what it had begun with QoS 2 ends with it [MQTT-4.8.2-5]. */
  void memberEnds() {
    sharedPromised.removeIf(number -> get(number).qos() == 2);
  }

  /**
   * The process dies. What a member had on loan, whose session ends with that, goes to another; it
   * may have got it (docs/decisions/0007).
   */
  void crash(List<SimulatedDevice> devices) {
    for (SimulatedDevice device : devices) {
      if (device.endsWithItsConnection()) {
        lentAtCrash.addAll(device.due.sharedTimes().keySet());
      }
    }
  }

  void checkShared(List<SimulatedDevice> devices, boolean complete) {
    Map<Integer, Integer> times = new HashMap<>();
    for (SimulatedDevice device : devices) {
      device.due.sharedTimes().forEach((number, n) -> times.merge(number, n, Integer::sum));
    }
    for (int number : sharedPromised) {
      if (hasLanded(number) && complete) {
        assertThat(times.getOrDefault(number, 0)).as("members that got %d", number).isPositive();
      }
    }
    times.forEach(
        (number, n) -> {
          if (get(number).qos() == 2 && !lentAtCrash.contains(number)) {
            assertThat(n).as("members that got %d [MQTT-4.8.2-4]", number).isEqualTo(1);
          }
        });
  }
}
