package io.sluice.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Section 4.7 of both specifications, clause by clause; ids are those of MQTT 5.0, and MQTT3 those
 * of 3.1.1 where the numbers differ. Each row is asked of the filter and of the trie.
 */
class TopicMatchingTest {

  @ParameterizedTest(name = "[{3}] {0} on {1}: {2}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          sport/tennis/player1/# | sport/tennis/player1                   | yes | MQTT-4.7.1-1 the parent level counts
          sport/tennis/player1/# | sport/tennis/player1/ranking           | yes | MQTT-4.7.1-1
          sport/tennis/player1/# | sport/tennis/player1/score/wimbledon   | yes | MQTT-4.7.1-1
          sport/tennis/player1/# | sport/tennis/player10                  | no  | MQTT-4.7.1-1 levels, not characters
          sport/#                | sport                                  | yes | MQTT-4.7.1-1
          sport/#                | sport/                                 | yes | MQTT-4.7.1-1
          sport/#                | sports                                 | no  | MQTT-4.7.1-1
          '#'                    | sport                                  | yes | MQTT-4.7.1-1 every topic
          '#'                    | /                                      | yes | MQTT-4.7.1-1
          /#                     | /                                      | yes | MQTT-4.7.1-1
          /#                     | /finance                               | yes | MQTT-4.7.1-1
          /#                     | finance                                | no  | MQTT-4.7.1-1
          sport/tennis/+         | sport/tennis/player1                   | yes | MQTT-4.7.1-2 MQTT3-4.7.1-3
          sport/tennis/+         | sport/tennis/player1/ranking           | no  | MQTT-4.7.1-2 one level only
          sport/+                | sport                                  | no  | MQTT-4.7.1-2 a level must be there
          sport/+                | sport/                                 | yes | MQTT-4.7.1-2 an empty level is a level
          +                      | finance                                | yes | MQTT-4.7.1-2
          +                      | /finance                               | no  | MQTT-4.7.1-2
          +/+                    | /finance                               | yes | MQTT-4.7.1-2
          /+                     | /finance                               | yes | MQTT-4.7.1-2
          +/tennis/#             | sport/tennis/player1                   | yes | MQTT-4.7.1-2 with the other wildcard
          +/tennis/#             | sport/tennis                           | yes | MQTT-4.7.1-2
          sport/+/player1        | sport/tennis/player1                   | yes | MQTT-4.7.1-2 in the middle
          sport/+/player1        | sport/a/b/player1                      | no  | MQTT-4.7.1-2
          +/#                    | a                                      | yes | MQTT-4.7.1-2
          +/+/#                  | a                                      | no  | MQTT-4.7.1-2
          '#'                    | $SYS/monitor/clients                   | no  | MQTT-4.7.2-1
          +/monitor/clients      | $SYS/monitor/clients                   | no  | MQTT-4.7.2-1
          +                      | $SYS                                   | no  | MQTT-4.7.2-1
          +/#                    | $aws/things/x/shadow                   | no  | MQTT-4.7.2-1
          $SYS/#                 | $SYS/monitor/clients                   | yes | MQTT-4.7.2-1 named outright
          $SYS/#                 | $SYS                                   | yes | MQTT-4.7.2-1
          $SYS/monitor/+         | $SYS/monitor/clients                   | yes | MQTT-4.7.2-1
          $aws/things/+/shadow/# | $aws/things/x/shadow/update            | yes | MQTT-4.7.2-1 wildcards further on
          a/#                    | a/$b                                   | yes | MQTT-4.7.2-1 only the first character counts
          a/+                    | a/$b                                   | yes | MQTT-4.7.2-1
          ACCOUNTS               | Accounts                               | no  | MQTT-4.7.3-4 case counts
          accounts payable       | accounts payable                       | yes | MQTT-4.7.3-4 spaces are characters
          /finance               | finance                                | no  | MQTT-4.7.3-4 a leading separator counts
          finance/               | finance                                | no  | MQTT-4.7.3-4 a trailing one too
          a//b                   | a/b                                    | no  | MQTT-4.7.3-4 nothing is folded
          a/+/b                  | a//b                                   | yes | MQTT-4.7.3-4
          /                      | /                                      | yes | MQTT-4.7.3-1 a separator alone is a topic
          a/./b                  | a/b                                    | no  | MQTT-4.7.3-4 dots mean nothing
          """)
  void matches(String filter, String topic, String expected, String clause) {
    boolean wanted = expected.equals("yes");
    assertThat(TopicFilter.of(filter).matches(TopicName.of(topic))).isEqualTo(wanted);
    assertThat(trieMatches(filter, topic)).as("trie").isEqualTo(wanted);
  }

  private static boolean trieMatches(String filter, String topic) {
    TopicTrie<String> trie = new TopicTrie<>();
    trie.add(TopicFilter.of(filter), "listener");
    List<String> heard = new ArrayList<>();
    trie.match(TopicName.of(topic), heard::add);
    return heard.equals(List.of("listener"));
  }

  @Test
  void nothingIsNormalised() { // [MQTT-4.7.3-4]
    String composed = "caf\u00e9";
    String decomposed = "cafe\u0301";
    assertThat(TopicFilter.of(composed).matches(TopicName.of(decomposed))).isFalse();
    assertThat(trieMatches(composed, decomposed)).isFalse();
    assertThat(TopicFilter.of("\ufeffa").matches(TopicName.of("a"))).as("[MQTT-1.5.4-3]").isFalse();
    assertThat(TopicFilter.of("\ufeffa").matches(TopicName.of("\ufeffa"))).isTrue();
  }

  @ParameterizedTest(name = "[{1}] {0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          sport/tennis#         | MQTT-4.7.1-1
          sport/tennis/#/ranking | MQTT-4.7.1-1
          '#/'                  | MQTT-4.7.1-1
          '##'                  | MQTT-4.7.1-1
          '#a'                  | MQTT-4.7.1-1
          a/#/#                 | MQTT-4.7.1-1
          a/+#                  | MQTT-4.7.1-1
          sport+                | MQTT-4.7.1-2
          sport/+tennis         | MQTT-4.7.1-2
          a/++                  | MQTT-4.7.1-2
          +a/b                  | MQTT-4.7.1-2
          ''                    | MQTT-4.7.3-1
          """)
  void refusesFilters(String filter, String clause) {
    assertThatThrownBy(() -> TopicFilter.of(filter))
        .isInstanceOf(InvalidTopic.class)
        .hasMessageContaining("[" + clause + "]");
  }

