package io.sluice.certs;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;

/** An identity that was issued before, as somebody names it on the command line. */
record Held(IdentityFolder folder, String name) {
  private static final String PEM = ".pem";

  /**
   * Finds it.
   *
   * @param text a name among the devices, a name beside the authority such as {@code server}, or a
   *     file that ends in {@code .pem}
   * @throws CertsRefused {@code MISSING}
   */
  static Held find(String text, IdentityFolder devices, IdentityFolder authority) {
    Path asFile = Path.of(text);
    Path last = asFile.getFileName();
    if (text.endsWith(PEM) && last != null && Files.exists(asFile)) {
      Path parent = asFile.toAbsolutePath().getParent();
      String file = last.toString();
      return new Held(
          IdentityFolder.at(parent == null ? Path.of(".") : parent),
          file.substring(0, file.length() - PEM.length()));
    }
    for (IdentityFolder folder : new IdentityFolder[] {devices, authority}) {
      if (Files.exists(folder.certificateFile(text))) {
        return new Held(folder, text);
      }
    }
    throw new CertsRefused(
        CertsRefused.Reason.MISSING,
        "there is no certificate %s, nor %s; name a device, or a .pem file"
            .formatted(devices.certificateFile(text), authority.certificateFile(text)));
  }

  /**
   * Its certificate.
   *
   * @throws CertsRefused {@code MISMATCH} when another authority has issued it
   */
  X509Certificate certificate(CertificateAuthority issuer) {
    X509Certificate certificate = PemFiles.readCertificate(folder.certificateFile(name));
    if (!issuer.issued(certificate)) {
      throw new CertsRefused(
          CertsRefused.Reason.MISMATCH,
          "%s was issued by %s, not by the authority %s; give the folder of its own with --dir"
              .formatted(
                  folder.certificateFile(name),
                  certificate.getIssuerX500Principal().getName(),
                  issuer.certificate().getSubjectX500Principal().getName()));
    }
    return certificate;
  }
}
