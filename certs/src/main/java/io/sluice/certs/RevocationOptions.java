package io.sluice.certs;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.time.Duration;
import picocli.CommandLine.Option;

/** Options of the subcommands that sign a revocation list. */
final class RevocationOptions {
  @Option(
      names = "--dir",
      paramLabel = "DIR",
      defaultValue = "certs",
      description = "Folder of the authority, with ca.pem and ca.key.pem (default: certs).")
  private Path dir = Path.of("certs");

  @Option(
      names = "--days",
      paramLabel = "N",
      converter = IssueOptions.DaysConverter.class,
      description = "How long the list is good (default: 30); sign it anew before with 'crl'.")
  private Duration life = Revocations.LIFE;

  Path dir() {
    return dir;
  }

  Duration life() {
    return life;
  }

  CertificateAuthority authority() {
    return CertificateAuthority.load(dir);
  }

  ObjectNode describe(Revocations revocations, int count) {
    return CertsAction.object()
        .put("listFile", revocations.listFile().toString())
        .put("revoked", count)
        .put("days", life.toDays());
  }
}
