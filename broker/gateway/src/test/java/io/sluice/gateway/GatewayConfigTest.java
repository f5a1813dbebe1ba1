package io.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.session.SessionLimits;
import io.sluice.transport.TransportLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class GatewayConfigTest {
  @TempDir Path folder;

  private Path file(String text) throws IOException {
    return Files.writeString(folder.resolve("sluice.yaml"), text);
  }

  @Test
  void aFlagWinsOverTheEnvironmentAndThatOverTheFile() throws IOException {
    Path yaml = file("http-port: 1\nmqtts-port: 2\nhttps-port: 3\n");

    GatewayConfig config =
        GatewayConfig.load(
            yaml,
            Map.of("SLUICE_MQTTS_PORT", "20", "SLUICE_HTTPS_PORT", "30"),
            Map.of(Setting.HTTPS_PORT, "300"));

    assertThat(config.number(Setting.HTTP_PORT)).isEqualTo(1);
    assertThat(config.number(Setting.MQTTS_PORT)).isEqualTo(20);
    assertThat(config.number(Setting.HTTPS_PORT)).isEqualTo(300);
    assertThat(config.number(Setting.RECEIVE_MAXIMUM)).isEqualTo(100);
  }

  @Test
  void anUnknownKeyNamesTheNearestKnownOne() throws IOException {
    Path yaml = file("mqtt-prot: 1883\n");

    assertThatThrownBy(() -> GatewayConfig.load(yaml, Map.of(), Map.of()))
        .isInstanceOf(GatewayConfig.ConfigRefused.class)
        .hasMessageContaining("'mqtt-prot'")
        .hasMessageContaining("did you mean 'mqtt-port'");
  }

  @ParameterizedTest(name = "{0}: {1} is refused")
  @CsvSource({
    "HTTP_PORT, 65536",
    "HTTP_PORT, eighty",
    "DEV, yes",
    "CORS_ALLOWED_ORIGINS, console.example.com",
    "WEBSOCKET_ORIGINS, https://console.example.com/",
    "PARTITIONS, -1",
    "COMPATIBILITY, azure",
    "ACCOUNT_ID, 12",
    "RECEIVE_MAXIMUM, 0",
    "RECEIVE_MAXIMUM, 65536",
    "MAXIMUM_QOS, 3",
    "INBOX_POLICY, drop",
    "RETAIN_AVAILABLE, 1"
  })
  void aValueThatDoesNotFitSaysWhereItStands(Setting setting, String value) {
    assertThatThrownBy(() -> GatewayConfig.load(null, Map.of(setting.variable(), value), Map.of()))
        .isInstanceOf(GatewayConfig.ConfigRefused.class)
        .hasMessageContaining(setting.variable())
        .hasMessageContaining("'" + value + "'");
  }

  @Test
  void aFileThatIsNoYamlIsRefusedInOneLine() throws IOException {
    Path yaml = file("a: [1\n");

    assertThatThrownBy(() -> GatewayConfig.load(yaml, Map.of(), Map.of()))
        .isInstanceOf(GatewayConfig.ConfigRefused.class)
        .hasMessageContaining("cannot be read");
  }

  @Test
  void withoutSettingsTheLimitsAreThoseOfThePreset() {
    GatewayConfig standard = GatewayConfig.load(null, Map.of(), Map.of());
    GatewayConfig aws = GatewayConfig.load(null, Map.of("SLUICE_COMPATIBILITY", "aws"), Map.of());

    assertThat(standard.transportLimits())
        .usingRecursiveComparison()
        .isEqualTo(TransportLimits.STANDARD);
    assertThat(standard.sessionLimits())
        .usingRecursiveComparison()
        .isEqualTo(SessionLimits.STANDARD);
    assertThat(aws.transportLimits()).usingRecursiveComparison().isEqualTo(TransportLimits.AWS);
    assertThat(aws.sessionLimits()).usingRecursiveComparison().isEqualTo(SessionLimits.AWS);
  }

  static List<Setting> settingsOfLimits() {
    return Arrays.stream(Setting.values()).filter(setting -> setting.knob() != null).toList();
  }

  @ParameterizedTest
  @MethodSource("settingsOfLimits")
  void everyLimitsSettingTurnsItsOwnLimitAndNoOther(Setting setting) {
    Knob<?> knob = setting.knob();
    String value =
        switch (setting.kind()) {
          case FLAG -> setting.absent().equals("true") ? "false" : "true";
          case CHOICE -> knob.words().get(setting.absent().equals(knob.words().get(0)) ? 1 : 0);
          default -> String.valueOf(setting.min() + (setting.min() == number(setting) ? 1 : 0));
        };

    GatewayConfig config = GatewayConfig.load(null, Map.of(), Map.of(setting, value));

    Map<Setting, String> changed = new EnumMap<>(Setting.class);
    for (Setting other : Setting.values()) {
      if (other.knob() != null && !read(config, other).equals(other.absent())) {
        changed.put(other, read(config, other));
      }
    }
    assertThat(changed).containsExactly(Map.entry(setting, value));
  }

  private static long number(Setting setting) {
    return Long.parseLong(setting.absent());
  }

  /** What the limits in force say, rather than what was written. */
  private static String read(GatewayConfig config, Setting setting) {
    return setting
        .knob()
        .read(List.of(config.transportLimits(), config.sessionLimits(), config.shadowSettings()));
  }

  @Test
  void aSettingWinsOverThePresetOfAws() {
    GatewayConfig config =
        GatewayConfig.load(
            null,
            Map.of("SLUICE_COMPATIBILITY", "aws", "SLUICE_SUBSCRIPTIONS_MAX", "60"),
            Map.of());

    assertThat(config.sessionLimits().subscriptionsMax()).isEqualTo(60);
    assertThat(config.transportLimits().filtersPerSubscribeMax()).isEqualTo(8);
  }

  @Test
  void shadowsHaveTheLimitsOfTheirPreset() {
    GatewayConfig aws =
        GatewayConfig.load(
            null, Map.of("SLUICE_COMPATIBILITY", "aws", "SLUICE_SHADOW_LEVELS_MAX", "6"), Map.of());

    assertThat(aws.shadowSettings().limits().documentBytesMax()).isEqualTo(8192);
    assertThat(aws.shadowSettings().limits().levelsMax()).isEqualTo(6);
    assertThat(aws.shadowSettings().requestsPerSecondMax()).isEqualTo(20);
  }
}
