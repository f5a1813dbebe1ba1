package io.sluice.identity;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Whether a certificate may be shown by a TLS client (RFC 5280, 4.2.1.3 and 4.2.1.12). */
final class ClientUsage {
  private static final String CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
  private static final String ANY = "2.5.29.37.0";

  private ClientUsage() {}

  /** What speaks against it, as the rest of a sentence; null when nothing does. */
  static @Nullable String refusal(X509Certificate certificate) {
    boolean[] keyUsage = certificate.getKeyUsage();
    if (keyUsage != null && !keyUsage[0]) { // 0: digitalSignature, with which TLS proves the key
      return "its key usage lacks digitalSignature";
    }
    try {
      List<String> usages = certificate.getExtendedKeyUsage();
      return usages == null || usages.contains(CLIENT_AUTH) || usages.contains(ANY)
          ? null
          : "its extended key usage lacks clientAuth";
    } catch (CertificateParsingException unreadable) {
      return "its extended key usage does not parse";
    }
  }
}
