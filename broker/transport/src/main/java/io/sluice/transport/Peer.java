package io.sluice.transport;

import io.netty.channel.Channel;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.AttributeKey;
import java.net.InetSocketAddress;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/** Who is at the other end of a connection. */
final class Peer {
  private static final X509Certificate[] NO_CERTIFICATES = {};

  /** The address that a proxy names as the client's; null without a proxy. */
  static final AttributeKey<InetSocketAddress> SOURCE = AttributeKey.valueOf(Peer.class, "source");

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
  static @Nullable String serverName(Channel channel) {
    return channel.attr(TlsFront.SERVER_NAME).get();
  }

  /** Where the client is, behind a proxy if that says so; null when not known. */
  static @Nullable InetSocketAddress source(Channel channel) {
    InetSocketAddress proxied = channel.attr(SOURCE).get();
    if (proxied != null) {
      return proxied;
    }
    return channel.remoteAddress() instanceof InetSocketAddress address ? address : null;
  }

  /** The digits of {@link #source}. */
  static String address(Channel channel) {
    InetSocketAddress source = source(channel);
    return source != null && source.getAddress() != null
        ? source.getAddress().getHostAddress()
        : "unknown";
  }
}
