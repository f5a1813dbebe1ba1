package io.sluice.certs;

import java.io.IOException;
import java.math.BigInteger;
import java.security.cert.CertificateEncodingException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Map;
import org.bouncycastle.asn1.ocsp.OCSPObjectIdentifiers;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateHolder;
import org.bouncycastle.cert.ocsp.BasicOCSPRespBuilder;
import org.bouncycastle.cert.ocsp.CertificateID;
import org.bouncycastle.cert.ocsp.CertificateStatus;
import org.bouncycastle.cert.ocsp.OCSPException;
import org.bouncycastle.cert.ocsp.OCSPReq;
import org.bouncycastle.cert.ocsp.OCSPResp;
import org.bouncycastle.cert.ocsp.OCSPRespBuilder;
import org.bouncycastle.cert.ocsp.Req;
import org.bouncycastle.cert.ocsp.RespID;
import org.bouncycastle.cert.ocsp.RevokedStatus;
import org.bouncycastle.cert.ocsp.UnknownStatus;

/**
 * Answers OCSP requests for one authority, with the authority's own key (RFC 6960). In two steps,
 * because what is asked for must be looked up in between.
 */
public final class OcspResponder {
  private static final int ASKED_MAX = 20;
  private static final int NONCE_MAX = 32; // RFC 8954
  private static final CertificateStatus GOOD = CertificateStatus.GOOD;

  private final CertificateAuthority authority;
  private final X509CertificateHolder holder;
  private final Duration life;

  /**
   * @param life how long an answer may be relied on
   */
  public OcspResponder(CertificateAuthority authority, Duration life) {
    this.authority = authority;
    this.life = life;
    try {
      this.holder = new JcaX509CertificateHolder(authority.certificate());
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException("the authority's own certificate cannot be encoded", e);
    }
  }

  /** A request that was understood. */
  public static final class Asked {
    private final OCSPReq request;
    private final List<BigInteger> serialNumbers;

    private Asked(OCSPReq request, List<BigInteger> serialNumbers) {
      this.request = request;
      this.serialNumbers = List.copyOf(serialNumbers);
    }

    /** Of the certificates of this authority that are asked about. */
    public List<BigInteger> serialNumbers() {
      return serialNumbers;
    }
  }

  /** What is known about a certificate. */
  public sealed interface Known {
    /** It was issued, and is not revoked. */
    record Good() implements Known {}

    /** It is good no more. */
    record Revoked(Instant at) implements Known {}
  }

  /**
   * Reads a request.
   *
   * @throws CertsRefused {@code MALFORMED}; answer {@link #malformed} then
   */
  public Asked read(byte[] request) {
    try {
      OCSPReq parsed = new OCSPReq(request);
      List<BigInteger> serialNumbers = new ArrayList<>();
      Req[] list = parsed.getRequestList();
      if (list.length == 0 || list.length > ASKED_MAX) {
        throw new CertsRefused(
            CertsRefused.Reason.MALFORMED,
            "the OCSP request asks about %d certificates; ask about 1 to %d"
                .formatted(list.length, ASKED_MAX));
      }
      for (Req one : list) {
        if (isOurs(one.getCertID())) {
          serialNumbers.add(one.getCertID().getSerialNumber());
        }
      }
      return new Asked(parsed, serialNumbers);
    } catch (IOException | OCSPException | RuntimeException e) {
      if (e instanceof CertsRefused refused) {
        throw refused;
      }
      throw new CertsRefused( // Bouncy Castle throws many kinds here
          CertsRefused.Reason.MALFORMED, "this is no OCSP request; send one as RFC 6960 has it", e);
    }
  }

  private boolean isOurs(CertificateID id) throws OCSPException {
    return id.matchesIssuer(holder, OcspQuestion.digests());
  }

  /**
   * Answers.
   *
   * @param known by serial number; what is not in it is unknown
   */
  public byte[] answer(Asked asked, Map<BigInteger, Known> known, Instant now) {
    try {
      BasicOCSPRespBuilder builder = new BasicOCSPRespBuilder(new RespID(holder.getSubject()));
      Date until = Date.from(now.plus(life));
      for (Req one : asked.request.getRequestList()) {
        Known found = isOurs(one.getCertID()) ? known.get(one.getCertID().getSerialNumber()) : null;
        CertificateStatus status = new UnknownStatus();
        if (found instanceof Known.Revoked revoked) {
          status = new RevokedStatus(Date.from(revoked.at()));
        } else if (found instanceof Known.Good) {
          status = GOOD;
        }
        builder.addResponse(one.getCertID(), status, Date.from(now), until);
      }
      Extension nonce = asked.request.getExtension(OCSPObjectIdentifiers.id_pkix_ocsp_nonce);
      if (nonce != null && nonce.getExtnValue().getOctetsLength() <= NONCE_MAX + 2) {
        builder.setResponseExtensions(new Extensions(nonce));
      }
      return new OCSPRespBuilder()
          .build(
              OCSPResp.SUCCESSFUL,
              builder.build(
                  authority.signer(), new X509CertificateHolder[] {holder}, Date.from(now)))
          .getEncoded();
    } catch (OCSPException | IOException e) {
      throw new IllegalStateException("an OCSP answer of ours cannot be encoded", e);
    }
  }

  /** What a request that does not parse is answered. */
  public static byte[] malformed() {
    try {
      return new OCSPRespBuilder().build(OCSPResp.MALFORMED_REQUEST, null).getEncoded();
    } catch (OCSPException | IOException e) {
      throw new IllegalStateException("an OCSP error cannot be encoded", e);
    }
  }
}
