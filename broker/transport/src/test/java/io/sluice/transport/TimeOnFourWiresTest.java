package io.sluice.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What takes time, on all wires at once: keep alive, expiry, delayed wills. */
class TimeOnFourWiresTest {
  @TempDir static Path folder;
  private static FourWires wires;

  @BeforeAll
  static void start() {
    wires = new FourWires(folder.resolve("data"));
  }

  @AfterAll
  static void stop() {
    wires.close();
  }

  private static void passMillis(long millis) {
    long end = System.nanoTime() + millis * 1_000_000;
    await().until(() -> System.nanoTime() > end);
  }

  @Test
  void whoIsSilentForOneAndAHalfTimesTheKeepAliveIsDisconnected() { // [MQTT-3.1.2-22]
    List<Dialog> silent = new ArrayList<>();
    try (Dialog watcher = wires.dialog(Wire.TCP, 5)) {
      watcher.enter(Say.connect("watcher"));
      watcher.subscribe(1, "silent/#", 0);
      long begun = System.nanoTime();
      for (Wire wire : Wire.values()) {
        for (int version : new int[] {4, 5}) { // [MQTT3-3.1.2-24]
          Dialog client = wires.dialog(wire, version);
          client.enter(
              Say.connect("silent" + wire + version)
                  .keepAlive(1)
                  .will(0, false, "silent/" + wire + version, "gone"));
          silent.add(client);
        }
      }
      silent.forEach(client -> client.isDisconnected(0x8D));
      long millis = (System.nanoTime() - begun) / 1_000_000;
      assertThat(millis).isGreaterThanOrEqualTo(1_500);
      for (int i = 0; i < silent.size(); i++) { // as if the network had failed
        assertThat(watcher.hear(Heard.PUBLISH).text()).isEqualTo("gone");
      }
    } finally {
      silent.forEach(Dialog::close);
    }
  }

  @Test
  void everyPacketIsASignOfLife() { // [MQTT-3.1.2-22]
    try (Dialog client = wires.dialog(Wire.TCP, 5)) {
      client.enter(Say.connect("alive").keepAlive(2));
      for (int i = 0; i < 5; i++) {
        passMillis(700);
        client.say(Say.publish("alive", "x"));
      }
      client.hearNothing();
    }
  }

  @Test
  void timeTakesMessagesAndSessionsAway() {
    Property minute = Property.number(Property.SESSION_EXPIRY, 60);
    for (Wire wire : Wire.values()) {
      try (Dialog client = wires.dialog(wire, 5);
          Dialog brief = wires.dialog(wire, 5)) {
        client.enter(Say.connect("waits" + wire).with(minute));
        client.subscribe(1, "time/" + wire, 1).say(Say.disconnect()).isClosed();
        brief.enter(Say.connect("brief" + wire).with(Property.number(Property.SESSION_EXPIRY, 1)));
        brief.subscribe(1, "time/" + wire, 1).say(Say.disconnect()).isClosed();
      }
      try (Dialog publisher = wires.dialog(wire, 5)) {
        publisher.enter(Say.connect("publisher" + wire));
        publisher.say(
            Say.publish("time/" + wire, "gone")
                .qos(1, 1)
                .with(Property.number(Property.MESSAGE_EXPIRY, 1)),
            Say.publish("time/" + wire, "later")
                .qos(1, 2)
                .with(Property.number(Property.MESSAGE_EXPIRY, 60)),
            Say.publish("time/kept/" + wire, "gone")
                .qos(1, 3)
                .retained()
                .with(Property.number(Property.MESSAGE_EXPIRY, 1)));
        publisher.hear(Heard.PUBACK, 1, 0);
        publisher.hear(Heard.PUBACK, 2, 0);
        publisher.hear(Heard.PUBACK);
      }
    }
    passMillis(2_100);
    for (Wire wire : Wire.values()) {
      try (Dialog client = wires.dialog(wire, 5);
          Dialog brief = wires.dialog(wire, 5)) {
        Heard connack = client.enter(Say.connect("waits" + wire).resuming().with(minute));
        assertThat(connack.sessionPresent()).isTrue();
        Heard publish = client.hear(Heard.PUBLISH); // the first has expired [MQTT-3.3.2-5]
        assertThat(publish.text()).isEqualTo("later");
        assertThat(publish.number(Property.MESSAGE_EXPIRY, 0)) // [MQTT-3.3.2-6]
            .isBetween(30L, 58L);
        client.say(Say.puback(publish.packetId())).hearNothing();
        client.subscribe(2, "time/kept/" + wire, 1).hearNothing();

        connack = brief.enter(Say.connect("brief" + wire).resuming());
        assertThat(connack.sessionPresent()).isFalse(); // [MQTT-4.1.0-2]
        brief.hearNothing();
      }
    }
  }

  @Test
  void aWillWaitsAsLongAsItShould() { // [MQTT-3.1.2-8] [MQTT-3.1.3-9]
    Property minute = Property.number(Property.SESSION_EXPIRY, 60);
    Property second = Property.number(Property.WILL_DELAY, 1);
    Property three = Property.number(Property.WILL_DELAY, 3);
    try (Dialog watcher = wires.dialog(Wire.TCP, 5)) {
      watcher.enter(Say.connect("wills"));
      watcher.subscribe(1, "will/#", 0);
      long begun = System.nanoTime();
      for (Wire wire : Wire.values()) {
        Dialog client = wires.dialog(wire, 5);
        client.enter(
            Say.connect("will" + wire).with(minute).will(1, false, "will/" + wire, "gone", second));
        client.close();
        Dialog back = wires.dialog(wire, 5);
        back.enter(Say.connect("back" + wire).with(minute).will(1, false, "will/no", "no", three));
        back.close();
      }
      for (Wire wire : Wire.values()) {
        try (Dialog back = wires.dialog(wire, 5)) {
          back.enter(Say.connect("back" + wire).resuming().with(minute));
          back.say(Say.disconnect()).isClosed();
        }
      }
      for (int i = 0; i < 4; i++) {
        assertThat(watcher.hear(Heard.PUBLISH).text()).isEqualTo("gone");
      }
      assertThat((System.nanoTime() - begun) / 1_000_000).isGreaterThanOrEqualTo(1_000);
      passMillis(3_100);
      watcher.hearNothing();
    }
  }
}
