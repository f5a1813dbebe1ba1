package io.sluice.gateway;

import io.sluice.identity.Authenticator;
import io.sluice.identity.ConnectionContext;
import io.sluice.identity.ConnectionPermissions;
import io.sluice.identity.Registry;
import io.sluice.transport.Applicant;
import io.sluice.transport.Gatekeeper;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** The registry's certificates and policies, as MQTT connections ask for them. */
final class IdentityGatekeeper implements Gatekeeper {
  private final Authenticator authenticator;
  private final Registry registry;

  IdentityGatekeeper(Authenticator authenticator, Registry registry) {
    this.authenticator = authenticator;
    this.registry = registry;
  }

  @Override
  public CompletableFuture<Admission> admit(Applicant applicant) {
    // AWS SDKs put their metrics into the user name: with a certificate it says nothing about who
    // the client is.
    return authenticator
        .admitOrRegister(
            applicant.certificates(),
            ConnectionContext.mqtt(applicant.clientId(), applicant.sourceIp())
                .withDomainName(applicant.serverName())
                .withConnect(applicant.persistent(), applicant.willTopic()))
        .thenApply(IdentityGatekeeper::decide);
  }

  private static Admission decide(Authenticator.Admission admission) {
    return decide(admission, Long.MAX_VALUE, false);
  }

  /**
   * @param endsMillis when what the client proved itself with expires
   * @param endsByAuthorizer whether a custom authorizer has said so
   */
  static Admission decide(
      Authenticator.Admission admission, long endsMillis, boolean endsByAuthorizer) {
    if (admission instanceof Authenticator.Admitted admitted) {
      ConnectionPermissions permissions = admitted.permissions();
      return new Admission.Admitted(
          admitted.principal(),
          permissions.thingName(),
          new PolicyPermissions(permissions, endsMillis, endsByAuthorizer));
    }
    Authenticator.Refused refused = (Authenticator.Refused) admission;
    return new Admission.Refused(
        Cause.NOT_AUTHORIZED,
        refused.reason().name().toLowerCase(Locale.ROOT),
        refused.explanation());
  }

  @Override
  public void onChange(Consumer<String> principal) {
    registry.onPrincipalChange(principal);
    registry.onPolicyChange(principal); // of those that are attached to no certificate
  }
}
