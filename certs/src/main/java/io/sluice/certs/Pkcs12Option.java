package io.sluice.certs;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * Asks for a PKCS#12 file beside the PEM files. The password comes from a file: process lists show
 * arguments.
 */
final class Pkcs12Option {
  @Option(
      names = "--pkcs12-password-file",
      paramLabel = "FILE",
      description = "Also write NAME.p12 under the password in this file's first line.")
  private @Nullable Path passwordFile;

  /**
   * Reads the password, so that a missing one is found before anything is made; null if not asked
   * for.
   */
  char @Nullable [] password() {
    if (passwordFile == null) {
      return null;
    }
    String line = PemFiles.readText(passwordFile).lines().findFirst().orElse("");
    if (line.isEmpty()) {
      throw new CertsRefused(
          CertsRefused.Reason.MALFORMED,
          "%s has no password in its first line; write one there".formatted(passwordFile));
    }
    return line.toCharArray();
  }
}
