package io.sluice.certs;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
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
  @Mixin private final KeyOption key = new KeyOption();
  @Mixin private final RevocationUrls revocation = new RevocationUrls();

  @Mixin private final Pkcs12Option pkcs12 = new Pkcs12Option();

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
    char[] password = pkcs12.password();
    if (key.isGiven() && !newKey) {
      throw new CertsRefused(
          CertsRefused.Reason.MISMATCH,
          "--key says which key to make, and without --new-key the old one stays; add --new-key, or leave --key out");
    }
    CertificateAuthority authority = issue.authority();
    Held held =
        Held.find(
            name,
            IdentityFolder.at(out == null ? issue.dir().resolve("devices") : out),
            IdentityFolder.at(issue.dir()));
    X509Certificate before = held.certificate(authority);
    CertificateProfile same = CertificateProfile.of(before);
    CertificateProfile profile = revocation.completed(same).withLife(issue.lifeOr(same.life()));
    Identity old = held.folder().read(held.name()); // they belong together
    checkKeyIsGood(authority, before);
    checkPkcs12IsRenewedToo(held, password);
    Identity after;
    Path retired = null;
    if (newKey) {
      after = authority.issue(profile, key.kind());
      retired = held.folder().retire(held.name(), before);
      held.folder().write(held.name(), after);
    } else {
      X509Certificate certified = authority.certify(profile, before.getPublicKey());
      after = new Identity(old.key(), authority.chainOf(certified));
      held.folder().replaceCertificate(held.name(), after.chain());
    }
    if (password != null) {
      held.folder().replacePkcs12(held.name(), after, password);
    }
    ObjectNode json = Descriptions.json(after.certificate());
    json.put("certificateFile", held.folder().certificateFile(held.name()).toString());
    json.put("replaces", Fingerprint.certificateId(before));
    json.put("replacesSerialNumber", before.getSerialNumber().toString(16));
    String text =
        """
        renewed      %s, valid until %s
        id           %s
        certificate  %s%s%s
        next         register the new certificate at the gateway, then: %s"""
            .formatted(
                after.certificate().getSubjectX500Principal().getName(),
                after.certificate().getNotAfter().toInstant(),
                after.certificateId(),
                held.folder().certificateFile(held.name()),
                password == null
                    ? ""
                    : "\nPKCS#12      " + held.folder().pkcs12File(held.name()) + "  (mode 0600)",
                retired == null ? "" : "\nold pair     " + retired,
                sibling(
                    "revoke --dir %s --reason superseded --serial %s"
                        .formatted(issue.dir(), before.getSerialNumber().toString(16))));
    if (retired != null) {
      json.put("retiredFile", retired.toString());
    }
    if (password != null) {
      json.put("pkcs12File", held.folder().pkcs12File(held.name()).toString());
    }
    return new Answer(text, json);
  }

  /** A key that others have is not made good by a new certificate. */
  private void checkKeyIsGood(CertificateAuthority authority, X509Certificate before) {
    RevocationList.Revoked revoked =
        Revocations.in(issue.dir(), authority).all().get(before.getSerialNumber());
    if (!newKey && revoked != null && revoked.reason() == RevocationReason.KEY_COMPROMISE) {
      throw new CertsRefused(
          CertsRefused.Reason.WEAK_KEY,
          "%s was revoked at %s because its key is compromised; renew it with --new-key"
              .formatted(name, revoked.at()));
    }
  }

  /** Else a device would go on with the file's old certificate until that is revoked. */
  private static void checkPkcs12IsRenewedToo(Held held, char @Nullable [] password) {
    Path file = held.folder().pkcs12File(held.name());
    if (password == null && Files.exists(file)) {
      throw new CertsRefused(
          CertsRefused.Reason.EXISTS,
          "%s holds the certificate as it is now; give --pkcs12-password-file to write it anew, or move it away first"
              .formatted(file));
    }
  }
}
