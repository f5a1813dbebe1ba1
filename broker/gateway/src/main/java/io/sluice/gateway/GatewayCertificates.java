package io.sluice.gateway;

import io.sluice.certs.CertificateAuthority;
import io.sluice.certs.CertificateProfile;
import io.sluice.certs.IdentityFolder;
import io.sluice.certs.KeyKind;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/**
 * The certificates in the data directory: an authority and a server certificate, made at the first
 * start. Devices' certificates must be signed by the authority to finish a handshake, and be
 * registered to do anything.
 *
 * @param folder {@code certs/} of the data directory
 */
record GatewayCertificates(Path folder) {
  private static final String SERVER = "server";

  /** Opens the folder; makes what is missing, for these host names and addresses. */
  static GatewayCertificates ensure(Path folder, List<String> names) {
    IdentityFolder identities = IdentityFolder.at(folder);
    CertificateAuthority authority;
    if (identities.isComplete(CertificateAuthority.FILE_NAME)) {
      authority = CertificateAuthority.load(folder);
    } else {
      authority = CertificateAuthority.create("Sluice CA");
      authority.save(folder);
    }
    if (!identities.isComplete(SERVER)) {
      identities.write(SERVER, authority.issue(CertificateProfile.server(names), KeyKind.EC_P256));
    }
    return new GatewayCertificates(folder);
  }

  CertificateAuthority authority() {
    return CertificateAuthority.load(folder);
  }

  Path authorityFile() {
    return IdentityFolder.at(folder).certificateFile(CertificateAuthority.FILE_NAME);
  }

  Path serverCertificateFile() {
    return IdentityFolder.at(folder).certificateFile(SERVER);
  }

  Path serverKeyFile() {
    return IdentityFolder.at(folder).keyFile(SERVER);
  }

  /** Trusts servers that one of these authorities signed; for the tools of this house. */
  static X509TrustManager trust(List<X509Certificate> authorities) {
    try {
      KeyStore anchors = KeyStore.getInstance(KeyStore.getDefaultType());
      anchors.load(null, null);
      for (int i = 0; i < authorities.size(); i++) {
        anchors.setCertificateEntry("ca-" + i, authorities.get(i));
      }
      TrustManagerFactory factory =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init(anchors);
      for (TrustManager manager : factory.getTrustManagers()) {
        if (manager instanceof X509TrustManager x509) {
          return x509;
        }
      }
      throw new IllegalStateException("this Java has no X.509 trust manager");
    } catch (GeneralSecurityException | IOException impossible) { // an empty key store in memory
      throw new IllegalStateException(impossible);
    }
  }
}
