package io.sluice.api;

import com.fasterxml.jackson.databind.JsonNode;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.sluice.certs.CertificateAuthority;
import io.sluice.certs.CertificateProfile;
import io.sluice.certs.Identity;
import io.sluice.certs.KeyKind;
import io.sluice.credentials.AuthorizerDesk;
import io.sluice.credentials.Authorizers;
import io.sluice.credentials.Waiting;
import io.sluice.engine.Nowhere;
import io.sluice.engine.RuleBook;
import io.sluice.engine.RuleDestinations;
import io.sluice.firehose.DeliveryLimits;
import io.sluice.firehose.DeliverySettings;
import io.sluice.firehose.DeliveryStreams;
import io.sluice.firehose.ObjectTarget;
import io.sluice.fleet.Fleet;
import io.sluice.fleet.FleetSettings;
import io.sluice.fleet.ThingDocument;
import io.sluice.identity.Arns;
import io.sluice.identity.Authenticator;
import io.sluice.identity.Authorizer;
import io.sluice.identity.DeviceTrust;
import io.sluice.identity.Enrollment;
import io.sluice.identity.Outgoing;
import io.sluice.identity.Provisioner;
import io.sluice.identity.RegistrationTasks;
import io.sluice.identity.Registry;
import io.sluice.identity.RegistryLimits;
import io.sluice.identity.Thing;
import io.sluice.identity.WebOrigins;
import io.sluice.message.Origin;
import io.sluice.message.Publication;
import io.sluice.message.PublishProperties;
import io.sluice.message.QoS;
import io.sluice.message.Stamps;
import io.sluice.message.TopicName;
import io.sluice.queue.QueueLimits;
import io.sluice.queue.Queues;
import io.sluice.session.SessionLimits;
import io.sluice.session.Sessions;
import io.sluice.shadow.ShadowService;
import io.sluice.shadow.ShadowSettings;
import io.sluice.store.Clock;
import io.sluice.store.Conveyor;
import io.sluice.store.OwnerThreads;
import io.sluice.store.Partitions;
import io.sluice.store.SimulatedStore;
import io.sluice.stream.StreamLimits;
import io.sluice.stream.StreamSettings;
import io.sluice.stream.Streams;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.function.Consumer;
import java.util.stream.Stream;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.regions.Region;

/** The API over real rooms with real threads, on a store in memory. */
final class RunningApi implements AutoCloseable {
  static final String ACCOUNT = "000000000000";

  /** What came in by {@code POST /topics}. */
  record Published(
      TopicName topic,
      byte[] payload,
      QoS qos,
      boolean retain,
      PublishProperties properties,
      Origin origin) {}

  final CertificateAuthority authority = CertificateAuthority.create("Test CA");
  final Registry registry;
  private final Path inputs;
  final Queue<Published> published = new ConcurrentLinkedQueue<>();
  final Queue<JsonNode> authorizersAsked = new ConcurrentLinkedQueue<>();
  final Queue<String> tokens = new ConcurrentLinkedQueue<>();
  final Queue<String> shadowTopics = new ConcurrentLinkedQueue<>();
  private final PrometheusMeterRegistry meters =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  final Map<String, byte[]> delivered = new ConcurrentHashMap<>();
  private final ExecutorService executor = DeliveryStreams.executor(1);
  private final OwnerThreads owners = new OwnerThreads(2);
  private final ApiRooms rooms;
  final Sessions sessions;

  /** Whether a thing's client is there, for the index of the fleet. */
  final Map<String, ThingDocument.Connectivity> presences = new ConcurrentHashMap<>();

  volatile boolean storeFailed;
  private final ApiServer server;

  RunningApi() {
    this(WebOrigins.ANY, DataPlaneWays.CERTIFICATES);
  }

