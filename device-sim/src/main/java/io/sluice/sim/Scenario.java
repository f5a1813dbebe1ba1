package io.sluice.sim;

import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a fleet does: how many devices, who they are, how they connect, what they say. Immutable and
 * valid once it exists. Read from YAML; the keys are in {@code docs/guides/simulator.md}.
 *
 * @param seed the same seed gives the same values, jitter and faults
 * @param telemetry null when the devices publish none
 * @param shadow null when the devices keep none
 * @param faults null when the network is sound
 */
public record Scenario(
    String name,
    long seed,
    int devices,
    long firstDevice,
    ClientIdPattern clientId,
    Duration duration,
    Connect connect,
    @Nullable Telemetry telemetry,
    @Nullable Shadow shadow,
    @Nullable Faults faults) {

  /** The most devices of one process; each takes some tens of kilobytes, with TLS a few hundred. */
  public static final int DEVICES_MAX = 100_000;

  static final Duration DURATION_MAX = Duration.ofDays(365);

  public Scenario {
    if (devices < 1 || devices > DEVICES_MAX) {
      throw new ScenarioInvalid(
          name, "%d devices".formatted(devices), "choose from 1 to " + DEVICES_MAX);
    }
    if (duration.isZero() || duration.isNegative() || duration.compareTo(DURATION_MAX) > 0) {
      throw new ScenarioInvalid(
          name, "a duration of %s".formatted(duration), "choose from 1ms to 365d");
    }
  }

  /**
   * Reads a scenario file.
   *
   * @throws ScenarioInvalid when it cannot be read or is not a scenario
   */
  public static Scenario load(Path file) {
    return ScenarioReader.load(file);
  }

  /**
   * Reads a scenario from text.
   *
   * @param where how errors name the text
   * @throws ScenarioInvalid when it is not a scenario
   */
  public static Scenario parse(String where, String yaml) {
    return ScenarioReader.parse(where, yaml);
  }

  /** The same with another number of devices. */
  public Scenario withDevices(int other) {
    return new Scenario(
        name, seed, other, firstDevice, clientId, duration, connect, telemetry, shadow, faults);
  }

  /** The same with another duration. */
  public Scenario withDuration(Duration other) {
    return new Scenario(
        name, seed, devices, firstDevice, clientId, other, connect, telemetry, shadow, faults);
  }

  /** The same with another seed. */
  public Scenario withSeed(long other) {
    return new Scenario(
        name, other, devices, firstDevice, clientId, duration, connect, telemetry, shadow, faults);
  }

  /** The client identifiers of the fleet, in order; the names of the certificates it needs. */
  public Stream<String> clientIds() {
    return names().map(DeviceName::clientId);
  }

  Stream<DeviceName> names() {
    return LongStream.range(firstDevice, firstDevice + devices).mapToObj(clientId::name);
  }

  /**
   * How devices connect.
   *
   * @param rampUpPerSecond how many devices start per second
   * @param persistent keeps the session: clean start off, and with MQTT 5 a session expiry
   * @param will null when there is none
   */
  record Connect(
      MqttVersion mqtt,
      Duration keepAlive,
      boolean persistent,
      Duration sessionExpiry,
      double rampUpPerSecond,
      @Nullable Will will) {}

  /** The will message. */
  record Will(NameTemplate topic, int qos, boolean retain, PayloadTemplate payload) {}

  /**
   * What devices publish on their own.
   *
   * @param jitter each pause is {@code every} times a factor from {@code 1-jitter} to {@code
   *     1+jitter}
   * @param inFlightMax how many publications of one device may be unacknowledged; at the bound the
   *     next is withheld and counted, as a sensor without memory would lose it
   */
  record Telemetry(
      NameTemplate topic,
      Duration every,
      double jitter,
      int qos,
      boolean retain,
      int inFlightMax,
      PayloadTemplate payload) {}

  /**
   * The device's shadow.
   *
   * @param shadowName null for the classic shadow
   * @param every null when it reports only at the start
   * @param reactAfter how long the device takes to do what {@code desired} asks
   */
  record Shadow(
      NameTemplate thing,
      @Nullable String shadowName,
      boolean reportAtStart,
      @Nullable Duration every,
      boolean reactToDelta,
      Duration reactAfter,
      boolean getAtConnect,
      PayloadTemplate state) {}

  /**
   * What the network does to a device.
   *
   * @param dropEvery the mean time a network connection lives
   * @param silent the connection goes quiet instead of being cut, so only keep alive finds out
   */
  record Faults(Duration dropEvery, boolean silent) {}
}
