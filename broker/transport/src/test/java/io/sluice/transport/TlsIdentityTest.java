package io.sluice.transport;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.handler.ssl.SslProvider;
import io.sluice.certs.CertificateAuthority;
import io.sluice.certs.CertificateProfile;
import io.sluice.certs.Identity;
import io.sluice.certs.IdentityFolder;
import io.sluice.certs.KeyKind;
import io.sluice.certs.PemFiles;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Certificates by host name, resumed sessions, changed files, and HTTP on a port of MQTT. */
class TlsIdentityTest {
  private static final KeyKind KEY = KeyKind.EC_P256;
  private static final char[] PASSWORD = "only in memory".toCharArray();

  @TempDir static Path folder;
  private static TestGateway gateway;
  private static CertificateAuthority authority;
  private static Identity device;

  @BeforeAll
  static void start() {
    authority = CertificateAuthority.create("our CA");
    device = authority.issue(CertificateProfile.device("lamp"), KEY);
    gateway = new TestGateway(folder.resolve("data"));
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  /** Trusts everybody, and counts how often it was asked: a resumed session does not ask. */
  private static final class Trust implements X509TrustManager {
    private final AtomicInteger asked = new AtomicInteger();

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) {
      asked.incrementAndGet();
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) {
      asked.incrementAndGet();
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[] {authority.certificate()};
    }
  }

  private static TlsIdentity.Files write(String file, String... names) {
    Identity server = authority.issue(CertificateProfile.server(List.of(names)), KEY);
    Path chain = folder.resolve(file + ".pem");
    Path key = folder.resolve(file + ".key.pem");
    try {
      Files.deleteIfExists(chain);
      Files.deleteIfExists(key);
    } catch (IOException refused) {
      throw new java.io.UncheckedIOException(refused);
    }
    PemFiles.writeCertificates(chain, server.chain());
    PemFiles.writePrivateKey(key, server.key());
    return new TlsIdentity.Files(chain.toFile(), key.toFile());
  }

