package io.sluice.certs;

import java.io.IOException;
import java.math.BigInteger;
import java.net.URI;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.x509.AccessDescription;
import org.bouncycastle.asn1.x509.AuthorityInformationAccess;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.cert.CertException;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateHolder;
import org.bouncycastle.cert.ocsp.BasicOCSPResp;
import org.bouncycastle.cert.ocsp.CertificateID;
import org.bouncycastle.cert.ocsp.CertificateStatus;
import org.bouncycastle.cert.ocsp.OCSPException;
import org.bouncycastle.cert.ocsp.OCSPReqBuilder;
import org.bouncycastle.cert.ocsp.OCSPResp;
import org.bouncycastle.cert.ocsp.RevokedStatus;
import org.bouncycastle.cert.ocsp.SingleResp;
import org.bouncycastle.operator.DigestCalculatorProvider;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;

/**
 * A question to an OCSP responder about one certificate, and the check of its answer (RFC 6960).
 * Who carries them over the network is the caller's business.
 */
public final class OcspQuestion {
  private static final Duration SKEW = Duration.ofMinutes(5);

  /** What the responder says. */
  public enum Status {
    GOOD,
    REVOKED,
    UNKNOWN
  }

  /**
   * A checked answer.
   *
   * @param until how long it may be relied on; {@code thisUpdate} and an hour where it names no end
   */
  public record Answer(Status status, Instant until) {}

  private final X509CertificateHolder issuer;
  private final CertificateID id;

  private OcspQuestion(X509CertificateHolder issuer, CertificateID id) {
    this.issuer = issuer;
    this.id = id;
  }

  /** About a certificate, to whoever answers for its issuer. */
  public static OcspQuestion about(BigInteger serialNumber, X509Certificate issuer) {
    try {
      X509CertificateHolder holder = new JcaX509CertificateHolder(issuer);
      return new OcspQuestion(
          holder, new CertificateID(digests().get(CertificateID.HASH_SHA1), holder, serialNumber));
    } catch (CertificateEncodingException | OCSPException | OperatorCreationException e) {
      throw new CertsRefused(
          CertsRefused.Reason.MALFORMED,
          "the issuer %s cannot be named in an OCSP request"
              .formatted(issuer.getSubjectX500Principal().getName()),
          e);
    }
  }

  static DigestCalculatorProvider digests() {
    try {
      return new JcaDigestCalculatorProviderBuilder().build();
    } catch (OperatorCreationException e) {
      throw new IllegalStateException("every JDK has SHA-1, which OCSP names issuers with", e);
    }
  }

  /** The request's bytes, {@code application/ocsp-request}. */
  public byte[] request() {
    try {
      return new OCSPReqBuilder().addRequest(id).build().getEncoded();
    } catch (OCSPException | IOException e) {
      throw new IllegalStateException("an OCSP request of ours cannot be encoded", e);
    }
  }

  /**
   * Checks a response: signed by the issuer or by one it has made a responder, about this
   * certificate, and of now.
   *
   * @throws CertsRefused when it is none of that
   */
  public Answer check(byte[] response, Instant now) {
    try {
      OCSPResp envelope = new OCSPResp(response);
      if (envelope.getStatus() != OCSPResp.SUCCESSFUL
          || !(envelope.getResponseObject() instanceof BasicOCSPResp basic)) {
        throw refused("status %d instead of an answer".formatted(envelope.getStatus()), null);
      }
      if (!isSigned(basic, now)) {
        throw refused(
            "a signature that is not of the issuer, nor of a responder it has made", null);
      }
      for (SingleResp single : basic.getResponses()) {
        if (single.getCertID().matchesIssuer(issuer, digests())
            && single.getCertID().getSerialNumber().equals(id.getSerialNumber())) {
          return answer(single, now);
        }
      }
      throw refused("an answer about another certificate", null);
    } catch (IOException | OCSPException | OperatorCreationException | CertException e) {
      throw refused("something that does not parse", e);
    }
  }

  private static Answer answer(SingleResp single, Instant now) {
    Instant from = single.getThisUpdate().toInstant();
    Instant until =
        single.getNextUpdate() == null
            ? from.plus(Duration.ofHours(1))
            : single.getNextUpdate().toInstant();
    if (from.isAfter(now.plus(SKEW)) || until.isBefore(now.minus(SKEW))) {
      throw refused("an answer good from %s until %s".formatted(from, until), null);
    }
    CertificateStatus status = single.getCertStatus();
    Status told =
        status == CertificateStatus.GOOD
            ? Status.GOOD
            : status instanceof RevokedStatus ? Status.REVOKED : Status.UNKNOWN;
    return new Answer(told, until);
  }

  private boolean isSigned(BasicOCSPResp basic, Instant now)
      throws OperatorCreationException, CertException, OCSPException {
    JcaContentVerifierProviderBuilder verifiers = new JcaContentVerifierProviderBuilder();
    try {
      if (basic.isSignatureValid(verifiers.build(issuer))) {
        return true;
      }
      for (X509CertificateHolder responder : basic.getCerts()) {
        if (responder.isValidOn(java.util.Date.from(now))
            && responder.isSignatureValid(verifiers.build(issuer))
            && ExtendedKeyUsage.fromExtensions(responder.getExtensions())
                .hasKeyPurposeId(KeyPurposeId.id_kp_OCSPSigning)
            && basic.isSignatureValid(verifiers.build(responder))) {
          return true;
        }
      }
      return false;
    } catch (java.security.cert.CertificateException | NullPointerException unreadable) {
      return false; // a responder without extended key usage is no responder
    }
  }

  private static CertsRefused refused(
      String found, @org.jspecify.annotations.Nullable Exception e) {
    return new CertsRefused(
        CertsRefused.Reason.BAD_SIGNATURE,
        "the OCSP responder answered %s; check it, or the address in the certificate"
            .formatted(found),
        e);
  }

  /** Where a certificate says that its issuer answers; http only. */
  public static Optional<URI> responderOf(X509Certificate certificate) {
    byte[] extension = certificate.getExtensionValue(Extension.authorityInfoAccess.getId());
    if (extension == null) {
      return Optional.empty();
    }
    List<URI> found = new ArrayList<>();
    try {
      AuthorityInformationAccess access =
          AuthorityInformationAccess.getInstance(
              ASN1OctetString.getInstance(extension).getOctets());
      for (AccessDescription description : access.getAccessDescriptions()) {
        if (description.getAccessMethod().equals(AccessDescription.id_ad_ocsp)) {
          RevocationList.addHttp(description.getAccessLocation(), found);
        }
      }
    } catch (IllegalArgumentException unreadable) {
      return Optional.empty();
    }
    return found.stream().findFirst();
  }
}
