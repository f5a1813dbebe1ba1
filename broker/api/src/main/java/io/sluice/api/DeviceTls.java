package io.sluice.api;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.X509TrustManager;

/**
 * What the mutual-TLS port shows and whom it lets finish a handshake.
 *
 * @param key of the server certificate; never logged
 * @param chain the server certificate first, then what leads to its CA
 * @param trust decides about client certificates; every client must show one
 */
public record DeviceTls(PrivateKey key, List<X509Certificate> chain, X509TrustManager trust) {
  public DeviceTls {
    chain = List.copyOf(chain);
    if (chain.isEmpty()) {
      throw new IllegalArgumentException(
          "the server certificate chain is empty; give at least the server certificate");
    }
  }

  /** Never prints the key. */
  @Override
  public String toString() {
    return "DeviceTls[%d certificates]".formatted(chain.size());
  }
}
