package io.sluice.transport;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sections 3.10 and 3.11: UNSUBSCRIBE and UNSUBACK. */
class UnsubscribeOnEveryWireTest extends OnEveryWire {

  @ParameterizedTest
  @ValueSource(ints = {3, 4, 5})
  void everyFilterGetsItsCodeInItsPlaceAndAllOneAnswer(int version) {
    try (Dialog client = client(version, "u")) {
      client.subscribe(1, topic("a"), 1).subscribe(2, topic("b/#"), 0);
      client.say(Say.unsubscribe(0x1234, topic("a"), topic("none"), topic("b/#"), topic("a")));

      Heard unsuback = client.hear(Heard.UNSUBACK); // [MQTT-3.10.4-4] [MQTT-3.10.4-6]
      assertThat(unsuback.packetId()).isEqualTo(0x1234); // [MQTT-3.10.4-5] [MQTT3-3.10.4-4]
      assertThat(unsuback.codes()) // [MQTT-3.11.3-1] [MQTT-3.11.3-2]
          .isEqualTo(version == 5 ? "00 11 00 11" : "");
      client.hearNothing();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 5})
  void whereNothingWasSubscribedThereIsAnAnswerAllTheSame(int version) { // [MQTT3-3.10.4-5]
    try (Dialog client = client(version, "u")) {
      client.say(Say.unsubscribe(9, topic("none")));
      assertThat(client.hear(Heard.UNSUBACK).packetId()).isEqualTo(9); // [MQTT-3.10.4-5]
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 5})
  void filtersAreComparedByCharacterAndNotMatched(int version) { // [MQTT-3.10.4-1]
    try (Dialog client = client(version, "u")) {
      client.subscribe(1, topic("a/+"), 0).subscribe(2, topic("a/b"), 0);
      client.say(Say.unsubscribe(3, topic("#"), topic("a/#"), topic("A/+"), topic("a/b")));
      client.hear(Heard.UNSUBACK);

      client.say(Say.publish(topic("a/b"), "x"));
      client.hear(Heard.PUBLISH); // of a/+
      client.hearNothing();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 5})
  void nothingNewComesAfterUnsuback(int version) { // [MQTT-3.10.4-2] [MQTT3-3.10.4-2]
    try (Dialog client = client(version, "u")) {
      client.subscribe(1, topic("a"), 1);
      client.say(
          Say.unsubscribe(2, topic("a")),
          Say.publish(topic("a"), "late").qos(1, 1),
          Say.publish(topic("a"), "later"));
      client.hear(Heard.UNSUBACK);
      client.hear(Heard.PUBACK);
      client.hearNothing();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 5})
  void whatWasBegunIsFinished(int version) { // [MQTT-3.10.4-3] [MQTT3-3.10.4-3]
    Say.Connect connect = Say.connect(id("u")).resuming();
    if (version == 5) {
      connect.with(Property.number(Property.SESSION_EXPIRY, 60));
    }
    Heard begun;
    try (Dialog client = client(version, connect);
        Dialog publisher = client(version, "p")) {
      client.subscribe(1, topic("a"), 1);
      publisher.say(Say.publish(topic("a"), "begun").qos(1, 1)).hear(Heard.PUBACK);
      begun = client.hear(Heard.PUBLISH);
      client.say(Say.unsubscribe(2, topic("a"))).hear(Heard.UNSUBACK);
    }
    try (Dialog client = client(version, connect)) { // not acknowledged: it comes again
      Heard again = client.hear(Heard.PUBLISH);
      assertThat(again.again()).isTrue();
      assertThat(again.packetId()).isEqualTo(begun.packetId());
      client.say(Say.puback(again.packetId())).hearNothing();
    }
  }

  @Test
  void anUnsubackFitsTheClientsMaximumPacketSize() { // [MQTT-3.11.2-1]
    try (Dialog client = dialog(5)) {
      client.enter(Say.connect(id("u")).with(Property.number(Property.MAXIMUM_PACKET, 30)));
      client.say(Say.unsubscribe(1, "#bad", topic("none")));
      Heard unsuback = client.hear(Heard.UNSUBACK);
      assertThat(unsuback.codes()).isEqualTo("8F 11");
      assertThat(unsuback.size()).isLessThanOrEqualTo(30);
    }
  }
}
