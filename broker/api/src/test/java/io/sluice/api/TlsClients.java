package io.sluice.api;

import io.sluice.certs.CertificateAuthority;
import io.sluice.certs.Identity;
import java.io.IOException;
import java.net.http.HttpClient;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** Clients of the TLS port. */
final class TlsClients {
  private static final char[] PASSWORD = "x".toCharArray();

  private TlsClients() {}

  /** One that shows the identity's certificate; without one it shows none. */
  static HttpClient client(CertificateAuthority trusted, @Nullable Identity identity)
      throws GeneralSecurityException, IOException {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(identity == null ? null : keys(identity), trust(trusted), new SecureRandom());
    return HttpClient.newBuilder().sslContext(context).build();
  }

  static KeyManager[] keys(Identity identity) throws GeneralSecurityException {
    KeyManagerFactory factory = KeyManagerFactory.getInstance("PKIX");
    factory.init(identity.keyStore(PASSWORD), PASSWORD);
    return factory.getKeyManagers();
  }

  static TrustManager[] trust(CertificateAuthority authority)
      throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setCertificateEntry("ca", authority.certificate());
    TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
    factory.init(store);
    return factory.getTrustManagers();
  }
}
