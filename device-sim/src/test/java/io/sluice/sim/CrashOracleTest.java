package io.sluice.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.sim.CrashViolation.Kind;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The oracle of the crash campaign: what it must find, and what it must let pass. */
class CrashOracleTest {
  private final CrashOracle oracle = new CrashOracle();
  private final CrashStream[] streams = new CrashStream[3]; // by QoS, all queued
  private final CrashOracle.Receiver two = oracle.receiver("two", 2, true);
  private final CrashOracle.Receiver one = oracle.receiver("one", 1, true);
  private final CrashOracle.Receiver visitor = oracle.receiver("visitor", 1, false);

  @BeforeEach
  void publishFourOnEachStream() {
    for (int qos = 0; qos < 3; qos++) {
      streams[qos] = oracle.stream("crash/p0/t0", qos, false, true);
    }
    oracle.beginRound(1);
    for (CrashStream stream : streams) {
      oracle.publish(stream);
      oracle.publish(stream);
    }
    oracle.beginRound(2);
    for (CrashStream stream : streams) {
      oracle.publish(stream);
      oracle.publish(stream);
    }
  }

  private static long identity(CrashStream stream, int number) {
    return CrashStream.identify(new String(stream.payload(number), StandardCharsets.US_ASCII));
  }

  private void receive(CrashOracle.Receiver receiver, int qos, int... numbers) {
    for (int number : numbers) {
      receiver.received(identity(streams[qos], number), Math.min(qos, receiver.qos));
    }
  }

  private void acknowledge(int qos, int... numbers) {
    for (int number : numbers) {
      oracle.acknowledge(streams[qos], number);
    }
  }

  private List<Kind> found() {
    return oracle.violations().stream().map(CrashViolation::kind).toList();
  }

  @Test
  void whatWasAcknowledgedAndNeverCameIsLostForEachPersistentReceiver() {
    acknowledge(1, 0, 2);
    acknowledge(2, 3);
    receive(two, 1, 0, 2);
    receive(two, 2, 3);
    receive(one, 1, 0);

    assertThat(two.missing()).isZero();
    assertThat(one.missing()).isEqualTo(2);
    assertThat(visitor.missing()).as("nobody promised it anything").isZero();
    oracle.reckon();

    assertThat(found()).containsExactly(Kind.LOST, Kind.LOST);
    assertThat(oracle.violations().get(0).detail())
        .isEqualTo(
            "one never got message 2 of crash/p0/t0 at QoS 1, sent in round 2 and acknowledged");
  }

  @Test
  void whatWasNotAcknowledgedMayArriveOrNot() {
    receive(two, 1, 0, 1, 2);
    receive(one, 2, 3);
    oracle.reckon();

    assertThat(found()).isEmpty();
  }

  @Test
  void atQos2AMessageComesOnceAndAtTheLowerQosItMayComeAgain() {
    receive(two, 2, 0, 0);
    receive(one, 2, 0, 0);
    receive(two, 1, 0, 0, 1, 0);

    assertThat(found()).containsExactly(Kind.TWICE);
    assertThat(two.again()).isEqualTo(3);
    assertThat(one.again()).isEqualTo(1);
  }

  @Test
  void firstArrivalsOfAStreamKeepTheirOrder() {
    receive(two, 1, 0, 2, 1);
    receive(two, 0, 1, 3);
    receive(two, 2, 0, 1, 2, 3);
    assertThat(found()).containsExactly(Kind.ORDER);
  }

  @Test
  void whoComesAndGoesMayGetLaterWhatWasSentAgain() {
    oracle.sentAgain(streams[1], 1);
    receive(visitor, 1, 2, 1, 3);
    assertThat(found()).isEmpty();

    receive(visitor, 1, 0);
    assertThat(found()).as("message 0 was sent once").containsExactly(Kind.ORDER);
  }

  @Test
  void aRetainedCopyStandsInNoOrderWithWhatIsOnItsWay() {
    visitor.retained(identity(streams[1], 2));
    receive(visitor, 1, 0, 1, 2, 3);
    assertThat(found()).isEmpty();

    receive(visitor, 2, 1, 0);
    assertThat(found()).as("no copy among these").containsExactly(Kind.ORDER);
  }

  @Test
  void theQosIsTheLowerOfPublicationAndSubscription() {
    one.received(identity(streams[2], 0), 2);
    two.received(identity(streams[1], 0), 0);
    assertThat(found()).containsExactly(Kind.QOS, Kind.QOS);
  }

  @Test
  void whatNobodySentIsForeign() {
    two.received(CrashStream.identify("{\"s\":1,\"n\":4}"), 1);
    two.received(CrashStream.identify("{\"s\":9,\"n\":0}"), 1);
    two.received(CrashStream.identify("hello"), 1);
    assertThat(found()).containsExactly(Kind.FOREIGN, Kind.FOREIGN, Kind.FOREIGN);
  }

  @Test
  void theQueueHoldsWhatWasAcknowledgedAsOftenAsItWasPublished() {
    acknowledge(1, 0, 1);
    acknowledge(2, 0);
    oracle.sentAgain(streams[1], 0);
    oracle.sentAgain(streams[2], 0);
    List<String> bodies = new ArrayList<>();
    for (long body :
        new long[] {
          identity(streams[1], 0), // sent twice at QoS 1: may be there twice
          identity(streams[1], 0),
          identity(streams[1], 1),
          identity(streams[2], 0),
          identity(streams[0], 3)
        }) {
      bodies.add(
          "{\"s\":%d,\"n\":%d}".formatted(CrashStream.streamOf(body), CrashStream.numberOf(body)));
    }
    oracle.reckonQueue(bodies);
    assertThat(found()).isEmpty();

    bodies.addAll(bodies.subList(2, 5)); // now those three are there twice
    bodies.removeIf(body -> body.equals("{\"s\":1,\"n\":0}"));
    oracle.reckonQueue(bodies);
    assertThat(found()).containsOnly(Kind.TWICE, Kind.LOST).hasSize(4);
  }

  @Test
  void theLastAcknowledgedRetainedMessageIsDue() {
    CrashStream kept = oracle.stream("crash/kept/p0/q1", 1, true, false);
    for (int i = 0; i < 5; i++) {
      oracle.publish(kept);
    }
    assertThat(oracle.retainedDue()).isEmpty();

    oracle.acknowledge(kept, 2);
    oracle.acknowledge(kept, 1);
    assertThat(oracle.retainedDue()).containsOnly(Map.entry(kept, 2));
  }
}
