package io.sluice.transport;

import io.netty.channel.Channel;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.ssl.SslHandler;
import java.net.InetSocketAddress;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/** Who is at the other end of a connection. */
final class Peer {
  private static final X509Certificate[] NO_CERTIFICATES = {};

  private Peer() {}

  /** The chain it proved to have the key of, leaf first; empty when it showed none. */
  static X509Certificate[] certificates(ChannelPipeline pipeline) {
    SslHandler tls = pipeline.get(SslHandler.class);
    if (tls == null) {
      return NO_CERTIFICATES;
    }
    try {
      Certificate[] chain = tls.engine().getSession().getPeerCertificates();
      X509Certificate[] certificates = new X509Certificate[chain.length];
      for (int i = 0; i < chain.length; i++) {
        certificates[i] = (X509Certificate) chain[i];
      }
      return certificates;
    } catch (SSLPeerUnverifiedException none) { // a listener that does not ask for certificates
      return NO_CERTIFICATES;
    }
  }

  /** The host name it asked for in its TLS handshake; null without TLS, or when it named none. */
  static @Nullable String serverName(ChannelPipeline pipeline) {
    SslHandler tls = pipeline.get(SslHandler.class);
    if (tls == null || !(tls.engine().getSession() instanceof ExtendedSSLSession session)) {
      return null;
    }
    try {
      for (SNIServerName name : session.getRequestedServerNames()) {
        if (name instanceof SNIHostName host) {
          return host.getAsciiName();
        }
      }
    } catch (UnsupportedOperationException unknown) { // an engine that does not keep it
      return null;
    }
    return null;
  }

  static String address(Channel channel) {
    return channel.remoteAddress() instanceof InetSocketAddress address
            && address.getAddress() != null
        ? address.getAddress().getHostAddress()
        : "unknown";
  }
}
