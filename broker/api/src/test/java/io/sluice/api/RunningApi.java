package io.sluice.api;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.sluice.engine.Destinations;
import io.sluice.engine.RuleBook;
import io.sluice.firehose.DeliveryLimits;
import io.sluice.firehose.DeliverySettings;
import io.sluice.firehose.DeliveryStreams;
import io.sluice.firehose.ObjectTarget;
import io.sluice.message.Origin;
import io.sluice.message.PublishProperties;
import io.sluice.message.QoS;
import io.sluice.message.TopicName;
import io.sluice.queue.QueueLimits;
import io.sluice.queue.Queues;
import io.sluice.shadow.ShadowService;
import io.sluice.shadow.ShadowSettings;
import io.sluice.store.Clock;
import io.sluice.store.Conveyor;
import io.sluice.store.OwnerThreads;
import io.sluice.store.Partitions;
import io.sluice.store.SimulatedStore;
import io.sluice.store.Turn;
import io.sluice.stream.StreamLimits;
import io.sluice.stream.StreamSettings;
import io.sluice.stream.Streams;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
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

  final Queue<Published> published = new ConcurrentLinkedQueue<>();
  final Queue<String> shadowTopics = new ConcurrentLinkedQueue<>();
  private final PrometheusMeterRegistry meters =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  final Map<String, byte[]> delivered = new ConcurrentHashMap<>();
  private final ExecutorService executor = DeliveryStreams.executor(1);
  private final OwnerThreads owners = new OwnerThreads(2);
  private final ApiServer server;

  RunningApi() {
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
    RuleBook rules = new RuleBook(partitions, new Nowhere(), ACCOUNT, "ingress", topic -> 0);
    partitions.start();
    owners.startTicking(partitions);

    ApiSettings settings =
        ApiSettings.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), null);
    Operations operations =
        new Operations()
            .target("AmazonSQS", new QueueOperations(queues, ACCOUNT).operations())
            .target("Kinesis_20131202", StreamOperations.of(streams))
            .target("Firehose_20150804", DeliveryOperations.of(deliveries));
    new ShadowOperations(shadows).addTo(operations);
    new PublishOperations(this::publish, settings.publishBytesMax()).addTo(operations);
    new RuleOperations(rules, Clock.SYSTEM, settings).addTo(operations);
    IotModel.addRefusals(operations);
    this.server =
        new ApiServer(
                settings,
                new ApiService(
                    operations,
                    new SignatureV4(
                        AccessKeys.of(List.of(HandMade.ADMIN, HandMade.READER)), Clock.SYSTEM),
                    null,
                    new Failures(settings.requestBytesMax()),
                    meters,
                    null),
                null,
                meters)
            .start();
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

  int port() {
    return server.httpPort();
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

  /** Rules are kept here, not run. */
  private static final class Nowhere implements Destinations {
    @Override
    public int ofQueue(String queue) {
      return 0;
    }

    @Override
    public int ofStream(String stream, String partitionKey) {
      return 0;
    }

    @Override
    public int ofDeliveryStream(String deliveryStream) {
      return 0;
    }

    @Override
    public String send(Turn turn, String queue, byte[] body, UUID messageId) {
      return "";
    }

    @Override
    public String put(Turn turn, String stream, String partitionKey, byte[] data) {
      return "";
    }

    @Override
    public String deliver(Turn turn, String deliveryStream, List<byte[]> records) {
      return "";
    }
  }
}
