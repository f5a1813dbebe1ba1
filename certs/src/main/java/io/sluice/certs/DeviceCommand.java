package io.sluice.certs;

import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code certs device}. */
@Command(
    name = "device",
    description = "Issues the certificate of one device.",
    mixinStandardHelpOptions = true)
final class DeviceCommand extends CertsAction {
  @Mixin private final IssueOptions issue = new IssueOptions();
  @Mixin private final KeyOption key = new KeyOption();
  @Mixin private final RevocationUrls revocation = new RevocationUrls();
  @Mixin private final DeviceOptions device = new DeviceOptions();
  @Mixin private final Pkcs12Option pkcs12 = new Pkcs12Option();

  @Parameters(paramLabel = "NAME", description = "Its name: common name, file name, thing name.")
  private String name = "";

  @Override
  Answer run() {
    char[] password = pkcs12.password();
    CertificateProfile profile =
        CertificateProfile.device(device.subject().fill(name))
            .withAlternativeNames(
                device.alternativeNames().stream()
                    .map(template -> template.fill(Map.of("name", name)))
                    .toList())
            .withLife(issue.lifeOr(CertificateProfile.DEVICE_LIFE));
    CertificateAuthority authority = issue.authority();
    return Issued.write(
        device.folder(issue),
        name,
        authority.issue(revocation.completed(profile), key.kind()),
        authority.anchor(),
        password);
  }
}
