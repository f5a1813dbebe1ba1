package io.sluice.certs;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;

/**
 * A private key and the certificate that speaks for it, with the chain above: what one end of TLS
 * needs. Its text form shows neither.
 *
 * @param chain leaf first, each signed by the next; at least the leaf
 */
public record Identity(PrivateKey key, List<X509Certificate> chain) {
  public Identity {
    chain = List.copyOf(chain);
    if (chain.isEmpty()) {
      throw new IllegalArgumentException("an identity needs at least its own certificate");
    }
  }

  /** The leaf. */
  public X509Certificate certificate() {
    return chain.get(0);
  }

  /** See {@link Fingerprint}. */
  public String certificateId() {
    return Fingerprint.certificateId(certificate());
  }

  /** The leaf and all above it, as the JDK and Netty take them. */
  public X509Certificate[] chainArray() {
    return chain.toArray(X509Certificate[]::new);
  }

  /**
   * This identity as a PKCS#12 key store in memory, under the alias {@code identity}.
   *
   * @param password borrowed; protects the key entry and is needed again to use it
   */
  public KeyStore keyStore(char[] password) {
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      store.setKeyEntry("identity", key, password, chainArray());
      return store;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("the JDK's PKCS12 key store refused a key it made", e);
    }
  }

  /** {@link #keyStore} as the bytes of a file. */
  byte[] pkcs12(char[] password) {
    if (password.length == 0) {
      throw new CertsRefused(
          CertsRefused.Reason.WEAK_KEY,
          "a PKCS#12 file needs a password; give at least one character");
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      keyStore(password).store(bytes, password);
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("the JDK cannot encode its own PKCS12 key store", e);
    }
    return bytes.toByteArray();
  }

  @Override
  public String toString() {
    return "Identity[" + certificateId() + "]";
  }
}
