package io.sluice.certs;

import java.security.GeneralSecurityException;
import java.security.InvalidAlgorithmParameterException;
import java.security.cert.CertPath;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXCertPathValidatorResult;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.GeneralSubtree;
import org.bouncycastle.asn1.x509.NameConstraintValidatorException;
import org.bouncycastle.asn1.x509.NameConstraints;
import org.bouncycastle.asn1.x509.PKIXNameConstraintValidator;

/**
 * Leads a chain of certificates to an authority that is trusted: signatures, validity, basic
 * constraints, key usage and name constraints, as RFC 5280, section 6, has it. The JDK's validator
 * does the work; revocation is not its business here. What that validator does not look at, an
 * authority's own limits (its end, its path length, its name constraints), is checked besides: a
 * company that limits its root means it.
 */
public final class CertificateChains {
  private static final int CHAIN_MAX = 10; // longer ones only cost us signatures to check
  private static final List<String> BROKEN = List.of("MD2", "MD5", "SHA1"); // collisions are made

  private CertificateChains() {}

  /**
   * Finds the authority that a chain leads to.
   *
   * @param chain leaf first, then the intermediates in any order as far as they are needed; the
   *     authority itself may be the last
   * @param trusted authorities
   * @return the trusted certificate at its end
   * @throws CertsRefused {@code MISMATCH} or {@code EXPIRED} when it leads to none of them
   */
  public static X509Certificate authorityOf(
      List<X509Certificate> chain, Collection<X509Certificate> trusted, Instant now) {
    if (chain.isEmpty() || chain.size() > CHAIN_MAX) {
      throw new CertsRefused(
          CertsRefused.Reason.MALFORMED,
          "a chain of %d certificates was shown; show the leaf and at most %d above it"
              .formatted(chain.size(), CHAIN_MAX - 1));
    }
    Set<TrustAnchor> anchors = new HashSet<>();
    for (X509Certificate authority : trusted) {
      anchors.add(new TrustAnchor(authority, null));
    }
    if (anchors.isEmpty()) {
      throw new CertsRefused(
          CertsRefused.Reason.MISMATCH,
          "no authority is registered that the certificate could lead to; register one with RegisterCACertificate");
    }
    List<X509Certificate> path = new ArrayList<>(chain);
    path.removeIf(trusted::contains); // the validator wants the path without its anchor
    if (path.isEmpty()) {
      throw new CertsRefused(
          CertsRefused.Reason.MISMATCH,
          "the certificate is an authority's own; show a device certificate that it has signed");
    }
    path = ordered(path);
    for (X509Certificate certificate : path) {
      checkSignature(certificate);
    }
    try {
      CertPath certPath = CertificateFactory.getInstance("X.509").generateCertPath(path);
      PKIXParameters parameters = new PKIXParameters(anchors);
      parameters.setRevocationEnabled(false);
      parameters.setDate(Date.from(now));
      PKIXCertPathValidatorResult result =
          (PKIXCertPathValidatorResult)
              CertPathValidator.getInstance("PKIX").validate(certPath, parameters);
      X509Certificate authority = result.getTrustAnchor().getTrustedCert();
      checkLimits(authority, path, now);
      return authority;
    } catch (CertPathValidatorException refused) {
      throw refused(refused, path);
    } catch (InvalidAlgorithmParameterException e) {
      throw new IllegalStateException("there is at least one trust anchor", e);
    } catch (GeneralSecurityException e) {
      throw new CertsRefused(
          CertsRefused.Reason.MALFORMED, "the chain does not parse; show it in another order", e);
    }
  }

  private static void checkSignature(X509Certificate certificate) {
    String algorithm = certificate.getSigAlgName().toUpperCase(Locale.ROOT);
    if (BROKEN.stream().anyMatch(algorithm::startsWith)) {
      throw new CertsRefused(
          CertsRefused.Reason.BAD_SIGNATURE,
          "%s is signed with %s, which others can forge; have it issued anew with SHA-256 or better"
              .formatted(
                  certificate.getSubjectX500Principal().getName(), certificate.getSigAlgName()));
    }
  }

  /** What an authority's own certificate says about those below it (RFC 5280, 6.1.4 and 6.1.1). */
  private static void checkLimits(
      X509Certificate authority, List<X509Certificate> path, Instant now) {
    String name = authority.getSubjectX500Principal().getName();
    if (now.isAfter(authority.getNotAfter().toInstant())
        || now.isBefore(authority.getNotBefore().toInstant())) {
      throw new CertsRefused(
          CertsRefused.Reason.EXPIRED,
          "the authority %s is good from %s until %s; register its successor"
              .formatted(
                  name, authority.getNotBefore().toInstant(), authority.getNotAfter().toInstant()));
    }
    if (path.size() - 1 > authority.getBasicConstraints()) {
      throw new CertsRefused(
          CertsRefused.Reason.MISMATCH,
          "%d authorities stand between the certificate and %s, which allows %d; have it issued nearer to that"
              .formatted(path.size() - 1, name, authority.getBasicConstraints()));
    }
    checkNames(authority, path);
  }

