package io.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
    "PARTITIONS, -1",
    "COMPATIBILITY, azure",
    "ACCOUNT_ID, 12"
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
}
