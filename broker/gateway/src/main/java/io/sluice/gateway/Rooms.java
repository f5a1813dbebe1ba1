package io.sluice.gateway;

import io.sluice.credentials.Authorizers;
import io.sluice.dispatch.DispatchCounters;
import io.sluice.dispatch.IngressConveyor;
import io.sluice.dispatch.PublishPath;
import io.sluice.engine.EmbeddedDestinations;
import io.sluice.engine.RuleBook;
import io.sluice.engine.RuleDestinations;
import io.sluice.firehose.DeliveryLimits;
import io.sluice.firehose.DeliverySettings;
import io.sluice.firehose.DeliveryStreams;
import io.sluice.firehose.FolderTarget;
import io.sluice.fleet.Fleet;
import io.sluice.identity.Arns;
import io.sluice.identity.Authenticator;
import io.sluice.identity.Authorizer;
import io.sluice.identity.Registry;
import io.sluice.identity.RegistryLimits;
import io.sluice.message.Origin;
import io.sluice.message.PublicationCodec;
import io.sluice.message.Stamps;
import io.sluice.outbound.Outbound;
import io.sluice.outbound.OutboundSettings;
import io.sluice.queue.QueueLimits;
import io.sluice.queue.Queues;
import io.sluice.session.Sessions;
import io.sluice.shadow.ShadowPublisher;
import io.sluice.shadow.ShadowService;
import io.sluice.store.Clock;
import io.sluice.store.Conveyor;
import io.sluice.store.DataDirectory;
import io.sluice.store.Log;
import io.sluice.store.LogRecord;
import io.sluice.store.OwnerThreads;
import io.sluice.store.Partitions;
import io.sluice.store.RocksStore;
import io.sluice.store.StateStore;
import io.sluice.store.Table;
import io.sluice.stream.StreamLimits;
import io.sluice.stream.StreamSettings;
import io.sluice.stream.Streams;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * All rooms below the listeners, on one data directory: the wiring, and the order in which they
 * start and stop. The rooms are told of each other only here.
 */
final class Rooms implements AutoCloseable {
  private static final int DELIVERY_THREADS = 2;
  private static final long DRAIN_MILLIS = 4_000;

  final DataDirectory directory;
  final RocksStore store;
  final Stamps stamps;
  final Sessions sessions;
  final Queues queues;
  final Streams streams;
  final DeliveryStreams deliveryStreams;
  final RuleBook rules;
  final RuleDestinations destinations;
  final ShadowService shadows;
  final Fleet fleet;
  final FleetSource fleetSource;
  final Registry registry;
  final Authorizer authorizer;
  final Authorizers authorizers;
  final Authenticator authenticator;
  final PublishPath publishPath;
  final IngressConveyor conveyor;
  final Partitions partitions;
  final OwnerThreads owners;
  private final ExecutorService deliveries;
  private final ExecutorService questions;
  private final ExecutorService outboxWorkers;
  private final Outbound outbound;
  final GatewayWatch watch = new GatewayWatch();

