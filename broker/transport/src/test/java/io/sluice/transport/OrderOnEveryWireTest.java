package io.sluice.transport;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Section 4.6: what comes before what. */
class OrderOnEveryWireTest extends OnEveryWire {
  private static final int COUNT = 60;

  @ParameterizedTest(name = "QoS {0}, retained {1}, from {2} to {3}")
  @CsvSource({
    "0, false, 4, 5",
    "0, true, 5, 4",
    "1, false, 5, 5",
    "2, false, 4, 5",
    "2, true, 5, 5",
    "1, true, 4, 4"
  })
  void messagesOfATopicArriveInTheOrderTheyWereSent(
      int qos, boolean retained, int from, int to) { // [MQTT-4.6.0-5] [MQTT-4.6.0-6]
    try (Dialog subscriber = client(to, "s");
        Dialog publisher = client(from, "p")) {
      subscriber.subscribe(1, topic("#"), to == 5 ? 0x20 | qos : qos);
      Say[] publishes = new Say[COUNT];
      for (int i = 0; i < COUNT; i++) {
        Say.Publish publish = Say.publish(topic("a"), "" + i).qos(qos, i + 1);
        publishes[i] = retained ? publish.retained() : publish;
      }
      publisher.say(publishes);
      for (int i = 0; i < COUNT; i++) {
        Heard publish = subscriber.hear(Heard.PUBLISH);
        assertThat(publish.text()).isEqualTo("" + i);
        if (qos > 0) {
          int id = publish.packetId();
          subscriber.say(qos == 1 ? Say.puback(id) : Say.pubrec(id));
          if (qos == 2) { // [MQTT-4.6.0-4]
            subscriber.hearAmongPublications(Heard.PUBREL);
            subscriber.say(Say.pubcomp(id));
          }
        }
      }
      for (int i = 0; qos > 0 && i < COUNT; i++) { // [MQTT-4.6.0-2] [MQTT-4.6.0-3]
        assertThat(publisher.hear(qos == 1 ? Heard.PUBACK : Heard.PUBREC).packetId())
            .isEqualTo(i + 1);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 5})
  void acknowledgementsComeInOrderAlsoWhereSomeWaitForTheDisk(int version) { // [MQTT-4.6.0-2]
    try (Dialog client = client(version, "p")) {
      Say[] publishes = new Say[COUNT];
      for (int i = 0; i < COUNT; i++) {
        Say.Publish publish = Say.publish(topic("a" + i % 7), "" + i).qos(1, i + 1);
        publishes[i] = i % 3 == 0 ? publish.retained() : publish;
      }
      client.say(publishes);
      for (int i = 0; i < COUNT; i++) {
        assertThat(client.hear(Heard.PUBACK).packetId()).isEqualTo(i + 1);
      }
    }
  }
}
