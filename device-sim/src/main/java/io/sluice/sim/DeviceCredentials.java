package io.sluice.sim;

import com.hivemq.client.mqtt.MqttClientSslConfig;
import io.netty.handler.ssl.util.SimpleKeyManagerFactory;
import io.sluice.certs.CertsRefused;
import io.sluice.certs.Identity;
import io.sluice.certs.IdentityFolder;
import io.sluice.certs.PemFiles;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.KeyManager;
import javax.net.ssl.ManagerFactoryParameters;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * The certificates of a fleet: one identity per client identifier, and the authority they trust.
 * Reads files: not on the fleet's thread, not on an event loop.
 */
final class DeviceCredentials {
  private final IdentityFolder folder;
  private final TrustManagerFactory trust;

  private DeviceCredentials(IdentityFolder folder, TrustManagerFactory trust) {
    this.folder = folder;
    this.trust = trust;
  }

  /**
   * Opens a folder and checks that every device has both of its files there.
   *
   * @throws CertsRefused when something is missing or malformed
   */
  static DeviceCredentials open(Path path, Stream<String> clientIds) {
    IdentityFolder folder = IdentityFolder.at(path);
    TrustManagerFactory trust = trust(PemFiles.readCertificates(folder.certificateFile("ca")));
    List<String> missing = clientIds.filter(id -> !folder.isComplete(id)).toList();
    if (!missing.isEmpty()) {
      throw new CertsRefused(
          CertsRefused.Reason.MISSING,
          "%s lacks the certificate or the key of %d devices, first %s; make them with './sluice certs devices', or name another folder with --certs"
              .formatted(path, missing.size(), folder.certificateFile(missing.get(0))));
    }
    return new DeviceCredentials(folder, trust);
  }

  /** The TLS settings of one device. */
  MqttClientSslConfig ssl(String clientId) {
    return MqttClientSslConfig.builder()
        .keyManagerFactory(keys(folder.read(clientId)))
        .trustManagerFactory(trust)
        .build();
  }

  static TrustManagerFactory trust(List<X509Certificate> authorities) {
    try {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      for (int i = 0; i < authorities.size(); i++) {
        store.setCertificateEntry("ca-" + i, authorities.get(i));
      }
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(store);
      return trust;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("the JDK cannot hold a certificate in memory", e);
    }
  }

  private static SimpleKeyManagerFactory keys(Identity identity) {
    KeyManager[] managers = {new OneIdentity(identity)};
    return new SimpleKeyManagerFactory() {
      @Override
      protected void engineInit(@Nullable KeyStore store, char @Nullable [] password) {}

      @Override
      protected void engineInit(@Nullable ManagerFactoryParameters parameters) {}

      @Override
      protected KeyManager[] engineGetKeyManagers() {
        return managers.clone();
      }
    };
  }

  /**
   * Answers with the one identity there is. A key store would do as well, but derives a key from a
   * password for every device: seconds for a thousand of them.
   */
  private static final class OneIdentity extends X509ExtendedKeyManager {
    private static final String ALIAS = "device";

    private final Identity identity;

    OneIdentity(Identity identity) {
      this.identity = identity;
    }

    private boolean is(@Nullable String keyType) {
      return identity.key().getAlgorithm().equals(keyType);
    }

    @Override
    public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
      return is(keyType) ? new String[] {ALIAS} : null;
    }

    @Override
    public @Nullable String chooseClientAlias(
        String[] keyTypes, Principal @Nullable [] issuers, @Nullable Socket socket) {
      return Stream.of(keyTypes).anyMatch(this::is) ? ALIAS : null;
    }

    @Override
    public @Nullable String chooseEngineClientAlias(
        String[] keyTypes, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
      return chooseClientAlias(keyTypes, issuers, null);
    }

    @Override
    public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
      return null;
    }

    @Override
    public @Nullable String chooseServerAlias(
        String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
      return null;
    }

    @Override
    public X509Certificate @Nullable [] getCertificateChain(String alias) {
      return ALIAS.equals(alias) ? identity.chainArray() : null;
    }

    @Override
    public @Nullable PrivateKey getPrivateKey(String alias) {
      return ALIAS.equals(alias) ? identity.key() : null;
    }
  }
}