  RunningApi(WebOrigins origins, DataPlaneWays ways) {
    Partitions partitions = new Partitions(new SimulatedStore(4), Clock.SYSTEM, owners);
    Conveyor.register(partitions);
    Queues queues = new Queues(partitions, "local", ACCOUNT, QueueLimits.STANDARD);
    Streams streams =
        new Streams(partitions, StreamSettings.of(ACCOUNT, "local", StreamLimits.standard()));
    DeliveryStreams deliveries =
        new DeliveryStreams(
            partitions,
            new DeliverySettings(ACCOUNT, "local", DeliveryLimits.standard()),
            this::deliver,
            executor);
    ShadowService shadows =
        new ShadowService(
            partitions,
            ShadowSettings.standard(),
            (turn, topic, payload, cause) -> shadowTopics.add(topic));
    sessions =
        new Sessions(
            partitions,
            SessionLimits.STANDARD,
            new Stamps(System::currentTimeMillis, 0),
            (turn, publication) -> {});
    RuleBook rules = new RuleBook(partitions, new Nowhere(), ACCOUNT, "ingress", topic -> 0);
    RuleDestinations destinations =
        new RuleDestinations(partitions, "local", ACCOUNT, Runnable::run);
    destinations.confirmBy((url, arn, token, enableUrl) -> confirmation(url, token));
    registry = new Registry(partitions, Arns.DEFAULT, RegistryLimits.STANDARD);
    Fleet fleet = new Fleet(partitions);
    AuthorizerDesk authorizers =
        new AuthorizerDesk(
            new Authorizers(partitions),
            new Waiting(1, 10, 10_000),
            (url, body, timeout, bytesMax) -> {
              authorizersAsked.add(body);
              return body;
            },
            Clock.SYSTEM,
            0,
            principal -> {});
    Authorizer authorizer = new Authorizer(registry, Clock.SYSTEM);
    Authenticator authenticator = new Authenticator(registry, authorizer, Clock.SYSTEM);
    partitions.start();
    owners.startTicking(partitions);
    registry.onThingChange(fleet::changed);
    fleet.begin(new Things());

    Identity identity =
        authority.issue(CertificateProfile.server(List.of("127.0.0.1")), KeyKind.EC_P256);
    Enrollment enrollment = new Enrollment(authority, registry, Clock.SYSTEM, executor);
    Provisioner provisioner = new Provisioner(registry, enrollment, new Outgoing(executor));
    this.inputs = folder();
    this.rooms =
        new ApiRooms(
            queues,
            streams,
            deliveries,
            rules,
            destinations,
            shadows,
            registry,
            fleet,
            enrollment,
            provisioner,
            new RegistrationTasks(
                registry,
                provisioner,
                new Outgoing(executor),
                inputs,
                inputs.resolve("reports"),
                java.util.concurrent.Executors.newSingleThreadExecutor()),
            authorizer,
            authenticator,
            authorizers,
            this::publish,
            sessions.clients(),
            new Retained(),
            () -> Reply.object().put("published", published.size()),
            () -> Reply.object().put("refused", 0),
            Map::of,
            () -> storeFailed,
            Clock.SYSTEM);
    this.server =
        ApiServer.over(
                rooms,
                ApiSettings.of(loopback(), loopback()).withWebOrigins(origins),
                AccessKeys.of(List.of(HandMade.ADMIN, HandMade.READER)),
                ways,
                new DeviceTls(
                    () -> new DeviceTls.Shown(identity.key(), identity.chain()),
                    new DeviceTrust(authenticator),
                    false),
                meters)
            .start();
  }

  private String confirmation(String url, String token) {
    tokens.add(token);
    return url.contains("dead") ? "it does not answer" : "";
  }

  private static InetSocketAddress loopback() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  private String deliver(String bucket, String key, ObjectTarget.Body body) throws IOException {
    ByteArrayOutputStream object = new ByteArrayOutputStream();
    body.writeTo(object);
    delivered.put(bucket + "/" + key, object.toByteArray());
    return key;
  }

  private CompletableFuture<Void> publish(
      TopicName topic,
      byte[] payload,
      QoS qos,
      boolean retain,
      PublishProperties properties,
      Origin origin) {
    published.add(new Published(topic, payload, qos, retain, properties, origin));
    return CompletableFuture.completedFuture(null);
  }

  /** Requests that wait for their answer. */
  int active() {
    return (int) meters.get("sluice.api.requests.active").gauge().value();
  }

  /** What a counter has counted so far. */
  double counted(String name) {
    return meters.get(name).counter().count();
  }

  private static Path folder() {
    try {
      return Files.createTempDirectory("sluice-inputs");
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** Whose folders stand for buckets. */
  Path inputs() {
    return inputs;
  }

  int port() {
    return server.httpPort();
  }

  Stream<Operation> operations() {
    return rooms.operations(ApiSettings.of(loopback(), loopback())).all();
  }

  int devicePort() {
    return server.httpsPort();
  }

  String url() {
    return "http://127.0.0.1:" + port();
  }

  /** An unmodified client that only knows where to go and who it is. */
  <B extends AwsClientBuilder<B, C>, C> C client(B builder) {
    return client(builder, HandMade.ADMIN);
  }

  <B extends AwsClientBuilder<B, C>, C> C client(B builder, AccessKey key) {
    return builder
        .endpointOverride(URI.create(url()))
        .region(Region.of("local"))
        .credentialsProvider(
            StaticCredentialsProvider.create(AwsBasicCredentials.create(key.id(), key.secret())))
        .build();
  }

  @Override
  public void close() {
    server.close();
    owners.close();
    executor.shutdown();
  }

  /** What came in with the RETAIN flag. */
  private final class Retained implements RetainedReader {
    @Override
    public Publication find(TopicName topic) {
      return published.stream()
          .filter(p -> p.retain() && p.topic().equals(topic))
          .map(Retained::publication)
          .findFirst()
          .orElse(null);
    }

    @Override
    public CompletableFuture<?> settled(TopicName topic) {
      return CompletableFuture.completedFuture(true);
    }

    @Override
    public void forEach(Consumer<Publication> sink) {
      published.stream().filter(Published::retain).map(Retained::publication).forEach(sink);
    }

    private static Publication publication(Published p) {
      return new Publication(
          p.topic(),
          p.payload(),
          p.qos(),
          true,
          p.properties(),
          p.origin(),
          1_700_000_000_000_000L);
    }
  }

  /** What the index knows of things. */
  private final class Things implements Fleet.Source {
    @Override
    public Stream<String> names() {
      return registry.things().after("").map(Thing::name);
    }

    @Override
    public CompletableFuture<Optional<ThingDocument>> read(String name, FleetSettings settings) {
      return CompletableFuture.completedFuture(
          registry
              .things()
              .find(name)
              .map(
                  thing ->
                      new ThingDocument(
                          name,
                          thing.id(),
                          thing.type(),
                          List.copyOf(registry.groups().groupsOf(name)),
                          thing.attributes(),
                          null,
                          Map.of(),
                          settings.connectivity() ? presences.get(name) : null)));
    }
  }
}
