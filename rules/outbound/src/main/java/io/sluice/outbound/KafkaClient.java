package io.sluice.outbound;

import com.fasterxml.jackson.databind.JsonNode;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalListener;
import io.sluice.engine.Carrier;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.RecordBatchTooLargeException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * The {@code kafka} action: acknowledged by all replicas, idempotent. Each set of client properties
 * has one producer, which is closed when nobody has used it for a while. Source: AWS IoT Developer
 * Guide, "Apache Kafka".
 */
final class KafkaClient implements Client {
  private static final int BATCH_MESSAGES = 500;
  private static final int BATCH_BYTES = 1 << 20;
  private static final int BATCH_OPEN_MILLIS = 5;
  private static final int PRODUCERS_MAX = 32;
  private static final Duration IDLE = Duration.ofMinutes(10);
  private static final int DELIVERY_MILLIS = 10_000;
  private static final int REQUEST_MILLIS = 3_000;

  /** What an author may set; the rest is ours. */
  private static final Set<String> PROPERTIES =
      Set.of(
          "bootstrap.servers",
          "acks",
          "compression.type",
          "security.protocol",
          "sasl.mechanism",
          "sasl.plain.username",
          "sasl.plain.password",
          "sasl.scram.username",
          "sasl.scram.password",
          "ssl.endpoint.identification.algorithm",
          "ssl.truststore.type",
          "ssl.truststore.certificates",
          "client.id");

  private static final Set<String> PROTOCOLS =
      Set.of("PLAINTEXT", "SSL", "SASL_SSL", "SASL_PLAINTEXT");

  private final Addresses addresses;
  private final CredentialsFile credentials;
  private final Cache<Map<String, String>, Producer<byte[], byte[]>> producers =
      Caffeine.newBuilder()
          .maximumSize(PRODUCERS_MAX)
          .expireAfterAccess(IDLE)
          .removalListener(
              (RemovalListener<Map<String, String>, Producer<byte[], byte[]>>)
                  (properties, producer, cause) -> {
                    if (producer != null) {
                      producer.close(Duration.ofSeconds(1));
                    }
                  })
          .build();

  KafkaClient(Addresses addresses, CredentialsFile credentials) {
    this.addresses = addresses;
    this.credentials = credentials;
  }

  @Override
  public String check(JsonNode fields) {
    JsonNode properties = fields.path("clientProperties");
    for (Map.Entry<String, JsonNode> property : properties.properties()) {
      if (!PROPERTIES.contains(property.getKey())) {
        return "clientProperties '%s' may not be set; those that may: %s"
            .formatted(property.getKey(), new java.util.TreeSet<>(PROPERTIES));
      }
    }
    String acks = properties.path("acks").asText("all");
    if (!acks.equals("all") && !acks.equals("-1")) {
      return "clientProperties acks must be all: what was acknowledged here must not be lost there";
    }
    String protocol = properties.path("security.protocol").asText("SSL");
    if (!PROTOCOLS.contains(protocol)) {
      return "clientProperties security.protocol '%s' is none of %s"
          .formatted(protocol, new java.util.TreeSet<>(PROTOCOLS));
    }
    String unknown = credentials.check(fields);
    if (!unknown.isEmpty()) {
      return unknown;
    }
    String servers = properties.path("bootstrap.servers").asText("");
    return servers.isEmpty() && !fromFile(fields).containsKey("bootstrap.servers")
        ? "clientProperties bootstrap.servers is missing; give it there or in the credentials file"
        : "";
  }

  private Map<String, String> fromFile(JsonNode fields) {
    return fields.hasNonNull("credentials") ? credentials.of(fields).orElse(Map.of()) : Map.of();
  }

  /** Records of different keys travel together; those of one key one after the other. */
  @Override
  public Carrier.Batching batching(JsonNode fields) {
    return new Carrier.Batching(BATCH_MESSAGES, BATCH_BYTES, BATCH_OPEN_MILLIS, false);
  }

  /** By the connection they go over. */
  @Override
  public String group(JsonNode filled) {
    return filled.path("clientProperties").toString() + filled.path("credentials").asText();
  }

  @Override
  public Carrier.Outcome carry(Carrier.Delivery delivery) {
    return carry(List.of(delivery)).get(0);
  }

  @Override
  public List<Carrier.Outcome> carry(List<Carrier.Delivery> deliveries) {
    Producer<byte[], byte[]> producer;
    try {
      producer = producer(deliveries.get(0).fields());
    } catch (NotAllowed refused) {
      return Client.all(
          deliveries, new Carrier.Outcome.Refused(String.valueOf(refused.getMessage())));
    } catch (KafkaException unusable) { // no server's name is known, or a property is wrong
      return Client.all(deliveries, new Carrier.Outcome.Retry(said(unusable)));
    }
    List<Object> sent = new ArrayList<>(deliveries.size());
    for (Carrier.Delivery delivery : deliveries) {
      sent.add(send(producer, delivery));
    }
    producer.flush();
    List<Carrier.Outcome> outcomes = new ArrayList<>(deliveries.size());
    for (Object one : sent) {
      outcomes.add(one instanceof Future<?> future ? outcome(future) : (Carrier.Outcome) one);
    }
    return outcomes;
  }

