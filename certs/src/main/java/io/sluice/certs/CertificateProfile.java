package io.sluice.certs;

import java.net.URI;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.jspecify.annotations.Nullable;

/**
 * What a certificate shall say besides its key: for which side of TLS, whom it names, how long it
 * lives.
 *
 * @param life from now; an authority never lets a certificate outlive its own
 * @param revocationList where its issuer's list lies, for those who check it; null to say nothing
 * @param ocspResponder where its issuer answers OCSP; null to say nothing
 */
public record CertificateProfile(
    Usage usage,
    X500Name subject,
    List<AlternativeName> alternativeNames,
    Duration life,
    @Nullable URI revocationList,
    @Nullable URI ocspResponder) {
  /** Browsers and phones refuse server certificates that live longer. */
  public static final Duration SERVER_LIFE = Duration.ofDays(825);

  /** Devices are hard to visit. */
  public static final Duration DEVICE_LIFE = Duration.ofDays(3650);

  /** Which side of TLS may show the certificate. */
  public enum Usage {
    SERVER,
    DEVICE
  }

  public CertificateProfile {
    alternativeNames = List.copyOf(alternativeNames);
    if (subject.size() == 0) {
      throw new CertsRefused(
          CertsRefused.Reason.INVALID_NAME,
          "the subject is empty, nobody could tell this certificate from another; name at least a common name");
    }
    if (usage == Usage.SERVER && alternativeNames.isEmpty()) {
      throw new CertsRefused(
          CertsRefused.Reason.INVALID_NAME,
          "a server certificate without alternative names is refused by all clients; give a host name or an address");
    }
    if (life.isNegative() || life.isZero()) {
      throw new CertsRefused(
          CertsRefused.Reason.EXPIRED, "a life of %s has ended already; use days".formatted(life));
    }
  }

  /** A server known by these host names and addresses; the first is its common name. */
  public static CertificateProfile server(List<String> hostsAndAddresses) {
    List<AlternativeName> names = new ArrayList<>();
    hostsAndAddresses.forEach(name -> names.add(AlternativeName.hostOrAddress(name)));
    String commonName = names.isEmpty() ? "server" : names.get(0).value();
    return new CertificateProfile(
        Usage.SERVER,
        SubjectTemplate.COMMON_NAME.fill(commonName.length() > 64 ? "server" : commonName),
        names,
        SERVER_LIFE,
        null,
        null);
  }

  /** A device known by its common name. */
  public static CertificateProfile device(String commonName) {
    return device(SubjectTemplate.COMMON_NAME.fill(commonName));
  }

  /** A device with this subject, such as the one its own signing request names. */
  public static CertificateProfile device(X500Name subject) {
    return new CertificateProfile(Usage.DEVICE, subject, List.of(), DEVICE_LIFE, null, null);
  }

  /**
   * What a certificate says, to issue it once more.
   *
   * @throws CertsRefused {@code MISMATCH} for an authority's certificate
   */
  public static CertificateProfile of(X509Certificate certificate) {
    if (certificate.getBasicConstraints() >= 0) {
      throw new CertsRefused(
          CertsRefused.Reason.MISMATCH,
          "%s is the certificate of an authority, which is not renewed: make a new authority beside it, let devices trust both, then leave the old one"
              .formatted(certificate.getSubjectX500Principal().getName()));
    }
    try {
      List<String> usages = certificate.getExtendedKeyUsage();
      boolean server = usages != null && usages.contains(KeyPurposeId.id_kp_serverAuth.getId());
      Duration whole =
          Duration.between(
              certificate.getNotBefore().toInstant(), certificate.getNotAfter().toInstant());
      // or each renewal would live an hour longer than the one before
      Duration sinceMade = whole.minus(CertificateAuthority.CLOCK_SKEW);
      Duration life = sinceMade.isNegative() || sinceMade.isZero() ? whole : sinceMade;
      return new CertificateProfile(
          server ? Usage.SERVER : Usage.DEVICE,
          X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded()),
          AlternativeName.of(certificate.getSubjectAlternativeNames()),
          life,
          RevocationList.distributionPoints(certificate).stream().findFirst().orElse(null),
          OcspQuestion.responderOf(certificate).orElse(null));
    } catch (CertificateParsingException e) {
      throw new CertsRefused(
          CertsRefused.Reason.MALFORMED,
          "the certificate's extensions do not parse; issue a new one instead",
          e);
    }
  }

  public CertificateProfile withSubject(X500Name other) {
    return new CertificateProfile(
        usage, other, alternativeNames, life, revocationList, ocspResponder);
  }

  public CertificateProfile withLife(Duration other) {
    return new CertificateProfile(
        usage, subject, alternativeNames, other, revocationList, ocspResponder);
  }

  public CertificateProfile withAlternativeNames(List<AlternativeName> others) {
    return new CertificateProfile(usage, subject, others, life, revocationList, ocspResponder);
  }

  /** Says where those who check the certificate find out whether it is revoked. */
  public CertificateProfile withRevocation(@Nullable URI list, @Nullable URI responder) {
    return new CertificateProfile(usage, subject, alternativeNames, life, list, responder);
  }
}
