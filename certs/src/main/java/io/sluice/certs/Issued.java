package io.sluice.certs;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.security.cert.X509Certificate;
import org.jspecify.annotations.Nullable;

/** Writes one identity where asked for and says so. */
final class Issued {
  private Issued() {}

  static CertsAction.Answer write(
      IdentityFolder folder,
      String name,
      Identity identity,
      X509Certificate authority,
      char @Nullable [] pkcs12Password) {
    if (pkcs12Password != null && java.nio.file.Files.exists(folder.pkcs12File(name))) {
      throw NewFile.exists(folder.pkcs12File(name), null);
    }
    folder.writeAuthority(authority); // first: it refuses a folder of another authority
    folder.write(name, identity);
    ObjectNode json = Descriptions.json(identity.certificate());
    json.put("certificateFile", folder.certificateFile(name).toString());
    json.put("keyFile", folder.keyFile(name).toString());
    String text =
        """
        issued       %s, valid until %s
        id           %s
        certificate  %s
        private key  %s  (mode 0600)"""
            .formatted(
                identity.certificate().getSubjectX500Principal().getName(),
                identity.certificate().getNotAfter().toInstant(),
                identity.certificateId(),
                folder.certificateFile(name),
                folder.keyFile(name));
    if (pkcs12Password != null) {
      folder.writePkcs12(name, identity, pkcs12Password);
      json.put("pkcs12File", folder.pkcs12File(name).toString());
      text += "\nPKCS#12      " + folder.pkcs12File(name) + "  (mode 0600)";
    }
    return new CertsAction.Answer(text, json);
  }
}
