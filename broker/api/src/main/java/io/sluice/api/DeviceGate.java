package io.sluice.api;

import io.sluice.identity.Authenticator;
import io.sluice.identity.ConnectionContext;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

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
  CompletableFuture<Caller> enter(@Nullable SSLSession session, ConnectionContext context) {
    return authenticator.admitChecked(chain(session), context).thenApply(DeviceGate::caller);
  }

  static boolean showsCertificate(@Nullable SSLSession session) {
    return chain(session).length > 0;
  }

  private static Caller caller(Authenticator.Admission admission) {
    if (admission instanceof Authenticator.Admitted admitted && admitted.principal() != null) {
      return new Caller.Governed(admitted.principal(), admitted.permissions());
    }
    String why =
        admission instanceof Authenticator.Refused refused
            ? refused.explanation()
            : "the client showed no certificate";
    throw ApiError.of("ForbiddenException", 403, "Forbidden: " + why);
  }

  private static X509Certificate[] chain(@Nullable SSLSession session) {
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
