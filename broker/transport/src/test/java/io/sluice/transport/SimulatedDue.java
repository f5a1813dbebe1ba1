package io.sluice.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.message.TopicFilter;
import io.sluice.message.TopicName;
import io.sluice.transport.SimulatedLedger.Published;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * What one {@link SimulatedDevice} is due, and what it got: what it knows of its subscriptions says
 * with which quality of service it must get a message, may get it, or must not.
 */
final class SimulatedDue {
  /** As a SUBSCRIBE names it, and the topics it stands for. */
  record Filter(String text, TopicFilter topics) {
    static Filter of(String text, String topics) {
      return new Filter(text, TopicFilter.of(topics));
    }
  }

  static final int PLAIN = 3; // the first of the list
  static final int SHARED = 3;
  static final int WILLS = 4;
  static final List<Filter> FILTERS =
      List.of(
          Filter.of("t/0", "t/0"),
          Filter.of("t/1", "t/1"),
          Filter.of("t/+", "t/+"),
          Filter.of("$share/g/s/+", "s/+"),
          Filter.of("w/+", "w/+"));

  private static final int NOT = -1;

  private enum Known {
    NONE,
    MAYBE,
    SURE
  }

  /** One filter: what may be granted now. */
  private static final class Subscription {
    Known known = Known.NONE;
    int low = NOT;
    int high = NOT;
    int turn; // only the answer to the last question counts
    long askedAt = Long.MAX_VALUE; // first, in this session
  }

  /** The quality of service that a message must come with. */
  private record Owed(int low, int high) {}

  private final String id;
  private final SimulatedLedger ledger;
  private final Subscription[] subscriptions = new Subscription[FILTERS.size()];
  private final Map<Integer, Owed> owed = new LinkedHashMap<>();
  private final Set<Integer> notOwed = new HashSet<>();
  private final Set<Integer> owedAtFirst = new HashSet<>();
  private final Map<Integer, Integer> times = new HashMap<>();
  private final Set<Integer> cameWithQos1 = new HashSet<>();
  private final List<Integer> order = new ArrayList<>(); // first receptions

  SimulatedDue(String id, SimulatedLedger ledger) {
    this.id = id;
    this.ledger = ledger;
    for (int f = 0; f < subscriptions.length; f++) {
      subscriptions[f] = new Subscription();
    }
  }

  // ---- its subscriptions

  /** It subscribes or unsubscribes; answers the turn. */
  int asks(int filter, int qos, boolean on) {
    Subscription subscription = subscriptions[filter];
    if (on) {
      boolean stays = subscription.known != Known.NONE;
      subscription.low = stays ? Math.min(subscription.low, qos) : qos;
      subscription.high = stays ? Math.max(subscription.high, qos) : qos;
      subscription.known = subscription.known == Known.SURE ? Known.SURE : Known.MAYBE;
      subscription.askedAt = Math.min(subscription.askedAt, ledger.moment());
      notOwed.removeIf(number -> !ledger.hasLanded(number)); // it may arrive behind this
    } else {
      subscription.known = Known.MAYBE;
    }
    // What is on its way through the log finds the subscription as it will be then.
    if (!on || subscription.low != subscription.high) {
      owedAtFirst.removeIf(number -> isFor(filter, number));
    }
    for (int number : List.copyOf(owed.keySet())) {
      if (isFor(filter, number)) {
        TopicName topic = ledger.get(number).topic();
        Owed before = owed.get(number);
        Owed now = new Owed(Math.min(before.low, low(topic)), Math.max(before.high, high(topic)));
        owed.put(number, now);
        if (now.low == NOT) {
          owed.remove(number);
        }
      }
    }
    return ++subscription.turn;
  }

  void answered(int filter, int qos, boolean on, int turn) {
    Subscription subscription = subscriptions[filter];
    if (turn == subscription.turn) {
      subscription.known = on ? Known.SURE : Known.NONE;
      subscription.low = on ? qos : NOT;
      subscription.high = on ? qos : NOT;
    }
  }

  private static boolean matches(int filter, TopicName topic) {
    return FILTERS.get(filter).topics().matches(topic);
  }

  private boolean isFor(int filter, int number) {
    return matches(filter, ledger.get(number).topic());
  }

  boolean isSureOf(int filter) {
    return subscriptions[filter].known == Known.SURE;
  }

  private IntStream matching(TopicName topic, Known atLeast) {
    return IntStream.range(0, FILTERS.size())
        .filter(f -> matches(f, topic) && subscriptions[f].known.compareTo(atLeast) >= 0);
  }

  private int low(TopicName topic) {
    return matching(topic, Known.SURE).map(f -> subscriptions[f].low).max().orElse(NOT);
  }

  private int high(TopicName topic) {
    return matching(topic, Known.MAYBE).map(f -> subscriptions[f].high).max().orElse(NOT);
  }

