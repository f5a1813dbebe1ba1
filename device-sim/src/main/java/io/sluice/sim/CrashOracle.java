package io.sluice.sim;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Knows what was sent and acknowledged, is told what arrived, and says which promise was broken.
 * Confined to the campaign's loop.
 *
 * <p>What a broker owes: an acknowledged message (PUBACK, PUBREC) reaches every session that was
 * there; at QoS 2 once, at QoS 1 at least once; first arrivals of a stream in the order they were
 * sent [MQTT-4.6.0-5], those of retained copies aside; at QoS 0 nothing but the order. A message
 * that was not acknowledged may arrive or not.
 */
final class CrashOracle {
  /** More are counted, but not described. */
  private static final int DESCRIBED_MAX = 1_000;

  private final List<CrashStream> streams = new ArrayList<>();
  private final List<Receiver> receivers = new ArrayList<>();
  private final List<CrashViolation> violations = new ArrayList<>();
  private long violationCount;
  private int round;
  final long[] published = new long[3]; // by QoS
  final long[] acknowledged = new long[3]; // by QoS
  long sentAgain;
  long refused;
  long takeovers;
  long connects;

  /** What one subscriber saw. */
  final class Receiver {
    final String name;
    final int qos;
    final boolean promised;
    private final List<BitSet> seen = new ArrayList<>();
    private final List<Integer> last = new ArrayList<>();
    private long arrived;
    private long again;

    /**
     * @param promised whether its session is persistent, so that it must get everything
     */
    private Receiver(String name, int qos, boolean promised) {
      this.name = name;
      this.qos = qos;
      this.promised = promised;
    }

    /** A message that is new by its packet identifier. */
    void received(long identity, int packetQos) {
      arrived++;
      CrashStream stream = known(identity, name);
      if (stream == null) {
        return;
      }
      int number = CrashStream.numberOf(identity);
      int due = Math.min(stream.qos, qos);
      if (packetQos != due) {
        violated(
            CrashViolation.Kind.QOS,
            "%s got message %d of %s at QoS %d, due is %d [MQTT-3.8.4-8]"
                .formatted(name, number, stream, packetQos, due));
      }
      if (seen(stream).get(number)) {
        again++;
        if (due == 2) {
          violated(
              CrashViolation.Kind.TWICE,
              "%s got message %d of %s, sent in round %d, a second time"
                  .formatted(name, number, stream, stream.roundOf(number)));
        }
        return;
      }
      seen(stream).set(number);
      inOrder(stream, number);
    }

    /**
     * A retained message that came because somebody subscribed. It is what the topic holds at that
     * moment and stands in no order with what is on its way: what was published just before it may
     * come behind it.
     */
    void retained(long identity) {
      arrived++;
      CrashStream stream = known(identity, name);
      if (stream != null) {
        seen(stream).set(CrashStream.numberOf(identity));
      }
    }

    private void inOrder(CrashStream stream, int number) {
      int before = last.get(stream.index);
      // One that comes and goes may have missed a message that its publisher sent again later.
      if (number < before && (promised || stream.transmissions(number) == 1)) {
        violated(
            CrashViolation.Kind.ORDER,
            "%s got message %d of %s after message %d [MQTT-4.6.0-5]"
                .formatted(name, number, stream, before));
      }
      last.set(stream.index, Math.max(before, number));
    }

    private BitSet seen(CrashStream stream) {
      while (seen.size() <= stream.index) {
        seen.add(new BitSet());
        last.add(-1);
      }
      return seen.get(stream.index);
    }

    /** Acknowledged messages that have not arrived here. */
    long missing() {
      return promised ? streams.stream().mapToLong(s -> missing(s).cardinality()).sum() : 0;
    }

    private BitSet missing(CrashStream stream) {
      BitSet missing = (BitSet) stream.acknowledged().clone();
      missing.andNot(seen(stream));
      return missing;
    }

    long arrived() {
      return arrived;
    }

    long again() {
      return again;
    }
  }

