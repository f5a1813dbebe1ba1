package io.sluice.certs;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code certs renew}. */
@Command(
    name = "renew",
    description =
        "Issues a certificate once more, with the same names and a new validity; the old one stays good until it ends or is revoked.",
    mixinStandardHelpOptions = true)
final class RenewCommand extends CertsAction {
  @Mixin private final IssueOptions issue = new IssueOptions();

  @Parameters(
      paramLabel = "NAME",
      description = "A device, 'server', or a certificate's .pem file; its key lies beside it.")
  private String name = "";

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Folder of the devices (default: 'devices' in the authority's folder).")
  private @Nullable Path out;

  @Option(
      names = "--new-key",
      description = "Make a new key too; the old pair is moved to 'retired' beside it.")
  private boolean newKey;

  @Override
  Answer run() {
    CertificateAuthority authority = issue.authority();
    Held held =
        Held.find(
            name,
            IdentityFolder.at(out == null ? issue.dir().resolve("devices") : out),
            IdentityFolder.at(issue.dir()));
    X509Certificate before = held.certificate(authority);
    CertificateProfile same = CertificateProfile.of(before);
    CertificateProfile profile = same.withLife(issue.lifeOr(same.life()));
    Identity old = held.folder().read(held.name()); // they belong together
    X509Certificate after;
    Path retired = null;
    if (newKey) {
      Identity fresh = authority.issue(profile, issue.key());
      retired = held.folder().retire(held.name(), before);
      held.folder().write(held.name(), fresh);
      after = fresh.certificate();
    } else {
      after = authority.certify(profile, old.certificate().getPublicKey());
      held.folder().replaceCertificate(held.name(), authority.chainOf(after));
    }
    ObjectNode json = Descriptions.json(after);
    json.put("certificateFile", held.folder().certificateFile(held.name()).toString());
    json.put("replaces", Fingerprint.certificateId(before));
    json.put("replacesSerialNumber", before.getSerialNumber().toString(16));
    String text =
        """
        renewed      %s, valid until %s
        id           %s
        certificate  %s%s
        next         register the new certificate at the gateway, then: %s"""
            .formatted(
                after.getSubjectX500Principal().getName(),
                after.getNotAfter().toInstant(),
                Fingerprint.certificateId(after),
                held.folder().certificateFile(held.name()),
                retired == null ? "" : "\nold pair     " + retired,
                sibling(
                    "revoke --dir %s --reason superseded --serial %s"
                        .formatted(issue.dir(), before.getSerialNumber().toString(16))));
    if (retired != null) {
      json.put("retiredFile", retired.toString());
    }
    return new Answer(text, json);
  }
}
