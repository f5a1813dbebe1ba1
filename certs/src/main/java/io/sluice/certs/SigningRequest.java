package io.sluice.certs;

import java.io.IOException;
import java.io.StringReader;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import org.bouncycastle.asn1.ASN1String;
import org.bouncycastle.asn1.x500.AttributeTypeAndValue;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.bouncycastle.pkcs.PKCSException;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;
import org.jspecify.annotations.Nullable;

/**
 * A certificate signing request (PKCS#10, RFC 2986) that was checked: it is signed by the key it
 * carries, and the key is strong enough. The extensions it asks for are not looked at: what a
 * certificate may be used for is the authority's decision.
 */
public final class SigningRequest {
  private static final int TEXT_MAX = 64 * 1024;

  private final JcaPKCS10CertificationRequest request;
  private final PublicKey publicKey;

  private SigningRequest(JcaPKCS10CertificationRequest request, PublicKey publicKey) {
    this.request = request;
    this.publicKey = publicKey;
  }

  /**
   * Reads and checks a request in PEM.
   *
   * @throws CertsRefused {@code MALFORMED}, {@code BAD_SIGNATURE}, {@code INVALID_NAME} or {@code
   *     WEAK_KEY}
   */
  public static SigningRequest parse(String pem) {
    if (pem.length() > TEXT_MAX) {
      throw malformed("it has %d characters, at most %d".formatted(pem.length(), TEXT_MAX), null);
    }
    try (PEMParser parser = new PEMParser(new StringReader(pem))) {
      Object found = parser.readObject();
      if (!(found instanceof PKCS10CertificationRequest request)) {
        throw malformed("no block 'BEGIN CERTIFICATE REQUEST' in it", null);
      }
      return check(new JcaPKCS10CertificationRequest(request));
    } catch (IOException | RuntimeException e) {
      if (e instanceof CertsRefused refused) {
        throw refused;
      }
      throw malformed("its ASN.1 does not parse", e); // Bouncy Castle throws many kinds here
    }
  }

  private static SigningRequest check(JcaPKCS10CertificationRequest request) {
    PublicKey key;
    try {
      key = request.getPublicKey();
    } catch (GeneralSecurityException e) {
      throw new CertsRefused(
          CertsRefused.Reason.WEAK_KEY,
          "the certificate signing request holds a key of an unknown kind; make a new key: EC P-256, P-384 or P-521, or RSA of 2048 bits or more",
          e);
    }
    AcceptedKeys.check(key, "the certificate signing request");
    checkSubject(request.getSubject());
    try {
      if (request.isSignatureValid(new JcaContentVerifierProviderBuilder().build(key))) {
        return new SigningRequest(request, key);
      }
    } catch (OperatorCreationException | PKCSException e) {
      throw badSignature(e);
    }
    throw badSignature(null);
  }

  /** Or its subject could rewrite the terminal, or the log, in which somebody reads it. */
  private static void checkSubject(X500Name subject) {
    for (RDN rdn : subject.getRDNs()) {
      for (AttributeTypeAndValue part : rdn.getTypesAndValues()) {
        if (part.getValue() instanceof ASN1String text
            && text.getString().chars().anyMatch(Character::isISOControl)) {
          throw new CertsRefused(
              CertsRefused.Reason.INVALID_NAME,
              "the subject that the certificate signing request asks for holds a control character; make it anew without");
        }
      }
    }
  }

  private static CertsRefused badSignature(@Nullable Exception cause) {
    String message =
        "the certificate signing request is not signed by the key it carries; make it anew, with the private key at hand";
    return new CertsRefused(CertsRefused.Reason.BAD_SIGNATURE, message, cause);
  }

  private static CertsRefused malformed(String found, @Nullable Exception cause) {
    String message =
        "this is no certificate signing request: %s; make one with: openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout device.key.pem -subj /CN=device -out device.csr"
            .formatted(found);
    return new CertsRefused(CertsRefused.Reason.MALFORMED, message, cause);
  }

  /** Makes a request for a key pair; what a device does for itself, and what tests do. */
  public static String create(X500Name subject, KeyPair keys) {
    try {
      var request =
          new JcaPKCS10CertificationRequestBuilder(subject, keys.getPublic())
              .build(Signers.signer(keys.getPrivate()));
      java.io.StringWriter pem = new java.io.StringWriter();
      try (JcaPEMWriter writer = new JcaPEMWriter(pem)) {
        writer.writeObject(request);
      }
      return pem.toString();
    } catch (IOException e) {
      throw new IllegalStateException("a StringWriter does not fail", e);
    }
  }

  /** The first common name in a certificate's subject; null when it has none. */
  public static @Nullable String commonName(X509Certificate certificate) {
    RDN[] names =
        X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded())
            .getRDNs(BCStyle.CN);
    return names.length > 0 && names[0].getFirst().getValue() instanceof ASN1String text
        ? text.getString()
        : null;
  }

  /** As the requester wrote it; may be empty. */
  public X500Name subject() {
    return request.getSubject();
  }

  public PublicKey publicKey() {
    return publicKey;
  }
}
