package io.sluice.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.session.SessionLimits;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Much of what is allowed: it is bounded, counted, and leaves nothing behind. */
class FloodsTest {
  private static final int RETAINED_MAX = 1_000;
  private static final int MANY = 100_000;

  @TempDir static Path folder;
  private static TestGateway gateway;

  @BeforeAll
  static void start() {
    gateway =
        new TestGateway(
            folder.resolve("data"),
            TransportLimits.STANDARD,
            SessionLimits.STANDARD.withRetainedMax(RETAINED_MAX));
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  private static Dialog client(int version, Say connect) {
    Dialog dialog = new Dialog(new RawClient(gateway.port), version);
    dialog.enter(connect);
    return dialog;
  }

  @ParameterizedTest
  @CsvSource({"0, 50", "100, 2"}) // what is kept on disk takes its time
  void subscribingAndUnsubscribingAllTheTimeLeavesNothing(int expirySeconds, int rounds) {
    await().until(() -> gateway.sessions.subscriptions().size() == 0); // of the tests before
    try (Dialog client =
        client(
            5,
            Say.connect("fickle").with(Property.number(Property.SESSION_EXPIRY, expirySeconds)))) {
      for (int round = 0; round < rounds; round++) {
        Say[] flood = new Say[200];
        for (int i = 0; i < 100; i++) {
          String filter = "fickle/%d/+/%d".formatted(round, i % 40);
          flood[2 * i] = Say.subscribe(2 * i + 1, filter, 1);
          flood[2 * i + 1] = Say.unsubscribe(2 * i + 2, filter);
        }
        client.say(flood);
        for (int i = 0; i < 100; i++) {
          assertThat(client.hear(Heard.SUBACK).codes()).isEqualTo("01");
          assertThat(client.hear(Heard.UNSUBACK).codes()).isEqualTo("00");
        }
      }
      client.hearNothing();
      assertThat(gateway.sessions.subscriptions().size()).isZero();
    }
  }

  @Test
  void aHundredThousandTopicsLeaveNothing() {
    try (Dialog client = client(5, Say.connect("talkative"))) {
      for (int n = 0; n < MANY; n += 500) {
        Say[] some = new Say[500];
        for (int i = 0; i < some.length; i++) {
          some[i] = Say.publish("talk/%d/%d".formatted(n + i, i), "x");
        }
        client.say(some).hearNothing();
      }
      assertThat(gateway.dispatched.nobody.sum()).isGreaterThanOrEqualTo(MANY);
      assertThat(gateway.sessions.subscriptions().size()).isZero();
    }
  }

  @Test
  void retainedMessagesHaveABoundAndThoseBeyondAreCounted() {
    try (Dialog client = client(5, Say.connect("keeper"))) {
      for (int n = 0; n < 2 * RETAINED_MAX; n += 100) {
        Say[] some = new Say[100];
        for (int i = 0; i < some.length; i++) {
          some[i] = Say.publish("keep/" + (n + i), "x").retained().qos(1, i + 1);
        }
        client.say(some);
        for (int i = 0; i < some.length; i++) {
          client.hear(Heard.PUBACK);
        }
      }
      await().until(() -> gateway.sessions.counters().retainedRefusedFull.sum() == RETAINED_MAX);
      assertThat(gateway.sessions.retained().count()).isEqualTo(RETAINED_MAX);
    }
  }

  @Test
  void theDeepestTopicThatFitsAPacketIsRefusedInWords() {
    String deep = "/".repeat(65_535);
    try (Dialog client = client(5, Say.connect("deep"))) {
      client.say(Say.subscribe(1, deep, 0));
      assertThat(client.hear(Heard.SUBACK).codes()).isEqualTo("8F");
      client.say(Say.subscribe(2, "+/".repeat(32_767) + "#", 0));
      assertThat(client.hear(Heard.SUBACK).codes()).isEqualTo("8F");
      client.say(Say.publish(deep, "x").qos(1, 1));
      client.isDisconnected(0x90);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 5})
  void aReservedTopicThatNobodyOwnsIsAcknowledgedDroppedAndCounted(int version) {
    int code = version == 5 ? 0x87 : 0;
    try (Dialog listener = client(5, Say.connect("listener")).subscribe(1, "$mine/#", 2);
        Dialog client = client(version, Say.connect("sly"))) {
      long before = gateway.dispatched.droppedReserved.sum();
      client.say(
          Say.publish("$mine/a", "x"),
          Say.publish("$mine/a", "x").qos(1, 1),
          Say.publish("$mine/a", "x").retained().qos(1, 2),
          Say.publish("$mine/a", "x").qos(2, 3));
      client.hear(Heard.PUBACK, 1, code);
      client.hear(Heard.PUBACK, 2, code);
      client.hear(Heard.PUBREC, 3, code);
      listener.hearNothing();
      assertThat(gateway.dispatched.droppedReserved.sum() - before).isEqualTo(4);
    }
  }
}
