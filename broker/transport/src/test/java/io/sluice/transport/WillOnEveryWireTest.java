package io.sluice.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sections 3.1.2.5 to 3.1.2.7 and 3.1.3.2 to 3.1.3.4: when a will is published, and how. */
class WillOnEveryWireTest extends OnEveryWire {

  private Dialog watcher() {
    Dialog watcher = client(5, "w");
    watcher.subscribe(1, topic("#"), 0x08 | 1); // sees the flag as it was published
    return watcher;
  }

  private Say.Connect doomed() {
    return Say.connect(id("c"));
  }

  /** The next publication that the watcher hears. */
  private static Heard next(Dialog watcher) {
    Heard publish = watcher.hear(Heard.PUBLISH);
    if (publish.qos() == 1) {
      watcher.say(Say.puback(publish.packetId()));
    }
    return publish;
  }

  /** What the watcher hears next is not a will but this. */
  private void onlyTheMark(Dialog watcher) {
    watcher.say(Say.publish(topic("mark"), "mark"));
    assertThat(next(watcher).text()).isEqualTo("mark");
  }

  @ParameterizedTest(name = "level {0}, QoS {1}, retain {2}")
  @CsvSource({"4, 0, false", "4, 1, true", "5, 0, true", "5, 1, false", "3, 1, false"})
  void theWillOfABrokenConnectionIsPublishedAsItWasGiven(int version, int qos, boolean retain) {
    try (Dialog watcher = watcher()) { // [MQTT-3.1.2-7] [MQTT-3.1.2-8] [MQTT3-3.1.2-8]
      client(version, doomed().will(qos, retain, topic("will"), "gone")).close();

      Heard will = next(watcher);
      assertThat(will.topic()).isEqualTo(topic("will")); // [MQTT-3.1.2-9]
      assertThat(will.text()).isEqualTo("gone");
      assertThat(will.qos()).isEqualTo(qos);
      assertThat(will.retained()).isEqualTo(retain); // [MQTT-3.1.2-14] [MQTT-3.1.2-15]
      onlyTheMark(watcher); // once [MQTT-3.1.2-10]
      await().until(gateway().conveyor::isIdle);
      try (Dialog late = client(5, "late")) {
        late.subscribe(1, topic("will"), 1);
        if (retain) {
          assertThat(late.hear(Heard.PUBLISH).text()).isEqualTo("gone");
        } else {
          late.hearNothing();
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 4, 5})
  void whoSaysGoodbyeHasNoWill(int version) { // [MQTT-3.14.4-3] [MQTT3-3.14.4-3]
    try (Dialog watcher = watcher()) {
      try (Dialog client = client(version, doomed().will(1, false, topic("will"), "gone"))) {
        client.say(Say.disconnect()).isClosed();
      }
      client(version, doomed()).close(); // [MQTT-3.1.2-10]: nor later
      onlyTheMark(watcher);
    }
  }

  @Test
  void whoAsksForItsWillGetsIt() { // 5, 3.14.2.1: code 0x04
    try (Dialog watcher = watcher()) {
      try (Dialog client = client(5, doomed().will(1, false, topic("will"), "gone"))) {
        client.say(Say.disconnect(0x04)).isClosed();
      }
      assertThat(next(watcher).text()).isEqualTo("gone");
    }
  }

  @ParameterizedTest
  @CsvSource({"4, 30 02 0000", "5, 30 02 0000", "4, F0 00", "5, 36 03 0001 61", "4, 10 00"})
  void whoBreaksTheProtocolHasAWill(int version, String packet) { // [MQTT-3.1.2-8]
    try (Dialog watcher = watcher();
        Dialog client = client(version, doomed().will(1, false, topic("will"), "gone"))) {
      client.say(Say.hex(packet));
      assertThat(next(watcher).text()).isEqualTo("gone");
    }
  }

  @ParameterizedTest
  @CsvSource({"4, 5", "5, 4", "5, 5"})
  void whoIsTakenOverHasAWill(int before, int after) {
    try (Dialog watcher = watcher();
        Dialog first = client(before, doomed().will(1, false, topic("will"), "gone"));
        Dialog second = client(after, doomed())) {
      first.isDisconnected(0x8E);
      assertThat(next(watcher).text()).isEqualTo("gone");
      second.hearNothing();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 5})
  void withoutAWillNothingIsPublished(int version) { // [MQTT3-3.1.2-12]
    try (Dialog watcher = watcher()) {
      client(version, doomed()).close();
      onlyTheMark(watcher);
    }
  }

  @Test
  void theWillOfTheLastConnectIsTheOneThatCounts() {
    try (Dialog watcher = watcher()) {
      Dialog first = client(4, doomed().resuming().will(0, false, topic("first"), "first"));
      first.say(Say.disconnect()).isClosed();
      first.close();
      client(4, doomed().resuming().will(0, false, topic("second"), "second")).close();
      assertThat(next(watcher).topic()).isEqualTo(topic("second"));
      onlyTheMark(watcher);
    }
  }

  @Test
  void propertiesOfAWillTravelWithItInTheirOrder() { // [MQTT-3.1.3-10]
    try (Dialog watcher = watcher()) {
      client(
              5,
              doomed()
                  .will(
                      1,
                      false,
                      topic("will"),
                      "gone",
                      Property.user("z", "1"),
                      Property.number(Property.PAYLOAD_FORMAT, 1),
                      Property.text(Property.CONTENT_TYPE, "text/plain"),
                      Property.user("a", "2"),
                      Property.text(Property.RESPONSE_TOPIC, topic("answers")),
                      Property.data(Property.CORRELATION_DATA, new byte[] {7}),
                      Property.number(Property.MESSAGE_EXPIRY, 60),
                      Property.user("z", "0")))
          .close();

      Heard will = next(watcher);
      assertThat(will.userProperties()).containsExactly("z=1", "a=2", "z=0");
      assertThat(will.number(Property.PAYLOAD_FORMAT, 0)).isEqualTo(1);
      assertThat(will.text(Property.CONTENT_TYPE)).isEqualTo("text/plain");
      assertThat(will.text(Property.RESPONSE_TOPIC)).isEqualTo(topic("answers"));
      assertThat(will.has(Property.CORRELATION_DATA)).isTrue();
      assertThat(will.number(Property.MESSAGE_EXPIRY, 0)).isBetween(30L, 60L);
      assertThat(will.has(Property.WILL_DELAY)).isFalse();
    }
  }

  @Test
  void anEmptyWillIsAMessageToo() {
    try (Dialog watcher = watcher()) {
      client(4, doomed().will(0, false, topic("will"), "")).close();
      assertThat(next(watcher).payload()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 5})
  void aWillThatMayNotBePublishedIsRefusedAtOnce(int version) {
    gateway().door.forbidden.add("publish " + topic("secret"));
    try (Dialog client = dialog(version)) {
      client.say(doomed().will(0, false, topic("secret"), "gone"));
      assertThat(client.hear(Heard.CONNACK).code()).isEqualTo(version == 5 ? 0x87 : 5);
      client.isClosed();
    } finally {
      gateway().door.forbidden.clear();
    }
  }

  @ParameterizedTest
  @CsvSource({"#, 4", "a/+, 4", "'', 4", "#, 5", "a/+, 5", "'', 5"})
  void aWillNeedsATopicName(String topic, int version) {
    try (Dialog client = dialog(version)) {
      client.say(doomed().will(0, false, topic, "gone"));
      client.isRefused();
    }
  }

  // ---- wills that wait

  @Test
  void aWillThatWaitsIsNotPublishedWhenItsClientComesBack() { // [MQTT-3.1.3-9]
    Property expiry = Property.number(Property.SESSION_EXPIRY, 60);
    Property delay = Property.number(Property.WILL_DELAY, 1);
    try (Dialog watcher = watcher()) {
      client(5, doomed().with(expiry).will(0, false, topic("will"), "gone", delay)).close();
      try (Dialog back = client(5, doomed().resuming().with(expiry))) {
        client(5, Say.connect(id("d")).with(expiry).will(0, false, topic("other"), "other", delay))
            .close();
        assertThat(next(watcher).text()).isEqualTo("other"); // due after the first would have been
        back.hearNothing();
      }
    }
  }
}
