package io.sluice.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Section 4.8.2: shared subscriptions, and a whole request and its answer (4.10). */
class SharedOnEveryWireTest extends OnEveryWire {

  private String shared(String filter) {
    return "$share/group" + own + "/" + topic(filter);
  }

  @ParameterizedTest(name = "QoS {0}, members of level {1} and {2}")
  @CsvSource({"0, 5, 5", "1, 5, 4", "2, 4, 5"})
  void everyMessageGoesToOneMember(int qos, int one, int two) { // [MQTT-4.8.2-3]
    try (Dialog publisher = client(4, "p");
        Dialog first = client(one, "a");
        Dialog second = client(two, "b");
        Dialog alone = client(5, "c")) {
      first.subscribe(1, shared("x/+"), qos);
      second.subscribe(1, shared("x/+"), qos);
      alone.subscribe(1, topic("x/+"), 0);
      for (int i = 1; i <= 20; i++) {
        publisher.say(Say.publish(topic("x/" + i), "" + i).qos(qos, i));
        if (qos > 0) {
          publisher.hear(qos == 1 ? Heard.PUBACK : Heard.PUBREC);
        }
      }
      List<Integer> heard = new ArrayList<>();
      int[] shares = new int[2];
      await()
          .until(
              () -> {
                shares[0] += collect(first, qos, heard);
                shares[1] += collect(second, qos, heard);
                return heard.size() >= 20;
              });
      assertThat(shares[0]).as("of 20 for each of two").isBetween(5, 15);
      assertThat(heard).hasSize(20);
      assertThat(new TreeSet<>(heard)).hasSize(20);
      for (int i = 1; i <= 20; i++) { // who is not of the group gets them all
        alone.hear(Heard.PUBLISH);
      }
    }
  }

  /** What has come to a member by now. */
  private static int collect(Dialog member, int qos, List<Integer> heard) {
    int share = 0;
    member.say(Say.ping());
    for (Heard packet = member.hear(); packet.type() != Heard.PINGRESP; packet = member.hear()) {
      assertThat(packet.qos()).isEqualTo(qos);
      heard.add(Integer.parseInt(packet.text()));
      share++;
    }
    return share;
  }

  @ParameterizedTest
  @CsvSource({
    "$share//x, 5",
    "$share/g, 5",
    "$share/g+/x, 5",
    "$share/#/x, 5",
    "$share/g/, 5",
    "$share//x, 4",
    "$share/g, 4",
    "$share/g/, 4"
  })
  void aGroupNeedsANameAndAFilter(String filter, int version) { // [MQTT-4.8.2-1] [MQTT-4.8.2-2]
    try (Dialog client = client(version, "c")) {
      client.say(Say.subscribe(1, filter, 0)).isNotGranted();
    }
  }

  @Test
  void noLocalIsNotForGroups() { // [MQTT-3.8.3-4]
    try (Dialog client = client(5, "c")) {
      client.say(Say.subscribe(1, shared("x"), 4)).isDisconnected(0x82);
    }
  }

  @Test
  void aGroupGetsNoRetainedMessages() { // 5, 4.8.2
    try (Dialog client = client(5, "c")) {
      client.say(Say.publish(topic("x"), "kept").qos(1, 1).retained()).hear(Heard.PUBACK);
      client.subscribe(1, shared("x"), 1).hearNothing();
    }
  }

  @Test
  void aMessageThatAMemberRefusesIsNotOfferedToAnother() { // [MQTT-4.8.2-6]
    try (Dialog publisher = client(4, "p");
        Dialog first = client(5, "a")) {
      first.subscribe(1, shared("x"), 1);
      publisher.say(Say.publish(topic("x"), "no").qos(1, 1)).hear(Heard.PUBACK);
      Heard publish = first.hear(Heard.PUBLISH);
      try (Dialog second = client(5, "b")) {
        second.subscribe(1, shared("x"), 1);
        first.say(Say.refused(0x40, publish.packetId(), 0x80)).hearNothing();
        first.say(Say.disconnect()).isClosed();
        second.hearNothing();
      }
    }
  }

  @Test
  void qos2ThatHasBegunIsFinishedWithItsMember() { // [MQTT-4.8.2-4] [MQTT-4.8.2-5]
    Say.Connect connect =
        Say.connect(id("a")).resuming().with(Property.number(Property.SESSION_EXPIRY, 60));
    try (Dialog publisher = client(4, "p");
        Dialog second = client(5, "b")) {
      int id;
      try (Dialog first = client(5, connect)) {
        first.subscribe(1, shared("x"), 2);
        publisher.say(Say.publish(topic("x"), "begun").qos(2, 1)).hear(Heard.PUBREC);
        id = first.hear(Heard.PUBLISH).packetId();
      }
      second.subscribe(1, shared("x"), 2).hearNothing();
      try (Dialog first = client(5, connect)) {
        Heard again = first.hear(Heard.PUBLISH);
        assertThat(again.packetId()).isEqualTo(id);
        assertThat(again.again()).isTrue();
        first.say(Say.pubrec(id)).hear(Heard.PUBREL, id, 0);
        first.say(Say.pubcomp(id)).hearNothing();
      }
      second.hearNothing();
    }
  }

  @Test
  void whatAMemberDidNotAcknowledgeAtQos1GoesToAnotherWhenItsSessionEnds() {
    try (Dialog publisher = client(4, "p");
        Dialog second = client(5, "b")) {
      try (Dialog first = client(5, "a")) {
        first.subscribe(1, shared("x"), 1);
        publisher.say(Say.publish(topic("x"), "left").qos(1, 1)).hear(Heard.PUBACK);
        first.hear(Heard.PUBLISH);
        second.subscribe(1, shared("x"), 1);
      }
      assertThat(second.hear(Heard.PUBLISH).text()).isEqualTo("left");
    }
  }

  @Test
  void aRequestFindsItsAnswer() { // 5, 4.10
    try (Dialog requester = client(5, "q");
        Dialog responder = client(5, "r")) {
      responder.subscribe(1, shared("requests"), 1);
      requester.subscribe(1, topic("answers"), 1);
      Property number = Property.data(Property.CORRELATION_DATA, new byte[] {4, 2});
      requester.say(
          Say.publish(topic("requests"), "how much?")
              .qos(1, 1)
              .with(Property.text(Property.RESPONSE_TOPIC, topic("answers")), number));
      requester.hear(Heard.PUBACK);
      Heard request = responder.hear(Heard.PUBLISH);
      responder.say(
          Say.puback(request.packetId()),
          Say.publish(request.text(Property.RESPONSE_TOPIC), "this much")
              .qos(1, 1)
              .with(
                  request.properties().stream()
                      .filter(p -> p.id() == Property.CORRELATION_DATA)
                      .toArray(Property[]::new)));
      Heard answer = requester.hear(Heard.PUBLISH);
      assertThat(answer.text()).isEqualTo("this much");
      assertThat(answer.properties()).hasSize(1);
      assertThat(answer.properties().get(0).value()).isEqualTo(number.value());
    }
  }
}
