package io.sluice.certs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateExpiredException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The JDK's TLS, which nobody here wrote, judges what is issued. */
class HandshakeTest {
  private static final char[] PASSWORD = "changeit".toCharArray();
  @TempDir Path dir;

  @ParameterizedTest(name = "authority {0}, server {1}, device {2}, {3}")
  @CsvSource({
    "EC_P256,  EC_P256,  EC_P256,  TLSv1.3",
    "EC_P256,  EC_P256,  EC_P256,  TLSv1.2",
    "EC_P384,  EC_P256,  RSA_2048, TLSv1.3",
    "RSA_2048, RSA_2048, EC_P384,  TLSv1.2",
    "ED25519,  EC_P256,  ED25519,  TLSv1.3"
  })
  void theFilesOfAllKindsMakeMutualTls(
      KeyKind authorityKind, KeyKind serverKind, KeyKind deviceKind, String protocol)
      throws Exception {
    CertificateAuthority.create(
            SubjectTemplate.of("CN=Test CA,O=Acme").fill("ca"),
            authorityKind,
            Duration.ofDays(10),
            Clock.systemUTC())
        .save(dir);
    CertificateAuthority authority = CertificateAuthority.load(dir);
    IdentityFolder folder = IdentityFolder.at(dir);
    folder.write(
        "server",
        authority.issue(CertificateProfile.server(List.of("localhost", "127.0.0.1")), serverKind));
    folder.write("pump-1", authority.issue(CertificateProfile.device("pump-1"), deviceKind));
    X509Certificate ca = PemFiles.readCertificate(dir.resolve("ca.pem"));

    X509Certificate seen =
        handshake(folder.read("server"), ca, folder.read("pump-1"), ca, protocol);

    assertThat(seen).isEqualTo(folder.read("pump-1").certificate());
  }

  @Test
  void aDeviceOfAnotherAuthorityIsRefused() {
    CertificateAuthority ours = CertificateAuthority.create("Ours");
    CertificateAuthority theirs = CertificateAuthority.create("Ours"); // same name, other key
    Identity server = ours.issue(CertificateProfile.server(List.of("127.0.0.1")), KeyKind.EC_P256);
    Identity device = theirs.issue(CertificateProfile.device("pump-1"), KeyKind.EC_P256);

    assertThatThrownBy(
            () -> handshake(server, ours.certificate(), device, ours.certificate(), "TLSv1.3"))
        .isInstanceOf(SSLException.class);
    assertThat(ours.issued(device.certificate())).isFalse();
    assertThat(theirs.issued(device.certificate())).isTrue();
  }

  @Test
  void anExpiredDeviceIsRefused() {
    Clock lastYear = Clock.fixed(Instant.now().minus(Duration.ofDays(365)), ZoneOffset.UTC);
    CertificateAuthority authority =
        CertificateAuthority.create(
            SubjectTemplate.COMMON_NAME.fill("Old CA"),
            KeyKind.EC_P256,
            Duration.ofDays(3650),
            lastYear);
    Identity server =
        authority.issue(CertificateProfile.server(List.of("127.0.0.1")), KeyKind.EC_P256);
    Identity device =
        authority.issue(
            CertificateProfile.device("pump-1").withLife(Duration.ofDays(30)), KeyKind.EC_P256);

    assertThatThrownBy(
            () ->
                handshake(
                    server, authority.certificate(), device, authority.certificate(), "TLSv1.2"))
        .isInstanceOf(SSLException.class)
        .hasRootCauseInstanceOf(CertificateExpiredException.class);
  }

  @Test
  void aDeviceCertificateIsNoServer() {
    CertificateAuthority authority = CertificateAuthority.create("CA");
    Identity device =
        authority.issue(
            CertificateProfile.device("127.0.0.1")
                .withAlternativeNames(List.of(AlternativeName.ip("127.0.0.1"))),
            KeyKind.EC_P256);
    assertThatThrownBy(
            () ->
                handshake(
                    device, authority.certificate(), device, authority.certificate(), "TLSv1.3"))
        .isInstanceOf(IOException.class); // the client's refusal, or the pipe that broke with it
  }

  /**
   * One mutual handshake and one byte on loopback.
   *
   * @return the client certificate the server saw
   * @throws SSLException as the server met it
   */
  private static X509Certificate handshake(
      Identity server,
      X509Certificate trustedByServer,
      Identity client,
      X509Certificate trustedByClient,
      String protocol)
      throws Exception {
    InetAddress loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
    try (SSLServerSocket listener =
        (SSLServerSocket)
            context(server, trustedByServer)
                .getServerSocketFactory()
                .createServerSocket(0, 1, loopback)) {
      listener.setNeedClientAuth(true);
      listener.setSoTimeout(10_000);
      CompletableFuture<X509Certificate> seen = new CompletableFuture<>();
      Thread acceptor = new Thread(() -> accept(listener, seen));
      acceptor.start();
      try (SSLSocket socket =
          (SSLSocket)
              context(client, trustedByClient)
                  .getSocketFactory()
                  .createSocket(loopback, listener.getLocalPort())) {
        socket.setSoTimeout(10_000);
        socket.setEnabledProtocols(new String[] {protocol});
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS"); // checks the alternative names
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        assertThat(socket.getInputStream().read()).isEqualTo(1);
      } catch (IOException | AssertionError refused) {
        assertThat(seen).as("what the server says").failsWithin(Duration.ofSeconds(10));
      }
      acceptor.join(10_000);
      return seen.get();
    } catch (ExecutionException e) {
      throw (Exception) e.getCause();
    }
  }

  private static void accept(SSLServerSocket listener, CompletableFuture<X509Certificate> seen) {
    try (SSLSocket peer = (SSLSocket) listener.accept()) {
      peer.setSoTimeout(10_000);
      peer.startHandshake();
      seen.complete((X509Certificate) peer.getSession().getPeerCertificates()[0]);
      peer.getOutputStream().write(1);
      peer.getOutputStream().flush();
    } catch (Exception refused) {
      seen.completeExceptionally(refused);
    }
  }

  private static SSLContext context(Identity own, X509Certificate trusted) throws Exception {
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(own.keyStore(PASSWORD), PASSWORD);
    KeyStore roots = KeyStore.getInstance("PKCS12");
    roots.load(null, null);
    roots.setCertificateEntry("ca", trusted);
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(roots);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    return context;
  }
}
