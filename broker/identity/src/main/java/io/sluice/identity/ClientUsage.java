package io.sluice.identity;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.List;

/** Whether a certificate may be shown by a TLS client (RFC 5280, 4.2.1.12). */
final class ClientUsage {
  private static final String CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
  private static final String ANY = "2.5.29.37.0";

  private ClientUsage() {}

  static boolean isAllowed(X509Certificate certificate) {
    try {
      List<String> usages = certificate.getExtendedKeyUsage();
      return usages == null || usages.contains(CLIENT_AUTH) || usages.contains(ANY);
    } catch (CertificateParsingException unreadable) {
      return false;
    }
  }
}
