package io.sluice.api;

import com.linecorp.armeria.server.ServiceRequestContext;
import io.micrometer.core.instrument.MeterRegistry;
import io.sluice.credentials.Proof;
import io.sluice.identity.Authenticator;
import io.sluice.identity.ConnectionContext;
import io.sluice.identity.WebOrigins;
import io.sluice.store.Clock;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * Tells who sends a request, from its head and before its body: a stranger must not make us hold
 * megabytes. On the TLS port, which has the data plane alone: a certificate, else a signature where
 * that is open, else a token or an authorizer. On the plain port: a signature, else, for the data
 * plane, a token or an authorizer. A certificate does not count for a web page of elsewhere: the
 * browser has added it, not the page.
 */
final class CallerGate {
  private final SignatureV4 signatures;
  private final @Nullable SignatureV4 signaturesOverTls; // null: that way is closed
  private final DataPlaneWays ways;
  private final WebOrigins origins;
  private final DeviceGate devices;
  private final BearerGate bearers;

  CallerGate(
      AccessKeys keys,
      DataPlaneWays ways,
      WebOrigins origins,
      Authenticator authenticator,
      Clock clock,
      MeterRegistry meters) {
    this.signatures = new SignatureV4(keys, clock);
    this.signaturesOverTls = ways.signers() == null ? null : new SignatureV4(ways.signers(), clock);
    this.ways = ways;
    this.origins = origins;
    this.devices = new DeviceGate(authenticator);
    this.bearers = new BearerGate(authenticator, meters);
  }

  /** One who is known, or will be when his body proves his signature. */
  @FunctionalInterface
  interface Claimant extends Function<byte[], Caller> {}

  /** Who it is; throws, or fails with, what the caller is to be told. */
  CompletableFuture<Claimant> enter(
      ServiceRequestContext ctx, RequestHead head, boolean dataPlane, String sourceIp) {
    return ctx.sessionProtocol().isTls()
        ? overTls(ctx, head, sourceIp)
        : overPlain(head, dataPlane, sourceIp);
  }

  private CompletableFuture<Claimant> overTls(
      ServiceRequestContext ctx, RequestHead head, String sourceIp) {
    SSLSession session = ctx.sslSession();
    ConnectionContext context =
        ConnectionContext.http(sourceIp).withDomainName(serverName(session));
    boolean certificate = ways.certificates() && DeviceGate.showsCertificate(session);
    if (certificate && origins.trust(head.all("origin"), head.header("host"))) {
      return devices.enter(session, context).thenApply(CallerGate::known);
    }
    SignatureV4 signed = signaturesOverTls;
    if (signed != null && UpgradeSignatures.isSigned(head.rawQuery(), head.headers())) {
      return CompletableFuture.completedFuture(signer(signed.claim(head)));
    }
    CompletableFuture<Claimant> bearer = bearer(head, context);
    if (bearer == null && certificate) {
      throw bearers.pageOfElsewhere(context);
    }
    if (bearer == null && ways.takeMoreThanCertificates()) {
      throw bearers.nobody(context);
    }
    return bearer != null ? bearer : devices.enter(null, context).thenApply(CallerGate::known);
  }

  private CompletableFuture<Claimant> overPlain(
      RequestHead head, boolean dataPlane, String sourceIp) {
    if (isConfirmation(head)) { // whoever has the token was sent it
      return CompletableFuture.completedFuture(known(new Caller.TokenHolder()));
    }
    if (dataPlane && !UpgradeSignatures.isSigned(head.rawQuery(), head.headers())) {
      CompletableFuture<Claimant> bearer =
          bearer(head, new ConnectionContext(null, sourceIp, null, null, false, false));
      if (bearer != null) {
        return bearer;
      }
    }
    return CompletableFuture.completedFuture(signer(signatures.claim(head)));
  }

  private @Nullable CompletableFuture<Claimant> bearer(
      RequestHead head, ConnectionContext context) {
    String uri = head.rawPath() + (head.rawQuery().isEmpty() ? "" : "?" + head.rawQuery());
    CompletableFuture<Proof> proof =
        ways.bearers().prove(new HttpBearers.Head(uri, head.headers(), context.domainName()));
    return proof == null ? null : proof.thenApply(came -> known(bearers.enter(came, context)));
  }

  private static Claimant known(Caller caller) {
    return body -> caller;
  }

  private static Claimant signer(SignatureClaim claim) {
    return body -> new Caller.KeyHolder(claim.prove(body));
  }

  /** A destination of rules that opens its enable URL, as a browser would. */
  private static boolean isConfirmation(RequestHead head) {
    return head.method().equals("GET")
        && head.rawPath().startsWith(DestinationOperations.CONFIRM_PATH)
        && head.header("authorization") == null;
  }

  private static @Nullable String serverName(@Nullable SSLSession session) {
    if (session instanceof ExtendedSSLSession extended) {
      return extended.getRequestedServerNames().stream()
          .filter(SNIHostName.class::isInstance)
          .map(name -> ((SNIHostName) name).getAsciiName())
          .findFirst()
          .orElse(null);
    }
    return null;
  }
}
