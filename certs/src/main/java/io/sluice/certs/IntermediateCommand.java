package io.sluice.certs;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code certs intermediate}. */
@Command(
    name = "intermediate",
    description =
        "Makes an authority below another, so that the other's key can stay offline; use its folder as --dir from then on.",
    mixinStandardHelpOptions = true)
final class IntermediateCommand extends CertsAction {
  @Mixin private final IssueOptions issue = new IssueOptions();
  @Mixin private final KeyOption key = new KeyOption();
  @Mixin private final RevocationUrls revocation = new RevocationUrls();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      required = true,
      description = "Folder for the new authority's ca.pem (with its chain) and ca.key.pem.")
  private Path out = Path.of("intermediate");

  @Option(
      names = "--subject",
      paramLabel = "DN",
      defaultValue = "CN=Sluice issuing CA",
      description = "Distinguished name of the authority (default: CN=Sluice issuing CA).")
  private String subject = "CN=Sluice issuing CA";

  @Override
  Answer run() {
    CertificateAuthority authority =
        issue
            .authority()
            .createIntermediate(
                SubjectTemplate.of(subject).fill("ca"),
                key.kind(),
                issue.lifeOr(CertificateAuthority.LIFE),
                revocation.list(),
                revocation.responder());
    authority.save(out);
    IdentityFolder folder = IdentityFolder.at(out);
    ObjectNode json = Descriptions.json(authority.certificate());
    json.put("certificateFile", folder.certificateFile(CertificateAuthority.FILE_NAME).toString());
    json.put("keyFile", folder.keyFile(CertificateAuthority.FILE_NAME).toString());
    String text =
        """
        authority  %s, valid until %s
        signed by  %s
        chain      %s
        keep       %s  (mode 0600; whoever has it can make devices)
        next       %s"""
            .formatted(
                authority.certificate().getSubjectX500Principal().getName(),
                authority.certificate().getNotAfter().toInstant(),
                authority.certificate().getIssuerX500Principal().getName(),
                folder.certificateFile(CertificateAuthority.FILE_NAME),
                folder.keyFile(CertificateAuthority.FILE_NAME),
                sibling("device --dir " + out + " NAME"));
    return new Answer(text, json);
  }
}
