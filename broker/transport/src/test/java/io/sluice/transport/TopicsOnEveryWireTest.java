package io.sluice.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Section 4.7: topic names and filters, live and retained. TopicMatchingTest has every case. */
class TopicsOnEveryWireTest extends OnEveryWire {

  @ParameterizedTest(name = "{0} on {1}: {2}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          x/a/#   | x/a       | yes | MQTT-4.7.1-1
          x/a/#   | x/a/b/c   | yes | MQTT-4.7.1-1
          x/a/#   | x/ab      | no  | MQTT-4.7.1-1
          x/+     | x/        | yes | MQTT-4.7.1-2
          x/+     | x/a/b     | no  | MQTT-4.7.1-2
          x/+/b   | x/a/b     | yes | MQTT-4.7.1-2
          x/+/+/# | x/a       | no  | MQTT-4.7.1-2
          x/+/+/# | x/a/b     | yes | MQTT-4.7.1-2
          x/A     | x/a       | no  | MQTT-4.7.3-4
          x//b    | x/b       | no  | MQTT-4.7.3-4
          x/ a    | x/ a      | yes | MQTT-4.7.3-4
          x/\ufeffa | x/\ufeffa | yes | MQTT-1.5.4-3
          x/\ufeffa | x/a     | no  | MQTT-1.5.4-3
          x/\ud83d\ude00/+ | x/\ud83d\ude00/\u00e4 | yes | MQTT-1.5.4-1
          """)
  void matches(String filter, String topic, String expected, String clause) {
    String name = topic.replace("x/", own + "/");
    for (int version : new int[] {4, 5}) {
      try (Dialog client = client(version, "c")) {
        client.say(Say.publish(name, "kept").retained());
        client.subscribe(1, filter.replace("x/", own + "/"), 0);
        client.say(Say.publish(name, "live"));
        if (expected.equals("yes")) {
          assertThat(client.hear(Heard.PUBLISH).text()).isEqualTo("kept");
          Heard live = client.hear(Heard.PUBLISH);
          assertThat(live.text()).isEqualTo("live");
          assertThat(live.topic()).isEqualTo(name); // [MQTT-3.3.2-3]
        }
        client.hearNothing();
        client.say(Say.publish(name, "").retained()); // for the next version
        if (expected.equals("yes")) {
          client.hear(Heard.PUBLISH);
        }
        client.hearNothing();
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"x#, 4", "#/x, 4", "x/+y, 4", "'', 4", "x#, 5", "#/x, 5", "x/+y, 5", "'', 5"})
  void aFilterThatIsNoneIsRefused(String filter, int version) {
    try (Dialog client = client(version, "c")) { // [MQTT-4.7.1-1] [MQTT-4.7.1-2] [MQTT-4.7.3-1]
      client.say(Say.subscribe(1, filter, 0)).isNotGranted();
    }
  }

  @ParameterizedTest
  @CsvSource({"a/#, 4", "+, 4", "a/#, 5", "+, 5"})
  void aNameHasNoWildcards(String name, int version) { // [MQTT-4.7.0-1] [MQTT-3.3.2-2]
    try (Dialog client = client(version, "c")) {
      client.say(Say.publish(name, "x"));
      if (version == 5) {
        assertThat(client.hear(Heard.DISCONNECT).code()).isIn(0x81, 0x90);
      }
      client.isClosed();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 5})
  void aNameHasAtLeastOneCharacter(int version) { // [MQTT-4.7.3-1]
    try (Dialog client = client(version, "c")) {
      client.say(Say.publish("", "x")).isDisconnected(0x82);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 5})
  void wildcardsAtTheBeginningDoNotSeeTopicsOfTheServer(int version) { // [MQTT-4.7.2-1]
    String shadow = "$aws/things/%s/shadow/get".formatted(own);
    try (Dialog wide = client(version, "w");
        Dialog named = client(version, "n");
        Dialog publisher = client(version, "p")) {
      wide.say(Say.subscribe(1, "#", 0).and("+/things/#", 0).and("+/" + own, 0));
      wide.hearAmongPublications(Heard.SUBACK);
      named.say(Say.subscribe(1, "$aws/things/%s/shadow/#".formatted(own), 0));
      named.hear(Heard.SUBACK);
      publisher.say(Say.publish(shadow, "{}"), Say.publish(topic("mark"), "mark"));

      assertThat(named.hear(Heard.PUBLISH).topic()).startsWith("$aws/");
      Heard first = wide.hear(Heard.PUBLISH);
      while (first.retained()) { // of other tests
        first = wide.hear(Heard.PUBLISH);
      }
      assertThat(first.topic()).isEqualTo(topic("mark"));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 5})
  void namesAndFiltersMayBeLong(int version) { // [MQTT-4.7.3-3]
    String longest = own + "\u00e4".repeat((65_535 - own.length()) / 2);
    assertThat(longest.getBytes(StandardCharsets.UTF_8).length).isGreaterThan(65_000);
    try (Dialog client = client(version, "c")) {
      client.subscribe(1, longest, 1).say(Say.publish(longest, "x"));
      assertThat(client.hear(Heard.PUBLISH).topic()).isEqualTo(longest);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 5})
  void theNullCharacterIsInNoName(int version) { // [MQTT-4.7.3-2] [MQTT-1.5.4-2]
    try (Dialog client = client(version, "c")) {
      client.say(Say.publish("a\u0000b", "x"));
      if (version == 5) {
        assertThat(client.hear(Heard.DISCONNECT).code()).isIn(0x81, 0x90);
      }
      client.isClosed();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 5})
  void theNullCharacterIsInNoFilter(int version) {
    try (Dialog client = client(version, "c")) {
      client.say(Say.subscribe(1, "a\u0000b", 0)).isNotGranted();
    }
  }
}