  /** A clean start: nobody knows. */
  void sessionMayEnd() {
    owed.clear();
    owedAtFirst.clear();
    for (Subscription subscription : subscriptions) {
      if (subscription.known != Known.NONE) {
        subscription.known = Known.MAYBE;
      }
    }
    endsAsMember();
  }

  /** A session that began anew has no subscriptions and owes nothing of the past. */
  void sessionBegins() {
    endsAsMember();
    owed.clear();
    owedAtFirst.clear();
    for (Subscription subscription : subscriptions) {
      subscription.known = Known.NONE;
      subscription.low = NOT;
      subscription.high = NOT;
      subscription.askedAt = Long.MAX_VALUE;
    }
  }

  private void endsAsMember() {
    if (subscriptions[SHARED].known != Known.NONE) {
      ledger.memberEnds();
    }
  }

  // ---- messages

  /** Somebody publishes this. */
  void said(Published message) {
    TopicName topic = message.topic();
    if (matches(SHARED, topic)) {
      return; // one of the group gets it, perhaps one that came later
    }
    if (high(topic) == NOT) {
      notOwed.add(message.number());
    } else if (low(topic) != NOT) {
      owed.put(message.number(), new Owed(low(topic), high(topic)));
      owedAtFirst.add(message.number());
    }
  }

  /**
   * It got a message, the first time or again with QoS 0 or 1.
   *
   * @param identifiers of its subscriptions, as sent along; null before MQTT 5
   */
  void got(Published message, int qos, boolean retained, Set<Integer> identifiers) {
    int number = message.number();
    assertThat(qos).as("QoS of %d", number).isLessThanOrEqualTo(message.qos());
    if (identifiers != null) { // [MQTT-3.3.4-3]
      assertThat(identifiers)
          .as("%s: identifiers of %d", id, number)
          .isNotEmpty()
          .allMatch(identifier -> matches(identifier - 1, message.topic()));
    }
    if (retained) {
      gotRetained(message);
      return;
    }
    Owed due = owed.get(number);
    if (due != null) { // [MQTT-3.8.4-8]
      assertThat(qos)
          .as("%s: QoS of %d", id, number)
          .isBetween(Math.min(due.low, message.qos()), Math.min(due.high, message.qos()));
    }
    if (qos == 1) {
      cameWithQos1.add(number);
    }
    if (times.merge(number, 1, Integer::sum) == 1) {
      order.add(number);
    }
  }

  private void gotRetained(Published message) {
    assertThat(message.retain()).as("%d is retained", message.number()).isTrue();
    long since =
        IntStream.range(0, PLAIN)
            .filter(f -> matches(f, message.topic()))
            .mapToLong(f -> subscriptions[f].askedAt)
            .min()
            .orElse(Long.MAX_VALUE);
    assertThat(ledger.mayBeRetained(message.number(), since))
        .as("%s: %d was retained when it subscribed", id, message.number())
        .isTrue();
  }

  Map<Integer, Integer> times() {
    return times;
  }

  /** Of the shared subscription. */
  Map<Integer, Integer> sharedTimes() {
    Map<Integer, Integer> shared = new HashMap<>(times);
    shared.keySet().removeIf(number -> !isFor(SHARED, number));
    return shared;
  }

  // ---- in the end

  /** Checks all but loss; answers what it was promised and did not get. */
  Set<Integer> check() {
    Set<Integer> missing = new HashSet<>();
    owed.forEach(
        (number, due) -> {
          int qos = Math.min(ledger.get(number).qos(), due.low);
          if (qos > 0 && ledger.hasLanded(number) && !times.containsKey(number)) {
            missing.add(number);
          }
        });
    Set<Integer> unwanted = new HashSet<>(times.keySet());
    unwanted.retainAll(notOwed);
    assertThat(unwanted).as("what %s never asked for", id).isEmpty();
    times.forEach(
        (number, n) -> {
          // QoS 1 may come again, from the publisher or to the subscriber
          if (ledger.get(number).qos() != 1 && !cameWithQos1.contains(number)) {
            assertThat(n).as("%s got %d that often [MQTT-4.3.3-10]", id, number).isEqualTo(1);
          }
        });
    checkOrder();
    return missing;
  }

  /** Of one publisher, topic and QoS, in the order they were sent [MQTT-4.6.0-6]. */
  private void checkOrder() {
    for (int later = 1; later < order.size(); later++) {
      Published second = ledger.get(order.get(later));
      for (int sooner = 0; sooner < later; sooner++) {
        Published first = ledger.get(order.get(sooner));
        if (first.number() > second.number()
            && first.publisher() == second.publisher()
            && first.topic().equals(second.topic())
            && first.qos() == second.qos()
            && owedAtFirst.contains(second.number())) {
          throw new AssertionError(
              "%s got %s before %s".formatted(id, first.number(), second.number()));
        }
      }
    }
  }
}
