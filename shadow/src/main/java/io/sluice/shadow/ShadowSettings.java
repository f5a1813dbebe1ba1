package io.sluice.shadow;

import java.time.Duration;

/**
 * What the operator decides about shadows.
 *
 * @param limits sizes of documents and requests
 * @param historyVersions how many of the newest versions of each shadow can still be read; a few
 *     more may be; 0 keeps none
 * @param historyAge how long an older version can still be read when the count does not end it
 *     first; it may stay longer until the shadow changes often enough
 * @param tombstone how long after a delete the version goes on instead of starting again. AWS IoT
 *     Developer Guide, "Device Shadow REST API: DeleteThingShadow"
 * @param refuseStaleReports whether an update that carries {@code sequence} is refused when a
 *     reported attribute was reported with a later one
 * @param requestsPerSecondMax how many requests one thing's shadows take in a second; 0 for no
 *     limit. AWS IoT Core quotas, "Requests per second per thing"
 */
public record ShadowSettings(
    ShadowLimits limits,
    int historyVersions,
    Duration historyAge,
    Duration tombstone,
    boolean refuseStaleReports,
    int requestsPerSecondMax) {

  static final int HISTORY_VERSIONS_CEILING = 10_000;
  private static final int AWS_REQUESTS_PER_SECOND = 20;

  public ShadowSettings {
    if (historyVersions < 0 || historyVersions > HISTORY_VERSIONS_CEILING) {
      throw new IllegalArgumentException(
          "shadow settings: historyVersions is %d; use 0 (none) to %d"
              .formatted(historyVersions, HISTORY_VERSIONS_CEILING));
    }
    if (requestsPerSecondMax < 0) {
      throw new IllegalArgumentException(
          "shadow settings: requestsPerSecondMax is %d; use 0 (no limit) or more"
              .formatted(requestsPerSecondMax));
    }
    requirePositive("historyAge", historyAge);
    requirePositive("tombstone", tombstone);
  }

  /** For {@code compatibility: standard}. */
  public static ShadowSettings standard() {
    return of(ShadowLimits.STANDARD, 0);
  }

  /** For {@code compatibility: aws}. */
  public static ShadowSettings aws() {
    return of(ShadowLimits.AWS, AWS_REQUESTS_PER_SECOND);
  }

  private static ShadowSettings of(ShadowLimits limits, int requestsPerSecondMax) {
    return new ShadowSettings(
        limits, 100, Duration.ofDays(30), Duration.ofDays(2), false, requestsPerSecondMax);
  }

  /** The same with another size of a state; a request may be as large. */
  public ShadowSettings withDocumentBytesMax(int bytes) {
    return withLimits(
        new ShadowLimits(
            Math.max(limits.requestBytesMax(), bytes),
            bytes,
            limits.levelsMax(),
            limits.clientTokenBytesMax()));
  }

  /** The same with another depth of a state. */
  public ShadowSettings withLevelsMax(int levels) {
    return withLimits(
        new ShadowLimits(
            limits.requestBytesMax(),
            limits.documentBytesMax(),
            levels,
            limits.clientTokenBytesMax()));
  }

  private ShadowSettings withLimits(ShadowLimits changed) {
    return new ShadowSettings(
        changed, historyVersions, historyAge, tombstone, refuseStaleReports, requestsPerSecondMax);
  }

  /** The same with so many versions kept. */
  public ShadowSettings withHistoryVersions(int versions) {
    return withHistory(versions, historyAge);
  }

  /** The same with other bounds on the past. */
  public ShadowSettings withHistory(int versions, Duration age) {
    return new ShadowSettings(
        limits, versions, age, tombstone, refuseStaleReports, requestsPerSecondMax);
  }

  /** The same, with reports that come too late refused or not. */
  public ShadowSettings withRefuseStaleReports(boolean refuse) {
    return new ShadowSettings(
        limits, historyVersions, historyAge, tombstone, refuse, requestsPerSecondMax);
  }

  /** The same with the version of a deleted shadow remembered for another time. */
  public ShadowSettings withTombstone(Duration time) {
    return new ShadowSettings(
        limits, historyVersions, historyAge, time, refuseStaleReports, requestsPerSecondMax);
  }

  /** The same with another bound on the requests of one thing. */
  public ShadowSettings withRequestsPerSecondMax(int max) {
    return new ShadowSettings(
        limits, historyVersions, historyAge, tombstone, refuseStaleReports, max);
  }

  private static void requirePositive(String name, Duration found) {
    if (found.isNegative() || found.isZero()) {
      throw new IllegalArgumentException(
          "shadow settings: %s is %s; use more than nothing".formatted(name, found));
    }
  }
}
