package io.sluice.identity;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Lets a TLS handshake succeed for devices whose certificate is registered, whoever signed it. Its
 * list of accepted issuers is empty, so that clients show what they have. Any thread; answers from
 * memory.
 */
public final class DeviceTrust extends X509ExtendedTrustManager {
  private final Authenticator authenticator;

  public DeviceTrust(Authenticator authenticator) {
    this.authenticator = authenticator;
  }

  private void check(X509Certificate[] chain) throws CertificateException {
    Authenticator.Refused refused = authenticator.refusalInHandshake(chain);
    if (refused != null) {
      throw new CertificateException(refused.explanation());
    }
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    check(chain);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    check(chain);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    check(chain);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    throw serversAreNotDevices();
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    throw serversAreNotDevices();
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    throw serversAreNotDevices();
  }

  private static CertificateException serversAreNotDevices() {
    return new CertificateException(
        "the registry knows devices, not servers; use another trust manager for outgoing connections");
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return new X509Certificate[0];
  }
}