  private static SSLContext client() throws Exception {
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(device.keyStore(PASSWORD), PASSWORD);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), new TrustManager[] {new Trust()}, null);
    return context;
  }

  /** A client that believes it speaks to one host and port, whichever listener it reaches. */
  private static SSLSocket socket(SSLContext context, int port, String version, String host)
      throws Exception {
    Socket plain = new Socket(InetAddress.getLoopbackAddress(), port);
    SSLSocket socket =
        (SSLSocket) context.getSocketFactory().createSocket(plain, "gateway.test", 8883, true);
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setProtocols(new String[] {version});
    parameters.setServerNames(List.of(new SNIHostName(host)));
    socket.setSSLParameters(parameters);
    return socket;
  }

  private static String subjectAlternative(SSLSocket socket) throws Exception {
    socket.startHandshake();
    X509Certificate shown = (X509Certificate) socket.getSession().getPeerCertificates()[0];
    return String.valueOf(shown.getSubjectAlternativeNames().iterator().next().get(1));
  }

  @ParameterizedTest(name = "{0} asks for {1}")
  @CsvSource({
    "OPENSSL, one.example.com, one.example.com",
    "OPENSSL, ONE.example.com, one.example.com",
    "OPENSSL, a.devices.example.com, *.devices.example.com",
    "OPENSSL, a.b.devices.example.com, gateway.test",
    "OPENSSL, unknown.example.com, gateway.test",
    "JDK, one.example.com, one.example.com",
    "JDK, a.devices.example.com, *.devices.example.com",
    "JDK, unknown.example.com, gateway.test"
  })
  void theHostNameChoosesTheCertificate(SslProvider provider, String asked, String shown)
      throws Exception {
    int port =
        gateway.listen(
            TlsIdentity.mutual(
                List.of(
                    write("default", "gateway.test"),
                    write("one", "one.example.com"),
                    write("wild", "*.devices.example.com")),
                new Trust(),
                provider));
    try (SSLSocket socket = socket(client(), port, "TLSv1.3", asked)) {
      assertThat(subjectAlternative(socket)).isEqualTo(shown);
      RawClient client = new RawClient(socket);
      assertThat(client.send(RawClient.connect(5, "sni")).read().first()).isEqualTo(0x20);
      assertThat(gateway.door.seen.serverName()).isEqualToIgnoringCase(asked);
    }
  }

  @ParameterizedTest(name = "{0} {1}")
  @CsvSource({"OPENSSL, TLSv1.2", "OPENSSL, TLSv1.3", "JDK, TLSv1.2", "JDK, TLSv1.3"})
  void aSecondHandshakeIsResumedOnAnyListenerAndStillShowsWhoItIs(
      SslProvider provider, String version) throws Exception {
    Trust trust = new Trust();
    TlsIdentity identity =
        TlsIdentity.mutual(List.of(write("resumed", "gateway.test")), trust, provider);
    int first = gateway.listen(identity);
    int second = gateway.listen(identity);
    SSLContext client = client();
    try (Relay relay = new Relay(first)) { // Java resumes sessions only with the port it knows
      assertThat(connack(client, relay.port(), version)).isEqualTo("00");
      assertThat(trust.asked).hasValue(1);

      relay.target = second;
      gateway.door.shown = new X509Certificate[0];
      assertThat(connack(client, relay.port(), version)).isEqualTo("00");
      assertThat(trust.asked).as("asked again: not resumed").hasValue(1);
      assertThat(gateway.door.shown[0]).isEqualTo(device.certificate());
    }
  }

  private static String connack(SSLContext context, int port, String version) throws Exception {
    try (SSLSocket socket = socket(context, port, version, "gateway.test")) {
      RawClient client = new RawClient(socket);
      return "%02X".formatted(client.send(RawClient.connect(5, "resumed")).read().body()[1]);
    }
  }

  @Test
  void changedFilesAreTakenIntoUseWithoutARestartAndSessionsAreStillResumed() throws Exception {
    Trust trust = new Trust();
    TlsIdentity identity =
        TlsIdentity.mutual(List.of(write("changing", "old.test")), trust, SslProvider.OPENSSL);
    int port = gateway.listen(identity);
    SSLContext known = client();
    assertThat(connack(known, port, "TLSv1.3")).isEqualTo("00");
    assertThat(identity.reloadIfChanged()).isFalse();

    File chain = write("changing", "new.test").chain();
    assertThat(chain.setLastModified(chain.lastModified() + 2_000)).isTrue();
    assertThat(identity.reloadIfChanged()).isTrue();

    try (SSLSocket socket = socket(client(), port, "TLSv1.3", "gateway.test")) {
      assertThat(subjectAlternative(socket)).isEqualTo("new.test");
      RawClient client = new RawClient(socket); // its certificate is looked at before CONNACK
      assertThat(client.send(RawClient.connect(5, "new")).read().first()).isEqualTo(0x20);
    }
    int asked = trust.asked.get();
    assertThat(connack(known, port, "TLSv1.3")).isEqualTo("00");
    assertThat(trust.asked).hasValue(asked);
  }

  @Test
  void filesThatCannotBeUsedLeaveTheOldOnesInUse() throws Exception {
    TlsIdentity.Files files = write("broken", "good.test");
    TlsIdentity identity = TlsIdentity.mutual(List.of(files), new Trust(), SslProvider.OPENSSL);
    int port = gateway.listen(identity);
    Files.writeString(files.chain().toPath(), "half written");

    assertThatThrownBy(identity::reload).isInstanceOf(SSLException.class);
    try (SSLSocket socket = socket(client(), port, "TLSv1.3", "gateway.test")) {
      assertThat(subjectAlternative(socket)).isEqualTo("good.test");
    }
  }

  @ParameterizedTest
  @EnumSource(TlsIdentity.Engine.class)
  void aKeyOfAnotherCertificateLeavesTheOldPairInUse(TlsIdentity.Engine engine) throws Exception {
    TlsIdentity.Files files = write("mismatched", "good.test");
    TlsIdentity identity =
        TlsIdentity.mutual(
            new TlsIdentity.Source(
                List.of(files),
                pair -> IdentityFolder.read(pair.chain().toPath(), pair.key().toPath())),
            new Trust(),
            engine);
    int port = gateway.listen(identity);
    TlsIdentity.Files other = write("other", "other.test");
    Files.copy(other.key().toPath(), files.key().toPath(), StandardCopyOption.REPLACE_EXISTING);

    assertThatThrownBy(identity::reload)
        .isInstanceOf(SSLException.class)
        .hasMessageContaining("mismatched.key.pem is not the key of");
    try (SSLSocket socket = socket(client(), port, "TLSv1.3", "gateway.test")) {
      assertThat(subjectAlternative(socket)).isEqualTo("good.test");
    }
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource({
    "OPENSSL, x-amzn-mqtt-ca, x-amzn-mqtt-ca",
    "OPENSSL, mqtt, mqtt",
    "OPENSSL, http/1.1 x-amzn-mqtt-ca, x-amzn-mqtt-ca",
    "OPENSSL, something, ''",
    "JDK, x-amzn-mqtt-ca, x-amzn-mqtt-ca",
    "JDK, something, ''"
  })
  void mqttIsChosenByAlpn(SslProvider provider, String offered, String chosen) throws Exception {
    int port =
        gateway.listen(
            TlsIdentity.mutual(List.of(write("alpn", "gateway.test")), new Trust(), provider));
    try (SSLSocket socket = socket(client(), port, "TLSv1.3", "gateway.test")) {
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setApplicationProtocols(offered.split(" "));
      socket.setSSLParameters(parameters);
      RawClient client = new RawClient(socket);

      assertThat(client.send(RawClient.connect(5, "alpn")).read().first()).isEqualTo(0x20);
      assertThat(socket.getApplicationProtocol()).isEqualTo(chosen);
    }
  }

  @Test
  void aClientOfHttpIsHandedOnWithTheTlsItBeganAndItsAddress() throws Exception {
    int port =
        gateway.listen(
            TlsIdentity.mutual(
                List.of(write("mixed", "gateway.test")), new Trust(), SslProvider.OPENSSL));
    try (ServerSocket https = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      gateway.server().handHttpTo(new InetSocketAddress("127.0.0.1", https.getLocalPort()));
      CompletableFuture<String> told = CompletableFuture.supplyAsync(() -> serve(https));
      try (SSLSocket socket = socket(client(), port, "TLSv1.3", "gateway.test")) {
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setApplicationProtocols(new String[] {"http/1.1"});
        socket.setSSLParameters(parameters);
        socket.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(US_ASCII));

        assertThat(
                new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII))
                    .readLine())
            .isEqualTo("HTTP/1.1 200 OK");
        assertThat(told.get(20, TimeUnit.SECONDS))
            .isEqualTo(
                "PROXY TCP4 127.0.0.1 127.0.0.1 %d %d".formatted(socket.getLocalPort(), port));
      }
    }
  }

  /** One port before several. */
  private static final class Relay implements AutoCloseable {
    private final ServerSocket front = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
    private volatile int target;

    Relay(int target) throws IOException {
      this.target = target;
      daemon(this::accept);
    }

    int port() {
      return front.getLocalPort();
    }

    private static void daemon(Runnable work) {
      Thread thread = new Thread(work, "relay");
      thread.setDaemon(true);
      thread.start();
    }

    private void accept() {
      try {
        while (true) {
          Socket near = front.accept();
          Socket far = new Socket(InetAddress.getLoopbackAddress(), target);
          daemon(() -> copy(near, far));
          daemon(() -> copy(far, near));
        }
      } catch (IOException closed) { // the test is over
        return;
      }
    }

    private static void copy(Socket from, Socket to) {
      try (from;
          to) {
        from.getInputStream().transferTo(to.getOutputStream());
      } catch (IOException closed) { // by the other direction
        return;
      }
    }

    @Override
    public void close() throws IOException {
      front.close();
    }
  }

  /** One request: reads the line of the PROXY protocol, then speaks TLS. */
  private static String serve(ServerSocket https) {
    try (Socket plain = https.accept()) {
      StringBuilder line = new StringBuilder();
      for (int c = plain.getInputStream().read(); c != '\n'; c = plain.getInputStream().read()) {
        line.append((char) c);
      }
      Identity server = authority.issue(CertificateProfile.server(List.of("https.test")), KEY);
      KeyManagerFactory keys =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(server.keyStore(PASSWORD), PASSWORD);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys.getKeyManagers(), new TrustManager[] {new Trust()}, null);
      try (SSLSocket socket =
          (SSLSocket) context.getSocketFactory().createSocket(plain, null, true)) {
        socket.setUseClientMode(false);
        new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII)).readLine();
        socket
            .getOutputStream()
            .write("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".getBytes(US_ASCII));
        socket.getOutputStream().flush();
      }
      return line.toString().strip();
    } catch (Exception failed) {
      throw new IllegalStateException(failed);
    }
  }
}
