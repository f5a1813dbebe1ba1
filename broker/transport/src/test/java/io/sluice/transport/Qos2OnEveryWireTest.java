package io.sluice.transport;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sections 4.3.3 and 3.5 to 3.7: exactly once, as receiver and as sender. */
class Qos2OnEveryWireTest extends OnEveryWire {

  private Say.Connect resuming(int version, String name) {
    Say.Connect connect = Say.connect(id(name)).resuming();
    return version == 5 ? connect.with(Property.number(Property.SESSION_EXPIRY, 600)) : connect;
  }

  // ---- QoS 2, the broker receives

  @ParameterizedTest
  @ValueSource(ints = {3, 4, 5})
  void aQos2PublicationPassesOnce(int version) {
    try (Dialog watcher = client(4, "w");
        Dialog client = client(version, "c")) {
      watcher.subscribe(1, topic("a"), 0);
      client.say(Say.publish(topic("a"), "x").qos(2, 9));
      client.hear(Heard.PUBREC, 9, 0); // [MQTT-4.3.3-8]
      for (int i = 0; i < 3; i++) { // [MQTT-4.3.3-10]
        client.say(Say.publish(topic("a"), "x").qos(2, 9).again());
        client.hear(Heard.PUBREC, 9, 0);
      }
      client.say(Say.pubrel(9)).hear(Heard.PUBCOMP, 9, 0); // [MQTT-4.3.3-11]
      client.say(Say.publish(topic("a"), "y").qos(2, 9)); // new [MQTT-4.3.3-12]
      client.hear(Heard.PUBREC, 9, 0);
      client.say(Say.pubrel(9)).hear(Heard.PUBCOMP, 9, 0);

      assertThat(watcher.hear(Heard.PUBLISH).text()).isEqualTo("x");
      assertThat(watcher.hear(Heard.PUBLISH).text()).isEqualTo("y");
      watcher.hearNothing();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 5})
  void aQos2PublicationPassesOnceAlsoOverALostConnection(int version) {
    try (Dialog watcher = client(4, "w")) {
      watcher.subscribe(1, topic("a"), 0);
      try (Dialog client = client(version, resuming(version, "c"))) {
        client.say(Say.publish(topic("a"), "x").qos(2, 9)).hear(Heard.PUBREC, 9, 0);
      }
      try (Dialog client = client(version, resuming(version, "c"))) {
        client.say(Say.publish(topic("a"), "x").qos(2, 9).again()).hear(Heard.PUBREC, 9, 0);
      }
      try (Dialog client = client(version, resuming(version, "c"))) {
        client.say(Say.pubrel(9)).hear(Heard.PUBCOMP, 9, 0); // [MQTT-4.4.0-1] of the client
      }
      try (Dialog client = client(version, resuming(version, "c"))) {
        client.say(Say.pubrel(9)); // its PUBCOMP may have been lost
        Heard pubcomp = client.hear(Heard.PUBCOMP);
        assertThat(pubcomp.packetId()).isEqualTo(9);
        assertThat(pubcomp.code()).isIn(0, 0x92);
        client.say(Say.publish(topic("a"), "y").qos(2, 9)).hear(Heard.PUBREC, 9, 0);
      }
      assertThat(watcher.hear(Heard.PUBLISH).text()).isEqualTo("x");
      assertThat(watcher.hear(Heard.PUBLISH).text()).isEqualTo("y");
      watcher.hearNothing();
    }
  }

  @Test
  void aCleanStartForgetsTheIdentifiersOfQos2() { // [MQTT-3.1.2-4]
    try (Dialog watcher = client(4, "w")) {
      watcher.subscribe(1, topic("a"), 0);
      try (Dialog client = client(5, resuming(5, "c"))) {
        client.say(Say.publish(topic("a"), "x").qos(2, 9)).hear(Heard.PUBREC, 9, 0);
      }
      try (Dialog client = client(5, "c")) {
        client.say(Say.publish(topic("a"), "y").qos(2, 9)).hear(Heard.PUBREC, 9, 0);
      }
      assertThat(watcher.hear(Heard.PUBLISH).text()).isEqualTo("x");
      assertThat(watcher.hear(Heard.PUBLISH).text()).isEqualTo("y");
    }
  }

