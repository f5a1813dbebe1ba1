package io.sluice.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.ConnectException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SimulatedDeviceTest {
  private static final String UPDATE = "$aws/things/d-1/shadow/update";
  private static final String GET = "$aws/things/d-1/shadow/get";

  private final HandMovedClock clock = new HandMovedClock();
  private final FakeLink link = new FakeLink();
  private final FleetCounters counters = new FleetCounters(1);
  private final List<String> heard = new ArrayList<>();

  private SimulatedDevice start(String yaml) {
    Scenario scenario = Scenario.parse("t.yaml", "clientId: d-%d\n" + yaml);
    FleetListener listener =
        new FleetListener() {
          @Override
          public void deltaReceived(String clientId, String delta) {
            heard.add(clientId + " asked " + delta);
          }

          @Override
          public void reported(String clientId, String reported) {
            heard.add(clientId + " reported " + reported);
          }
        };
    SimulatedDevice device =
        new SimulatedDevice(scenario, scenario.clientId().name(1), link, clock, counters, listener);
    device.start();
    return device;
  }

  private FleetReport report() {
    return counters.report("t", 1, Duration.ofSeconds(1));
  }

  @Test
  void publishesOnItsBeatOnceConnected() {
    start("telemetry: {every: 1s, jitter: 0, qos: 2, payload: {n: {$counter: {}}}}");

    clock.advance(Duration.ofSeconds(5));
    assertThat(link.sent).as("not connected").isEmpty();
    link.events.connected();
    clock.advance(Duration.ofSeconds(10));

    assertThat(link.payloadsOn("devices/d-1/telemetry"))
        .containsExactlyElementsOf(
            IntStream.range(0, 10).mapToObj("{\"n\":%d}"::formatted).toList());
    assertThat(link.sent).allMatch(sent -> sent.qos() == 2);
    assertThat(report().published()).isEqualTo(10);
    assertThat(report().acknowledged()).isEqualTo(10);
    assertThat(report().isWhole()).isTrue();
  }

  @Test
  void jitterMovesEachBeatButNotThePace() {
    start("telemetry: {every: 1s, jitter: 1, payload: 1}");
    link.events.connected();

    clock.advance(Duration.ofSeconds(1_000));

    assertThat(link.sent).hasSizeBetween(900, 1_100);
  }

  @Test
  void withholdsWhatIsDueBeyondTheBoundInFlight() {
    start("telemetry: {every: 1s, jitter: 0, inFlightMax: 3, payload: 1}");
    link.acknowledges = false;
    link.events.connected();

    clock.advance(Duration.ofSeconds(5));

    assertThat(report().published()).isEqualTo(3);
    assertThat(report().outstanding()).isEqualTo(3);
    assertThat(report().withheld()).isEqualTo(2);
    link.sent.get(0).acknowledgement().complete(null);
    clock.advance(Duration.ofSeconds(1));
    assertThat(report().published()).as("room again").isEqualTo(4);
  }

  @Test
  void withholdsWhileTheConnectionIsAway() {
    start("telemetry: {every: 1s, jitter: 0, payload: {n: {$counter: {}}}}");
    link.events.connected();
    clock.advance(Duration.ofSeconds(2));
    link.events.disconnected("cable");
    clock.advance(Duration.ofSeconds(3));
    link.events.connected();
    clock.advance(Duration.ofSeconds(1));

    assertThat(link.payloadsOn("devices/d-1/telemetry"))
        .containsExactly("{\"n\":0}", "{\"n\":1}", "{\"n\":5}");
    assertThat(report().withheld()).isEqualTo(3);
    assertThat(report().connectionsLost()).isEqualTo(1);
    assertThat(report().connected()).isEqualTo(1);
    assertThat(report().failures()).containsEntry("cable", 1L);
  }

  @Test
  void aFailedPublicationIsCountedWithItsReason() {
    start("telemetry: {every: 1s, jitter: 0, payload: 1}");
    link.acknowledges = false;
    link.events.connected();
    clock.advance(Duration.ofSeconds(2));
    link.sent.get(0).acknowledgement().completeExceptionally(new ConnectException("no"));
    link.sent.get(1).acknowledgement().complete(null);

    assertThat(report().failed()).isEqualTo(1);
    assertThat(report().acknowledged()).isEqualTo(1);
    assertThat(report().outstanding()).isZero();
    assertThat(report().isWhole()).isFalse();
    assertThat(report().failures()).containsEntry("connection refused: nothing listens there", 1L);
  }

  @Test
  void measuresFromPublishToAcknowledgement() {
    start("telemetry: {every: 1s, jitter: 0, payload: 1}");
    link.acknowledges = false;
    link.events.connected();
    clock.advance(Duration.ofSeconds(1));
    FakeLink.Sent first = link.sent.get(0);
    long sentNanos = clock.nanoTime();
    clock.advance(Duration.ofMillis(7));
    long laterNanos = clock.nanoTime() - sentNanos;
    first.acknowledgement().complete(null);

    assertThat(laterNanos).isEqualTo(7_000_000);
    assertThat(report().latency().count()).isEqualTo(1);
    assertThat(report().latency().max()).isBetween(7_000L, 1_008_000L);
  }

  @Test
  void stoppingWaitsForWhatIsInFlightAndPublishesNoMore() {
    SimulatedDevice device = start("telemetry: {every: 1s, jitter: 0, payload: 1}");
    link.acknowledges = false;
    link.events.connected();
    clock.advance(Duration.ofSeconds(2));

    CompletableFuture<Void> quiet = device.stopPublishing();
    clock.advance(Duration.ofSeconds(5));
    assertThat(link.sent).hasSize(2);
    assertThat(quiet).isNotDone();

    link.sent.forEach(sent -> sent.acknowledgement().complete(null));
    clock.settle();
    assertThat(quiet).isDone();
    assertThat(report().outstanding()).isZero();
  }

  @Test
  void keepsItsShadow() {
    start("shadow: {every: 10s, state: {firmware: v1, n: {$counter: {}}}}");
    link.events.connected();
    clock.advance(Duration.ofSeconds(25));

    assertThat(link.subscriptions)
        .containsExactly(
            List.of(
                UPDATE + "/delta", "$aws/things/d-1/shadow/get/accepted", UPDATE + "/rejected"));
    assertThat(link.payloadsOn(GET)).containsExactly("");
    assertThat(link.payloadsOn(UPDATE))
        .containsExactly(
            "{\"state\":{\"reported\":{\"firmware\":\"v1\",\"n\":0}},\"clientToken\":\"d-1-0\"}",
            "{\"state\":{\"reported\":{\"firmware\":\"v1\",\"n\":1}},\"clientToken\":\"d-1-1\"}",
            "{\"state\":{\"reported\":{\"firmware\":\"v1\",\"n\":2}},\"clientToken\":\"d-1-2\"}");
    assertThat(report().reported()).isEqualTo(3);
  }

  @Test
  void doesWhatADeltaAsksAndReportsBack() {
    start("shadow: {every: 10s, reportAtStart: false, state: {led: {on: false, hue: 3}}}");
    link.events.connected();
    clock.settle();

    link.receive(UPDATE + "/delta", "{\"version\":4,\"state\":{\"led\":{\"on\":true}}}");
    clock.settle();
    clock.advance(Duration.ofSeconds(10));

    assertThat(link.payloadsOn(UPDATE))
        .containsExactly(
            "{\"state\":{\"reported\":{\"led\":{\"on\":true}}},\"clientToken\":\"d-1-0\"}",
            "{\"state\":{\"reported\":{\"led\":{\"on\":true,\"hue\":3}}},\"clientToken\":\"d-1-1\"}");
    assertThat(heard.subList(0, 2))
        .containsExactly(
            "d-1 asked {\"led\":{\"on\":true}}", "d-1 reported {\"led\":{\"on\":true}}");
    assertThat(report().deltasReceived()).isEqualTo(1);
  }

  @Test
  void takesTheTimeItNeedsToReact() {
    start("shadow: {reportAtStart: false, reactAfter: 2s, state: {a: 1}}");
    link.events.connected();
    clock.settle();
    link.receive(UPDATE + "/delta", "{\"version\":4,\"state\":{\"a\":2}}");

    clock.advance(Duration.ofMillis(1_999));
    assertThat(link.payloadsOn(UPDATE)).isEmpty();
    clock.advance(Duration.ofMillis(1));
    assertThat(link.payloadsOn(UPDATE)).hasSize(1);
  }

  @Test
  void learnsWhatItMissedWhileAway() {
    start("shadow: {reportAtStart: false, state: {a: 1}}");
    link.events.connected();
    clock.settle();
    link.receive(GET + "/accepted", "{\"version\":9,\"state\":{\"delta\":{\"a\":5}}}");
    link.receive(UPDATE + "/delta", "{\"version\":9,\"state\":{\"a\":5}}");
    clock.settle();
    assertThat(link.payloadsOn(UPDATE)).as("the same version twice").hasSize(1);

    link.events.disconnected("cable");
    link.events.connected();
    clock.settle();
    link.receive(GET + "/accepted", "{\"version\":9,\"state\":{\"delta\":{\"a\":5}}}");
    clock.settle();
    assertThat(link.payloadsOn(GET)).hasSize(2);
    assertThat(link.payloadsOn(UPDATE)).as("the first report may be lost").hasSize(2);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
      /update/delta    | {"version":4,"state":{}}                        | nothing to do
      /update/delta    | {"version":4}                                   | no state
      /get/accepted    | {"version":4,"state":{"reported":{"a":1}}}      | caught up
      /update/rejected | {"code":409,"clientToken":"d-11-0"}             | another device's
      """)
  void doesNothingWhereThereIsNothingToDo(String topic, String document, String why) {
    start("shadow: {reportAtStart: false, state: {a: 1}}");
    link.events.connected();
    clock.settle();
    link.receive("$aws/things/d-1/shadow" + topic, document);
    clock.settle();

    assertThat(link.payloadsOn(UPDATE)).as(why).isEmpty();
    assertThat(report().deltasReceived()).isZero();
    assertThat(report().failures()).isEmpty();
  }

  @Test
  void countsWhatTheShadowRejects() {
    start("shadow: {state: {a: 1}}");
    link.events.connected();
    clock.settle();
    link.receive(UPDATE + "/rejected", "{\"code\":409,\"clientToken\":\"d-1-0\"}");
    link.receive(UPDATE + "/delta", "{\"version\":");

    assertThat(report().reportsFailed()).isEqualTo(1);
    assertThat(report().isWhole()).isFalse();
    assertThat(report().failures())
        .containsEntry("shadow update rejected: code 409", 1L)
        .containsEntry("shadow document is not JSON", 1L);
  }
}