  private Rooms(GatewayConfig config, DataDirectory directory, RocksStore store) {
    this.directory = directory;
    this.store = store;
    this.owners = new OwnerThreads(config.threads(Setting.OWNER_THREADS));
    this.partitions = new Partitions(store, Clock.SYSTEM, owners);
    Conveyor.register(partitions);
    String account = config.text(Setting.ACCOUNT_ID);
    String region = config.text(Setting.REGION);
    this.stamps = new Stamps(System::currentTimeMillis, newestStamp(store));
    this.sessions =
        new Sessions(partitions, config.sessionLimits(), stamps, PublishPath.ingress(partitions));
    this.queues = new Queues(partitions, region, account, QueueLimits.STANDARD);
    this.streams =
        new Streams(
            partitions,
            StreamSettings.of(
                account, region, config.isAws() ? StreamLimits.aws() : StreamLimits.standard()));
    this.deliveries = DeliveryStreams.executor(DELIVERY_THREADS);
    FolderTarget objects = new FolderTarget(directory.deliveries());
    this.deliveryStreams =
        new DeliveryStreams(
            partitions,
            new DeliverySettings(account, region, DeliveryLimits.standard()),
            objects,
            deliveries);
    GatewayLookups lookups = GatewayLookups.of(config.text(Setting.LOOKUPS_FILE));
    this.questions = RuleBook.questionThreads(config.threads(Setting.QUESTION_THREADS));
    int outboxThreads = config.threads(Setting.OUTBOX_THREADS);
    this.outboxWorkers = RuleBook.Outside.workers(outboxThreads);
    this.destinations = new RuleDestinations(partitions, region, account, outboxWorkers);
    this.outbound =
        new Outbound(config.outboundSettings(objects, functions(lookups), watch), destinations);
    this.rules =
        new RuleBook(
            partitions,
            new EmbeddedDestinations(queues, streams, deliveryStreams),
            account,
            PublishPath.INGRESS,
            topic -> PublishPath.partitionOf(partitions, topic),
            lookups,
            questions,
            cause -> stamps.next(),
            new RuleBook.Outside(outbound, outboxWorkers, outboxThreads, config.outboxSettings()));
    this.registry =
        new Registry(
            partitions,
            new Arns(region, account),
            config.isAws() ? RegistryLimits.AWS : RegistryLimits.STANDARD);
    this.authorizer = new Authorizer(registry, Clock.SYSTEM);
    this.authorizers = new Authorizers(partitions);
    this.authenticator = new Authenticator(registry, authorizer, Clock.SYSTEM);
    this.publishPath = new PublishPath(partitions, sessions, rules, new DispatchCounters());
    this.fleet = new Fleet(partitions);
    ShadowPublisher tells = publishPath.shadowPublisher(stamps);
    this.shadows =
        new ShadowService(
            partitions,
            config.shadowSettings(),
            (turn, topic, payload, cause) -> {
              tells.publish(turn, topic, payload, cause);
              String thing = FleetSource.changedBy(topic);
              if (thing != null) {
                fleet.changed(thing);
              }
            });
    registry
        .events()
        .tell((turn, topic, event) -> tells.publish(turn, topic, event, Origin.GATEWAY));
    this.fleetSource = new FleetSource(registry, shadows, fleet);
    registry.onThingChange(fleet::changed);
    lookups.know(registry, shadows);
    watch.know(publishPath, stamps);
    this.conveyor =
        new IngressConveyor(
            partitions,
            sessions,
            rules,
            shadows,
            publishPath,
            config.longNumber(Setting.INGRESS_RETAIN_RECORDS));
  }

  private static OutboundSettings.Functions functions(GatewayLookups lookups) {
    return new OutboundSettings.Functions() {
      @Override
      public boolean has(String functionArn) {
        return lookups.hasFunction(functionArn);
      }

      @Override
      public byte[] invoke(String functionArn, byte[] json) {
        return lookups.invoke(functionArn, json);
      }
    };
  }

  /**
   * Opens the data directory and starts the rooms; when this returns, all that an earlier life left
   * is back in memory.
   *
   * @throws io.sluice.store.DataDirectoryRefused when it cannot be used; the sentence says why
   */
  static Rooms open(GatewayConfig config, DataDirectory directory) {
    Set<Table> tables = new HashSet<>();
    List.of(
            Sessions.TABLES,
            Queues.TABLES,
            Streams.TABLES,
            DeliveryStreams.TABLES,
            RuleBook.TABLES,
            RuleDestinations.TABLES,
            ShadowService.TABLES,
            Fleet.TABLES,
            Registry.TABLES,
            Authorizers.TABLES)
        .forEach(tables::addAll);
    Rooms rooms = new Rooms(config, directory, RocksStore.open(directory, tables));
    CompletableFuture<Boolean> loaded = new CompletableFuture<>();
    rooms.partitions.onLoaded(() -> loaded.complete(true));
    rooms.partitions.start();
    loaded.join();
    rooms.owners.startTicking(rooms.partitions);
    rooms.fleet.begin(rooms.fleetSource);
    return rooms;
  }

  /**
   * The stamp of the newest logged publication: what follows must be later, also when the machine's
   * clock was set back.
   */
  private static long newestStamp(StateStore store) {
    Log ingress = store.log(PublishPath.INGRESS);
    long newest = 0;
    for (int p = 0; p < store.partitions(); p++) {
      long next = ingress.next(p);
      if (next > 0) {
        for (LogRecord record : ingress.read(p, next - 1, 1, 1)) {
          newest = Math.max(newest, stampOf(record));
        }
      }
    }
    return newest;
  }

  private static long stampOf(LogRecord record) {
    try {
      return PublicationCodec.decode(record.bytes()).stampMicros();
    } catch (IllegalArgumentException unreadable) { // counted and passed over where it is carried
      return 0;
    }
  }

  /**
   * Waits until every logged publication has had its effects, for a few seconds at most; answers
   * whether it has.
   */
  boolean drain() {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(DRAIN_MILLIS);
    while (!conveyor.isIdle() && System.nanoTime() < deadline) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
    }
    return conveyor.isIdle();
  }

  /**
   * Stops in the order of the way of a publish; what is not carried yet waits on disk for the next
   * start.
   */
  @Override
  public void close() {
    drain();
    owners.close();
    fleet.close();
    deliveries.shutdown();
    questions.shutdownNow(); // what waits is on disk
    outboxWorkers.shutdownNow();
    outbound.close();
    store.close();
    directory.close();
  }
}