  @Test
  void aPubrelThatNobodyWaitsForIsAnswered() { // [MQTT-3.7.2-1]
    try (Dialog client = client(5, "c")) {
      client.say(Say.pubrel(77)).hear(Heard.PUBCOMP, 77, 0x92);
    }
    try (Dialog client = client(4, "c")) {
      client.say(Say.pubrel(77)).hear(Heard.PUBCOMP, 77, 0);
    }
  }

  // ---- QoS 2, the broker sends

  @ParameterizedTest
  @ValueSource(ints = {3, 4, 5})
  void theBrokerSendsQos2InFourSteps(int version) {
    try (Dialog client = client(version, "c");
        Dialog publisher = client(4, "p")) {
      client.subscribe(1, topic("a"), 2);
      publisher.say(Say.publish(topic("a"), "x").qos(2, 1)).hear(Heard.PUBREC, 1, 0);
      Heard publish = client.hear(Heard.PUBLISH);
      assertThat(publish.qos()).isEqualTo(2); // [MQTT-4.3.3-2]
      int id = publish.packetId();
      client.say(Say.pubrec(id)).hear(Heard.PUBREL, id, 0); // [MQTT-4.3.3-4] [MQTT-2.2.1-5]
      client.say(Say.pubcomp(id)).hearNothing();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 5})
  void eachStepIsTakenUpAgainWhereItStood(int version) {
    int first;
    int second;
    try (Dialog publisher = client(4, "p");
        Dialog client = client(version, resuming(version, "c"))) {
      client.subscribe(1, topic("a"), 2);
      publisher.say(Say.publish(topic("a"), "1").qos(2, 1)).hear(Heard.PUBREC, 1, 0);
      publisher.say(Say.publish(topic("a"), "2").qos(2, 2)).hear(Heard.PUBREC, 2, 0);
      first = client.hear(Heard.PUBLISH).packetId();
      second = client.hear(Heard.PUBLISH).packetId();
      client.say(Say.pubrec(first)).hear(Heard.PUBREL, first, 0);
    }
    try (Dialog client = client(version, resuming(version, "c"))) {
      Heard one = client.hear();
      Heard other = client.hear();
      Heard pubrel = one.type() == Heard.PUBREL ? one : other;
      Heard publish = one.type() == Heard.PUBREL ? other : one;
      assertThat(pubrel.type()).isEqualTo(Heard.PUBREL); // [MQTT-4.3.3-5] [MQTT-4.3.3-6]
      assertThat(pubrel.packetId()).isEqualTo(first);
      assertThat(publish.packetId()).isEqualTo(second); // [MQTT-4.3.3-3] [MQTT-4.4.0-1]
      assertThat(publish.again()).isTrue();
      assertThat(publish.text()).isEqualTo("2");
      client.say(Say.pubcomp(first), Say.pubrec(second)).hear(Heard.PUBREL, second, 0);
      client.say(Say.pubcomp(second)).hearNothing();
    }
    try (Dialog client = client(version, resuming(version, "c"))) {
      client.hearNothing();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0x80, 0x83, 0x87, 0x97})
  void aPubrecThatRefusesEndsTheFlow(int code) { // [MQTT-4.4.0-2] [MQTT-4.3.3-4]
    try (Dialog publisher = client(4, "p");
        Dialog client = client(5, resuming(5, "c"))) {
      client.subscribe(1, topic("a"), 2);
      publisher.say(Say.publish(topic("a"), "x").qos(2, 1)).hear(Heard.PUBREC, 1, 0);
      int id = client.hear(Heard.PUBLISH).packetId();
      client.say(Say.refused(0x50, id, code)).hearNothing(); // no PUBREL
    }
    try (Dialog client = client(5, resuming(5, "c"))) {
      client.hearNothing();
    }
  }

  @Test
  void aPubrecThatNobodyWaitsForIsAnswered() { // [MQTT-3.6.2-1]
    try (Dialog client = client(5, "c")) {
      client.say(Say.pubrec(77)).hear(Heard.PUBREL, 77, 0x92);
      client.say(Say.puback(78), Say.pubcomp(79)).hearNothing();
    }
  }

