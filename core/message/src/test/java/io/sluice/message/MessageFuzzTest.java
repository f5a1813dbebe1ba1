package io.sluice.message;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What is made of strangers' bytes here: topic names, filters, shared filters, and publications on
 * disk. Each is refused with its own exception, or is a value that says again what was read.
 */
class MessageFuzzTest {

  static Stream<byte[]> seeds() {
    Publication publication =
        new Publication(
            TopicName.of("a/b"),
            new byte[] {1, 2},
            QoS.AT_LEAST_ONCE,
            true,
            PublishProperties.NONE,
            new Origin("client", "principal", "10.0.0.1", Origin.Kind.MQTT, 1),
            7);
    byte[] encoded = PublicationCodec.encode(publication);
    byte[] record = new byte[encoded.length + 1];
    System.arraycopy(encoded, 0, record, 1, encoded.length);
    return Stream.concat(
        Stream.of(record),
        Stream.of(
                "\1a/+/#",
                "\1#",
                "\1+/b/",
                "\1$SYS/#",
                "\1a/#/b",
                "\1\uD800",
                "\2$share/g/a/#",
                "\2$share//a",
                "\2$share/g/",
                "\2$share/+/a",
                "\2$share",
                "\2$share/g",
                "\3/",
                "\3a\0b")
            .map(text -> text.getBytes(UTF_8)));
  }

  @MethodSource("seeds")
  @FuzzTest(maxDuration = "30s")
  void isRefusedInItsOwnWayOrSaysTheSameAgain(byte[] input) {
    if (input.length == 0) {
      return;
    }
    byte[] bytes = Arrays.copyOfRange(input, 1, input.length);
    try {
      switch (input[0] & 3) {
        case 0 -> publication(bytes);
        case 1 -> filter(new String(bytes, UTF_8));
        case 2 -> shared(new String(bytes, UTF_8));
        default -> name(new String(bytes, UTF_8));
      }
    } catch (InvalidTopic refused) {
      assertThat(refused.getMessage()).isNotEmpty();
    }
  }

  private static void publication(byte[] bytes) {
    try {
      Publication read = PublicationCodec.decode(bytes);
      byte[] again = PublicationCodec.encode(read);
      assertThat(PublicationCodec.encode(PublicationCodec.decode(again))).isEqualTo(again);
    } catch (InvalidTopic refused) {
      throw refused;
    } catch (IllegalArgumentException damaged) { // that is what it says
      assertThat(damaged.getMessage()).isNotEmpty();
    }
  }

  private static void filter(String text) {
    TopicFilter filter = TopicFilter.of(text);
    assertThat(filter).hasToString(text);
    if (!filter.hasWildcard()) {
      assertThat(filter.matches(TopicName.of(text))).isTrue();
    }
  }

  private static void shared(String text) {
    SharedFilter shared = SharedFilter.of(text);
    assertThat(SharedFilter.isShared(text)).isTrue();
    assertThat(shared).hasToString(text);
  }

  private static void name(String text) {
    TopicName name = TopicName.of(text);
    assertThat(TopicFilter.of(text).matches(name)).isTrue();
    assertThat(name.utf8()).hasSize(name.utf8Length());
  }
}
