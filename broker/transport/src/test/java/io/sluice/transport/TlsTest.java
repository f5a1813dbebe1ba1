package io.sluice.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslProvider;
import io.sluice.certs.CertificateAuthority;
import io.sluice.certs.CertificateProfile;
import io.sluice.certs.Identity;
import io.sluice.certs.KeyKind;
import io.sluice.certs.PemFiles;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Mutual TLS on BoringSSL and on the JDK's engine: who shows which certificate, and gets where. */
class TlsTest {
  private static final KeyKind KEY = KeyKind.EC_P256;
  private static final char[] PASSWORD = "only in memory".toCharArray();

  @TempDir static Path folder;
  private static TestGateway gateway;
  private static CertificateAuthority authority;
  private static final Map<SslProvider, Integer> ports = new EnumMap<>(SslProvider.class);

  @BeforeAll
  static void start() throws Exception {
    authority = CertificateAuthority.create("our CA");
    Identity server = authority.issue(CertificateProfile.server(List.of("127.0.0.1")), KEY);
    Path chain = folder.resolve("server.pem");
    Path key = folder.resolve("server.key");
    PemFiles.writeCertificates(chain, server.chain());
    PemFiles.writePrivateKey(key, server.key());
    gateway = new TestGateway(folder.resolve("data"));
    for (SslProvider provider : List.of(SslProvider.JDK, SslProvider.OPENSSL)) {
      ports.put(
          provider,
          gateway.listen(
              TlsIdentity.mutual(
                  List.of(new TlsIdentity.Files(chain.toFile(), key.toFile())),
                  trust(authority.certificate()).getTrustManagers()[0],
                  provider)));
    }
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  private static TrustManagerFactory trust(X509Certificate root)
      throws GeneralSecurityException, IOException {
    KeyStore roots = KeyStore.getInstance("PKCS12");
    roots.load(null, null);
    roots.setCertificateEntry("root", root);
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(roots);
    return factory;
  }

  /** What the gateway answers a CONNECT with; "refused" when TLS ends before. */
  private static String connect(SslProvider provider, String protocol, Identity device)
      throws Exception {
    KeyManagerFactory keys = null;
    if (device != null) {
      keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(device.keyStore(PASSWORD), PASSWORD);
    }
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(
        keys == null ? null : keys.getKeyManagers(),
        trust(authority.certificate()).getTrustManagers(),
        null);
    Socket socket =
        context
            .getSocketFactory()
            .createSocket(InetAddress.getLoopbackAddress(), ports.get(provider));
    ((SSLSocket) socket).setEnabledProtocols(new String[] {protocol});
    try (socket) {
      ((SSLSocket) socket).startHandshake();
      RawClient client = new RawClient(socket);
      RawClient.Packet connack = client.send(RawClient.connect(5, "tls")).read();
      return connack == null ? "refused" : "%02X".formatted(connack.body()[1]);
    } catch (SSLException | java.net.SocketException | java.io.UncheckedIOException broken) {
      return "refused";
    }
  }

  private static long failures() {
    return gateway.counters.refusedByReason().getOrDefault("tls_handshake", 0L);
  }

  @ParameterizedTest
  @CsvSource({"JDK, TLSv1.2", "JDK, TLSv1.3", "OPENSSL, TLSv1.2", "OPENSSL, TLSv1.3"})
  void aDeviceOfOurCaIsLetInAndItsCertificateIsShownToTheGate(SslProvider provider, String protocol)
      throws Exception {
    Identity device = authority.issue(CertificateProfile.device("lamp"), KEY);

    assertThat(connect(provider, protocol, device)).isEqualTo("00");
    assertThat(gateway.door.shown[0]).isEqualTo(device.certificate());
  }

  @ParameterizedTest
  @CsvSource({"JDK, TLSv1.2", "JDK, TLSv1.3", "OPENSSL, TLSv1.2", "OPENSSL, TLSv1.3"})
  void aDeviceOfAnotherCaIsRefusedAndCounted(SslProvider provider, String protocol)
      throws Exception {
    long before = failures();
    Identity stranger =
        CertificateAuthority.create("another CA").issue(CertificateProfile.device("spy"), KEY);

    assertThat(connect(provider, protocol, stranger)).isEqualTo("refused");
    await().until(() -> failures() == before + 1);
  }

  @ParameterizedTest
  @EnumSource(names = {"JDK", "OPENSSL"})
  void whyACertificateIsRefusedIsSaidInTheWordsOfItsCheck(SslProvider provider) throws Exception {
    Identity forged = // of our CA's name, or the client would not even show it
        CertificateAuthority.create("our CA").issue(CertificateProfile.device("spy"), KEY);

    assertThat(connect(provider, "TLSv1.2", forged)).isEqualTo("refused");
    await()
        .untilAsserted(
            () ->
                assertThat(gateway.refused().latestFirst().get(0).explanation())
                    .startsWith("TLS handshake failed: PKIX path"));
  }

  @ParameterizedTest
  @EnumSource(names = {"JDK", "OPENSSL"})
  void aClientWithoutACertificateIsRefusedAndCounted(SslProvider provider) throws Exception {
    long before = failures();

    assertThat(connect(provider, "TLSv1.3", null)).isEqualTo("refused");
    await().until(() -> failures() == before + 1);
  }

  @ParameterizedTest
  @EnumSource(names = {"JDK", "OPENSSL"})
  void aClientThatDoesNotSpeakTlsIsClosedAndCounted(SslProvider provider) {
    long before = failures();
    try (RawClient plain = new RawClient(ports.get(provider))) {
      plain.send(RawClient.connect(4, "plain"));

      RawClient.Packet alert = plain.read();
      assertThat(alert == null || alert.first() == 0x15).as("an alert or a close").isTrue();
      await().until(() -> failures() == before + 1);
    }
  }

  @Test
  void boringSslIsThereSoThatTheseTestsMeanIt() {
    assertThat(OpenSsl.isAvailable()).isTrue();
  }
}