  CrashStream stream(String topic, int qos, boolean retained, boolean queued) {
    CrashStream stream = new CrashStream(streams.size(), topic, qos, retained, queued);
    streams.add(stream);
    return stream;
  }

  Receiver receiver(String name, int qos, boolean promised) {
    Receiver receiver = new Receiver(name, qos, promised);
    receivers.add(receiver);
    return receiver;
  }

  List<CrashStream> streams() {
    return streams;
  }

  List<Receiver> receivers() {
    return receivers;
  }

  List<CrashViolation> violations() {
    return List.copyOf(violations);
  }

  long violationCount() {
    return violationCount;
  }

  void beginRound(int number) {
    round = number;
    streams.forEach(CrashStream::beginRound);
  }

  void violated(CrashViolation.Kind kind, String detail) {
    violationCount++;
    if (violations.size() < DESCRIBED_MAX) {
      violations.add(new CrashViolation(kind, round, detail));
    }
  }

  int publish(CrashStream stream) {
    published[stream.qos]++;
    return stream.next();
  }

  void acknowledge(CrashStream stream, int number) {
    acknowledged[stream.qos]++;
    stream.acknowledged(number);
  }

  void sentAgain(CrashStream stream, int number) {
    sentAgain++;
    stream.repeated(number);
  }

  private @Nullable CrashStream known(long identity, String where) {
    int index = CrashStream.streamOf(identity);
    if (identity < 0
        || index >= streams.size()
        || CrashStream.numberOf(identity) >= streams.get(index).sent()) {
      violated(
          CrashViolation.Kind.FOREIGN,
          "%s got a message that nobody sent: %s"
              .formatted(
                  where,
                  identity < 0
                      ? "no payload of this campaign"
                      : "stream %d, message %d".formatted(index, CrashStream.numberOf(identity))));
      return null;
    }
    return streams.get(index);
  }

  /** What must be retained at least, by stream: the last acknowledged number. */
  Map<CrashStream, Integer> retainedDue() {
    Map<CrashStream, Integer> due = new HashMap<>();
    for (CrashStream stream : streams) {
      if (stream.retained && stream.lastAcknowledged() >= 0) {
        due.put(stream, stream.lastAcknowledged());
      }
    }
    return due;
  }

  /** Everything has had its time: what is missing now is lost. */
  void reckon() {
    round = 0;
    for (Receiver receiver : receivers) {
      for (CrashStream stream : receiver.promised ? streams : List.<CrashStream>of()) {
        receiver.missing(stream).stream()
            .forEach(
                number ->
                    violated(
                        CrashViolation.Kind.LOST,
                        "%s never got message %d of %s, sent in round %d and acknowledged"
                            .formatted(receiver.name, number, stream, stream.roundOf(number))));
      }
    }
  }

  /**
   * A durable queue behind a rule: each acknowledged message is in it; what was sent once, once. A
   * publisher that sends a QoS 1 message again publishes it again.
   */
  void reckonQueue(List<String> bodies) {
    round = 0;
    Map<Long, Integer> copies = new HashMap<>();
    bodies.forEach(body -> copies.merge(CrashStream.identify(body), 1, Integer::sum));
    copies.forEach(
        (identity, count) -> {
          CrashStream stream = known(identity, "the queue");
          if (stream == null) {
            return;
          }
          int number = CrashStream.numberOf(identity);
          int most = !stream.queued ? 0 : stream.qos == 1 ? stream.transmissions(number) : 1;
          if (count > most) {
            violated(
                CrashViolation.Kind.TWICE,
                "the queue holds message %d of %s, sent in round %d, %d times, not %d"
                    .formatted(number, stream, stream.roundOf(number), count, most));
          }
        });
    for (CrashStream stream : streams.stream().filter(one -> one.queued).toList()) {
      stream.acknowledged().stream()
          .filter(number -> !copies.containsKey((long) stream.index << 32 | number))
          .forEach(
              number ->
                  violated(
                      CrashViolation.Kind.LOST,
                      "the queue has no message %d of %s, sent in round %d and acknowledged"
                          .formatted(number, stream, stream.roundOf(number))));
    }
  }
}
