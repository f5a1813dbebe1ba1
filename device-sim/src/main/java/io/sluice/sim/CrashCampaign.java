package io.sluice.sim;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * Traffic on a broker that is killed again and again, and a reckoning of what became of every
 * message. Publishers and receivers behave as clients must (they keep their part of the session and
 * send again what was not acknowledged), so whatever is missing, doubled or out of order is the
 * broker's.
 *
 * <p>For one thread, which blocks; all clients live on one event loop. The seed decides when what
 * happens, but processes are not deterministic: it makes a run similar, not equal.
 */
public final class CrashCampaign {
  private static final Duration START_MAX = Duration.ofMinutes(3);
  private static final Duration FINISH_MAX = Duration.ofSeconds(60);
  private static final Duration QUIET = Duration.ofMillis(300);
  private static final Duration PROBE_MAX = Duration.ofSeconds(1);
  private static final Duration LOOK_EVERY = Duration.ofMillis(5);
  private static final int TRAFFIC_MILLIS_MIN = 30;
  private static final int STARTS_THAT_ARE_KILLED = 8; // one of so many
  private static final String TOPICS = "crash/";

  /**
   * How long and how hard.
   *
   * @param port the broker's plain MQTT port on this machine, the same after every start
   * @param rounds how often it is killed
   * @param traffic traffic of a round lasts up to this
   * @param qosMax 1 or 2: the highest QoS that is used
   * @param publishers each with a session of its own
   * @param patience how long a running broker may take for what it owes, while nothing moves
   */
  public record Plan(
      int port,
      int rounds,
      Duration traffic,
      long seed,
      int qosMax,
      int publishers,
      Duration patience) {}

  /** The campaign could not be run; the message says what was found and what to do. */
  public static final class CampaignFailed extends RuntimeException {
    CampaignFailed(String message) {
      super(message, null, false, false);
    }
  }

  private final CrashTarget broker;
  private final Plan plan;
  private final Consumer<CrashReport.Round> told;
  private final SplittableRandom random;
  private final BenchTarget target;
  private final CrashOracle oracle = new CrashOracle();
  private final CrashCast cast;
  private final Histogram restarts = new Histogram(TimeUnit.HOURS.toNanos(1), 3);
  private int kills;
  private int probes;
  private long retainedChecks;

