package io.sluice.certs;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.interfaces.ECKey;
import java.security.interfaces.EdECKey;
import org.bouncycastle.jcajce.provider.asymmetric.ec.BCECPrivateKey;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * Which signature algorithm goes with which key. The JDK's providers do the arithmetic, or Bouncy
 * Castle.
 */
final class Signers {
  /** Asked by name only: nobody else in the process gets it. */
  static final Provider BOUNCY_CASTLE = new BouncyCastleProvider();

  private Signers() {}

  /**
   * The key as its fastest signer takes it: Bouncy Castle's elliptic curves take a third of the
   * time of the JDK's before Java 21, and need keys of their own kind for that.
   */
  static PrivateKey prepared(PrivateKey key) {
    try {
      return key instanceof ECKey
          ? (PrivateKey) KeyFactory.getInstance("EC", BOUNCY_CASTLE).translateKey(key)
          : key;
    } catch (GeneralSecurityException e) {
      return key; // slower
    }
  }

  static ContentSigner signer(PrivateKey key) {
    try {
      JcaContentSignerBuilder builder = new JcaContentSignerBuilder(algorithm(key));
      if (key instanceof BCECPrivateKey) {
        builder.setProvider(BOUNCY_CASTLE);
      }
      return builder.build(key);
    } catch (OperatorCreationException e) {
      throw new CertsRefused(
          CertsRefused.Reason.WEAK_KEY,
          "a private key of kind %s cannot sign here; use EC P-256, P-384, P-521, Ed25519 or RSA"
              .formatted(key.getAlgorithm()),
          e);
    }
  }

  /** The hash is as strong as the key (RFC 5480, section 4). */
  private static String algorithm(PrivateKey key) {
    if (key instanceof ECKey ec) {
      int bits = ec.getParams().getOrder().bitLength();
      return bits <= 256 ? "SHA256withECDSA" : bits <= 384 ? "SHA384withECDSA" : "SHA512withECDSA";
    }
    return key instanceof EdECKey ? "Ed25519" : "SHA256with" + key.getAlgorithm();
  }
}
