package io.sluice.sim;

import com.hivemq.client.mqtt.MqttClientSslConfig;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A running fleet: devices of one {@link Scenario} against one broker.
 *
 * <p>Threads: one owns all devices ({@link FleetClock}), at most two event loops carry their
 * connections, one reads certificates while the fleet ramps up. The public methods may be called
 * from any thread; those that wait say so.
 */
public final class Fleet implements AutoCloseable {
  private static final long RUNNING = Long.MIN_VALUE;
  private static final int LOOPS_MAX = 2;
  private static final Duration CLOSE_MAX = Duration.ofSeconds(5);
  private static final Duration DRAIN_MAX = Duration.ofSeconds(10);

  private final Scenario scenario;
  private final Endpoint endpoint;
  private final FleetListener listener;
  private final FleetCounters counters;
  private final FleetThread clock = new FleetThread("sim-fleet");
  private final ExecutorService loops = Executors.newCachedThreadPool(daemons("sim-loop"));
  private final ExecutorService reader = Executors.newSingleThreadExecutor(daemons("sim-certs"));
  private final List<SimulatedDevice> devices = new ArrayList<>(); // confined to the fleet's thread
  private final long startedNanos = System.nanoTime();
  private volatile long publishingEndedNanos = RUNNING;
  private @Nullable FaultyNetwork faultyNetwork; // guarded by this
  private @Nullable FleetReport finalReport; // guarded by this
  private boolean stopping; // confined to the fleet's thread

  private Fleet(Scenario scenario, Endpoint endpoint, FleetListener listener) {
    this.scenario = scenario;
    this.endpoint = endpoint;
    this.listener = listener;
    this.counters = new FleetCounters(scenario.devices());
  }

  /** Starts a fleet that nobody listens to. */
  public static Fleet start(Scenario scenario, Endpoint endpoint) {
    return start(scenario, endpoint, FleetListener.NONE);
  }

  /**
   * Starts a fleet. Returns at once; devices connect at the scenario's ramp-up and publish until
   * {@link #stop}: the scenario's duration is the caller's to keep.
   *
   * @throws io.sluice.certs.CertsRefused when a certificate that the scenario needs is not there
   */
  public static Fleet start(Scenario scenario, Endpoint endpoint, FleetListener listener) {
    DeviceCredentials credentials =
        endpoint.certificates() == null
            ? null
            : DeviceCredentials.open(endpoint.certificates(), scenario.clientIds());
    Fleet fleet = new Fleet(scenario, endpoint, listener);
    fleet.rampUp(credentials);
    return fleet;
  }

  private synchronized void rampUp(@Nullable DeviceCredentials credentials) {
    InetSocketAddress address =
        InetSocketAddress.createUnresolved(endpoint.host(), endpoint.port());
    if (scenario.faults() != null) {
      InetSocketAddress broker = new InetSocketAddress(endpoint.host(), endpoint.port());
      faultyNetwork = new FaultyNetwork(scenario.faults(), scenario.seed(), broker);
      address = faultyNetwork.address();
    }
    int loopCount = Math.min(LOOPS_MAX, Runtime.getRuntime().availableProcessors());
    HiveLink.Network network = new HiveLink.Network(address, loops, loopCount);
    Iterator<DeviceName> names = scenario.names().iterator();
    clock.execute(() -> startNext(names, 0, network, credentials));
  }

  /** Starts the devices whose time has come, then waits for the next one's. */
  private void startNext(
      Iterator<DeviceName> names,
      int started,
      HiveLink.Network network,
      @Nullable DeviceCredentials credentials) {
    int count = started;
    double perNano = scenario.connect().rampUpPerSecond() / 1e9;
    long elapsed = clock.nanoTime() - startedNanos;
    while (!stopping && names.hasNext() && count <= elapsed * perNano) {
      DeviceName name = names.next();
      count++;
      CompletableFuture.supplyAsync(() -> link(name, network, credentials), reader)
          .whenComplete((link, failure) -> clock.execute(() -> startDevice(name, link, failure)));
    }
    if (!stopping && names.hasNext()) {
      int next = count;
      long dueNanos = (long) (next / perNano) - (clock.nanoTime() - startedNanos);
      clock.after(
          Duration.ofNanos(Math.max(0, dueNanos)),
          () -> startNext(names, next, network, credentials));
    }
  }

