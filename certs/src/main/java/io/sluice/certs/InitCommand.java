package io.sluice.certs;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Clock;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code certs init}. */
@Command(
    name = "init",
    description = "Makes a certificate authority: ca.pem to give away, ca.key.pem to keep secret.",
    mixinStandardHelpOptions = true)
final class InitCommand extends CertsAction {
  @Mixin private final IssueOptions issue = new IssueOptions();
  @Mixin private final KeyOption key = new KeyOption();

  @Option(
      names = "--subject",
      paramLabel = "DN",
      defaultValue = "CN=Sluice CA",
      description = "Distinguished name of the authority (default: CN=Sluice CA).")
  private String subject = "CN=Sluice CA";

  @Override
  Answer run() {
    CertificateAuthority authority =
        CertificateAuthority.create(
            SubjectTemplate.of(subject).fill("ca"),
            key.kind(),
            issue.lifeOr(CertificateAuthority.LIFE),
            Clock.systemUTC());
    authority.save(issue.dir());
    IdentityFolder folder = IdentityFolder.at(issue.dir());
    ObjectNode json = Descriptions.json(authority.certificate());
    json.put("certificateFile", folder.certificateFile("ca").toString());
    json.put("keyFile", folder.keyFile("ca").toString());
    String text =
        """
        authority  %s, valid until %s
        give away  %s  (devices and clients trust it)
        keep       %s  (mode 0600; whoever has it can make devices)
        next       %s"""
            .formatted(
                authority.certificate().getSubjectX500Principal().getName(),
                authority.certificate().getNotAfter().toInstant(),
                folder.certificateFile("ca"),
                folder.keyFile("ca"),
                sibling("server --dir " + issue.dir() + " localhost 127.0.0.1"));
    return new Answer(text, json);
  }
}
