package io.sluice.sim;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The messages of one publisher on one topic at one QoS, numbered from 0: what every receiver must
 * see in this order [MQTT-4.6.0-5]. Confined to the campaign's loop.
 */
final class CrashStream {
  private static final Pattern PAYLOAD = Pattern.compile("\\{\"s\":(\\d{1,9}),\"n\":(\\d{1,9})\\}");
  private static final int PAYLOAD_BYTES_MAX = 64;

  final int index;
  final String topic;
  final int qos;
  final boolean retained;
  final boolean queued; // a rule routes it to the queue

  private final BitSet acknowledged = new BitSet();
  private final Map<Integer, Integer> repeats = new HashMap<>();
  private final List<Integer> firstOfRound = new ArrayList<>();
  private int sent;

  CrashStream(int index, String topic, int qos, boolean retained, boolean queued) {
    this.index = index;
    this.topic = topic;
    this.qos = qos;
    this.retained = retained;
    this.queued = queued;
  }

  /** The number of the next message, which counts as sent from now on. */
  int next() {
    return sent++;
  }

  int sent() {
    return sent;
  }

  void beginRound() {
    firstOfRound.add(sent);
  }

  /** In which round a message was first sent, from 1. */
  int roundOf(int number) {
    int round = firstOfRound.size();
    while (round > 1 && firstOfRound.get(round - 1) > number) {
      round--;
    }
    return round;
  }

  void repeated(int number) {
    repeats.merge(number, 1, Integer::sum);
  }

  /** How often it was sent. */
  int transmissions(int number) {
    return 1 + repeats.getOrDefault(number, 0);
  }

  void acknowledged(int number) {
    acknowledged.set(number);
  }

  /** What was acknowledged; do not change it. */
  BitSet acknowledged() {
    return acknowledged;
  }

  /** The last message that was acknowledged; -1: none was. */
  int lastAcknowledged() {
    return acknowledged.length() - 1;
  }

  /** A payload that names the message; a rule can read it too. */
  byte[] payload(int number) {
    return "{\"s\":%d,\"n\":%d}".formatted(index, number).getBytes(StandardCharsets.US_ASCII);
  }

  /** Stream and number, as {@code stream << 32 | number}; -1: no payload of a campaign. */
  static long identify(ByteBuf in, int at, int bytes) {
    return bytes > PAYLOAD_BYTES_MAX
        ? -1
        : identify(in.toString(at, bytes, StandardCharsets.US_ASCII));
  }

  static long identify(String payload) {
    Matcher matcher = PAYLOAD.matcher(payload);
    return matcher.matches()
        ? Long.parseLong(matcher.group(1)) << 32 | Long.parseLong(matcher.group(2))
        : -1;
  }

  static int streamOf(long identity) {
    return (int) (identity >>> 32);
  }

  static int numberOf(long identity) {
    return (int) identity;
  }

  @Override
  public String toString() {
    return "%s at QoS %d".formatted(topic, qos);
  }
}
