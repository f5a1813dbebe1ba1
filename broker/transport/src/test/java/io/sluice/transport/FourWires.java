package io.sluice.transport;

import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.sluice.certs.CertificateAuthority;
import io.sluice.certs.CertificateProfile;
import io.sluice.certs.Identity;
import io.sluice.certs.KeyKind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** A gateway that listens on all four wires, and the client's end of each. */
final class FourWires implements AutoCloseable {
  private static final char[] PASSWORD = "only in memory".toCharArray();
  private static final Certificates CERTIFICATES = Certificates.make();

  final TestGateway gateway;
  private final Map<Wire, Integer> ports = new EnumMap<>(Wire.class);

  FourWires(Path folder) {
    this(folder, TransportLimits.STANDARD);
  }

  FourWires(Path folder, TransportLimits limits) {
    gateway = new TestGateway(folder, limits);
    ports.put(Wire.TCP, gateway.port);
    ports.put(Wire.TLS, gateway.listen(CERTIFICATES.server));
    ports.put(Wire.WS, gateway.listenWebSocket(null));
    ports.put(Wire.WSS, gateway.listenWebSocket(CERTIFICATES.server));
  }

  int port(Wire wire) {
    return ports.get(wire);
  }

  /** What a client of the encrypted wires trusts and shows. */
  static SSLContext clientTls() {
    return CERTIFICATES.client;
  }

  /** A socket on the wire, below WebSocket. */
  Socket socket(Wire wire) {
    try {
      InetAddress here = InetAddress.getLoopbackAddress();
      return wire.isEncrypted()
          ? CERTIFICATES.client.getSocketFactory().createSocket(here, port(wire))
          : new Socket(here, port(wire));
    } catch (IOException refused) {
      throw new UncheckedIOException(refused);
    }
  }

  RawClient open(Wire wire) {
    Socket socket = socket(wire);
    return wire.isWebSocket() ? RawClient.overWebSocket(socket) : new RawClient(socket);
  }

  /** A client that has not said anything. */
  Dialog dialog(Wire wire, int version) {
    return new Dialog(open(wire), version);
  }

  @Override
  public void close() {
    gateway.close();
  }

  /** Made once: keys cost time. */
  private record Certificates(SslContext server, SSLContext client) {
    static Certificates make() {
      try {
        CertificateAuthority authority = CertificateAuthority.create("the tests' CA");
        Identity server =
            authority.issue(CertificateProfile.server(List.of("127.0.0.1")), KeyKind.EC_P256);
        Identity device = authority.issue(CertificateProfile.device("device"), KeyKind.EC_P256);
        KeyManagerFactory keys =
            KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(device.keyStore(PASSWORD), PASSWORD);
        KeyStore roots = KeyStore.getInstance("PKCS12");
        roots.load(null, null);
        roots.setCertificateEntry("root", authority.certificate());
        TrustManagerFactory trust =
            TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(roots);
        SSLContext client = SSLContext.getInstance("TLS");
        client.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        return new Certificates(
            SslContextBuilder.forServer(server.key(), server.chainArray())
                .trustManager(authority.certificate())
                .clientAuth(ClientAuth.REQUIRE)
                .build(),
            client);
      } catch (GeneralSecurityException | IOException impossible) {
        throw new IllegalStateException(impossible);
      }
    }
  }
}
