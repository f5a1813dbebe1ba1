package io.sluice.certs;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.CRLException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.ASN1IA5String;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.x509.CRLDistPoint;
import org.bouncycastle.asn1.x509.CRLNumber;
import org.bouncycastle.asn1.x509.DistributionPoint;
import org.bouncycastle.asn1.x509.DistributionPointName;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.X509v2CRLBuilder;

/** Certificate revocation lists (RFC 5280, section 5): making our own, reading others'. */
public final class RevocationList {
  private static final int BYTES_MAX = 64 << 20;

  /** A certificate that is good no more. */
  public record Revoked(BigInteger serialNumber, Instant at, RevocationReason reason) {
    public Revoked(BigInteger serialNumber, Instant at) {
      this(serialNumber, at, RevocationReason.UNSPECIFIED);
    }
  }

  private RevocationList() {}

  /**
   * Signs a list, in DER.
   *
   * @param number one more than the last list's (RFC 5280, 5.2.3)
   * @param life until when readers may rely on it
   */
  public static byte[] issue(
      CertificateAuthority authority,
      Collection<Revoked> revoked,
      BigInteger number,
      Instant now,
      Duration life) {
    X509v2CRLBuilder builder = new X509v2CRLBuilder(authority.issuer(), Date.from(now));
    builder.setNextUpdate(Date.from(now.plus(life)));
    for (Revoked one : revoked) {
      builder.addCRLEntry(
          one.serialNumber(), Date.from(one.at()), one.reason().code()); // 0: none is written
    }
    try {
      builder.addExtension(Extension.cRLNumber, false, new CRLNumber(number));
      builder.addExtension(
          Extension.authorityKeyIdentifier, false, authority.authorityKeyIdentifier());
      return builder.build(authority.signer()).getEncoded();
    } catch (IOException e) {
      throw new IllegalStateException("a revocation list of ours cannot be encoded", e);
    }
  }

  /**
   * Reads a list in PEM or DER; its signature is not checked yet.
   *
   * @throws CertsRefused {@code MALFORMED}
   */
  public static X509CRL parse(byte[] bytes, String where) {
    try {
      if (bytes.length > BYTES_MAX) {
        throw new CertsRefused(
            CertsRefused.Reason.MALFORMED,
            "%s has %d bytes, more than any revocation list read here"
                .formatted(where, bytes.length));
      }
      return (X509CRL)
          CertificateFactory.getInstance("X.509").generateCRL(new ByteArrayInputStream(bytes));
    } catch (CRLException e) {
      throw new CertsRefused(
          CertsRefused.Reason.MALFORMED,
          "%s is no certificate revocation list in PEM or DER; ask its issuer for one"
              .formatted(where),
          e);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK reads X.509", e);
    }
  }

  /** Whether the list is by the holder of this certificate. */
  public static boolean isBy(X509CRL list, X509Certificate issuer) {
    if (!list.getIssuerX500Principal().equals(issuer.getSubjectX500Principal())) {
      return false;
    }
    boolean[] usage = issuer.getKeyUsage();
    if (usage != null && !usage[6]) { // 6: cRLSign
      return false;
    }
    try {
      list.verify(issuer.getPublicKey());
      return true;
    } catch (GeneralSecurityException another) {
      return false;
    }
  }

  /** In PEM. */
  public static String toPem(byte[] der) {
    return "-----BEGIN X509 CRL-----\n"
        + Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII)).encodeToString(der)
        + "\n-----END X509 CRL-----\n";
  }

  /** Where a certificate says that its issuer's list lies; http only, in its order. */
  public static List<URI> distributionPoints(X509Certificate certificate) {
    List<URI> found = new ArrayList<>();
    byte[] extension = certificate.getExtensionValue(Extension.cRLDistributionPoints.getId());
    if (extension == null) {
      return found;
    }
    try {
      CRLDistPoint points =
          CRLDistPoint.getInstance(ASN1OctetString.getInstance(extension).getOctets());
      for (DistributionPoint point : points.getDistributionPoints()) {
        DistributionPointName name = point.getDistributionPoint();
        if (name != null && name.getType() == DistributionPointName.FULL_NAME) {
          for (GeneralName one : GeneralNames.getInstance(name.getName()).getNames()) {
            addHttp(one, found);
          }
        }
      }
    } catch (IllegalArgumentException unreadable) {
      return List.of(); // as if it named none
    }
    return found;
  }

  static void addHttp(GeneralName name, List<URI> to) {
    if (name.getTagNo() == GeneralName.uniformResourceIdentifier) {
      String text = ASN1IA5String.getInstance(name.getName()).getString();
      if (text.startsWith("http://") || text.startsWith("https://")) {
        to.add(URI.create(text));
      }
    }
  }
}
