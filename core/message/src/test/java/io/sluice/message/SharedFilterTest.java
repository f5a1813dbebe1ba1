package io.sluice.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Section 4.8.2 of MQTT 5.0. */
class SharedFilterTest {

  @ParameterizedTest
  @CsvSource({
    "$share/consumers/sport/tennis/+, consumers, sport/tennis/+",
    "$share/c/#, c, '#'",
    "$share/c//finance, c, /finance",
    "$share/c/$aws/things/+, c, $aws/things/+",
    "$share/$share/a, $share, a"
  })
  void isTakenApart(String text, String shareName, String filter) {
    assertThat(SharedFilter.isShared(text)).isTrue();
    SharedFilter shared = SharedFilter.of(text);
    assertThat(shared.shareName()).isEqualTo(shareName);
    assertThat(shared.filter()).isEqualTo(TopicFilter.of(filter));
    assertThat(shared).hasToString(text);
  }

  @ParameterizedTest(name = "[{1}] {0}")
  @CsvSource({
    "$share//a, MQTT-4.8.2-1",
    "$share/c+/a, MQTT-4.8.2-2",
    "$share/#/a, MQTT-4.8.2-2",
    "$share/+/a, MQTT-4.8.2-2",
    "$share/c, MQTT-4.8.2-2",
    "$share/, MQTT-4.8.2-2",
    "$share, MQTT-4.8.2-2",
    "$share/c/, MQTT-4.7.3-1",
    "$share/c/a#, MQTT-4.7.1-1",
    "a/b, MQTT-4.8.2-2"
  })
  void isRefused(String text, String clause) {
    assertThatThrownBy(() -> SharedFilter.of(text))
        .isInstanceOf(InvalidTopic.class)
        .hasMessageContaining("[" + clause + "]");
  }

  @ParameterizedTest
  @ValueSource(strings = {"$shared/a/b", "$SHARE/a/b", "a/$share/b/c", "/$share/a/b"})
  void isNotSeenInOtherFilters(String text) {
    assertThat(SharedFilter.isShared(text)).isFalse();
  }
}
