package io.sluice.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Sections 3.1.2.11.5 and 3.3.2.3.4: topic aliases that the broker gives. */
class AliasesOnEveryWireTest extends OnEveryWire {

  private Dialog taking(int aliases) {
    return client(5, Say.connect(id("s")).with(Property.number(Property.ALIAS_MAXIMUM, aliases)));
  }

  /** What the packets name, as a client with a table of aliases understands them. */
  private static String resolve(Map<Long, String> table, Heard publish, long max) {
    long alias = publish.number(Property.ALIAS, -1);
    if (alias == -1) {
      return publish.topic();
    }
    assertThat(alias).isBetween(1L, max); // [MQTT-3.1.2-26] [MQTT-3.3.2-8] [MQTT-3.3.2-11]
    if (!publish.topic().isEmpty()) {
      table.put(alias, publish.topic());
    }
    return table.getOrDefault(alias, "an alias that was never given");
  }

  @Test
  void whoTakesAliasesGetsOneWithTheFirstMessageAndTheAliasAloneFromThenOn() {
    try (Dialog client = taking(10)) {
      client.subscribe(1, topic("#"), 0);
      client.say(
          Say.publish(topic("a"), "1"), Say.publish(topic("a"), "2"), Say.publish(topic("a"), "3"));
      Heard first = client.hear(Heard.PUBLISH);
      assertThat(first.topic()).isEqualTo(topic("a"));
      long alias = first.number(Property.ALIAS, 0);
      assertThat(alias).isBetween(1L, 10L);
      for (String text : new String[] {"2", "3"}) {
        Heard next = client.hear(Heard.PUBLISH);
        assertThat(next.topic()).isEmpty();
        assertThat(next.number(Property.ALIAS, 0)).isEqualTo(alias);
        assertThat(next.text()).isEqualTo(text);
      }
    }
  }

  @Test
  void moreTopicsThanAliasesAreUnderstoodAllTheSame() {
    try (Dialog client = taking(3)) {
      client.subscribe(1, topic("#"), 1);
      Map<Long, String> table = new HashMap<>();
      for (int i = 0; i < 60; i++) {
        String topic = topic("a" + i * i % 7);
        client.say(Say.publish(topic, "" + i).qos(i % 2, i + 1));
        if (i % 2 == 1) {
          client.hearAmongPublications(Heard.PUBACK);
        }
        Heard publish = client.hear(Heard.PUBLISH);
        assertThat(resolve(table, publish, 3)).isEqualTo(topic);
        assertThat(publish.text()).isEqualTo("" + i);
        if (publish.qos() == 1) {
          client.say(Say.puback(publish.packetId()));
        }
      }
    }
  }

  @Test
  void whoTakesNoneGetsNone() { // [MQTT-3.1.2-27]
    for (Say.Connect connect :
        new Say.Connect[] {
          Say.connect(id("none")),
          Say.connect(id("zero")).with(Property.number(Property.ALIAS_MAXIMUM, 0))
        }) {
      try (Dialog client = client(5, connect)) {
        client.subscribe(1, topic("#"), 0);
        for (int i = 0; i < 3; i++) {
          client.say(Say.publish(topic("a"), "x"));
          Heard publish = client.hear(Heard.PUBLISH);
          assertThat(publish.topic()).isEqualTo(topic("a"));
          assertThat(publish.has(Property.ALIAS)).isFalse();
        }
      }
    }
  }

  @Test
  void aNewConnectionBeginsWithoutAliases() { // [MQTT-3.3.2-7]
    Say.Connect connect =
        Say.connect(id("s"))
            .resuming()
            .with(
                Property.number(Property.ALIAS_MAXIMUM, 5),
                Property.number(Property.SESSION_EXPIRY, 60));
    try (Dialog client = client(5, connect)) {
      client.subscribe(1, topic("a"), 0).say(Say.publish(topic("a"), "1"));
      assertThat(client.hear(Heard.PUBLISH).topic()).isEqualTo(topic("a"));
    }
    try (Dialog client = client(5, connect)) {
      client.say(Say.publish(topic("a"), "2"));
      assertThat(client.hear(Heard.PUBLISH).topic()).isEqualTo(topic("a"));
    }
  }
}
