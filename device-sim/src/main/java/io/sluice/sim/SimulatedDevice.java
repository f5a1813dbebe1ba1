package io.sluice.sim;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One device: publishes telemetry on its own beat, keeps its shadow, survives its network. Confined
 * to the fleet's thread, which also calls {@link MqttLink.Events}; acknowledgements arrive on any
 * thread, are counted there and come back by {@link FleetClock#execute}.
 *
 * <p>It publishes only while connected: what is due without a connection, or past the bound on what
 * may be in flight, is withheld and counted.
 */
final class SimulatedDevice implements MqttLink.Events {
  private static final int REPORTS_IN_FLIGHT_MAX = 16;

  // For the life of the device.
  private final Scenario scenario;
  private final DeviceName name;
  private final MqttLink link;
  private final FleetClock clock;
  private final FleetCounters counters;
  private final FleetListener listener;
  private final SplittableRandom random;
  private final PayloadTemplate.@Nullable Source telemetryPayloads;
  private final @Nullable String telemetryTopic;
  private final @Nullable DeviceShadow shadow;
  private final CompletableFuture<Void> quiet = new CompletableFuture<>();

  private boolean everConnected;
  private boolean stopping;
  private long telemetryBeats;
  private long shadowBeats;
  private long telemetryDueNanos;
  private int telemetryInFlight;
  private int reportsInFlight;

  // For the life of the connection.
  private boolean connected;

  SimulatedDevice(
      Scenario scenario,
      DeviceName name,
      MqttLink link,
      FleetClock clock,
      FleetCounters counters,
      FleetListener listener) {
    this.scenario = scenario;
    this.name = name;
    this.link = link;
    this.clock = clock;
    this.counters = counters;
    this.listener = listener;
    this.random = new SplittableRandom(scenario.seed() * 31 + name.number());
    Scenario.Telemetry telemetry = scenario.telemetry();
    this.telemetryPayloads =
        telemetry == null ? null : telemetry.payload().open(scenario.seed(), name, 1);
    this.telemetryTopic = telemetry == null ? null : telemetry.topic().expand(name);
    Scenario.Shadow plan = scenario.shadow();
    this.shadow =
        plan == null
            ? null
            : new DeviceShadow(plan, name, plan.state().open(scenario.seed(), name, 2));
  }

  void start() {
    link.open(this);
  }

  /**
   * Publishes nothing more.
   *
   * @return completes on the fleet's thread when everything in flight was acknowledged or failed
   */
  CompletableFuture<Void> stopPublishing() {
    stopping = true;
    completeWhenQuiet();
    return quiet;
  }

  CompletableFuture<Void> close() {
    return link.close();
  }

  @Override
  public void connected() {
    connected = true;
    if (stopping) {
      return; // the link only sends what is unacknowledged again
    }
    counters.connected.incrementAndGet();
    listener.connected(name.clientId());
    boolean first = !everConnected;
    everConnected = true;
    Scenario.Shadow plan = scenario.shadow();
    if (plan != null && shadow != null) {
      shadow.forgetVersion(); // a reaction may have been lost with the last connection
      openShadow(plan, shadow, first);
    }
    if (first) {
      counters.neverConnected.countDown();
      beginTelemetry();
    }
  }

  @Override
  public void disconnected(String reason) {
    boolean had = connected;
    connected = false;
    if (stopping) {
      return; // the counts stay as they were at the stop
    }
    if (had) {
      counters.connected.decrementAndGet();
      counters.connectionsLost.increment();
    }
    counters.failure(reason);
    listener.disconnected(name.clientId(), reason);
  }

  private void beginTelemetry() {
    Scenario.Telemetry plan = scenario.telemetry();
    if (plan != null && telemetryPayloads != null && telemetryTopic != null) {
      // A random place in the first interval: devices that start together do not beat together.
      Duration phase = scaled(plan.every(), random.nextDouble());
      telemetryDueNanos = clock.nanoTime() + phase.toNanos();
      PayloadTemplate.Source payloads = telemetryPayloads;
      String topic = telemetryTopic;
      clock.after(phase, () -> telemetryBeat(plan, topic, payloads));
    }
  }

  private void telemetryBeat(
      Scenario.Telemetry plan, String topic, PayloadTemplate.Source payloads) {
    if (stopping) {
      return;
    }
    Duration planned = plan.every().multipliedBy(telemetryBeats++);
    byte[] payload = payloads.nextBytes(planned, clock.epochMillis());
    if (!connected || telemetryInFlight >= plan.inFlightMax()) {
      counters.withheld.increment(); // made all the same, or the values would not repeat
    } else {
      publishTelemetry(plan, topic, payload);
    }
    double factor = 1 + plan.jitter() * (2 * random.nextDouble() - 1);
    telemetryDueNanos += scaled(plan.every(), factor).toNanos();
    long now = clock.nanoTime();
    if (telemetryDueNanos < now) {
      telemetryDueNanos = now; // late: skip ahead rather than catch up in a burst
    }
    clock.after(
        Duration.ofNanos(telemetryDueNanos - now), () -> telemetryBeat(plan, topic, payloads));
  }

  private void publishTelemetry(Scenario.Telemetry plan, String topic, byte[] payload) {
    telemetryInFlight++;
    counters.published.increment();
    long sent = clock.nanoTime();
    link.publish(topic, payload, plan.qos(), plan.retain())
        .whenComplete(
            (done, failure) -> {
              if (failure == null) {
                counters.latency(clock.nanoTime() - sent);
                counters.acknowledged.increment();
              } else {
                counters.failed.increment();
                counters.failure(FailureReason.of(failure));
              }
              clock.execute(
                  () -> {
                    telemetryInFlight--;
                    completeWhenQuiet();
                  });
            });
  }

  private void openShadow(Scenario.Shadow plan, DeviceShadow own, boolean first) {
    CompletableFuture<Void> listening =
        plan.reactToDelta()
            ? link.subscribe(own.filters(), 1)
            : CompletableFuture.completedFuture(null);
    listening.whenComplete(
        (done, failure) -> {
          if (failure != null) {
            counters.failure(FailureReason.of(failure));
          }
          clock.execute(() -> shadowOpened(plan, own, first));
        });
  }

  private void shadowOpened(Scenario.Shadow plan, DeviceShadow own, boolean first) {
    if (stopping || !connected) {
      return; // the next connection opens it again
    }
    if (plan.getAtConnect()) { // a change that was made while we were away
      link.publish(own.getTopic(), new byte[0], 1, false)
          .exceptionally(
              failure -> {
                counters.failure("shadow get: " + FailureReason.of(failure));
                return null;
              });
    }
    if (first) {
      if (plan.reportAtStart()) {
        report(own, own.current(Duration.ZERO, clock.epochMillis()));
      }
      Duration every = plan.every();
      if (every != null) {
        clock.after(every, () -> shadowBeat(own, every));
      }
    }
  }

  private void shadowBeat(DeviceShadow own, Duration every) {
    if (stopping) {
      return;
    }
    Duration planned = every.multipliedBy(++shadowBeats);
    report(own, own.current(planned, clock.epochMillis()));
    clock.after(every, () -> shadowBeat(own, every));
  }

  @Override
  public void received(String topic, byte[] payload) {
    Scenario.Shadow plan = scenario.shadow();
    if (plan == null || shadow == null) {
      return;
    }
    DeviceShadow own = shadow;
    DeviceShadow.News news = own.read(topic, payload);
    switch (news.kind()) {
      case DELTA -> {
        counters.deltasReceived.increment();
        listener.deltaReceived(name.clientId(), news.words());
        clock.after(plan.reactAfter(), () -> report(own, own.apply(news.delta())));
      }
      case REJECTED -> {
        counters.reportsFailed.increment();
        counters.failure(news.words());
      }
      case MALFORMED -> counters.failure(news.words());
      case NOTHING -> {}
    }
  }

  private void report(DeviceShadow own, ObjectNode reported) {
    if (stopping || !connected || reportsInFlight >= REPORTS_IN_FLIGHT_MAX) {
      counters.withheld.increment();
      return;
    }
    reportsInFlight++;
    String words = reported.toString();
    link.publish(own.updateTopic(), own.update(reported), 1, false)
        .whenComplete(
            (done, failure) ->
                clock.execute(
                    () -> {
                      reportsInFlight--;
                      if (failure == null) {
                        counters.reported.increment();
                        listener.reported(name.clientId(), words);
                      } else {
                        counters.reportsFailed.increment();
                        counters.failure("shadow report: " + FailureReason.of(failure));
                      }
                      completeWhenQuiet();
                    }));
  }

  private void completeWhenQuiet() {
    if (stopping && telemetryInFlight == 0 && reportsInFlight == 0) {
      quiet.complete(null);
    }
  }

  private static Duration scaled(Duration duration, double factor) {
    return Duration.ofNanos((long) (duration.toNanos() * factor));
  }
}
