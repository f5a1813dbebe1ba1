package io.sluice.api;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.function.Supplier;
import javax.net.ssl.X509TrustManager;

/**
 * What the mutual-TLS port shows and whom it lets finish a handshake.
 *
 * @param shown asked at each handshake, so that a new certificate needs no restart; any thread,
 *     answers from memory
 * @param trust decides about client certificates; every client must show one
 * @param jdkEngine whether the JDK's TLS computes, which takes Ed25519 keys; else BoringSSL
 */
public record DeviceTls(Supplier<Shown> shown, X509TrustManager trust, boolean jdkEngine) {
  /**
   * A server certificate.
   *
   * @param key never logged
   * @param chain the server certificate first, then what leads to its CA
   */
  public record Shown(PrivateKey key, List<X509Certificate> chain) {
    public Shown {
      chain = List.copyOf(chain);
      if (chain.isEmpty()) {
        throw new IllegalArgumentException(
            "the server certificate chain is empty; give at least the server certificate");
      }
    }

    /** Never prints the key. */
    @Override
    public String toString() {
      return "Shown[%d certificates]".formatted(chain.size());
    }
  }
}
