package io.sluice.gateway;

import io.sluice.message.TopicName;
import io.sluice.transport.Applicant;
import io.sluice.transport.Gatekeeper;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** Lets anybody do anything: the plain listeners of {@code --dev}, on loopback only. */
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

  @Override
  public CompletableFuture<Admission> admit(Applicant applicant) {
    return CompletableFuture.completedFuture(new Admission.Admitted(null, null, EVERYTHING));
  }

  @Override
  public void onChange(Consumer<String> principal) {}
}
