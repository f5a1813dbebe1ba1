package io.sluice.message;

import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/**
 * The hot paths of this room: matching a topic, and a publication to bytes and back. Budget: a
 * match with one receiver in 200 ns and no allocation, beside 100,000 filters.
 *
 * <p>{@code java -cp ... org.openjdk.jmh.Main MessageBenchmark -prof gc}
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
public class MessageBenchmark {
  private static final int TOPICS = 1024; // published in turn: not always the same cache lines

  /** Filters of a fleet: one of each kind per device, published to by devices in turn. */
  @State(Scope.Thread)
  public static class Fleet {
    @Param({"1000", "100000"})
    public int filters;

    @Param({"exact", "+", "#"})
    public String kind = "exact";

    final TopicTrie<Integer> trie = new TopicTrie<>();
    final TopicName[] topics = new TopicName[TOPICS];
    final String[] texts = new String[TOPICS];
    int next;

    @Setup
    public void fill() {
      for (int i = 0; i < filters; i++) {
        String filter =
            switch (kind) {
              case "exact" -> "fleet/device-" + i + "/telemetry/temperature";
              case "+" -> "fleet/device-" + i + "/+/temperature";
              default -> "fleet/device-" + i + "/#";
            };
        trie.add(TopicFilter.of(filter), i);
      }
      for (int i = 0; i < TOPICS; i++) {
        int device = (int) (i * 97L * (filters / 1000 + 1) % filters);
        texts[i] = "fleet/device-" + device + "/telemetry/temperature";
        topics[i] = TopicName.of(texts[i]);
      }
    }

    int turn() {
      next = (next + 1) & (TOPICS - 1);
      return next;
    }
  }

  /** The sink of a match, kept: a caller makes it once for a connection, not for a message. */
  @State(Scope.Thread)
  public static class Receivers implements Consumer<Integer> {
    int sum;

    @Override
    public void accept(Integer listener) {
      sum += listener;
    }
  }

  /** One message to put into the ingress log. */
  @State(Scope.Thread)
  public static class Message {
    final Publication publication =
        new Publication(
            TopicName.of("fleet/device-17/telemetry/temperature"),
            new byte[256],
            QoS.AT_LEAST_ONCE,
            false,
            PublishProperties.NONE,
            new Origin("device-17", "0123456789abcdef", "192.0.2.17", Origin.Kind.MQTT, 0),
            1_700_000_000_000_000L);
    final byte[] bytes = PublicationCodec.encode(publication);
  }

  @Benchmark
  public int match(Fleet fleet, Receivers receivers) {
    fleet.trie.match(fleet.topics[fleet.turn()], receivers);
    return receivers.sum;
  }

  /** With what comes before it on a PUBLISH: checking and splitting the name. */
  @Benchmark
  public int parseAndMatch(Fleet fleet, Receivers receivers) {
    fleet.trie.match(TopicName.of(fleet.texts[fleet.turn()]), receivers);
    return receivers.sum;
  }

  @Benchmark
  public byte[] encode(Message message) {
    return PublicationCodec.encode(message.publication);
  }

  @Benchmark
  public void decode(Message message, Blackhole sink) {
    sink.consume(PublicationCodec.decode(message.bytes));
  }
}
