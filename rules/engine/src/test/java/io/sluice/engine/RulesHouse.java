package io.sluice.engine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.message.Origin;
import io.sluice.message.Publication;
import io.sluice.message.PublicationCodec;
import io.sluice.message.PublishProperties;
import io.sluice.message.QoS;
import io.sluice.message.TopicName;
import io.sluice.sql.Lookups;
import io.sluice.store.Conveyor;
import io.sluice.store.LogRecord;
import io.sluice.store.Partitions;
import io.sluice.store.SimulatedPartitions;
import io.sluice.store.SimulatedStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Function;

/** Rules on a simulated store, with an ingress log that carries messages to them. One thread. */
final class RulesHouse {
  static final String INGRESS = "ingress";
  static final long START_MILLIS = 1_700_000_000_000L;
  private static final ObjectMapper JSON = new ObjectMapper();

  final SimulatedStore store;
  final SimulatedPartitions simulation;
  final Partitions partitions;
  final Destinations destinations;
  final RuleBook rules;
  final List<Publication> published = new ArrayList<>(); // all that passed through the log
  private final Function<Partitions, Destinations> makes;
  private final RuleBook.Outside outside;
  private final Conveyor<RuleEffect> ingress;
  private long stamp;

  RulesHouse() {
    this(new SimulatedStore(4), START_MILLIS, FakeDestinations::new);
  }

  RulesHouse(Function<Partitions, Destinations> makes) {
    this(new SimulatedStore(4), START_MILLIS, makes);
  }

  /** With somebody to ask, and workers. */
  RulesHouse(Lookups lookups, Executor workers) {
    this(new SimulatedStore(4), START_MILLIS, FakeDestinations::new, lookups, workers);
  }

  private RulesHouse(
      SimulatedStore store, long nowMillis, Function<Partitions, Destinations> makes) {
    this(store, nowMillis, makes, Lookups.NONE, Runnable::run);
  }

  RulesHouse(
      SimulatedStore store,
      long nowMillis,
      Function<Partitions, Destinations> makes,
      Lookups lookups,
      Executor workers) {
    this(store, nowMillis, makes, lookups, workers, RuleBook.Outside.NONE);
  }

  /** With a way out of the process. */
  RulesHouse(Lookups lookups, Executor workers, RuleBook.Outside outside) {
    this(new SimulatedStore(4), START_MILLIS, FakeDestinations::new, lookups, workers, outside);
  }

  RulesHouse(
      SimulatedStore store,
      long nowMillis,
      Function<Partitions, Destinations> makes,
      Lookups lookups,
      Executor workers,
      RuleBook.Outside outside) {
    this.outside = outside;
    this.store = store;
    this.simulation = new SimulatedPartitions(store, nowMillis);
    this.partitions = simulation.partitions();
    this.makes = makes;
    this.destinations = makes.apply(partitions);
    this.stamp = nowMillis * 1000;
    this.rules =
        new RuleBook(
            partitions,
            destinations,
            "123456789012",
            INGRESS,
            this::ingressPartition,
            lookups,
            workers,
            cause -> cause,
            outside);
    this.ingress =
        new Conveyor<>(partitions, INGRESS, INGRESS, this::route, rules::apply, 1_000_000);
    partitions.start();
    simulation.run();
  }

  private void route(int source, LogRecord record, Conveyor.Sink<RuleEffect> sink) {
    Publication publication = PublicationCodec.decode(record.bytes());
    published.add(publication);
    rules.evaluate(publication, record.bytes(), source, record.offset(), sink);
  }

  int ingressPartition(TopicName topic) {
    return partitions.of(topic.toString());
  }

  /** A new life on what the disk kept. */
  RulesHouse afterCrash(Random random) {
    return new RulesHouse(
        store.crash(random), simulation.now(), makes, Lookups.NONE, Runnable::run, outside);
  }

  RulesHouse afterRestart() {
    store.sync();
    return afterCrash(new Random(1));
  }

  FakeDestinations fake() {
    return (FakeDestinations) destinations;
  }

  boolean isIdle() {
    return ingress.isIdle() && rules.errorBacklog() == 0;
  }

  // ---- rules

  /** A rule document with single quotes for double ones where JSON wants them. */
  static Rule rule(String name, String sql, String rest) {
    String json =
        "{\"sql\": %s, \"awsIotSqlVersion\": \"2016-03-23\", %s}"
            .formatted(quoted(sql), rest.replace('\'', '"'));
    return RuleDocument.parse(name, json(json), START_MILLIS);
  }

  static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (IOException broken) {
      throw new IllegalArgumentException(text, broken);
    }
  }

  private static String quoted(String text) {
    return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + "\"";
  }

  Rule create(String name, String sql, String rest) {
    Rule rule = rule(name, sql, rest);
    await(rules.create(rule));
    return rule;
  }

  <T> T await(CompletableFuture<T> reply) {
    simulation.run();
    if (!reply.isDone()) {
      store.sync();
    }
    try {
      return reply.getNow(null);
    } catch (CompletionException refused) {
      if (refused.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw refused;
    }
  }

  // ---- messages

  Publication message(String topic, String payload) {
    return message(topic, payload.getBytes(StandardCharsets.UTF_8), PublishProperties.NONE);
  }

  Publication message(String topic, byte[] payload, PublishProperties properties) {
    return new Publication(
        TopicName.of(topic),
        payload,
        QoS.AT_LEAST_ONCE,
        false,
        properties,
        new Origin("dev1", "cert1", "192.0.2.1", Origin.Kind.MQTT, 0),
        stamp++);
  }

  /** As the gateway does: to the log when somebody listens. */
  boolean publish(String topic, String payload) {
    return publish(message(topic, payload));
  }

  boolean publish(Publication publication) {
    if (!rules.listens(publication.topic())) {
      return false;
    }
    log(publication);
    simulation.run();
    return true;
  }

  CompletableFuture<Long> log(Publication publication) {
    return store
        .log(INGRESS)
        .append(ingressPartition(publication.topic()), PublicationCodec.encode(publication));
  }

  /** A count over a rule and its actions. */
  long count(String rule, Ledger.Entry entry) {
    return rules.ledger().totals().getOrDefault(rule, Map.of()).getOrDefault(entry, 0L);
  }
}
