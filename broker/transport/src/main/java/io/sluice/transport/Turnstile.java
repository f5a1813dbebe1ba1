package io.sluice.transport;

import io.sluice.transport.ConnectRefused.Fault;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Counts connections where they come in: in all and for each source address, those open, those not
 * let in yet, and how many come each second. What is too much is refused before a byte of it is
 * read and before its TLS costs anything. A network of IPv6 (its first 64 bits) counts as one
 * address; loopback is the operator's own machine and has no limits of an address. Any thread.
 */
final class Turnstile {
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  /** A storm may bring in one moment what is allowed in this many seconds. */
  private static final int BURST_SECONDS = 2;

  private static final int NETWORK_BYTES_IPV6 = 8;
  private static final int SWEEP_EVERY = 4_096;

  private final TransportLimits limits;
  private final LongSupplier nanos;
  private final AtomicInteger open = new AtomicInteger();
  private final AtomicInteger unadmitted = new AtomicInteger();
  private final Bucket bucket;
  private final ConcurrentHashMap<InetAddress, Source> sources = new ConcurrentHashMap<>();
  private final AtomicInteger sinceSweep = new AtomicInteger();

  Turnstile(TransportLimits limits, LongSupplier nanos) {
    this.limits = limits;
    this.nanos = nanos;
    this.bucket = new Bucket(limits.connectsPerSecondMax(), nanos.getAsLong());
  }

  /** One source address; its fields are guarded by the map's lock on its entry. */
  private static final class Source {
    private final Bucket bucket;
    private int open;
    private int unadmitted;

    Source(Bucket bucket) {
      this.bucket = bucket;
    }
  }

  /** A token bucket; guarded by its own lock, held for a few instructions. */
  private static final class Bucket {
    private final long perSecond;
    private double tokens;
    private long filledNanos;

    Bucket(long perSecond, long now) {
      this.perSecond = perSecond;
      this.tokens = (double) perSecond * BURST_SECONDS;
      this.filledNanos = now;
    }

    synchronized boolean take(long now) {
      if (perSecond == 0) {
        return true;
      }
      fill(now);
      if (tokens < 1) {
        return false;
      }
      tokens--;
      return true;
    }

    synchronized boolean isFull(long now) {
      fill(now);
      return tokens >= (double) perSecond * BURST_SECONDS;
    }

    private void fill(long now) {
      double more = (double) (now - filledNanos) * perSecond / NANOS_PER_SECOND;
      tokens = Math.min((double) perSecond * BURST_SECONDS, tokens + more);
      filledNanos = now;
    }
  }

  /**
   * Counts a connection, whose true address may not be known yet.
   *
   * @throws ConnectRefused when it is one too many; nothing is counted then
   */
  Pass enter() throws ConnectRefused {
    if (open.incrementAndGet() > limits.connectionsMax()) {
      open.decrementAndGet();
      throw busy(
          "too_many_connections", "%d connections are open".formatted(limits.connectionsMax()));
    }
    if (unadmitted.incrementAndGet() > limits.unadmittedMax()) {
      unadmitted.decrementAndGet();
      open.decrementAndGet();
      throw busy(
          "too_many_unadmitted",
          "%d connections are not let in yet".formatted(limits.unadmittedMax()));
    }
    if (!bucket.take(nanos.getAsLong())) {
      unadmitted.decrementAndGet();
      open.decrementAndGet();
      throw busy(
          "connect_rate",
          "more than %d connections came in a second".formatted(limits.connectsPerSecondMax()));
    }
    return new Pass();
  }

  int open() {
    return open.get();
  }

  int unadmitted() {
    return unadmitted.get();
  }

  int sources() {
    return sources.size();
  }

  private static ConnectRefused busy(String word, String why) {
    return new ConnectRefused(Fault.BUSY, word, why + "; try again later");
  }

  /** Forgets addresses that have no connection and have kept to their rate. */
  private void sweep() {
    if (sinceSweep.incrementAndGet() % SWEEP_EVERY == 0) {
      long now = nanos.getAsLong();
      for (InetAddress address : sources.keySet()) {
        sources.computeIfPresent(
            address, (a, source) -> source.open == 0 && source.bucket.isFull(now) ? null : source);
      }
    }
  }

  /** What a source is counted under. */
  private static InetAddress network(InetAddress address) {
    if (!(address instanceof Inet6Address)) {
      return address;
    }
    byte[] bytes = address.getAddress();
    Arrays.fill(bytes, NETWORK_BYTES_IPV6, bytes.length, (byte) 0);
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException never) { // 16 bytes are an address
      throw new AssertionError(never);
    }
  }

  /** One connection's place among the others; closing it twice does nothing. */
  final class Pass {
    private final AtomicBoolean closed = new AtomicBoolean();
    private final AtomicBoolean waiting = new AtomicBoolean(true); // not let in yet
    private volatile @Nullable InetAddress source;

    private Pass() {}

    /**
     * Counts the connection for its source, once that is known.
     *
     * @throws ConnectRefused when it is one too many of that source; the caller closes it
     */
    void from(InetAddress address) throws ConnectRefused {
      if (address.isLoopbackAddress()) {
        return;
      }
      sweep();
      long now = nanos.getAsLong();
      InetAddress network = network(address);
      String[] refused = new String[1];
      sources.compute(
          network,
          (a, known) -> {
            Source at =
                known != null
                    ? known
                    : new Source(new Bucket(limits.addressConnectsPerSecondMax(), now));
            if (isOver(at.open, limits.addressConnectionsMax())) {
              refused[0] = "address_connections";
            } else if (isOver(at.unadmitted, limits.addressUnadmittedMax())) {
              refused[0] = "address_unadmitted";
            } else if (!at.bucket.take(now)) {
              refused[0] = "address_connect_rate";
            } else {
              at.open++;
              at.unadmitted++;
            }
            return at;
          });
      if (refused[0] != null) {
        throw busy(refused[0], "too many connections come from " + network.getHostAddress());
      }
      source = network;
    }

    private static boolean isOver(int count, int max) {
      return max > 0 && count >= max;
    }

    /** The client was let in. */
    void admitted() {
      if (waiting.compareAndSet(true, false)) {
        unadmitted.decrementAndGet();
        change(at -> at.unadmitted--);
      }
    }

    /** The connection is gone. */
    void close() {
      if (closed.compareAndSet(false, true)) {
        admitted();
        open.decrementAndGet();
        change(at -> at.open--);
      }
    }

    private void change(java.util.function.Consumer<Source> change) {
      InetAddress known = source;
      if (known == null) {
        return;
      }
      long now = nanos.getAsLong();
      sources.computeIfPresent(
          known,
          (a, at) -> {
            change.accept(at);
            return at.open == 0 && at.bucket.isFull(now) ? null : at;
          });
    }
  }
}
