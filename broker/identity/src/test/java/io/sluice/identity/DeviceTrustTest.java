package io.sluice.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.certs.CertificateAuthority;
import io.sluice.certs.CertificateProfile;
import io.sluice.certs.Identity;
import io.sluice.certs.KeyKind;
import java.nio.ByteBuffer;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whom the JDK's TLS lets in with this trust manager. */
class DeviceTrustTest {
  private static final char[] PASSWORD = "changeit".toCharArray();

  private final World world = new World();
  private final DeviceTrust trust = new DeviceTrust(world.authenticator);
  private final Identity server =
      World.AUTHORITY.issue(CertificateProfile.server(List.of("gateway")), KeyKind.EC_P256);
  private final Identity device =
      World.AUTHORITY.issue(CertificateProfile.device("pump-1"), KeyKind.EC_P256);
  private final Identity foreigner =
      CertificateAuthority.create("Other CA")
          .issue(CertificateProfile.device("pump-1"), KeyKind.EC_P256);

  private void register(Identity identity) {
    world.get(
        world
            .registry
            .certificates()
            .register(identity.certificate(), CertificateStatus.ACTIVE, false));
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void aRegisteredCertificateShakesHandsWhoeverIssuedIt(String protocol) throws Exception {
    register(device);
    register(foreigner);
    assertThat(handshake(device, protocol)).isEqualTo(device.certificate());
    assertThat(handshake(foreigner, protocol)).isEqualTo(foreigner.certificate());
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void anUnregisteredOneDoesNotEvenOfOurAuthorityAndIsCounted(String protocol) {
    for (Identity unknown : List.of(device, foreigner)) {
      assertThatThrownBy(() -> handshake(unknown, protocol))
          .isInstanceOf(SSLException.class)
          .hasStackTraceContaining("is not registered");
    }
    assertThat(world.authenticator.refusals()).containsEntry(Authenticator.Refusal.UNKNOWN, 2L);
  }

  @Test
  void aRevokedOneShakesHandsForItIsToldTheReasonAtConnect() throws Exception {
    register(device);
    world.get(
        world.registry.certificates().update(device.certificateId(), CertificateStatus.REVOKED));
    assertThat(handshake(device, "TLSv1.3")).isEqualTo(device.certificate());
  }

  @Test
  void anExpiredOneDoesNot() {
    register(device);
    world.simulation.advance(device.certificate().getNotAfter().getTime());
    assertThatThrownBy(() -> handshake(device, "TLSv1.3"))
        .isInstanceOf(SSLException.class)
        .hasStackTraceContaining("ended at");
  }

  @Test
  void serversAreNobodyItKnows() {
    assertThatThrownBy(() -> trust.checkServerTrusted(server.chainArray(), "ECDHE_ECDSA"))
        .isInstanceOf(java.security.cert.CertificateException.class);
  }

  /** A handshake in memory. Returns the certificate that the server saw. */
  private X509Certificate handshake(Identity client, String protocol) throws Exception {
    SSLEngine serverSide = context(server, trust).createSSLEngine();
    serverSide.setUseClientMode(false);
    serverSide.setNeedClientAuth(true);
    SSLEngine clientSide = context(client, serverTrust()).createSSLEngine("gateway", 0);
    clientSide.setUseClientMode(true);
    clientSide.setEnabledProtocols(new String[] {protocol});
    ByteBuffer toServer = ByteBuffer.allocate(64 * 1024);
    ByteBuffer toClient = ByteBuffer.allocate(64 * 1024);
    for (int i = 0; i < 100 && !(isDone(serverSide) && isDone(clientSide)); i++) {
      step(clientSide, toClient, toServer);
      step(serverSide, toServer, toClient);
    }
    return (X509Certificate) serverSide.getSession().getPeerCertificates()[0];
  }

  private static boolean isDone(SSLEngine engine) {
    return engine.getHandshakeStatus() == SSLEngineResult.HandshakeStatus.NOT_HANDSHAKING
        && !engine.getSession().getCipherSuite().equals("SSL_NULL_WITH_NULL_NULL");
  }

  /** Reads what has come, does what is to be done, writes what there is to say. */
  private static void step(SSLEngine engine, ByteBuffer in, ByteBuffer out) throws SSLException {
    in.flip();
    SSLEngineResult read;
    do {
      read = engine.unwrap(in, ByteBuffer.allocate(64 * 1024));
      work(engine);
    } while (in.hasRemaining() && read.bytesConsumed() > 0);
    in.compact();
    SSLEngineResult written;
    do {
      written = engine.wrap(ByteBuffer.allocate(0), out);
      work(engine);
    } while (written.bytesProduced() > 0);
  }

  private static void work(SSLEngine engine) {
    for (Runnable task = engine.getDelegatedTask();
        task != null;
        task = engine.getDelegatedTask()) {
      task.run();
    }
  }

  private static TrustManager serverTrust() throws Exception {
    KeyStore roots = KeyStore.getInstance("PKCS12");
    roots.load(null, null);
    roots.setCertificateEntry("ca", World.AUTHORITY.certificate());
    TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
    factory.init(roots);
    return factory.getTrustManagers()[0];
  }

  private static SSLContext context(Identity own, TrustManager trust) throws Exception {
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(own.keyStore(PASSWORD), PASSWORD);
    SSLContext context = SSLContext.getInstance("TLS");
    KeyManager[] managers = keys.getKeyManagers();
    context.init(managers, new TrustManager[] {trust}, null);
    return context;
  }
}