  /**
   * @param broker not started yet
   * @param told each round when it has ended; called on the campaign's thread
   */
  public CrashCampaign(CrashTarget broker, Plan plan, Consumer<CrashReport.Round> told) {
    this.broker = broker;
    this.plan = plan;
    this.told = told;
    this.random = new SplittableRandom(plan.seed());
    this.target =
        new BenchTarget(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), plan.port()), null, false, 1);
    this.cast = new CrashCast(target, oracle, random.split(), plan.qosMax(), plan.publishers());
  }

  /**
   * Runs it all; the broker must not run yet, and does not run afterwards unless it was not ours.
   */
  public CrashReport run() {
    long startNanos = System.nanoTime();
    try (target) {
      await(broker.start());
      cast.forEach(CrashClient::come);
      until(START_MAX, "every client has its session", cast::isComplete);
      onLoop(cast::sendSleepersAway);
      int round = 0;
      while (round < plan.rounds() && isWell()) {
        round++;
        round(round);
      }
      settle();
      return report(round, (System.nanoTime() - startNanos) / 1e9);
    }
  }

  private boolean isWell() {
    return onLoop(
        () ->
            oracle.violations().stream()
                .noneMatch(found -> found.kind() == CrashViolation.Kind.BROKER));
  }

  private void round(int number) {
    onLoop(() -> oracle.beginRound(number));
    int millis =
        random.nextInt(TRAFFIC_MILLIS_MIN, (int) Math.max(50, plan.traffic().toMillis() + 1));
    onLoop(() -> cast.play(number, millis));
    TrafficRun.pause(Duration.ofMillis(millis));
    Map<CrashStream, Integer> retained = onLoop(oracle::retainedDue);
    int underWay = onLoop(cast::unfinished);
    kill();
    boolean killedWhileStarting = random.nextInt(STARTS_THAT_ARE_KILLED) == 0;
    if (killedWhileStarting) {
      CompletableFuture<Void> starting = broker.start();
      long usual = Math.max(100, TimeUnit.NANOSECONDS.toMillis((long) restarts.getMean()));
      TrafficRun.pause(Duration.ofMillis(random.nextLong(usual)));
      if (!starting.isCompletedExceptionally()) {
        kill();
      }
    }
    long downNanos = System.nanoTime();
    try {
      await(broker.start());
    } catch (CampaignFailed notBack) {
      violated(String.valueOf(notBack.getMessage()));
      return;
    }
    long restartNanos = System.nanoTime() - downNanos;
    restarts.recordValue(restartNanos);
    checkRetained(retained);
    told.accept(
        onLoop(
            () ->
                new CrashReport.Round(
                    number,
                    millis,
                    killedWhileStarting,
                    TimeUnit.NANOSECONDS.toMillis(restartNanos),
                    sum(oracle.published),
                    sum(oracle.acknowledged),
                    underWay,
                    oracle.sentAgain,
                    oracle.receivers().stream().mapToLong(CrashOracle.Receiver::arrived).sum(),
                    oracle.violationCount())));
  }

  private void kill() {
    try {
      broker.kill();
      kills++;
    } catch (IllegalStateException endedBefore) {
      violated(String.valueOf(endedBefore.getMessage()));
    }
    cast.forEach(
        CrashClient::cut); // theirs are gone too; of a broker that cannot be killed as well
  }

  private void violated(String what) {
    onLoop(() -> oracle.violated(CrashViolation.Kind.BROKER, what));
  }

  /** Publishers go on until all is acknowledged, then receivers until all has come. */
  private void settle() {
    onLoop(cast::allReturn);
    if (!until(FINISH_MAX, () -> cast.unfinished() == 0)) {
      onLoop(
          () ->
              oracle.violated(
                  CrashViolation.Kind.UNFINISHED,
                  "%d messages were not acknowledged within %d s, though the broker ran"
                      .formatted(cast.unfinished(), FINISH_MAX.toSeconds())));
    }
    long last = -1;
    long movedNanos = System.nanoTime();
    while (System.nanoTime() - movedNanos < plan.patience().toNanos()
        && onLoop(cast::missing) > 0) {
      long now = onLoop(cast::arrived);
      if (now != last) {
        last = now;
        movedNanos = System.nanoTime();
      }
      TrafficRun.pause(LOOK_EVERY);
    }
    TrafficRun.pause(QUIET); // what comes twice comes now
    onLoop(
        () -> {
          oracle.reckon();
          cast.standing()
              .forEach(
                  name ->
                      oracle.violated(
                          CrashViolation.Kind.TAKEOVER,
                          "a connection of %s that was taken over still stands".formatted(name)));
        });
    cast.forEach(client -> client.leave(true));
  }

  private CrashReport report(int rounds, double seconds) {
    Optional<List<String>> queue = broker.collect();
    return onLoop(
        () -> {
          queue.ifPresent(oracle::reckonQueue);
          return new CrashReport(
              plan.seed(),
              rounds,
              kills,
              seconds,
              boxed(oracle.published),
              boxed(oracle.acknowledged),
              oracle.sentAgain,
              oracle.refused,
              oracle.connects,
              oracle.takeovers,
              retainedChecks,
              LatencySummary.ofNanos(restarts),
              oracle.receivers().stream()
                  .map(
                      one ->
                          new CrashReport.Received(
                              one.name,
                              one.qos,
                              one.promised,
                              one.arrived(),
                              one.again(),
                              one.missing()))
                  .toList(),
              queue.map(List::size).orElse(-1),
              oracle.violationCount(),
              oracle.violations());
        });
  }

  // ---- retained messages

  /** A new subscriber finds at least what was acknowledged before the kill. */
  private void checkRetained(Map<CrashStream, Integer> due) {
    if (due.isEmpty()) {
      return;
    }
    long endNanos = System.nanoTime() + plan.patience().toNanos();
    Map<String, Long> found;
    do {
      found = probe(due);
    } while (!satisfies(found, due) && System.nanoTime() < endNanos);
    Map<String, Long> last = found;
    due.forEach(
        (stream, number) -> {
          retainedChecks++;
          if (!isDue(last.get(stream.topic), stream, number)) {
            onLoop(
                () ->
                    oracle.violated(
                        CrashViolation.Kind.RETAINED,
                        "message %d of %s was acknowledged, and %s is retained"
                            .formatted(
                                number,
                                stream,
                                last.containsKey(stream.topic)
                                    ? "message "
                                        + CrashStream.numberOf(last.getOrDefault(stream.topic, -1L))
                                    : "nothing")));
          }
        });
  }

  private Map<String, Long> probe(Map<CrashStream, Integer> due) {
    BenchLink.Session session =
        BenchLink.Session.clean(MqttVersion.V3_1_1, "crash-probe-" + probes++)
            .subscribing(TOPICS + CrashCast.RETAINED + "/#", 1);
    RetainedProbe probe = new RetainedProbe(session, target.stats(0));
    target.open(probe, target.loop(0));
    until(PROBE_MAX, () -> satisfies(probe.found(), due));
    Map<String, Long> found = onLoop(probe::found);
    probe.onLoop(probe::disconnect);
    return found;
  }

  private static boolean satisfies(Map<String, Long> found, Map<CrashStream, Integer> due) {
    return due.entrySet().stream()
        .allMatch(one -> isDue(found.get(one.getKey().topic), one.getKey(), one.getValue()));
  }

  private static boolean isDue(@Nullable Long identity, CrashStream stream, int number) {
    return identity != null
        && CrashStream.streamOf(identity) == stream.index
        && CrashStream.numberOf(identity) >= number;
  }

  // ---- threads

  private <T> T onLoop(Supplier<T> turn) {
    return CompletableFuture.supplyAsync(turn, target.loop(0)).join();
  }

  private void onLoop(Runnable turn) {
    CompletableFuture.runAsync(turn, target.loop(0)).join();
  }

  /** Whether a condition, looked at on the loop, came to hold in time. */
  private boolean until(Duration max, BooleanSupplier condition) {
    long endNanos = System.nanoTime() + max.toNanos();
    boolean holds = onLoop(condition::getAsBoolean);
    while (!holds && System.nanoTime() < endNanos) {
      TrafficRun.pause(LOOK_EVERY);
      holds = onLoop(condition::getAsBoolean);
    }
    return holds;
  }

  private void until(Duration max, String what, BooleanSupplier condition) {
    if (!until(max, condition)) {
      throw new CampaignFailed(
          "after %d s it is not so that %s; look into the broker's log"
              .formatted(max.toSeconds(), what));
    }
  }

  private static void await(CompletableFuture<Void> started) {
    try {
      started.orTimeout(START_MAX.toSeconds(), TimeUnit.SECONDS).join();
    } catch (CompletionException notStarted) {
      Throwable cause = notStarted.getCause();
      throw new CampaignFailed(
          "the broker did not start: "
              + (cause instanceof TimeoutException
                  ? "not within %d s".formatted(START_MAX.toSeconds())
                  : String.valueOf(cause == null ? notStarted : cause.getMessage())));
    }
  }

  private static long sum(long[] values) {
    return Arrays.stream(values).sum();
  }

  private static List<Long> boxed(long[] values) {
    List<Long> boxed = new ArrayList<>();
    for (long value : values) {
      boxed.add(value);
    }
    return boxed;
  }
}
