package io.sluice.gateway;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.certs.CertificateAuthority;
import io.sluice.certs.CertsRefused;
import io.sluice.dispatch.PrivateReplies;
import io.sluice.identity.AutoRegistration;
import io.sluice.identity.Enrollment;
import io.sluice.identity.FleetProvisioning;
import io.sluice.identity.Outgoing;
import io.sluice.identity.Provisioner;
import io.sluice.identity.RegistrationTasks;
import io.sluice.identity.RevocationChecks;
import io.sluice.identity.RevocationSettings;
import io.sluice.message.Origin;
import io.sluice.message.Publication;
import io.sluice.message.PublishProperties;
import io.sluice.message.QoS;
import io.sluice.message.TopicName;
import io.sluice.store.Clock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * What makes certificates and provisions devices, tied to the broker: requests and answers over
 * MQTT, and events about certificates that register themselves.
 *
 * @param executor makes keys, signs, and asks others over HTTP
 */
record IdentityDesk(
    Enrollment enrollment,
    Provisioner provisioner,
    RegistrationTasks registrations,
    RevocationChecks revocations,
    ExecutorService executor)
    implements AutoCloseable {
  private static final int THREADS = 4;
  private static final int WAITING_MAX = 2_000; // more are refused as overload
  private static final String REGISTERED = "$aws/events/certificates/registered/";

  static IdentityDesk open(GatewayConfig config, Rooms rooms, CertificateAuthority authority) {
    ThreadPoolExecutor executor =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            30,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(WAITING_MAX),
            work -> {
              Thread thread = new Thread(work, "identity");
              thread.setDaemon(true);
              return thread;
            });
    executor.allowCoreThreadTimeOut(true);
    Enrollment enrollment = new Enrollment(authority, rooms.registry, Clock.SYSTEM, executor);
    Outgoing outgoing = new Outgoing(executor);
    Provisioner provisioner = new Provisioner(rooms.registry, enrollment, outgoing);
    RegistrationTasks registrations =
        new RegistrationTasks(
            rooms.registry,
            provisioner,
            outgoing,
            rooms.directory.deliveries(),
            rooms.directory.path().resolve("registration"),
            Executors.newSingleThreadExecutor(IdentityDesk::registrationThread));
    RevocationChecks revocations = revocations(config, rooms, authority, outgoing, executor);
    rooms.authenticator.check(revocations);
    rooms.publishPath.answerPrivately(
        new OverMqtt(rooms, new FleetProvisioning(rooms.registry, enrollment, provisioner)));
    rooms.authenticator.letRegister(
        new AutoRegistration(
            rooms.registry, provisioner, Clock.SYSTEM, shown -> tell(rooms, shown)));
    return new IdentityDesk(enrollment, provisioner, registrations, revocations, executor);
  }

  private static Thread registrationThread(Runnable work) {
    Thread thread = new Thread(work, "registration");
    thread.setDaemon(true);
    return thread;
  }

  private static RevocationChecks revocations(
      GatewayConfig config,
      Rooms rooms,
      CertificateAuthority authority,
      Outgoing outgoing,
      ExecutorService executor) {
    try {
      return new RevocationChecks(
          new RevocationSettings(
              RevocationSettings.Policy.of(config.text(Setting.REVOCATION_CHECK)),
              paths(config.text(Setting.REVOCATION_LISTS)),
              Duration.ofSeconds(config.number(Setting.REVOCATION_REFRESH_SECONDS)),
              Duration.ofMillis(config.number(Setting.REVOCATION_TIMEOUT_MILLIS))),
          rooms.registry,
          authority.certificate(),
          outgoing,
          executor,
          Clock.SYSTEM);
    } catch (IllegalArgumentException unknown) {
      throw new GatewayConfig.ConfigRefused("key 'revocation-check': " + unknown.getMessage());
    } catch (CertsRefused unread) {
      throw new GatewayConfig.ConfigRefused("key 'revocation-lists': " + unread.getMessage());
    }
  }

  private static List<Path> paths(String text) {
    return text.equals("none")
        ? List.of()
        : Arrays.stream(text.split(",", -1)).map(String::strip).map(Path::of).toList();
  }

  /** Fleet provisioning's requests, answered to who asked. */
  private record OverMqtt(Rooms rooms, FleetProvisioning provisioning) implements PrivateReplies {
    @Override
    public boolean answers(TopicName topic) {
      return FleetProvisioning.isRequest(topic.toString());
    }

    @Override
    public CompletableFuture<Publication> answer(Publication request) {
      return provisioning
          .answer(
              new FleetProvisioning.Question(
                  request.topic().toString(),
                  request.payload(),
                  request.origin().clientId(),
                  request.origin().principal()))
          .thenApply(answer -> publication(rooms, answer.topic(), answer.payload()));
    }
  }

  private static Publication publication(Rooms rooms, String topic, byte[] payload) {
    return new Publication(
        TopicName.of(topic),
        payload,
        QoS.AT_LEAST_ONCE,
        false,
        PublishProperties.NONE,
        new Origin(null, null, null, Origin.Kind.GATEWAY, 0),
        rooms.stamps.next());
  }

  /** Source: AWS IoT Developer Guide, "Register a client certificate when the client connects". */
  private static void tell(Rooms rooms, AutoRegistration.Shown shown) {
    ObjectNode event = JsonNodeFactory.instance.objectNode();
    event.put("certificateId", shown.certificateId());
    event.put("caCertificateId", shown.authorityId());
    event.put("timestamp", shown.atMillis());
    event.put("certificateStatus", "PENDING_ACTIVATION");
    event.put("awsAccountId", rooms.registry.arns().account());
    event.putNull("certificateRegistrationTimestamp");
    rooms.publishPath.publish(
        publication(
            rooms,
            REGISTERED + shown.authorityId(),
            event.toString().getBytes(StandardCharsets.UTF_8)),
        null);
  }

  @Override
  public void close() {
    registrations.close();
    executor.shutdownNow();
  }
}
