package io.sluice.credentials;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.LoadingCache;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/**
 * How many wrong passwords a source address (of IPv6: a network of 64 bits) may show: so many at
 * once, and as many again each minute. Beyond that its logins are turned away without a hash, so
 * that guessing is slow and takes no thread from others. Who gets in costs nothing, so devices
 * behind one address do not harm each other. Loopback has no limit: it is the operator's own
 * machine. Bounded; any thread.
 */
public final class FailedLogins {
  private static final int ADDRESSES_MAX = 100_000; // the longest idle make room
  private static final int NETWORK_BYTES_IPV6 = 8;
  private static final double MINUTE_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final int perMinute;
  private final LongSupplier nanos;
  private final LoadingCache<String, Source> sources;
  private final LongAdder turnedAway = new LongAdder();

  /** Wrong passwords that are left; guarded by its own lock, held for a few instructions. */
  private final class Source {
    private double left = perMinute;
    private long filledNanos = nanos.getAsLong();

    private synchronized boolean hasLeft() {
      fill();
      return left >= 1;
    }

    private synchronized void take() {
      fill();
      left = Math.max(0, left - 1);
    }

    private void fill() {
      long now = nanos.getAsLong();
      left = Math.min(perMinute, left + (now - filledNanos) / MINUTE_NANOS * perMinute);
      filledNanos = now;
    }
  }

  /**
   * @param perMinute 0: no limit
   */
  public FailedLogins(int perMinute) {
    this(perMinute, System::nanoTime);
  }

  FailedLogins(int perMinute, LongSupplier nanos) {
    this.perMinute = perMinute;
    this.nanos = nanos;
    this.sources = Caffeine.newBuilder().maximumSize(ADDRESSES_MAX).build(address -> new Source());
  }

  /** Whether a login from there is to be looked at. */
  public boolean mayTry(String address) {
    if (isUnlimited(address) || sources.get(network(address)).hasLeft()) {
      return true;
    }
    turnedAway.increment();
    return false;
  }

  /** Counts one that was wrong. */
  public void failed(String address) {
    if (!isUnlimited(address)) {
      sources.get(network(address)).take();
    }
  }

  /** Of IPv6 the first 64 bits, which are one customer's. */
  private static String network(String address) {
    if (address.indexOf(':') < 0) {
      return address;
    }
    try {
      byte[] bytes = InetAddress.getByName(address).getAddress(); // digits: nobody is asked
      return HexFormat.of().formatHex(bytes, 0, Math.min(bytes.length, NETWORK_BYTES_IPV6));
    } catch (UnknownHostException notDigits) {
      return address;
    }
  }

  private boolean isUnlimited(String address) {
    return perMinute == 0 || address.startsWith("127.") || address.equals("0:0:0:0:0:0:0:1");
  }

  /** How many logins were turned away since the start. */
  public long turnedAway() {
    return turnedAway.sum();
  }
}
