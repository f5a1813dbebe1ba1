package io.sluice.transport;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sections 4.3.2, 3.3.4 and 3.4: QoS 1 as receiver, and what may not be published. */
class QosFlowsOnEveryWireTest extends OnEveryWire {

  @ParameterizedTest
  @ValueSource(ints = {3, 4, 5})
  void everyQos1PublicationIsAcknowledgedAndIsNewAlsoWithAUsedIdentifier(int version) {
    try (Dialog watcher = client(4, "w");
        Dialog client = client(version, "c")) {
      watcher.subscribe(1, topic("a"), 0);
      for (int i = 0; i < 3; i++) { // [MQTT-4.3.2-4] [MQTT-4.3.2-5] [MQTT3-4.3.2-2]
        client.say(Say.publish(topic("a"), "" + i).qos(1, 5)).hear(Heard.PUBACK, 5, 0);
        client.say(Say.publish(topic("a"), "" + i).qos(1, 5).again()).hear(Heard.PUBACK, 5, 0);
        assertThat(watcher.hear(Heard.PUBLISH).text()).isEqualTo("" + i);
        assertThat(watcher.hear(Heard.PUBLISH).text()).isEqualTo("" + i);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"2, 4, 0", "2, 5, 16", "1, 4, 0", "1, 5, 16"})
  void whereNobodyListensAnMqtt5ClientIsToldSo(int qos, int version, int code) {
    try (Dialog client = client(version, "c")) { // [MQTT-3.4.2-1] [MQTT-3.5.2-1]
      client.say(Say.publish(topic("a"), "x").qos(qos, 3));
      client.hear(qos == 1 ? Heard.PUBACK : Heard.PUBREC, 3, code);
    }
  }

  @ParameterizedTest
  @CsvSource({"2, 5", "1, 5"})
  void whatMayNotBePublishedIsRefusedWithAReason(int qos, int version) {
    gateway().door.forbidden.add("publish " + topic("secret"));
    try (Dialog client = client(version, "c")) {
      client.say(Say.publish(topic("secret"), "x").qos(qos, 3));
      Heard refusal = client.hear(qos == 1 ? Heard.PUBACK : Heard.PUBREC, 3, 0x87);
      assertThat(refusal.text(Property.REASON_STRING)).contains(topic("secret"));
      client.say(Say.publish(topic("open"), "x").qos(qos, 3)); // [MQTT-4.3.3-9]: free again
      client.hear(qos == 1 ? Heard.PUBACK : Heard.PUBREC, 3, 0x10);
    } finally {
      gateway().door.forbidden.clear();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void whatMayNotBePublishedEndsAnOlderConnection(int qos) { // [MQTT3-3.3.5-2]
    gateway().door.forbidden.add("publish " + topic("secret"));
    try (Dialog client = client(4, "c")) {
      client.say(Say.publish(topic("secret"), "x").qos(qos, 3)).isClosed();
    } finally {
      gateway().door.forbidden.clear();
    }
  }

  @ParameterizedTest
  @CsvSource({"60 02 0001", "61 02 0001", "63 02 0001", "6A 02 0001"})
  void aPubrelHasItsFlags(String packet) { // [MQTT-3.6.1-1] [MQTT3-3.6.1-1]
    try (Dialog client = client(5, "c")) {
      client.say(Say.hex(packet)).isDisconnected(0x81);
    }
    try (Dialog client = client(4, "c")) {
      client.say(Say.hex(packet)).isClosed();
    }
  }

  @Test
  void acknowledgementsOfNothingAreNoReasonToClose() {
    try (Dialog client = client(4, "c")) {
      client.say(Say.puback(78)).hearNothing();
    }
  }
}
