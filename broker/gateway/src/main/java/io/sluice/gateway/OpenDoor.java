package io.sluice.gateway;

import io.sluice.message.TopicName;
import io.sluice.transport.Gatekeeper;
import java.security.cert.X509Certificate;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

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
  public Admission admit(
      X509Certificate[] certificates,
      String clientId,
      @Nullable String userName,
      byte @Nullable [] password,
      String sourceIp) {
    return new Admission.Admitted(null, null, EVERYTHING);
  }

  @Override
  public void onChange(Consumer<String> principal) {}
}
