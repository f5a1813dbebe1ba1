package io.sluice.certs;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code certs server}. */
@Command(
    name = "server",
    description = "Issues the certificate of a gateway, known by host names and addresses.",
    mixinStandardHelpOptions = true)
final class ServerCommand extends CertsAction {
  @Mixin private final IssueOptions issue = new IssueOptions();
  @Mixin private final KeyOption key = new KeyOption();
  @Mixin private final RevocationUrls revocation = new RevocationUrls();
  @Mixin private final Pkcs12Option pkcs12 = new Pkcs12Option();

  @Parameters(
      paramLabel = "HOST",
      arity = "1..*",
      description = "Host names and addresses by which clients reach it.")
  private List<String> hosts = new ArrayList<>();

  @Option(
      names = "--file",
      paramLabel = "NAME",
      defaultValue = "server",
      description = "Name of the files (default: server).")
  private String file = "server";

  @Override
  Answer run() {
    char[] password = pkcs12.password();
    CertificateProfile profile =
        CertificateProfile.server(hosts).withLife(issue.lifeOr(CertificateProfile.SERVER_LIFE));
    CertificateAuthority authority = issue.authority();
    return Issued.write(
        IdentityFolder.at(issue.dir()),
        file,
        authority.issue(revocation.completed(profile), key.kind()),
        authority.anchor(),
        password);
  }
}
