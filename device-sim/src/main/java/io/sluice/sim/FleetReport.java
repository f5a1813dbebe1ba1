package io.sluice.sim;

import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * The counts of a fleet at one moment. While it runs, counts are read one after the other and may
 * differ by what happened between; after {@link Fleet#stop} they are final.
 *
 * @param elapsed since the start, until publishing stopped
 * @param connected devices that have a network connection now; after the stop, at the stop
 * @param everConnected devices that had one at least once
 * @param connectionsLost how often an established connection ended before the stop
 * @param published telemetry handed to a connection
 * @param acknowledged of these: acknowledged as their QoS asks; at QoS 0, written
 * @param failed of these: refused or given up, with their reasons in {@code failures}
 * @param outstanding of these: neither yet
 * @param withheld telemetry and shadow reports that were due but not published: no connection, or
 *     too many in flight
 * @param deltasReceived shadow deltas that devices received
 * @param reported shadow reports that were acknowledged
 * @param reportsFailed shadow reports that were not, or that the shadow rejected afterwards
 * @param latency from publish to acknowledgement, of acknowledged telemetry
 * @param failures how often what went wrong: publications, connections, subscriptions, shadow
 */
public record FleetReport(
    String scenario,
    int devices,
    Duration elapsed,
    int connected,
    int everConnected,
    long connectionsLost,
    long published,
    long acknowledged,
    long failed,
    long outstanding,
    long withheld,
    long deltasReceived,
    long reported,
    long reportsFailed,
    LatencySummary latency,
    Map<String, Long> failures) {

  public FleetReport {
    failures = Collections.unmodifiableMap(new TreeMap<>(failures));
  }

  /** Whether every device connected and all that was published was acknowledged. */
  public boolean isWhole() {
    return everConnected == devices && acknowledged == published && reportsFailed == 0;
  }

  /** Acknowledged telemetry per second of {@link #elapsed}. */
  public double acknowledgedPerSecond() {
    double seconds = elapsed.toNanos() / 1e9;
    return seconds <= 0 ? 0 : acknowledged / seconds;
  }
}
