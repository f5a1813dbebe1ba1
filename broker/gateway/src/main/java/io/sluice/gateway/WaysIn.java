package io.sluice.gateway;

import io.sluice.api.UpgradeSignatures;
import io.sluice.credentials.AuthorizerDesk;
import io.sluice.credentials.PasswordDesk;
import io.sluice.credentials.Proof;
import io.sluice.credentials.Users;
import io.sluice.identity.Authenticator;
import io.sluice.identity.ConnectionContext;
import io.sluice.identity.WebOrigins;
import io.sluice.transport.Applicant;
import io.sluice.transport.Gatekeeper;
import io.sluice.transport.HttpUpgrade;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Lets clients in by the ways that the operator has opened. Who shows a certificate is its owner,
 * whatever else he says; SCRAM then comes on top. Else it is the first desk that finds something of
 * its kind. See docs/ways-in.md and decision 57. Any thread.
 */
final class WaysIn implements Gatekeeper {
  private final Set<WayIn> open;
  private final boolean scramDemanded;
  private final boolean secure;
  private final Gatekeeper certificates;
  private final Authenticator authenticator;
  private final Users users;
  private final List<WayIn.Desk> desks;
  private final WebOrigins origins;

  /**
   * @param secure whether its listeners have TLS
   * @param certificates decides about those who show one
   */
  WaysIn(
      GatewayConfig config,
      boolean secure,
      Gatekeeper certificates,
      Authenticator authenticator,
      Desks desks) {
    this.open = WayIn.of(config);
    this.scramDemanded = config.flag(Setting.SCRAM_DEMANDED);
    this.secure = secure;
    this.certificates = certificates;
    this.authenticator = authenticator;
    this.users = desks.users();
    this.desks = desks.inOrder();
    this.origins = config.origins(Setting.WEBSOCKET_ORIGINS);
  }

  @Override
  public CompletableFuture<Admission> admit(Applicant applicant) {
    boolean authenticates = applicant.authenticationMethod() != null;
    if (scramDemanded && !authenticates) {
      return refused(
          Cause.NOT_AUTHORIZED,
          "scram_demanded",
          "this gateway demands SCRAM-SHA-256 of everybody; connect with MQTT 5 and that method");
    }
    boolean certificate = open.contains(WayIn.CERTIFICATE) && applicant.certificates().length > 0;
    if (certificate && meansIt(applicant)) {
      return certificates.admit(applicant);
    }
    if (authenticates && open.contains(WayIn.SCRAM)) {
      String user = applicant.provenUser();
      return user == null
          ? CompletableFuture.completedFuture(new Admission.ProveFirst())
          : CompletableFuture.completedFuture(settle(applicant, known(user)));
    }
    for (WayIn.Desk desk : desks) {
      CompletableFuture<Proof> proof = desk.prove(applicant);
      if (proof != null) {
        return proof.thenApply(came -> settle(applicant, came));
      }
    }
    if (certificate) {
      return refused(
          Cause.NOT_AUTHORIZED,
          "websocket_origin",
          "a browser showed a certificate for a page of elsewhere; name the page's origin in"
              + " websocket-origins, or give it a token");
    }
    return open.equals(Set.of(WayIn.CERTIFICATE))
        ? certificates.admit(applicant) // it has the words for that
        : refused(
            Cause.NOT_AUTHORIZED,
            "no_credentials",
            "the client shows nothing that this gateway takes (ways-in: %s)"
                .formatted(String.join(",", open.stream().map(WayIn::word).toList())));
  }

  /**
   * Whether whoever connects chose to show the certificate. A browser shows it for every page that
   * opens a WebSocket.
   */
  private boolean meansIt(Applicant applicant) {
    HttpUpgrade upgrade = applicant.upgrade();
    return upgrade == null
        || origins.trust(
            upgrade.headers().getOrDefault("origin", List.of()),
            upgrade.header("host").orElse(null));
  }

  @Override
  public Admission.@Nullable Refused judge(HttpUpgrade upgrade, String sourceIp) {
    for (WayIn.Desk desk : desks) {
      if (desk instanceof SignedUpgrades signed) {
        UpgradeSignatures.Unsigned unsigned = signed.refusal(upgrade);
        return unsigned == null
            ? null
            : new Admission.Refused(Cause.NOT_AUTHORIZED, unsigned.word(), unsigned.sentence());
      }
    }
    return null;
  }

  private Proof known(String user) {
    Proof known = PasswordDesk.known(users, user);
    return known != null
        ? known
        : new Proof.Failed(
            Proof.Cause.WRONG, "user_gone", "the user was removed while it authenticated");
  }

  private Admission settle(Applicant applicant, Proof proof) {
    if (proof instanceof Proof.Proven proven) {
      ConnectionContext context =
          new ConnectionContext(
              applicant.clientId(),
              applicant.sourceIp(),
              applicant.serverName(),
              applicant.willTopic(),
              applicant.persistent(),
              secure);
      return IdentityGatekeeper.decide(
          authenticator.admit(proven.bearer(), proven.how(), context),
          proven.endsMillis(),
          AuthorizerDesk.isPrincipal(proven.bearer().principal()));
    }
    Proof.Failed failed = (Proof.Failed) proof;
    Cause cause =
        switch (failed.cause()) {
          case WRONG -> Cause.BAD_CREDENTIALS;
          case BUSY -> Cause.BUSY;
          case UNAVAILABLE -> Cause.UNAVAILABLE;
        };
    return new Admission.Refused(cause, failed.word(), failed.sentence());
  }

  private static CompletableFuture<Admission> refused(Cause cause, String word, String sentence) {
    return CompletableFuture.completedFuture(new Admission.Refused(cause, word, sentence));
  }

  @Override
  public void onChange(Consumer<String> principal) {
    certificates.onChange(principal);
  }

  /** User name and password of CONNECT, where both are there. */
  static WayIn.Desk passwords(PasswordDesk desk) {
    return applicant -> {
      String name = applicant.userName();
      byte @Nullable [] password = applicant.password();
      return name == null || password == null
          ? null
          : desk.prove(name, password, applicant.sourceIp());
    };
  }
}
