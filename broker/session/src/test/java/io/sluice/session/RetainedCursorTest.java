package io.sluice.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.message.Origin;
import io.sluice.message.Publication;
import io.sluice.message.PublishProperties;
import io.sluice.message.QoS;
import io.sluice.message.TopicFilter;
import io.sluice.message.TopicName;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A walk over retained messages finds what the filter matches, in steps of any size. */
class RetainedCursorTest extends SessionHouse {
  private static Publication retained(String topic, QoS qos) {
    return new Publication(
        TopicName.of(topic), new byte[] {1}, qos, true, PublishProperties.NONE, Origin.GATEWAY, 1);
  }

  private void keep(String topic, QoS qos) {
    done(simulation.partitions().apply(0, new Keep(retained(topic, qos))));
  }

  private List<String> walk(String filter, int steps) {
    RetainedCursor cursor = sessions.retained().cursor(TopicFilter.of(filter));
    List<String> found = new ArrayList<>();
    boolean more = true;
    while (more) {
      int before = found.size();
      more = cursor.advance(now, steps, publication -> found.add(publication.topic().toString()));
      assertThat(found.size() - before).as("found in one go").isLessThanOrEqualTo(steps + 1);
    }
    return found;
  }

  @ParameterizedTest
  @CsvSource({"1", "2", "7", "1000"})
  void itFindsWhatTheFilterMatches(int steps) {
    List<String> topics = new ArrayList<>(List.of("$s/a", "a", "/", "a/$b/c", "a/b/c/d/e"));
    Random random = new Random(7);
    for (int i = 0; i < 200; i++) {
      StringBuilder topic = new StringBuilder();
      for (int levels = 1 + random.nextInt(4); levels > 0; levels--) {
        topic.append("abcd".charAt(random.nextInt(4))).append(levels > 1 ? "/" : "");
      }
      topics.add(topic.toString());
    }
    topics.forEach(topic -> keep(topic, QoS.AT_MOST_ONCE));
    for (String filter :
        List.of("#", "+", "a/#", "+/+", "a/+/c", "+/b/#", "a", "$s/#", "$s/+", "x/#", "/", "+/#")) {
      TopicFilter wanted = TopicFilter.of(filter);
      List<String> expected =
          new TreeSet<>(topics)
              .stream().filter(topic -> wanted.matches(TopicName.of(topic))).toList();
      assertThat(walk(filter, steps)).as(filter).containsExactlyInAnyOrderElementsOf(expected);
    }
  }

  @Test
  void aPersistentSubscriberGetsManyOfThemAFewAhead() {
    int many = 2_000;
    IntStream.range(0, many).forEach(i -> keep("r/" + i, QoS.of(i % 3)));
    Reader reader = new Reader();
    Session session = open("c", true, 100, reader);
    done(
        sessions.subscribe(
            session,
            List.of(
                new Sessions.Wanted(
                    SubscribedFilter.of("r/#"), Subscription.Options.of(QoS.AT_LEAST_ONCE)))));
    sessions.resume(session, reader, 20);
    TreeSet<String> seen = new TreeSet<>();
    for (int acknowledged = 0; acknowledged < many; ) {
      simulation.run();
      assertThat(rows("inbox")).as("rows ahead of the client").isLessThanOrEqualTo(600);
      List<InboxMessage> received = List.copyOf(reader.received);
      assertThat(received).hasSizeBetween(1, 20).allMatch(InboxMessage::retain);
      reader.received.clear();
      received.forEach(message -> seen.add(message.shipment().publication().topic().toString()));
      acknowledged += received.size();
      sessions.acknowledge(session, received.stream().mapToLong(InboxMessage::sequence).toArray());
    }
    simulation.run();
    assertThat(seen).hasSize(many);
    assertThat(rows("inbox")).isZero();
  }

  @Test
  void aCrashInTheMiddleForgetsNoneOfThem() { // [MQTT-3.3.1-9]
    int many = 2_000;
    IntStream.range(0, many).forEach(i -> keep("r/" + i, QoS.AT_LEAST_ONCE));
    Reader reader = new Reader();
    Session session = open("c", true, 100, reader);
    SubscribedFilter filter = SubscribedFilter.of("r/#");
    var want = new Sessions.Wanted(filter, Subscription.Options.of(QoS.AT_LEAST_ONCE));
    done(sessions.subscribe(session, List.of(want)));
    sessions.resume(session, reader, 20);
    TreeSet<String> seen = new TreeSet<>();
    take(session, reader, seen, 500);
    assertThat(seen).hasSizeLessThan(many);

    restart();
    Reader again = new Reader();
    session = open("c", false, 100, again);
    sessions.resume(session, again, 20);
    take(session, again, seen, Integer.MAX_VALUE);
    assertThat(seen).hasSize(many);

    restart(); // and no third time
    Reader last = new Reader();
    sessions.resume(open("c", false, 100, last), last, 20);
    simulation.run();
    assertThat(last.received).isEmpty();
  }

  private void take(Session session, Reader reader, Set<String> seen, int most) {
    simulation.run();
    for (int taken = 0; taken < most && !reader.received.isEmpty(); ) {
      List<InboxMessage> received = List.copyOf(reader.received);
      reader.received.clear();
      taken += received.size();
      received.forEach(message -> seen.add(message.shipment().publication().topic().toString()));
      sessions.acknowledge(session, received.stream().mapToLong(InboxMessage::sequence).toArray());
      simulation.run();
    }
  }
}
