package io.sluice.certs;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code certs sign}. */
@Command(
    name = "sign",
    description =
        "Signs a certificate signing request (PKCS#10); the private key never leaves its device.",
    mixinStandardHelpOptions = true)
final class SignCommand extends CertsAction {
  @Mixin private final IssueOptions issue = new IssueOptions();
  @Mixin private final RevocationUrls revocation = new RevocationUrls();

  @Parameters(paramLabel = "CSR", description = "File of the request, in PEM.")
  private Path csr = Path.of("device.csr");

  @Option(
      names = "--subject",
      paramLabel = "DN",
      description = "Distinguished name instead of the one the request asks for.")
  private @Nullable String subject;

  @Option(
      names = "--host",
      paramLabel = "HOST",
      description =
          "Make it a server certificate for this host name or address; repeat for more. What the request asks for besides its subject is not looked at.")
  private List<String> hosts = new ArrayList<>();

  @Option(
      names = "--san",
      paramLabel = "NAME",
      description =
          "Subject alternative name of a device: dns:HOST, uri:URI, ip:ADDRESS or email:ADDRESS; repeat for more.")
  private List<String> alternativeNames = new ArrayList<>();

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "File for the certificate (default: the request's, ending in .pem).")
  private @Nullable Path out;

  @Override
  Answer run() {
    if (!hosts.isEmpty() && !alternativeNames.isEmpty()) {
      throw new CertsRefused(
          CertsRefused.Reason.INVALID_NAME,
          "--host makes a server certificate and --san names a device; give one of the two");
    }
    SigningRequest request = SigningRequest.parse(PemFiles.readText(csr));
    X500Name name =
        subject == null ? request.subject() : SubjectTemplate.of(subject).fill("device");
    CertificateProfile profile =
        hosts.isEmpty()
            ? CertificateProfile.device(name)
                .withAlternativeNames(
                    alternativeNames.stream().map(AlternativeName::parse).toList())
            : CertificateProfile.server(hosts).withSubject(name);
    CertificateAuthority authority = issue.authority();
    X509Certificate certificate =
        authority.sign(
            request, revocation.completed(profile).withLife(issue.lifeOr(profile.life())));
    Path file = out == null ? beside(csr) : out;
    PemFiles.writeCertificates(file, authority.chainOf(certificate));
    ObjectNode json = Descriptions.json(certificate);
    json.put("certificateFile", file.toString());
    String text =
        "signed       %s, valid until %s%nid           %s%ncertificate  %s"
            .formatted(
                certificate.getSubjectX500Principal().getName(),
                certificate.getNotAfter().toInstant(),
                Fingerprint.certificateId(certificate),
                file);
    return new Answer(text, json);
  }

  private static Path beside(Path csr) {
    String name = csr.getFileName().toString();
    int dot = name.lastIndexOf('.');
    return csr.resolveSibling((dot > 0 ? name.substring(0, dot) : name) + ".pem");
  }
}
