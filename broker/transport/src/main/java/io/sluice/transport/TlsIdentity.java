package io.sluice.transport;

import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.OpenSslSessionContext;
import io.netty.handler.ssl.OpenSslSessionTicketKey;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.util.DomainWildcardMappingBuilder;
import io.netty.util.Mapping;
import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.SecureRandom;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The gateway's TLS: its certificates and keys, one for each host name it is asked for (SNI), whom
 * it trusts to present one, and the keys that sessions are resumed with. BoringSSL where it loads,
 * the JDK's engine elsewhere; TLS 1.2 and 1.3.
 *
 * <p>{@link #reload} takes changed files into use without a restart: connections that exist stay,
 * new handshakes see the new certificates. All listeners that share an identity also resume each
 * other's sessions, also over a reload. A resumed session still has its client's certificate, and
 * the gatekeeper decides about it as about any other. Any thread.
 */
public final class TlsIdentity {
  private static final Logger LOG = LoggerFactory.getLogger(TlsIdentity.class);
  private static final String[] VERSIONS = {"TLSv1.3", "TLSv1.2"};
  private static final int SESSION_SECONDS = 3_600;
  private static final int SESSIONS_KEPT = 20_480;
  private static final int GENERAL_NAME_DNS = 2;

  /** What MQTT calls itself in ALPN; AWS devices use the first on port 443. */
  private static final List<String> MQTT_PROTOCOLS = List.of("x-amzn-mqtt-ca", "mqtt");

  private static final List<String> WEB_SOCKET_PROTOCOLS = List.of("http/1.1");

  /**
   * A server certificate and its key.
   *
   * @param chain PEM, leaf first; its DNS names, wildcards too, say for which hosts it is
   * @param key PEM, PKCS#8, not encrypted
   */
  public record Files(File chain, File key) {}

  /** Who computes. */
  public enum Engine {
    /** BoringSSL where it loads, else the JDK: fast, but it takes no Ed25519 key from a client. */
    BORINGSSL,
    /** The JDK's: slower by some times, takes Ed25519. */
    JDK
  }

  /**
   * Where certificates come from.
   *
   * @param files at least one pair; the first is shown to who names no host that we know
   * @param check throws when a pair is not one; asked before any of it is taken into use, since
   *     BoringSSL sees that a key is another certificate's in the first handshake only
   */
  public record Source(List<Files> files, Consumer<Files> check) {
    public Source {
      files = List.copyOf(files);
    }
  }

  private final List<Files> files;
  private final Consumer<Files> check;
  private final @Nullable TrustManager trust;
  private final ClientAuth clientAuth;
  private final ClientAuth webSocketAuth;
  private final SslProvider provider;
  private final OpenSslSessionTicketKey ticketKey = ticketKey(new SecureRandom());
  private volatile Contexts contexts;
  private volatile long loadedMillis; // latest change of the files that are in use

  /** Which context answers for a host name, by what the listener speaks. */
  private record Contexts(
      Mapping<String, SslContext> mqtt, Mapping<String, SslContext> webSocket) {}

  private TlsIdentity(
      Source source,
      TrustManager trust,
      ClientAuth clientAuth,
      ClientAuth webSocketAuth,
      SslProvider provider)
      throws SSLException {
    this.files = source.files();
    this.check = source.check();
    this.trust = trust;
    this.clientAuth = clientAuth;
    this.webSocketAuth = webSocketAuth;
    this.provider = provider;
    this.loadedMillis = changedMillis();
    this.contexts = load();
  }

  /**
   * An identity that requires a client certificate.
   *
   * @param trust decides about the peers' chains
   * @throws SSLException when the files are not a certificate and its key
   */
  public static TlsIdentity mutual(Source source, TrustManager trust, Engine engine)
      throws SSLException {
    return new TlsIdentity(source, trust, ClientAuth.REQUIRE, ClientAuth.REQUIRE, provider(engine));
  }

  /**
   * As {@link #mutual}, but a client may come without a certificate, and prove itself otherwise.
   *
   * @param overWebSocket whether WebSocket listeners ask for one too; browsers built on Chromium
   *     give up a WebSocket whose server asks, whether it demands one or not
   */
  public static TlsIdentity optional(
      Source source, TrustManager trust, Engine engine, boolean overWebSocket) throws SSLException {
    return new TlsIdentity(
        source,
        trust,
        ClientAuth.OPTIONAL,
        overWebSocket ? ClientAuth.OPTIONAL : ClientAuth.NONE,
        provider(engine));
  }

  static TlsIdentity mutual(List<Files> files, TrustManager trust, SslProvider provider)
      throws SSLException {
    return new TlsIdentity(
        new Source(files, pair -> {}), trust, ClientAuth.REQUIRE, ClientAuth.REQUIRE, provider);
  }

  /** One context for all host names, made elsewhere; there is nothing to reload. */
  static TlsIdentity of(SslContext context) {
    return new TlsIdentity(context);
  }

  private TlsIdentity(SslContext context) {
    this.files = List.of();
    this.check = pair -> {};
    this.trust = null;
    this.clientAuth = ClientAuth.REQUIRE;
    this.webSocketAuth = ClientAuth.REQUIRE;
    this.provider = SslProvider.JDK;
    this.contexts = new Contexts(name -> context, name -> context);
  }

  private static SslProvider provider(Engine engine) {
    if (engine == Engine.JDK) {
      return SslProvider.JDK;
    }
    if (OpenSsl.isAvailable()) {
      return SslProvider.OPENSSL;
    }
    LOG.info(
        "BoringSSL is not available here ({}); TLS runs on the JDK's engine",
        String.valueOf(OpenSsl.unavailabilityCause()));
    return SslProvider.JDK;
  }

  /** Whether the JDK's engine computes. */
  public boolean isOnJdk() {
    return provider == SslProvider.JDK;
  }

  /** The context for a host name; never null. Called on event loops, returns at once. */
  SslContext context(String hostName, boolean webSocket) {
    Contexts now = contexts;
    return (webSocket ? now.webSocket : now.mqtt).map(hostName);
  }

  /**
   * Reads the files again, on the calling thread.
   *
   * @throws SSLException when they cannot be used; then everything stays as it was
   */
  public synchronized void reload() throws SSLException {
    long changed = changedMillis();
    contexts = load();
    loadedMillis = changed;
    LOG.info("the server certificate was read again from {}", files.get(0).chain());
  }

  /** As {@link #reload}, if a file has changed since; answers whether it had. */
  public boolean reloadIfChanged() throws SSLException {
    if (changedMillis() == loadedMillis) {
      return false;
    }
    reload();
    return true;
  }

  private long changedMillis() {
    long latest = 0;
    for (Files pair : files) {
      latest = Math.max(latest, Math.max(pair.chain.lastModified(), pair.key.lastModified()));
    }
    return latest;
  }

  private Contexts load() throws SSLException {
    for (Files pair : files) {
      try {
        check.accept(pair);
      } catch (RuntimeException noPair) {
        throw new SSLException(noPair.getMessage(), noPair);
      }
    }
    return new Contexts(
        mapping(MQTT_PROTOCOLS, clientAuth), mapping(WEB_SOCKET_PROTOCOLS, webSocketAuth));
  }

  private Mapping<String, SslContext> mapping(List<String> protocols, ClientAuth auth)
      throws SSLException {
    DomainWildcardMappingBuilder<SslContext> byName =
        new DomainWildcardMappingBuilder<>(context(files.get(0), protocols, auth));
    for (Files pair : files.subList(1, files.size())) {
      SslContext context = context(pair, protocols, auth);
      for (String name : hostNames(pair)) {
        byName.add(name, context);
      }
    }
    return byName.build();
  }

  private SslContext context(Files pair, List<String> protocols, ClientAuth auth)
      throws SSLException {
    SslContext context;
    try {
      context =
          SslContextBuilder.forServer(pair.chain, pair.key)
              .sslProvider(provider)
              .protocols(VERSIONS)
              .trustManager(trust)
              .clientAuth(auth)
              .sessionTimeout(SESSION_SECONDS)
              .sessionCacheSize(SESSIONS_KEPT)
              .applicationProtocolConfig(
                  new ApplicationProtocolConfig(
                      Protocol.ALPN,
                      SelectorFailureBehavior.NO_ADVERTISE,
                      SelectedListenerFailureBehavior.ACCEPT,
                      protocols))
              .build();
    } catch (IllegalArgumentException unreadable) {
      throw new SSLException(pair.chain + ": " + unreadable.getMessage(), unreadable);
    }
    if (context.sessionContext() instanceof OpenSslSessionContext sessions) {
      sessions.setSessionCacheEnabled(true);
      sessions.setTicketKeys(ticketKey); // one for all: what one listener gave another takes
    }
    return context;
  }

  private static OpenSslSessionTicketKey ticketKey(SecureRandom random) {
    byte[] name = new byte[OpenSslSessionTicketKey.NAME_SIZE];
    byte[] hmac = new byte[OpenSslSessionTicketKey.HMAC_KEY_SIZE];
    byte[] aes = new byte[OpenSslSessionTicketKey.AES_KEY_SIZE];
    random.nextBytes(name);
    random.nextBytes(hmac);
    random.nextBytes(aes);
    return new OpenSslSessionTicketKey(name, hmac, aes);
  }

  /** The DNS names of the leaf, lower case. */
  private static List<String> hostNames(Files pair) throws SSLException {
    try (InputStream in = new FileInputStream(pair.chain)) {
      X509Certificate leaf =
          (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
      Collection<List<?>> alternatives = leaf.getSubjectAlternativeNames();
      List<String> names = new ArrayList<>();
      for (List<?> alternative : alternatives == null ? List.<List<?>>of() : alternatives) {
        if (alternative.get(0).equals(GENERAL_NAME_DNS)) {
          names.add(String.valueOf(alternative.get(1)).toLowerCase(Locale.ROOT));
        }
      }
      if (names.isEmpty()) {
        throw new SSLException(
            pair.chain + " names no host (DNS subject alternative name), so no client asks for it");
      }
      return names;
    } catch (IOException | CertificateException unreadable) {
      throw unreadable instanceof SSLException known
          ? known
          : new SSLException(pair.chain + ": " + unreadable.getMessage(), unreadable);
    }
  }
}