  private static Object send(Producer<byte[], byte[]> producer, Carrier.Delivery delivery) {
    JsonNode fields = delivery.fields();
    Integer partition = null;
    String wanted = fields.path("partition").asText("");
    if (!wanted.isEmpty()) {
      try {
        partition = Integer.valueOf(wanted);
      } catch (NumberFormatException noNumber) {
        return new Carrier.Outcome.Refused("partition '%s' is no number".formatted(wanted));
      }
    }
    try {
      ProducerRecord<byte[], byte[]> message =
          new ProducerRecord<>(
              fields.path("topic").asText(),
              partition,
              key(fields.path("key").asText("")),
              delivery.body());
      for (JsonNode header : fields.path("headers")) {
        message.headers().add(header.path("key").asText(), bytes(header.path("value").asText()));
      }
      message.headers().add("x-sluice-delivery", bytes(delivery.id().toString()));
      return producer.send(message);
    } catch (IllegalArgumentException | KafkaException refused) {
      return failed(refused);
    }
  }

  private static byte @Nullable [] key(String text) {
    return text.isEmpty() ? null : bytes(text);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static Carrier.Outcome outcome(Future<?> sent) {
    try {
      Object where = sent.get(DELIVERY_MILLIS + REQUEST_MILLIS, TimeUnit.MILLISECONDS);
      return where instanceof RecordMetadata
          ? Carrier.Outcome.DELIVERED
          : new Carrier.Outcome.Retry("Kafka gave no answer");
    } catch (ExecutionException failure) {
      return failed(failure.getCause() == null ? failure : failure.getCause());
    } catch (TimeoutException late) {
      return new Carrier.Outcome.Retry("Kafka gave no answer in time");
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      return new Carrier.Outcome.Retry("the gateway stops");
    }
  }

  private static Carrier.Outcome failed(Throwable failure) {
    boolean hopeless =
        failure instanceof RecordTooLargeException
            || failure instanceof RecordBatchTooLargeException
            || failure instanceof SerializationException
            || failure instanceof InvalidTopicException
            || failure instanceof IllegalArgumentException;
    return hopeless
        ? new Carrier.Outcome.Refused(said(failure))
        : new Carrier.Outcome.Retry(said(failure));
  }

  private static String said(Throwable failure) {
    return "Kafka said: %s (%s)"
        .formatted(failure.getMessage(), failure.getClass().getSimpleName());
  }

  // ---- producers

  private static final class NotAllowed extends RuntimeException {
    NotAllowed(String message) {
      super(message, null, false, false);
    }
  }

  private Producer<byte[], byte[]> producer(JsonNode fields) {
    Map<String, String> wanted = new TreeMap<>();
    fromFile(fields)
        .forEach(
            (name, value) -> {
              if (PROPERTIES.contains(name)) {
                wanted.put(name, value);
              }
            });
    fields
        .path("clientProperties")
        .properties()
        .forEach(property -> wanted.put(property.getKey(), property.getValue().asText()));
    return producers.get(wanted, this::open);
  }

  private Producer<byte[], byte[]> open(Map<String, String> wanted) {
    String protocol = wanted.getOrDefault("security.protocol", "SSL");
    for (String server : wanted.getOrDefault("bootstrap.servers", "").split(",", -1)) {
      checkAddress(server.strip(), protocol.endsWith("PLAINTEXT"));
    }
    Map<String, Object> all = new HashMap<>();
    wanted.forEach(
        (name, value) -> {
          if (!name.startsWith("sasl.plain.") && !name.startsWith("sasl.scram.")) {
            all.put(name, value);
          }
        });
    all.put("security.protocol", protocol);
    String login = login(wanted);
    if (!login.isEmpty()) {
      all.put("sasl.jaas.config", login);
    }
    all.put(ProducerConfig.ACKS_CONFIG, "all");
    all.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    all.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
    all.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
    all.put(ProducerConfig.LINGER_MS_CONFIG, 0);
    all.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, REQUEST_MILLIS);
    all.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, REQUEST_MILLIS);
    all.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, DELIVERY_MILLIS);
    all.put(ProducerConfig.BUFFER_MEMORY_CONFIG, 8L << 20);
    return new KafkaProducer<>(all);
  }

  private static String login(Map<String, String> wanted) {
    for (String kind : List.of("plain", "scram")) {
      String user = wanted.get("sasl." + kind + ".username");
      if (user != null) {
        return "org.apache.kafka.common.security.%s.%sLoginModule required username=\"%s\" password=\"%s\";"
            .formatted(
                kind,
                kind.equals("plain") ? "Plain" : "Scram",
                quoted(user),
                quoted(wanted.getOrDefault("sasl." + kind + ".password", "")));
      }
    }
    return "";
  }

  private static String quoted(String text) {
    return text.replace("\\", "\\\\").replace("\"", "\\\"");
  }

  private void checkAddress(String server, boolean isPlain) {
    int colon = server.lastIndexOf(':');
    if (colon <= 0) {
      throw new NotAllowed(
          "bootstrap.servers '%s' must be host:port, more with commas".formatted(server));
    }
    String host = server.substring(0, colon);
    try {
      if (!addresses.check(host).isOwn() && isPlain) {
        throw new NotAllowed(
            "Kafka at '%s' would be reached without TLS; use security.protocol SSL or SASL_SSL, which only ranges of 'outbound-private-ranges' may go without"
                .formatted(host));
      }
    } catch (Addresses.Unreachable unreachable) {
      if (unreachable.isForGood()) {
        throw new NotAllowed(String.valueOf(unreachable.getMessage()));
      }
      throw new KafkaException(unreachable.getMessage());
    }
  }

  @Override
  public void close() {
    producers.invalidateAll();
    producers.cleanUp();
  }
}