  @Test
  void aMessageThatExpiresInTheMiddleOfItsFlowIsFinished() { // [MQTT-4.3.3-7] [MQTT-4.3.3-13]
    try (Dialog publisher = client(5, "p");
        Dialog client = client(5, "c")) {
      client.subscribe(1, topic("a"), 2);
      publisher.say(
          Say.publish(topic("a"), "x").qos(2, 1).with(Property.number(Property.MESSAGE_EXPIRY, 2)));
      publisher.hear(Heard.PUBREC, 1, 0);
      int id = client.hear(Heard.PUBLISH).packetId();
      long expired = System.nanoTime() + 2_100_000_000L;
      while (System.nanoTime() < expired) {
        client.hearNothing();
        Thread.onSpinWait();
      }
      client.say(Say.pubrec(id)).hear(Heard.PUBREL, id, 0);
      client.say(Say.pubcomp(id)).hearNothing();
      publisher.say(Say.pubrel(1)).hear(Heard.PUBCOMP, 1, 0);
    }
  }

  @Test
  void bothDirectionsKeepTheirOrder() { // [MQTT-4.6.0-3] [MQTT-4.6.0-4]
    try (Dialog client = client(5, "c")) {
      client.subscribe(1, topic("a"), 2);
      for (int i = 1; i <= 20; i++) {
        client.say(Say.publish(topic("a"), "" + i).qos(2, i));
      }
      for (int i = 1; i <= 20; i++) {
        assertThat(client.hearAmongPublications(Heard.PUBREC).packetId()).isEqualTo(i);
      }
      int[] ids = new int[20];
      for (int i = 1; i <= 20; i++) {
        Heard publish = client.hear(Heard.PUBLISH);
        assertThat(publish.text()).isEqualTo("" + i);
        ids[i - 1] = publish.packetId();
        client.say(Say.pubrec(ids[i - 1]));
      }
      for (int i = 0; i < 20; i++) {
        assertThat(client.hear(Heard.PUBREL).packetId()).isEqualTo(ids[i]);
      }
    }
  }

  // ---- Receive Maximum

  @Test
  void aRefusalMakesRoomToo() { // [MQTT-3.3.4-9]
    try (Dialog client =
            client(5, Say.connect(id("s")).with(Property.number(Property.RECEIVE_MAXIMUM, 1)));
        Dialog publisher = client(4, "p")) {
      client.subscribe(1, topic("a"), 2);
      for (int i = 1; i <= 3; i++) {
        publisher.say(Say.publish(topic("a"), "" + i).qos(2, i)).hear(Heard.PUBREC);
      }
      for (int i = 1; i <= 3; i++) {
        Heard publish = client.hear(Heard.PUBLISH);
        assertThat(publish.text()).isEqualTo("" + i);
        client.say(Say.refused(0x50, publish.packetId(), 0x80));
      }
      client.hearNothing();
    }
  }

  @Test
  void aClientThatPassesOurReceiveMaximumIsDisconnected() { // [MQTT-3.3.4-7]
    int maximum = TransportLimits.STANDARD.receiveMaximum();
    try (Dialog client = client(5, "p")) {
      Say[] publishes = new Say[maximum + 1];
      for (int i = 0; i <= maximum; i++) {
        publishes[i] = Say.publish(topic("a"), "x").qos(2, i + 1); // and no PUBREL
      }
      client.say(publishes);
      Heard heard = client.hear();
      while (heard.type() == Heard.PUBREC) {
        heard = client.hear();
      }
      assertThat(heard.type()).isEqualTo(Heard.DISCONNECT);
      assertThat(heard.code()).isEqualTo(0x93);
      client.isClosed();
    }
  }

  @Test
  void aClientThatUsesOurWholeReceiveMaximumIsNot() {
    int maximum = TransportLimits.STANDARD.receiveMaximum();
    try (Dialog client = client(5, "p")) {
      for (int round = 0; round < 2; round++) {
        Say[] publishes = new Say[maximum];
        for (int i = 0; i < maximum; i++) {
          publishes[i] = Say.publish(topic("a"), "x").qos(2, i + 1);
        }
        client.say(publishes);
        for (int i = 0; i < maximum; i++) {
          client.hear(Heard.PUBREC);
        }
        for (int i = 0; i < maximum; i++) {
          client.say(Say.pubrel(i + 1)).hear(Heard.PUBCOMP, i + 1, 0);
        }
      }
    }
  }
}
