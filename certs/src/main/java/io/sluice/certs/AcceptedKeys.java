package io.sluice.certs;

import java.math.BigInteger;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.NamedParameterSpec;
import java.util.List;

/** Which public keys of others are strong enough to be certified or trusted. */
public final class AcceptedKeys {
  private static final int RSA_BITS_MIN = 2048;
  private static final int RSA_BITS_MAX = 8192; // a longer one only makes our CPU sweat
  private static final BigInteger RSA_EXPONENT_MIN = BigInteger.valueOf(65537);
  private static final String ED25519 = NamedParameterSpec.ED25519.getName();
  private static final List<ECParameterSpec> CURVES =
      List.of(curve("secp256r1"), curve("secp384r1"), curve("secp521r1"));

  private AcceptedKeys() {}

  /**
   * Refuses a key that is too weak: AWS IoT Developer Guide, "Create client certificates", asks for
   * RSA of 2048 bits or NIST curves. Ed25519 (RFC 8410) is taken as well.
   *
   * @param where what holds the key, for the message
   */
  public static void check(PublicKey key, String where) {
    if (key instanceof RSAPublicKey rsa) {
      checkRsa(rsa, where);
    } else if (key instanceof ECPublicKey ec) {
      if (CURVES.stream().noneMatch(curve -> same(curve, ec.getParams()))) {
        int bits = ec.getParams().getOrder().bitLength();
        throw weak(where, "an EC key of %d bits on another curve".formatted(bits));
      }
    } else if (!(key instanceof EdECPublicKey ed) || !ed.getParams().getName().equals(ED25519)) {
      throw weak(where, "a key of kind " + key.getAlgorithm());
    }
  }

  /** Whether it is an Ed25519 key, which not every TLS takes. */
  public static boolean isEd25519(PublicKey key) {
    return key instanceof EdECPublicKey;
  }

  private static void checkRsa(RSAPublicKey rsa, String where) {
    int bits = rsa.getModulus().bitLength();
    if (bits < RSA_BITS_MIN || bits > RSA_BITS_MAX) {
      throw weak(where, "an RSA key of %d bits".formatted(bits));
    }
    BigInteger exponent = rsa.getPublicExponent();
    if (exponent.compareTo(RSA_EXPONENT_MIN) < 0 || !exponent.testBit(0)) {
      throw weak(where, "an RSA key with the public exponent " + exponent);
    }
  }

  private static ECParameterSpec curve(String name) {
    try {
      AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
      parameters.init(new ECGenParameterSpec(name));
      return parameters.getParameterSpec(ECParameterSpec.class);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has the curve " + name, e);
    }
  }

  private static boolean same(ECParameterSpec a, ECParameterSpec b) {
    return a.getCurve().equals(b.getCurve())
        && a.getGenerator().equals(b.getGenerator())
        && a.getOrder().equals(b.getOrder());
  }

  private static CertsRefused weak(String where, String found) {
    return new CertsRefused(
        CertsRefused.Reason.WEAK_KEY,
        "%s holds %s; make a new key: EC P-256, P-384 or P-521, or RSA of %d to %d bits"
            .formatted(where, found, RSA_BITS_MIN, RSA_BITS_MAX));
  }
}
