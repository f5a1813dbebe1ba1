package io.sluice.sim;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import picocli.CommandLine.Option;

/** What the modes that carry messages ask for. */
final class TrafficOptions {
  private static final int PAYLOAD_BYTES_MAX = 1 << 20;
  private static final int WINDOW_MAX = 65_535;
  private static final Duration LONGEST = Duration.ofHours(1);

  @Option(
      names = "--qos",
      defaultValue = "0",
      description = "0, 1 or 2. Default: ${DEFAULT-VALUE}.")
  int qos;

  @Option(
      names = "--payload",
      paramLabel = "BYTES",
      defaultValue = "16",
      description = "From 16 on, latency and order are checked. Default: ${DEFAULT-VALUE}.")
  int payloadBytes;

  @Option(
      names = "--window",
      paramLabel = "N",
      defaultValue = "32",
      description = "Messages a publisher has under way at once. Default: ${DEFAULT-VALUE}.")
  int window;

  @Option(
      names = "--rate",
      paramLabel = "PER_SECOND",
      defaultValue = "0",
      description = "Messages published per second by all; 0: as fast as the window allows.")
  double rate;

  @Option(
      names = "--warm-up",
      converter = DurationConverter.class,
      defaultValue = "3s",
      description = "Load before the measurement. Default: ${DEFAULT-VALUE}.")
  Duration warmUp = Duration.ofSeconds(3);

  @Option(
      names = "--duration",
      converter = DurationConverter.class,
      defaultValue = "10s",
      description = "How long to measure, at most. Default: ${DEFAULT-VALUE}.")
  Duration duration = Duration.ofSeconds(10);

  @Option(
      names = "--messages",
      paramLabel = "N",
      defaultValue = "0",
      description = "Ends earlier, after so many messages; 0: does not.")
  long messages;

  void check() {
    BenchOptions.check("--qos", qos, 0, 2);
    BenchOptions.check("--payload", payloadBytes, 0, PAYLOAD_BYTES_MAX);
    BenchOptions.check("--window", window, 1, WINDOW_MAX);
    BenchOptions.check("--rate", (long) rate, 0, 10_000_000);
    BenchOptions.check("--messages", messages, 0, Long.MAX_VALUE);
    BenchOptions.check("--warm-up (s)", warmUp.toSeconds(), 0, LONGEST.toSeconds());
    BenchOptions.check("--duration (ms)", duration.toMillis(), 10, LONGEST.toMillis());
  }

  PublisherLink.Plan plan(MqttVersion version, String topic, int stream, int publishers) {
    return new PublisherLink.Plan(
        new PublishTemplate(version, topic, qos, payloadBytes),
        qos,
        window,
        rate / publishers,
        stream);
  }

  ObjectNode settings(BenchOptions options) {
    return PayloadTemplate.JSON
        .createObjectNode()
        .put("mqtt", options.mqtt.toString())
        .put("tls", options.isTls())
        .put("qos", qos)
        .put("payloadBytes", payloadBytes)
        .put("window", window)
        .put("rate", rate);
  }
}
