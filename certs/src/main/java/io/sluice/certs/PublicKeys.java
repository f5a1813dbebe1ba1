package io.sluice.certs;

import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.spec.RSAPublicKeySpec;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.util.PrivateKeyFactory;
import org.bouncycastle.crypto.util.SubjectPublicKeyInfoFactory;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.jspecify.annotations.Nullable;

/** The public half of a private key that was found alone. */
final class PublicKeys {
  private PublicKeys() {}

  static PublicKey of(PrivateKey key, Path where) {
    try {
      if (key instanceof RSAPrivateCrtKey rsa) {
        return KeyFactory.getInstance("RSA")
            .generatePublic(new RSAPublicKeySpec(rsa.getModulus(), rsa.getPublicExponent()));
      }
      AsymmetricKeyParameter parameter =
          PrivateKeyFactory.createKey(PrivateKeyInfo.getInstance(key.getEncoded()));
      if (parameter instanceof ECPrivateKeyParameters ec) {
        var domain = ec.getParameters();
        var point = domain.getG().multiply(ec.getD()).normalize();
        return new JcaPEMKeyConverter()
            .getPublicKey(
                SubjectPublicKeyInfoFactory.createSubjectPublicKeyInfo(
                    new ECPublicKeyParameters(point, domain)));
      }
      if (parameter instanceof Ed25519PrivateKeyParameters ed) {
        return new JcaPEMKeyConverter()
            .getPublicKey(
                SubjectPublicKeyInfoFactory.createSubjectPublicKeyInfo(ed.generatePublicKey()));
      }
    } catch (GeneralSecurityException | java.io.IOException e) {
      throw refused(where, key, e);
    }
    throw refused(where, key, null);
  }

  private static CertsRefused refused(Path where, PrivateKey key, @Nullable Exception cause) {
    String message =
        "%s holds a key of kind %s whose public half cannot be found; move it away and run again"
            .formatted(where, key.getAlgorithm());
    return new CertsRefused(CertsRefused.Reason.MALFORMED, message, cause);
  }
}
