package io.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.identity.RegistryRefused;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AwsRegistryTest {
  @TempDir Path folder;

  private Gateway start(String compatibility) {
    Map<Setting, String> flags = TestGateway.onFreePorts(folder.resolve(compatibility));
    flags.put(Setting.DEV, "false");
    flags.put(Setting.COMPATIBILITY, compatibility);
    return Gateway.start(GatewayConfig.load(null, Map.of(), flags));
  }

  @Test
  void aThingWithoutATypeHasThreeAttributesWhereAwsIsTheMeasure() {
    Map<String, String> four = Map.of("a", "1", "b", "2", "c", "3", "d", "4");
    try (Gateway standard = start("standard")) {
      assertThat(standard.rooms().registry.things().create("t", four).join().attributes())
          .hasSize(4);
    }
    try (Gateway aws = start("aws")) {
      CompletableFuture<?> refused = aws.rooms().registry.things().create("t", four);
      assertThatThrownBy(refused::join).hasCauseInstanceOf(RegistryRefused.class);
    }
  }
}
