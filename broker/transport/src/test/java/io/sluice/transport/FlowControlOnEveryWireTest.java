package io.sluice.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Section 4.9 and the bounds of 3.1.2.11 and 3.3.4: Receive Maximum and Maximum Packet Size. */
class FlowControlOnEveryWireTest extends OnEveryWire {

  @ParameterizedTest(name = "QoS {0}, Receive Maximum {1}, session expiry {2}")
  @CsvSource({"1, 1, 0", "1, 5, 0", "2, 1, 0", "2, 5, 0", "2, 5, 60", "1, 5, 60"})
  void theBrokerNeverHasMoreUnderWayThanTheClientTakes(int qos, int maximum, int expiry) {
    try (Dialog client =
            client(
                5,
                Say.connect(id("s"))
                    .with(
                        Property.number(Property.RECEIVE_MAXIMUM, maximum),
                        Property.number(Property.SESSION_EXPIRY, expiry)));
        Dialog publisher = client(4, "p")) {
      client.subscribe(1, topic("a"), qos);
      for (int i = 1; i <= 20; i++) {
        publisher.say(Say.publish(topic("a"), "" + i).qos(qos, i));
        publisher.hear(qos == 1 ? Heard.PUBACK : Heard.PUBREC);
      }
      ArrayDeque<Integer> underWay = new ArrayDeque<>();
      int heard = 0;
      while (heard < 20) {
        for (int i = underWay.size(); i < maximum && heard < 20; i++) {
          Heard publish = client.hear(Heard.PUBLISH);
          assertThat(publish.text()).isEqualTo("" + ++heard);
          underWay.add(publish.packetId());
        }
        client.hearNothing(); // [MQTT-3.3.4-9] [MQTT-4.9.0-2], and is answered [MQTT-4.9.0-3]
        client.say(Say.unsubscribe(9, topic("none"))).hear(Heard.UNSUBACK); // [MQTT-3.3.4-10]
        int id = underWay.remove();
        if (qos == 1) {
          client.say(Say.puback(id));
        } else {
          client.say(Say.pubrec(id)).hear(Heard.PUBREL, id, 0);
          client.hearNothing(); // PUBREC does not make room
          client.say(Say.pubcomp(id));
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"2", "1"})
  void qos0PassesByWhatWaits(int qos) {
    try (Dialog client =
            client(5, Say.connect(id("s")).with(Property.number(Property.RECEIVE_MAXIMUM, 1)));
        Dialog publisher = client(4, "p")) {
      client.subscribe(1, topic("a"), qos);
      publisher.say(Say.publish(topic("a"), "1").qos(qos, 1));
      publisher.say(Say.publish(topic("a"), "2").qos(qos, 2));
      publisher.hear(qos == 1 ? Heard.PUBACK : Heard.PUBREC);
      publisher.hear(qos == 1 ? Heard.PUBACK : Heard.PUBREC);
      assertThat(client.hear(Heard.PUBLISH).text()).isEqualTo("1");
      publisher.say(Say.publish(topic("a"), "now"));
      assertThat(client.hear(Heard.PUBLISH).text()).isEqualTo("now");
    }
  }

  @ParameterizedTest
  @CsvSource({"0, 4", "1, 4", "0, 5", "1, 5"})
  void noPacketIsOneByteLargerThanTheClientTakes(int qos, int publisherVersion) {
    try (Dialog publisher = client(publisherVersion, "p")) {
      Dialog measure = client(5, "m");
      measure.subscribe(1, topic("a"), qos);
      String fits = "x".repeat(100);
      String smaller = "y".repeat(99);
      publisher.say(Say.publish(topic("a"), fits).qos(qos, 1));
      int size = measure.hear(Heard.PUBLISH).size();
      measure.close();
      try (Dialog exact =
              client(5, Say.connect(id("e")).with(Property.number(Property.MAXIMUM_PACKET, size)));
          Dialog less =
              client(
                  5,
                  Say.connect(id("l")).with(Property.number(Property.MAXIMUM_PACKET, size - 1)))) {
        exact.subscribe(1, topic("a"), qos);
        less.subscribe(1, topic("a"), qos);
        publisher.say(
            Say.publish(topic("a"), fits).qos(qos, 2),
            Say.publish(topic("a"), smaller).qos(qos, 3));
        assertThat(exact.hear(Heard.PUBLISH).text()).isEqualTo(fits);
        assertThat(exact.hear(Heard.PUBLISH).text()).isEqualTo(smaller);
        assertThat(less.hear(Heard.PUBLISH).text()).isEqualTo(smaller); // [MQTT-3.1.2-24]
      }
    }
  }

  @Test
  void aMessageTooLargeForAPersistentSessionIsAsIfItHadBeenSent() { // [MQTT-3.1.2-25]
    Say.Connect small =
        Say.connect(id("s"))
            .resuming()
            .with(
                Property.number(Property.MAXIMUM_PACKET, 100),
                Property.number(Property.SESSION_EXPIRY, 60),
                Property.number(Property.RECEIVE_MAXIMUM, 1));
    try (Dialog publisher = client(4, "p")) {
      try (Dialog client = client(5, small)) {
        client.subscribe(1, topic("a"), 1).say(Say.disconnect()).isClosed();
      }
      publisher.say(Say.publish(topic("a"), new byte[200]).qos(1, 1)).hear(Heard.PUBACK);
      publisher.say(Say.publish(topic("a"), "fits").qos(1, 2)).hear(Heard.PUBACK);
      try (Dialog client = client(5, small)) {
        Heard publish = client.hear(Heard.PUBLISH);
        assertThat(publish.text()).isEqualTo("fits");
        client.say(Say.puback(publish.packetId())).hearNothing();
      }
      try (Dialog client =
          client(
              5,
              Say.connect(id("s")).resuming().with(Property.number(Property.SESSION_EXPIRY, 60)))) {
        client.hearNothing(); // nor does it come when there is room for it
      }
    }
  }

  @Test
  void aPacketLargerThanAnnouncedIsRefusedBeforeItIsReadWhole() { // [MQTT-3.2.2-15]
    try (Dialog client = client(5, "p")) {
      client.say(Say.hex("30 80 80 40 0001 61")); // what follows is 1 MB alone
      client.isDisconnected(0x95);
    }
  }
}
