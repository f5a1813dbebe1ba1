package io.sluice.gateway;

import io.sluice.api.AccessKey;
import io.sluice.api.AccessKeys;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Options of the commands that ask a running gateway. */
final class ApiOptions {
  @Option(
      names = "--endpoint",
      paramLabel = "URL",
      defaultValue = "http://127.0.0.1:8080",
      description = "HTTP API (default: ${DEFAULT-VALUE}).")
  private URI endpoint = URI.create("http://127.0.0.1:8080");

  @Option(
      names = "--access-key-file",
      paramLabel = "FILE",
      defaultValue = "sluice-data/access-key",
      description = "The file that the ready line names (default: ${DEFAULT-VALUE}).")
  private Path accessKeyFile = Path.of("sluice-data/access-key");

  @Option(
      names = "--region",
      defaultValue = "local",
      description = "Region of the gateway (default: ${DEFAULT-VALUE}).")
  private String region = "local";

  AdminClient client() {
    if (!Files.isReadable(accessKeyFile)) {
      throw new GatewayConfig.ConfigRefused(
          "access key file %s cannot be read; name the one of the ready line with --access-key-file"
              .formatted(accessKeyFile));
    }
    if (endpoint.getHost() == null
        || endpoint.getScheme() == null
        || !endpoint.getScheme().matches("(?i)https?")) {
      throw new GatewayConfig.ConfigRefused(
          "--endpoint '%s' is no address of an HTTP API; write it as http://HOST:PORT"
              .formatted(endpoint));
    }
    AccessKey key;
    try {
      key = AccessKeys.load(accessKeyFile).get(0);
    } catch (IllegalArgumentException | UncheckedIOException refused) {
      throw new GatewayConfig.ConfigRefused(String.valueOf(refused.getMessage()));
    }
    return new AdminClient(endpoint, region, key.id(), key.secret());
  }
}
