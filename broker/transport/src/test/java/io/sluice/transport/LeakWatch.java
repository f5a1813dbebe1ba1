package io.sluice.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetectorFactory;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Collects Netty's leak reports, which otherwise are only logged: a buffer that was dropped and not
 * released fails the test that closes its gateway next.
 */
final class LeakWatch extends ResourceLeakDetectorFactory {
  private static final Queue<String> LEAKS = new ConcurrentLinkedQueue<>();

  /** Before the first buffer of the process is made. */
  static void install() {
    if (!(ResourceLeakDetectorFactory.instance() instanceof LeakWatch)) {
      ResourceLeakDetectorFactory.setResourceLeakDetectorFactory(new LeakWatch());
    }
  }

  static void assertNoLeaks() {
    find();
    assertThat(LEAKS).as("buffers that nobody released").isEmpty();
  }

  /** Looks for leaks; answers whether there are any. */
  static boolean find() {
    System.gc(); // the detector learns of dropped buffers from the collector
    for (int i = 0; i < 100; i++) { // and tells when others are made
      ByteBufAllocator.DEFAULT.buffer(16).release();
    }
    return !LEAKS.isEmpty();
  }

  /** Forgets what was found, and answers how much that was. */
  static int forget() {
    int found = LEAKS.size();
    LEAKS.clear();
    return found;
  }

  @Override
  @SuppressWarnings("deprecation") // abstract in Netty 4.2, so it must be there
  public <T> ResourceLeakDetector<T> newResourceLeakDetector(
      Class<T> resource, int samplingInterval, long maxActive) {
    return new Collecting<>(resource, samplingInterval);
  }

  private static final class Collecting<T> extends ResourceLeakDetector<T> {
    Collecting(Class<?> resource, int samplingInterval) {
      super(resource, samplingInterval);
    }

    @Override
    protected boolean needReport() {
      return true;
    }

    @Override
    protected void reportTracedLeak(String resourceType, String records) {
      LEAKS.add(resourceType + records);
    }

    @Override
    protected void reportUntracedLeak(String resourceType) {
      LEAKS.add(resourceType);
    }
  }
}
