package io.sluice.gateway;

import io.sluice.shadow.ShadowLimits;
import io.sluice.shadow.ShadowSettings;
import java.time.Duration;

/** What the operator set about shadows. */
final class ShadowConfig {
  private ShadowConfig() {}

  /**
   * The settings in force.
   *
   * @throws GatewayConfig.ConfigRefused when a value cannot be
   */
  static ShadowSettings of(GatewayConfig config) {
    ShadowSettings defaults = config.isAws() ? ShadowSettings.aws() : ShadowSettings.standard();
    try {
      return defaults
          .withLimits(limits(config, defaults.limits()))
          .withRequestsPerSecondMax(
              or(config, Setting.SHADOW_REQUESTS_PER_SECOND_MAX, defaults.requestsPerSecondMax()))
          .withHistory(
              config.number(Setting.SHADOW_HISTORY_VERSIONS),
              Duration.ofHours(config.number(Setting.SHADOW_HISTORY_HOURS)))
          .withTombstone(Duration.ofHours(config.number(Setting.SHADOW_TOMBSTONE_HOURS)))
          .withRefuseStaleReports(config.flag(Setting.SHADOW_REFUSE_STALE_REPORTS));
    } catch (IllegalArgumentException refused) {
      throw new GatewayConfig.ConfigRefused(
          refused.getMessage() + " (settings that begin with 'shadow-')");
    }
  }

  private static ShadowLimits limits(GatewayConfig config, ShadowLimits defaults) {
    int document = or(config, Setting.SHADOW_DOCUMENT_BYTES_MAX, defaults.documentBytesMax());
    return new ShadowLimits(
        Math.max(defaults.requestBytesMax(), document),
        document,
        or(config, Setting.SHADOW_LEVELS_MAX, defaults.levelsMax()),
        defaults.clientTokenBytesMax());
  }

  private static int or(GatewayConfig config, Setting setting, int absent) {
    int set = config.number(setting);
    return set == 0 ? absent : set;
  }
}
