package io.sluice.api;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.sluice.credentials.Proof;
import io.sluice.identity.Authenticator;
import io.sluice.identity.ConnectionContext;

/** Lets in who has proved without a certificate who he is, as far as policies allow. */
final class BearerGate {
  private final Authenticator authenticator;
  private final MeterRegistry meters;

  BearerGate(Authenticator authenticator, MeterRegistry meters) {
    this.authenticator = authenticator;
    this.meters = meters;
  }

  /** The caller; throws an {@link ApiError} when nothing was proved. The client learns the word. */
  Caller enter(Proof proof, ConnectionContext context) {
    if (proof instanceof Proof.Proven proven) {
      Authenticator.Admission admission =
          authenticator.admit(proven.bearer(), proven.how(), context);
      if (admission instanceof Authenticator.Admitted admitted) {
        return new Caller.Governed(proven.bearer().principal(), admitted.permissions());
      }
      String word =
          ((Authenticator.Refused) admission).reason().name().toLowerCase(java.util.Locale.ROOT);
      throw refused(word, 403);
    }
    Proof.Failed failed = (Proof.Failed) proof;
    authenticator.unproven(failed.sentence(), context);
    throw refused(failed.word(), failed.cause() == Proof.Cause.WRONG ? 403 : 503);
  }

  /** What somebody is told who shows nothing that is taken. */
  ApiError nobody(ConnectionContext context) {
    authenticator.unproven(
        "the request shows nothing that this gateway takes ('ways-in')", context);
    return refused("no_credentials", 403);
  }

  /** What a web page is told whose browser showed a certificate that is not meant for it. */
  ApiError pageOfElsewhere(ConnectionContext context) {
    authenticator.unproven(
        "a browser showed a certificate for a page of elsewhere; name the page's origin in"
            + " 'cors-allowed-origins', or give it a token",
        context);
    return refused("web_origin", 403);
  }

  private ApiError refused(String word, int status) {
    Counter.builder("sluice.api.bearers.refused")
        .description("Requests for the data plane whose token or authorizer did not let them in")
        .tag("reason", word) // one of a few fixed words
        .register(meters)
        .increment();
    return status == 403
        ? ApiError.of("ForbiddenException", status, "Forbidden: " + word)
        : ApiError.of("ServiceUnavailableException", status, word + ": try again with back-off");
  }
}