  @ParameterizedTest(name = "[{1}] {0}")
  @CsvSource({
    "'', MQTT-4.7.3-1",
    "'#', MQTT-4.7.0-1",
    "sport/+, MQTT-4.7.0-1",
    "sport/tennis#, MQTT-4.7.0-1",
    "a+b, MQTT-4.7.0-1"
  })
  void refusesNames(String name, String clause) {
    assertThatThrownBy(() -> TopicName.of(name))
        .isInstanceOf(InvalidTopic.class)
        .hasMessageContaining("[" + clause + "]");
  }

  @Test
  void refusesTheNullCharacter() { // [MQTT-4.7.3-2]
    assertThatThrownBy(() -> TopicName.of("a\u0000b")).hasMessageContaining("[MQTT-4.7.3-2]");
    assertThatThrownBy(() -> TopicFilter.of("a/\u0000")).hasMessageContaining("[MQTT-4.7.3-2]");
  }

  @Test
  void refusesWhatIsNoUtf8() { // [MQTT-1.5.4-1]
    for (String lone : List.of("\ud83d", "a\ude00", "\ud83d/\ude00", "\ude00\ud83d")) {
      assertThatThrownBy(() -> TopicName.of(lone)).hasMessageContaining("[MQTT-1.5.4-1]");
      assertThatThrownBy(() -> TopicFilter.of(lone)).hasMessageContaining("[MQTT-1.5.4-1]");
    }
    assertThatCode(() -> TopicName.of("\ud83d\ude00")).doesNotThrowAnyException();
  }

  @Test
  void takesUpTo65535BytesOfUtf8() { // [MQTT-4.7.3-3]
    for (String one : List.of("a", "\u00fc", "\u20ac")) {
      int bytes = one.getBytes(java.nio.charset.StandardCharsets.UTF_8).length;
      String longest = one.repeat(65_535 / bytes);
      assertThat(TopicName.of(longest).utf8Length()).isLessThanOrEqualTo(65_535);
      assertThat(TopicName.of(longest).utf8()).hasSize(TopicName.of(longest).utf8Length());
      assertThatThrownBy(() -> TopicName.of(longest + one)).hasMessageContaining("[MQTT-4.7.3-3]");
      assertThatThrownBy(() -> TopicFilter.of(longest + one))
          .hasMessageContaining("[MQTT-4.7.3-3]");
    }
  }

  @Test
  void levelsAreSplitAtEverySeparator() {
    assertThat(TopicName.of("/a//b/").levels()).isEqualTo(5);
    assertThat(TopicName.of("/").levels()).isEqualTo(2);
    assertThat(TopicFilter.of("+/#").levels()).isEqualTo(2);
    assertThat(TopicFilter.of("+/#").hasWildcard()).isTrue();
    assertThat(TopicFilter.of("a/b").hasWildcard()).isFalse();
  }
}
