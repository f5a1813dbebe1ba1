package io.sluice.certs;

import java.security.PrivateKey;
import java.security.interfaces.ECKey;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** Which signature algorithm goes with which key. The JDK's providers do the arithmetic. */
final class Signers {
  private Signers() {}

  static ContentSigner signer(PrivateKey key) {
    try {
      return new JcaContentSignerBuilder(algorithm(key)).build(key);
    } catch (OperatorCreationException e) {
      throw new CertsRefused(
          CertsRefused.Reason.WEAK_KEY,
          "a private key of kind %s cannot sign here; use EC P-256, P-384, P-521 or RSA"
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
    return "SHA256with" + key.getAlgorithm();
  }
}