  private static void checkNames(X509Certificate authority, List<X509Certificate> path) {
    byte[] extension = authority.getExtensionValue(Extension.nameConstraints.getId());
    if (extension == null) {
      return;
    }
    NameConstraints constraints =
        NameConstraints.getInstance(ASN1OctetString.getInstance(extension).getOctets());
    PKIXNameConstraintValidator names = new PKIXNameConstraintValidator();
    if (constraints.getPermittedSubtrees() != null) {
      names.intersectPermittedSubtree(constraints.getPermittedSubtrees());
    }
    if (constraints.getExcludedSubtrees() != null) {
      for (GeneralSubtree excluded : constraints.getExcludedSubtrees()) {
        names.addExcludedSubtree(excluded);
      }
    }
    for (X509Certificate certificate : path) {
      X500Name subject = X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded());
      try {
        if (subject.size() > 0) {
          names.checkPermittedDN(subject);
          names.checkExcludedDN(subject);
        }
        byte[] more = certificate.getExtensionValue(Extension.subjectAlternativeName.getId());
        if (more != null) {
          for (GeneralName one :
              GeneralNames.getInstance(ASN1OctetString.getInstance(more).getOctets()).getNames()) {
            names.checkPermitted(one);
            names.checkExcluded(one);
          }
        }
      } catch (NameConstraintValidatorException outside) {
        throw new CertsRefused(
            CertsRefused.Reason.MISMATCH,
            "the names of %s are outside of what its authority %s may name (%s); issue it with names inside"
                .formatted(
                    subject, authority.getSubjectX500Principal().getName(), outside.getMessage()),
            outside);
      }
    }
  }

  /**
   * The certificates from the leaf up to an authority, each signed by the next.
   *
   * @param anchor the authority; the last of them
   * @param chain as it was shown, leaf first, with the intermediates in any order
   * @throws CertsRefused {@code MISMATCH} when an intermediate is missing
   */
  public static List<X509Certificate> pathTo(X509Certificate anchor, List<X509Certificate> chain) {
    List<X509Certificate> path = new ArrayList<>(List.of(chain.get(0)));
    while (path.size() < CHAIN_MAX) {
      X509Certificate below = path.get(path.size() - 1);
      if (isSignedBy(below, anchor)) {
        path.add(anchor);
        return path;
      }
      X509Certificate above = null;
      for (X509Certificate one : chain) {
        if (!path.contains(one) && isSignedBy(below, one)) {
          above = one;
        }
      }
      if (above == null) {
        throw new CertsRefused(
            CertsRefused.Reason.MISMATCH,
            "the client did not show the certificate of %s, which stands between it and its authority; let it show its whole chain"
                .formatted(below.getIssuerX500Principal().getName()));
      }
      path.add(above);
    }
    throw new CertsRefused(
        CertsRefused.Reason.MISMATCH,
        "the chain is longer than %d certificates; show a shorter one".formatted(CHAIN_MAX));
  }

  private static boolean isSignedBy(X509Certificate below, X509Certificate above) {
    if (!below.getIssuerX500Principal().equals(above.getSubjectX500Principal())) {
      return false;
    }
    try {
      below.verify(above.getPublicKey());
      return true;
    } catch (GeneralSecurityException another) {
      return false;
    }
  }

  /** From the leaf upwards as far as names lead; what fits nowhere is left out. */
  private static List<X509Certificate> ordered(List<X509Certificate> shown) {
    List<X509Certificate> ordered = new ArrayList<>(List.of(shown.get(0)));
    List<X509Certificate> rest = new ArrayList<>(shown.subList(1, shown.size()));
    for (int at = 0; at < rest.size(); at++) {
      X509Certificate below = ordered.get(ordered.size() - 1);
      X509Certificate above = rest.get(at);
      if (below.getIssuerX500Principal().equals(above.getSubjectX500Principal())) {
        ordered.add(above);
        rest.remove(at);
        at = -1;
      }
    }
    return ordered;
  }

  private static CertsRefused refused(
      CertPathValidatorException refused, List<X509Certificate> path) {
    int index = refused.getIndex();
    String which =
        index < 0 || index >= path.size()
            ? "the chain"
            : "certificate %d of the chain (%s)"
                .formatted(index + 1, path.get(index).getSubjectX500Principal().getName());
    boolean expired =
        refused.getReason() == CertPathValidatorException.BasicReason.EXPIRED
            || refused.getReason() == CertPathValidatorException.BasicReason.NOT_YET_VALID;
    return new CertsRefused(
        expired ? CertsRefused.Reason.EXPIRED : CertsRefused.Reason.MISMATCH,
        "%s does not lead to an authority known here: %s; issue it anew, or register its authority"
            .formatted(which, refused.getMessage()),
        refused);
  }
}
