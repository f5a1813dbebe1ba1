package io.sluice.transport;

import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.File;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The gateway's TLS: its certificate and key, and whom it trusts to present one. BoringSSL where it
 * loads, the JDK's engine elsewhere.
 */
public final class TlsIdentity {
  private static final Logger LOG = LoggerFactory.getLogger(TlsIdentity.class);

  private TlsIdentity() {}

  /**
   * Makes the context of a listener that requires a client certificate.
   *
   * @param certificateChain PEM, leaf first
   * @param privateKey PEM, PKCS#8, not encrypted
   * @param trust decides about the peers' chains
   * @throws SSLException when the files are not a certificate and its key
   */
  public static SslContext mutual(File certificateChain, File privateKey, TrustManager trust)
      throws SSLException {
    SslProvider provider = OpenSsl.isAvailable() ? SslProvider.OPENSSL : SslProvider.JDK;
    if (provider == SslProvider.JDK) {
      LOG.info(
          "BoringSSL is not available here ({}); TLS runs on the JDK's engine",
          String.valueOf(OpenSsl.unavailabilityCause()));
    }
    return mutual(certificateChain, privateKey, trust, provider);
  }

  static SslContext mutual(
      File certificateChain, File privateKey, TrustManager trust, SslProvider provider)
      throws SSLException {
    return SslContextBuilder.forServer(certificateChain, privateKey)
        .sslProvider(provider)
        .protocols("TLSv1.3", "TLSv1.2")
        .trustManager(trust)
        .clientAuth(ClientAuth.REQUIRE)
        .build();
  }
}
