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
import java.util.Set;

/**
 * Leads a chain of certificates to an authority that is trusted: signatures, validity, basic
 * constraints, key usage and name constraints, as RFC 5280, section 6, has it. The JDK's validator
 * does the work; revocation is not its business here.
 */
public final class CertificateChains {
  private static final int CHAIN_MAX = 10; // longer ones only cost us signatures to check

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
    try {
      CertPath certPath = CertificateFactory.getInstance("X.509").generateCertPath(ordered(path));
      PKIXParameters parameters = new PKIXParameters(anchors);
      parameters.setRevocationEnabled(false);
      parameters.setDate(Date.from(now));
      PKIXCertPathValidatorResult result =
          (PKIXCertPathValidatorResult)
              CertPathValidator.getInstance("PKIX").validate(certPath, parameters);
      return result.getTrustAnchor().getTrustedCert();
    } catch (CertPathValidatorException refused) {
      throw refused(refused, path);
    } catch (InvalidAlgorithmParameterException e) {
      throw new IllegalStateException("there is at least one trust anchor", e);
    } catch (GeneralSecurityException e) {
      throw new CertsRefused(
          CertsRefused.Reason.MALFORMED, "the chain does not parse; show it in another order", e);
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
