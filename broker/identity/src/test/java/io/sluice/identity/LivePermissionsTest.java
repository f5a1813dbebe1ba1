package io.sluice.identity;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.certs.Fingerprint;
import io.sluice.store.Clock;
import io.sluice.store.Partitions;
import io.sluice.store.SimulatedStore;
import java.security.cert.X509Certificate;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** With real threads: an owner that changes, and event loops that ask. */
class LivePermissionsTest {
  private static final int CHANGES = 500;

  @Test
  void noQuestionAfterAnAcknowledgedChangeSeesTheOldPolicies() throws Exception {
    ExecutorService owner = Executors.newSingleThreadExecutor();
    ExecutorService loop = Executors.newSingleThreadExecutor();
    AtomicBoolean stop = new AtomicBoolean();
    try {
      Partitions partitions = new Partitions(new SimulatedStore(1), Clock.SYSTEM, p -> owner);
      Registry registry = new Registry(partitions, Arns.DEFAULT, RegistryLimits.STANDARD);
      partitions.start();
      registry.loaded().get(10, TimeUnit.SECONDS);
      X509Certificate certificate = World.certificate("pump-1");
      String arn = World.arn(Fingerprint.certificateId(certificate));
      registry.certificates().register(certificate, CertificateStatus.ACTIVE, true).join();
      registry.policies().create("p", World.allow("iot:Publish", "topic/a")).join();
      ConnectionPermissions live =
          new Authorizer(registry, Clock.SYSTEM)
              .permissions(
                  Fingerprint.certificateId(certificate),
                  certificate,
                  ConnectionContext.mqtt("pump-1", null));
      CompletableFuture<Void> asking =
          CompletableFuture.runAsync(
              () -> {
                while (!stop.get()) {
                  live.decide(Action.PUBLISH, "a"); // compiles while the owner changes
                }
              },
              loop);
      for (int i = 0; i < CHANGES; i++) {
        registry.policies().attach("p", arn).get(10, TimeUnit.SECONDS);
        assertThat(live.allows(Action.PUBLISH, "a")).as("attached %d times", i + 1).isTrue();
        registry.policies().detach("p", arn).get(10, TimeUnit.SECONDS);
        assertThat(live.allows(Action.PUBLISH, "a")).as("detached %d times", i + 1).isFalse();
      }
      stop.set(true);
      asking.get(10, TimeUnit.SECONDS);
    } finally {
      stop.set(true);
      owner.shutdownNow();
      loop.shutdownNow();
    }
  }
}
