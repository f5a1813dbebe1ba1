package io.sluice.api;

import com.linecorp.armeria.server.ServiceRequestContext;
import io.sluice.identity.Authenticator;
import io.sluice.identity.ConnectionContext;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/**
 * Tells which device a request on the mutual-TLS port comes from. Asked anew for every request, so
 * a certificate that was revoked meanwhile ends a connection's rights at once. Answers from memory,
 * unless the certificate's authority has to be asked first.
 */
final class DeviceGate {
  private final Authenticator authenticator;

  DeviceGate(Authenticator authenticator) {
    this.authenticator = authenticator;
  }

  /** The caller; fails with an {@link ApiError} when the certificate may not come in. */
  CompletableFuture<Caller> enter(ServiceRequestContext ctx, String sourceIp) {
    return authenticator
        .admitChecked(chain(ctx.sslSession()), ConnectionContext.http(sourceIp))
        .thenApply(DeviceGate::caller);
  }

  private static Caller caller(Authenticator.Admission admission) {
    if (admission instanceof Authenticator.Admitted admitted && admitted.principal() != null) {
      return new Caller.Device(admitted.principal(), admitted.permissions());
    }
    String why =
        admission instanceof Authenticator.Refused refused
            ? refused.explanation()
            : "the client showed no certificate";
    throw ApiError.of("ForbiddenException", 403, "Forbidden: " + why);
  }

  private static X509Certificate[] chain(@org.jspecify.annotations.Nullable SSLSession session) {
    try {
      Certificate[] shown = session == null ? new Certificate[0] : session.getPeerCertificates();
      return Arrays.stream(shown)
          .filter(X509Certificate.class::isInstance)
          .map(X509Certificate.class::cast)
          .toArray(X509Certificate[]::new);
    } catch (SSLPeerUnverifiedException none) { // what an empty chain says
      return new X509Certificate[0];
    }
  }
}
