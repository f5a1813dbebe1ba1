package io.sluice.gateway;

import io.sluice.identity.Action;
import io.sluice.identity.Authenticator;
import io.sluice.identity.ConnectionContext;
import io.sluice.identity.ConnectionPermissions;
import io.sluice.identity.Registry;
import io.sluice.message.TopicName;
import io.sluice.transport.Applicant;
import io.sluice.transport.Gatekeeper;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

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
                .withDomainName(applicant.serverName()))
        .thenApply(IdentityGatekeeper::decide);
  }

  private static Admission decide(Authenticator.Admission admission) {
    if (admission instanceof Authenticator.Admitted admitted) {
      ConnectionPermissions permissions = admitted.permissions();
      return new Admission.Admitted(
          admitted.principal(), permissions.thingName(), new OfPolicies(permissions));
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
  }

  /** One connection's permissions under the names of MQTT. */
  private record OfPolicies(ConnectionPermissions permissions) implements Permissions {
    @Override
    public boolean mayPublish(TopicName topic, boolean retain) {
      String name = topic.toString();
      return permissions.allows(Action.PUBLISH, name)
          && (!retain || permissions.allows(Action.RETAIN_PUBLISH, name));
    }

    @Override
    public boolean maySubscribe(String filter) {
      return permissions.allows(Action.SUBSCRIBE, filter);
    }

    @Override
    public boolean mayReceive(TopicName topic) {
      return permissions.allows(Action.RECEIVE, topic.toString());
    }

    @Override
    public @Nullable String thingName() {
      return permissions.thingName();
    }

    @Override
    public boolean isRevoked() {
      return permissions.isRevoked();
    }
  }
}
