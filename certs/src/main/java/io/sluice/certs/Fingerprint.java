package io.sluice.certs;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.HexFormat;

/** The name of a certificate: SHA-256 over its DER bytes, in 64 lower-case hexadecimal digits. */
public final class Fingerprint {
  private Fingerprint() {}

  /** The certificate id by which AWS IoT and Sluice know this certificate. Any thread. */
  public static String certificateId(X509Certificate certificate) {
    try {
      return HexFormat.of().formatHex(sha256(certificate.getEncoded()));
    } catch (CertificateEncodingException e) {
      throw new CertsRefused(
          CertsRefused.Reason.MALFORMED,
          "certificate with serial number %s cannot be encoded; ask its issuer for a new one"
              .formatted(certificate.getSerialNumber().toString(16)),
          e);
    }
  }

  static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
