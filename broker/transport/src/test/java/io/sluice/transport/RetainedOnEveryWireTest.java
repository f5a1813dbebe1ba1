package io.sluice.transport;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Section 3.3.1.3 between connections: what was taken as retained is there for everybody. */
class RetainedOnEveryWireTest extends OnEveryWire {

  @ParameterizedTest(name = "published with QoS {0} and level {1}")
  @CsvSource({"1, 4", "1, 5", "2, 5"})
  void whoSubscribesAfterTheAcknowledgementSeesIt(int qos, int version) { // [MQTT-3.3.1-5]
    try (Dialog publisher = client(version, "p");
        Dialog subscriber = client(5, "s")) {
      for (int i = 1; i <= 25; i++) {
        publisher.say(Say.publish(topic("a" + i), "x").qos(qos, i).retained());
        publisher.hear(qos == 1 ? Heard.PUBACK : Heard.PUBREC);
        subscriber.subscribe(i, topic("a" + i), 0);
        assertThat(subscriber.hear(Heard.PUBLISH).retained()).as("round %d", i).isTrue();
        subscriber.hearNothing(); // and no live copy
      }
    }
  }

  @Test
  void whoSubscribesAfterAnotherSawTheMessageSeesItToo() {
    try (Dialog publisher = client(5, "p");
        Dialog watcher = client(5, "w");
        Dialog subscriber = client(5, "s")) {
      watcher.subscribe(1, topic("#"), 0);
      for (int i = 1; i <= 25; i++) {
        publisher.say(Say.publish(topic("a" + i), "x").retained());
        watcher.hear(Heard.PUBLISH);
        subscriber.subscribe(i, topic("a" + i), 0);
        assertThat(subscriber.hear(Heard.PUBLISH).retained()).as("round %d", i).isTrue();
        subscriber.hearNothing();
      }
    }
  }
}
