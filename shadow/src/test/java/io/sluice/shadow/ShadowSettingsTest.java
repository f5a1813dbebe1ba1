package io.sluice.shadow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ShadowSettingsTest {

  @Test
  void awsHasTheLimitsOfTheQuotaPage() {
    ShadowLimits aws = ShadowSettings.aws().limits();
    assertThat(aws.documentBytesMax()).isEqualTo(8192);
    assertThat(aws.levelsMax()).isEqualTo(8);
    assertThat(aws.clientTokenBytesMax()).isEqualTo(64);
    assertThat(ShadowSettings.aws().tombstone()).isEqualTo(Duration.ofDays(2));
    assertThat(ShadowSettings.aws().requestsPerSecondMax()).isEqualTo(20);
  }

  @Test
  void standardIsMoreGenerous() {
    ShadowLimits standard = ShadowSettings.standard().limits();
    assertThat(standard.documentBytesMax()).isGreaterThan(ShadowLimits.AWS.documentBytesMax());
    assertThat(standard.levelsMax()).isGreaterThan(ShadowLimits.AWS.levelsMax());
  }

  @ParameterizedTest(name = "{4}")
  @CsvSource({
    "15, 100, 8, 64, shadow limits: requestBytesMax is 15; use at least 16",
    "100, 1, 8, 64, shadow limits: documentBytesMax is 1; use at least 2",
    "100, 100, 0, 64, shadow limits: levelsMax is 0; use 1 to 128",
    "100, 100, 129, 64, shadow limits: levelsMax is 129; use 1 to 128",
    "100, 100, 8, 0, shadow limits: clientTokenBytesMax is 0; use at least 1"
  })
  void aLimitThatCannotBeIsRefused(int request, int document, int levels, int token, String why) {
    assertThatThrownBy(() -> new ShadowLimits(request, document, levels, token))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(why);
  }

  @Test
  void aHistoryThatCannotBeIsRefused() {
    ShadowSettings standard = ShadowSettings.standard();
    assertThatThrownBy(() -> standard.withHistory(-1, Duration.ofDays(1)))
        .hasMessage("shadow settings: historyVersions is -1; use 0 (none) to 10000");
    assertThatThrownBy(() -> standard.withHistory(10_001, Duration.ofDays(1)))
        .hasMessageContaining("use 0 (none) to 10000");
    assertThatThrownBy(() -> standard.withHistory(1, Duration.ZERO))
        .hasMessage("shadow settings: historyAge is PT0S; use more than nothing");
  }

  @Test
  void aRateThatCannotBeIsRefused() {
    assertThatThrownBy(() -> ShadowSettings.standard().withRequestsPerSecondMax(-1))
        .hasMessage("shadow settings: requestsPerSecondMax is -1; use 0 (no limit) or more");
  }
}
