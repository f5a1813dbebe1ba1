package io.sluice.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Who takes part in a crash campaign. Publishers, each on topics of its own at every QoS, retained
 * ones too; and receivers of all of it, one for each way in which a session can wait. Confined to
 * the campaign's loop, except {@link #forEach}.
 */
final class CrashCast {
  static final String RETAINED = "kept";
  private static final int TOPICS = 2;
  private static final int IN_FLIGHT_MAX = 16;
  private static final int SMALL_CIRCLE = 40;
  private static final int WHOLE_CIRCLE = 65_535;
  private static final int SLEEPER_COMES_EVERY = 5; // rounds

  private final BenchTarget target;
  private final CrashOracle oracle;
  private final SplittableRandom random;
  private final int qosMax;
  private final List<CrashPublisher> publishers = new ArrayList<>();
  private final List<CrashReceiver> receivers = new ArrayList<>();
  private final CrashReceiver sleeper;
  private final CrashReceiver deepSleeper;
  private final CrashReceiver wanderer;

  CrashCast(
      BenchTarget target,
      CrashOracle oracle,
      SplittableRandom random,
      int qosMax,
      int publisherCount) {
    this.target = target;
    this.oracle = oracle;
    this.random = random;
    this.qosMax = qosMax;
    for (int i = 0; i < publisherCount; i++) {
      publishers.add(publisher(i));
    }
    receiver("steady-5", MqttVersion.V5, qosMax, true);
    receiver("steady-3", MqttVersion.V3_1_1, qosMax, true);
    sleeper = receiver("sleeper", MqttVersion.V5, qosMax, true);
    deepSleeper = receiver("deep-sleeper", MqttVersion.V3_1_1, 1, true);
    wanderer = receiver("wanderer", MqttVersion.V5, qosMax, true);
    receiver("visitor", MqttVersion.V5, 1, false);
  }

  private CrashPublisher publisher(int number) {
    List<CrashStream> streams = new ArrayList<>();
    for (int qos = 0; qos <= qosMax; qos++) {
      for (int topic = 0; topic < TOPICS; topic++) {
        streams.add(
            oracle.stream("crash/p%d/t%d".formatted(number, topic), qos, false, topic == 0));
      }
      if (qos > 0) {
        streams.add(
            oracle.stream("crash/%s/p%d/q%d".formatted(RETAINED, number, qos), qos, true, false));
      }
    }
    MqttVersion version = number % 2 == 0 ? MqttVersion.V5 : MqttVersion.V3_1_1;
    return new CrashPublisher(
        target,
        oracle,
        BenchLink.Session.clean(version, "crash-publisher-" + number).persistent(),
        random.split(),
        streams,
        IN_FLIGHT_MAX,
        number % 3 == 0 ? SMALL_CIRCLE : WHOLE_CIRCLE);
  }

  private CrashReceiver receiver(String name, MqttVersion version, int qos, boolean persistent) {
    BenchLink.Session session =
        BenchLink.Session.clean(version, "crash-" + name).subscribing("crash/#", qos);
    CrashReceiver receiver =
        new CrashReceiver(
            target,
            oracle,
            persistent ? session.persistent() : session,
            random.split(),
            oracle.receiver(name, qos, persistent));
    receivers.add(receiver);
    return receiver;
  }

  private List<CrashClient> all() {
    List<CrashClient> all = new ArrayList<>(publishers);
    all.addAll(receivers);
    return all;
  }

  /** Any thread. */
  void forEach(Consumer<CrashClient> turn) {
    all().forEach(client -> client.loop().execute(() -> turn.accept(client)));
  }

  boolean isComplete() {
    return all().stream().allMatch(CrashClient::isReady);
  }

  void sendSleepersAway() {
    sleeper.leave(true);
    deepSleeper.leave(true);
  }

  /** One round's events, at times that chance chooses; the kill comes when it comes. */
  void play(int round, int millis) {
    publishers.forEach(publisher -> publisher.publishes(true));
    if (round % SLEEPER_COMES_EVERY == 0) {
      at(millis, sleeper::come);
    } else {
      sleeper.leave(random.nextBoolean());
    }
    at(millis, () -> wanderer.leave(random.nextBoolean()));
    at(millis, wanderer::come);
    for (CrashClient client : all()) {
      int fate = random.nextInt(12);
      if (fate == 0) {
        at(millis, client::cut);
      } else if (fate == 1) {
        at(millis, client::takeOver);
      }
    }
  }

  private void at(int millisMax, Runnable event) {
    target.loop(0).schedule(event, random.nextInt(millisMax), TimeUnit.MILLISECONDS);
  }

  /** Nothing new is published, and everybody is there. */
  void allReturn() {
    publishers.forEach(publisher -> publisher.publishes(false));
    all().forEach(CrashClient::come);
  }

  int unfinished() {
    return publishers.stream().mapToInt(CrashPublisher::unfinished).sum();
  }

  long missing() {
    return receivers.stream().mapToLong(receiver -> receiver.log().missing()).sum();
  }

  long arrived() {
    return receivers.stream().mapToLong(receiver -> receiver.log().arrived()).sum();
  }

  /** Clients whose connection before a takeover was not ended. */
  List<String> standing() {
    return all().stream().filter(client -> client.standing() > 0).map(CrashClient::name).toList();
  }
}
