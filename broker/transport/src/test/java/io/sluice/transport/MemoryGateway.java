package io.sluice.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.sluice.dispatch.DispatchCounters;
import io.sluice.dispatch.IngressConveyor;
import io.sluice.dispatch.PublishPath;
import io.sluice.engine.Nowhere;
import io.sluice.engine.RuleBook;
import io.sluice.message.Stamps;
import io.sluice.message.TopicName;
import io.sluice.session.SessionLimits;
import io.sluice.session.Sessions;
import io.sluice.shadow.ShadowService;
import io.sluice.shadow.ShadowSettings;
import io.sluice.store.Partitions;
import io.sluice.store.SimulatedPartitions;
import io.sluice.store.SimulatedStore;
import io.sluice.store.StateStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A whole gateway on the calling thread, from the bytes of its clients' sockets to a store in
 * memory: nothing happens until {@link #step} or {@link #settle} lets it, and its clock stands. The
 * same handlers as on a real socket; its memory is counted to the byte.
 */
final class MemoryGateway implements AutoCloseable {
  private static final int PARTITIONS = 2;
  private static final Front.Door DOOR = new Front.Door("memory", new OpenDoor());

  final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true, true);
  final SimulatedPartitions simulation;
  final Sessions sessions;
  final IngressConveyor conveyor;
  final TransportCounters counters = new TransportCounters();
  private final Front front;
  private final EmbeddedChannel keeper = new EmbeddedChannel(); // of the event loop
  private final Loop loop = new Loop(keeper.eventLoop(), new Congestion());
  private final List<MemoryClient> clients = new ArrayList<>();

  MemoryGateway() {
    this(
        new SimulatedStore(PARTITIONS),
        new Stamps(() -> 1_000_000, 0),
        TransportLimits.STANDARD,
        SessionLimits.STANDARD,
        1_000_000);
  }

  /** A gateway that finds what an earlier one left in the store. */
  MemoryGateway(
      StateStore store, Stamps stamps, TransportLimits limits, SessionLimits kept, long nowMillis) {
    this.simulation = new SimulatedPartitions(store, nowMillis);
    Partitions partitions = simulation.partitions();
    sessions = new Sessions(partitions, kept, stamps, PublishPath.ingress(partitions));
    RuleBook rules =
        new RuleBook(
            partitions,
            new Nowhere(),
            "000000000000",
            PublishPath.INGRESS,
            topic -> PublishPath.partitionOf(partitions, topic));
    PublishPath path = new PublishPath(partitions, sessions, rules, new DispatchCounters());
    ShadowService shadows =
        new ShadowService(partitions, ShadowSettings.standard(), path.shadowPublisher(stamps));
    conveyor = new IngressConveyor(partitions, sessions, rules, shadows, path, 0);
    front = new Front(new Broker(sessions, path, stamps, limits, counters), FrontSettings.STANDARD);
    keeper.freezeTime();
    partitions.start();
    simulation.run();
  }

  /** A socket that was accepted on the TCP or on the WebSocket listener. */
  MemoryClient accept(boolean webSocket) {
    MemoryClient client = new MemoryClient(allocator);
    if (webSocket) {
      WebSocketFrames.addTo(client.channel().pipeline(), front, DOOR);
    }
    MqttServer.addMqtt(client.channel().pipeline(), front, DOOR, loop);
    clients.add(client);
    return client;
  }

  /** Lets one thing happen; answers false when nothing is left to do. */
  boolean step() {
    for (MemoryClient client : clients) {
      if (client.hear()) {
        return true;
      }
    }
    return runLoop() || simulation.step();
  }

  /** As {@link #step()}, but chance says which: connections overtake one another. */
  boolean step(Random random) {
    int what = random.nextInt(4);
    if (what == 0) {
      return runLoop();
    }
    if (what == 1) {
      return simulation.step();
    }
    return !clients.isEmpty() && clients.get(random.nextInt(clients.size())).hear();
  }

  private boolean runLoop() {
    boolean some = keeper.hasPendingTasks();
    keeper.runPendingTasks();
    for (MemoryClient client : clients) {
      some |= client.channel().hasPendingTasks();
      client.channel().runPendingTasks();
    }
    return some;
  }

  /** Lets everything happen that can. */
  void settle() {
    while (step()) {
      // on
    }
    keeper.checkException();
    clients.forEach(client -> client.channel().checkException());
    clients.removeIf(MemoryClient::isOver);
  }

  /** Moves the clocks of the store and of the event loop. */
  void advance(long millis) {
    simulation.advance(millis);
    keeper.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
    keeper.runScheduledPendingTasks();
    settle();
  }

  /** Bytes of buffers in use. */
  long memory() {
    return allocator.metric().usedHeapMemory() + allocator.metric().usedDirectMemory();
  }

  /** Ends all connections; then no buffer may be left, and nobody subscribed. */
  @Override
  public void close() {
    for (MemoryClient client : List.copyOf(clients)) {
      client.cut();
    }
    settle();
    assertThat(memory()).as("bytes of buffers that nobody released").isZero();
    assertThat(front.connections()).as("connections").isEmpty();
    assertThat(counters.sessionsOpen.sum()).as("sessions online").isZero();
    keeper.finishAndReleaseAll();
  }

  private static final class OpenDoor implements Gatekeeper, Gatekeeper.Permissions {
    @Override
    public CompletableFuture<Admission> admit(Applicant applicant) {
      return CompletableFuture.completedFuture(new Admission.Admitted("test", null, this));
    }

    @Override
    public void onChange(Consumer<String> principal) {}

    @Override
    public boolean mayPublish(TopicName topic, boolean retain) {
      return !topic.toString().startsWith("forbidden");
    }

    @Override
    public boolean maySubscribe(String filter) {
      return !filter.startsWith("forbidden");
    }

    @Override
    public boolean mayReceive(TopicName topic) {
      return true;
    }

    @Override
    public boolean isRevoked() {
      return false;
    }
  }
}
