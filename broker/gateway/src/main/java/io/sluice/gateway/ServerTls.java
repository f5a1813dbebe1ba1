package io.sluice.gateway;

import io.sluice.api.DeviceTls;
import io.sluice.certs.CertsRefused;
import io.sluice.certs.Identity;
import io.sluice.certs.IdentityFolder;
import io.sluice.identity.DeviceTrust;
import io.sluice.transport.TlsIdentity;
import java.io.File;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The server certificates of all TLS ports: {@code server.pem}, and those of other host names. When
 * their files change, both the ports of MQTT and the one of HTTPS take them into use, or neither.
 */
final class ServerTls {
  private static final Logger LOG = LoggerFactory.getLogger(ServerTls.class);
  private static final String PEM = ".pem";

  private final TlsIdentity identity;
  private final TlsIdentity.Files first;
  private final DeviceTrust trust;
  private volatile DeviceTls.Shown shown;

  private ServerTls(TlsIdentity identity, TlsIdentity.Files first, DeviceTrust trust) {
    this.identity = identity;
    this.first = first;
    this.trust = trust;
    this.shown = shown(first);
  }

  /**
   * Reads the certificates.
   *
   * @throws Refusals.CommandFailed when one cannot be used
   */
  static ServerTls open(GatewayConfig config, GatewayCertificates certificates, DeviceTrust trust) {
    List<TlsIdentity.Files> files = new ArrayList<>();
    files.add(
        new TlsIdentity.Files(
            certificates.serverCertificateFile().toFile(), certificates.serverKeyFile().toFile()));
    files.addAll(more(config.text(Setting.TLS_CERTIFICATES)));
    TlsIdentity.Source source = new TlsIdentity.Source(files, ServerTls::read);
    TlsIdentity.Engine engine = engine(config);
    try {
      return new ServerTls(
          WayIn.of(config).equals(Set.of(WayIn.CERTIFICATE))
              ? TlsIdentity.mutual(source, trust, engine)
              : TlsIdentity.optional(source, trust, engine, config.flag(Setting.WSS_CERTIFICATES)),
          files.get(0),
          trust);
    } catch (SSLException refused) {
      throw new Refusals.CommandFailed(
          "a server certificate cannot be used (%s and those of 'tls-certificates'): %s"
              .formatted(certificates.serverCertificateFile(), refused.getMessage()));
    }
  }

  /** The engine that is configured. */
  static TlsIdentity.Engine engine(GatewayConfig config) {
    String text = config.text(Setting.TLS_PROVIDER);
    for (TlsIdentity.Engine engine : TlsIdentity.Engine.values()) {
      if (engine.name().toLowerCase(Locale.ROOT).equals(text)) {
        return engine;
      }
    }
    throw new GatewayConfig.ConfigRefused(
        "key 'tls-provider': '%s' is none; use boringssl, or jdk for clients with Ed25519 keys"
            .formatted(text));
  }

  /** Those of other host names: {@code NAME.pem}, with {@code NAME.key.pem} beside it. */
  private static List<TlsIdentity.Files> more(String text) {
    if (text.equals("none")) {
      return List.of();
    }
    return Arrays.stream(text.split(",", -1))
        .map(String::strip)
        .map(
            chain -> {
              if (!chain.endsWith(PEM)) {
                throw new GatewayConfig.ConfigRefused(
                    "key 'tls-certificates': '%s' does not end in .pem; name the file with the certificate chain"
                        .formatted(chain));
              }
              String key = chain.substring(0, chain.length() - PEM.length()) + ".key" + PEM;
              return new TlsIdentity.Files(new File(chain), new File(key));
            })
        .toList();
  }

  private static Identity read(TlsIdentity.Files pair) {
    return IdentityFolder.read(pair.chain().toPath(), pair.key().toPath());
  }

  private static DeviceTls.Shown shown(TlsIdentity.Files pair) {
    Identity read = read(pair);
    return new DeviceTls.Shown(read.key(), read.chain());
  }

  /** For the ports of MQTT. */
  TlsIdentity identity() {
    return identity;
  }

  /** For the devices' HTTPS port. */
  DeviceTls forDevices() {
    return new DeviceTls(() -> shown, trust, identity.isOnJdk());
  }

  /** Looks now and then whether files have changed, and takes them into use. */
  void watch(ScheduledExecutorService watcher, int seconds) {
    if (seconds > 0) {
      watcher.scheduleWithFixedDelay(this::refresh, seconds, seconds, TimeUnit.SECONDS);
    }
  }

  private void refresh() {
    try {
      if (identity.reloadIfChanged()) {
        shown = shown(first);
      }
    } catch (SSLException | CertsRefused refused) { // half written, perhaps: the old one stays
      LOG.warn(
          "changed server certificates are not used, the old ones stay: {}", refused.getMessage());
    }
  }
}
