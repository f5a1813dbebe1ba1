package io.sluice.gateway;

import io.sluice.identity.WebOrigins;
import io.sluice.message.TopicName;
import io.sluice.transport.Applicant;
import io.sluice.transport.Gatekeeper;
import io.sluice.transport.HttpUpgrade;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Lets anybody do anything: the plain listeners of {@code --dev}, on loopback only. A browser on
 * this machine runs pages from everywhere, so those of elsewhere have to be named by the operator.
 */
final class OpenDoor implements Gatekeeper {
  private static final Permissions EVERYTHING =
      new Permissions() {
        @Override
        public boolean mayPublish(TopicName topic, boolean retain) {
          return true;
        }

        @Override
        public boolean maySubscribe(String filter) {
          return true;
        }

        @Override
        public boolean mayReceive(TopicName topic) {
          return true;
        }

        @Override
        public boolean isRevoked() {
          return false;
        }
      };

  private final WebOrigins origins;

  OpenDoor(WebOrigins origins) {
    this.origins = origins.loopbackInsteadOfAny();
  }

  @Override
  public Admission.@Nullable Refused judge(HttpUpgrade upgrade, String sourceIp) {
    return origins.allow(upgrade.headers().getOrDefault("origin", List.of()))
        ? null
        : new Admission.Refused(
            Cause.NOT_AUTHORIZED,
            "websocket_origin",
            "here everybody may do everything, so only pages of this machine may connect, and those"
                + " that websocket-origins names");
  }

  @Override
  public CompletableFuture<Admission> admit(Applicant applicant) {
    return CompletableFuture.completedFuture(new Admission.Admitted(null, null, EVERYTHING));
  }

  @Override
  public void onChange(Consumer<String> principal) {}
}