  private MqttLink link(
      DeviceName name, HiveLink.Network network, @Nullable DeviceCredentials credentials) {
    MqttClientSslConfig ssl = credentials == null ? null : credentials.ssl(name.clientId());
    return scenario.connect().mqtt() == MqttVersion.V5
        ? new Mqtt5Link(scenario, name, network, ssl, clock)
        : new Mqtt3Link(scenario, name, network, ssl, clock);
  }

  private void startDevice(DeviceName name, @Nullable MqttLink link, @Nullable Throwable failure) {
    if (link == null) {
      counters.failure(failure == null ? "no connection was made" : FailureReason.of(failure));
    } else if (!stopping) {
      SimulatedDevice device = new SimulatedDevice(scenario, name, link, clock, counters, listener);
      devices.add(device);
      device.start();
    }
  }

  /**
   * Waits until every device has connected once.
   *
   * @return false when the time was over first; {@link #report} says what went wrong
   */
  public boolean awaitConnected(Duration max) throws InterruptedException {
    return counters.neverConnected.await(max.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** The counts now; after {@link #stop}, the final ones. */
  public FleetReport report() {
    FleetReport stopped;
    synchronized (this) {
      stopped = finalReport;
    }
    return stopped != null ? stopped : reportNow();
  }

  private FleetReport reportNow() {
    long ended = publishingEndedNanos;
    long until = ended == RUNNING ? System.nanoTime() : ended;
    Duration elapsed = Duration.ofNanos(until - startedNanos);
    return counters.report(scenario.name(), scenario.devices(), elapsed);
  }

  /** Stops, waiting at most ten seconds for acknowledgements; see {@link #stop(Duration)}. */
  public FleetReport stop() {
    return stop(DRAIN_MAX);
  }

  /**
   * Stops publishing, waits for outstanding acknowledgements, disconnects. Blocks for at most
   * {@code drainMax} and five seconds. Called again, it answers the same report.
   */
  public synchronized FleetReport stop(Duration drainMax) {
    if (finalReport != null) {
      return finalReport;
    }
    await(onFleetThread(this::stopPublishing), drainMax);
    await(onFleetThread(this::closeDevices), CLOSE_MAX);
    finalReport = reportNow();
    if (faultyNetwork != null) {
      faultyNetwork.close();
    }
    clock.close();
    reader.shutdownNow();
    loops.shutdown(); // the client ends its loops itself once the last connection is gone
    return finalReport;
  }

  private CompletableFuture<Void> stopPublishing() {
    stopping = true;
    publishingEndedNanos = clock.nanoTime();
    return all(devices.stream().map(SimulatedDevice::stopPublishing).toList());
  }

  private CompletableFuture<Void> closeDevices() {
    return all(devices.stream().map(SimulatedDevice::close).toList());
  }

  private static CompletableFuture<Void> all(List<CompletableFuture<Void>> parts) {
    return CompletableFuture.allOf(parts.toArray(CompletableFuture[]::new));
  }

  private CompletableFuture<Void> onFleetThread(Supplier<CompletableFuture<Void>> turn) {
    return CompletableFuture.supplyAsync(turn, clock::execute).thenCompose(done -> done);
  }

  /** Waits, but no longer: what is late stays counted as outstanding. */
  private static void await(CompletableFuture<Void> done, Duration max) {
    try {
      done.get(max.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException late) {
      // the report says how much is outstanding
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException e) {
      throw new IllegalStateException("stopping the fleet failed", e.getCause());
    }
  }

  @Override
  public void close() {
    stop();
  }

  private static ThreadFactory daemons(String prefix) {
    AtomicInteger number = new AtomicInteger();
    return turn -> {
      Thread thread = new Thread(turn, prefix + "-" + number.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    };
  }
}
