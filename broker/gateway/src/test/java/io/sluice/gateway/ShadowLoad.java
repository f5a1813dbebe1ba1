package io.sluice.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.message.Origin;
import io.sluice.shadow.ShadowAddress;
import io.sluice.shadow.ShadowReply;
import io.sluice.shadow.ShadowRequest;
import io.sluice.store.DataDirectory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntFunction;
import java.util.function.IntUnaryOperator;
import java.util.stream.Stream;
import org.HdrHistogram.ConcurrentHistogram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Many shadows in a bounded heap, measured: a process with a fixed {@code -Xmx} fills a data
 * directory, updates distinct things and one hot one, and opens the directory again. No test by its
 * name, so that only who asks runs it; {@code docs/benchmarks.md} has the command.
 */
class ShadowLoad {
  private static final int WINDOW = 2048;
  private static final int HOT_WINDOW = 64;
  private static final Origin BACK_END = new Origin(null, "load", "127.0.0.1", Origin.Kind.HTTP, 0);

  @TempDir Path folder;

  @Test
  void measure() throws Exception {
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx" + System.getProperty("heap", "512m"),
            "-cp",
            System.getProperty("java.class.path"),
            ShadowLoad.class.getName(),
            folder.resolve("data").toString(),
            System.getProperty("shadows", "1000000"),
            System.getProperty("seconds", "10"),
            System.getProperty("history", "100"));
    Process child = new ProcessBuilder(command).inheritIO().start();
    try {
      assertThat(child.waitFor()).isZero();
    } finally {
      child.destroyForcibly();
    }
  }

  public static void main(String[] args) throws Exception {
    Path data = Path.of(args[0]);
    int shadows = Integer.parseInt(args[1]);
    int seconds = Integer.parseInt(args[2]);
    Map<Setting, String> flags = new EnumMap<>(Setting.class);
    flags.put(Setting.SHADOW_HISTORY_VERSIONS, args[3]);
    GatewayConfig config = GatewayConfig.load(null, Map.of(), flags);
    say(
        "%d shadows, history of %s versions, heap %d MB at most"
            .formatted(shadows, args[3], heapMax()));
    try (Rooms rooms = open(config, data)) {
      run("make %d shadows".formatted(shadows), rooms, shadows, WINDOW, i -> i, ShadowLoad::whole);
      say("  heap in use %d MB, on disk %d MB".formatted(heapUsed(), megabytes(data)));
      IntUnaryOperator scattered = i -> (int) (i * 2_654_435_761L % shadows & 0x7FFF_FFFF);
      timed("distinct things", rooms, seconds, WINDOW, scattered, ShadowLoad::report);
      timed("one hot thing", rooms, seconds, HOT_WINDOW, i -> 0, ShadowLoad::report);
      say("  heap in use %d MB, on disk %d MB".formatted(heapUsed(), megabytes(data)));
    }
    long begun = System.nanoTime();
    try (Rooms rooms = open(config, data)) {
      long opened = System.nanoTime();
      ShadowReply last =
          rooms
              .shadows
              .ask(new ShadowRequest.Get(address(shadows - 1), new byte[0], BACK_END))
              .join();
      assertThat(last).isInstanceOf(ShadowReply.Accepted.class);
      say(
          "restart with %d shadows: open in %d ms, first document after %d ms more; heap in use %d MB"
              .formatted(
                  shadows,
                  TimeUnit.NANOSECONDS.toMillis(opened - begun),
                  TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - opened),
                  heapUsed()));
    }
  }

  private static Rooms open(GatewayConfig config, Path data) {
    return Rooms.open(config, DataDirectory.open(data, config.number(Setting.PARTITIONS)));
  }

  private static ShadowAddress address(int n) {
    return ShadowAddress.classic("thing-%07d".formatted(n));
  }

  /** A whole state of 1 KB. */
  private static byte[] whole(int n) {
    StringBuilder state = new StringBuilder("{\"state\":{\"reported\":{\"n\":").append(n);
    for (int i = 0; i < 24; i++) {
      state.append(
          ",\"attribute-%02d\":\"a value of text %06d\"".formatted(i, (n + i) % 1_000_000));
    }
    return state.append("},\"desired\":{\"n\":0}}}").toString().getBytes(UTF_8);
  }

  /** Two attributes of it. */
  private static byte[] report(int n) {
    return "{\"state\":{\"reported\":{\"n\":%d,\"attribute-01\":\"%d\"}}}"
        .formatted(n, n)
        .getBytes(UTF_8);
  }

  private static void timed(
      String what,
      Rooms rooms,
      int seconds,
      int window,
      IntUnaryOperator thing,
      IntFunction<byte[]> payload)
      throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    update(what, rooms, i -> System.nanoTime() < end, window, thing, payload);
  }

  private static void run(
      String what,
      Rooms rooms,
      int count,
      int window,
      IntUnaryOperator thing,
      IntFunction<byte[]> payload)
      throws InterruptedException {
    update(what, rooms, i -> i < count, window, thing, payload);
  }

  private static void update(
      String what,
      Rooms rooms,
      java.util.function.IntPredicate more,
      int window,
      IntUnaryOperator thing,
      IntFunction<byte[]> payload)
      throws InterruptedException {
    ConcurrentHistogram micros = new ConcurrentHistogram(3);
    AtomicReference<Throwable> failed = new AtomicReference<>();
    Semaphore free = new Semaphore(window);
    long begun = System.nanoTime();
    int sent = 0;
    while (more.test(sent)) {
      free.acquire();
      long asked = System.nanoTime();
      rooms
          .shadows
          .ask(
              new ShadowRequest.Update(
                  address(thing.applyAsInt(sent)), payload.apply(sent), BACK_END))
          .whenComplete(
              (reply, failure) -> {
                micros.recordValue(TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - asked));
                if (!(reply instanceof ShadowReply.Accepted)) {
                  failed.compareAndSet(
                      null, failure != null ? failure : new AssertionError("refused: " + reply));
                }
                free.release();
              });
      sent++;
    }
    free.acquire(window);
    double took = (System.nanoTime() - begun) / 1e9;
    if (failed.get() != null) {
      throw new AssertionError(failed.get());
    }
    say(
        "%s: %d durable updates in %.1f s = %.0f/s with %d under way; p50 %.1f ms, p99 %.1f ms; %d wait in the ingress log"
            .formatted(
                what,
                sent,
                took,
                sent / took,
                window,
                micros.getValueAtPercentile(50) / 1000.0,
                micros.getValueAtPercentile(99) / 1000.0,
                rooms.conveyor.backlog()));
  }

  private static long heapMax() {
    return Runtime.getRuntime().maxMemory() >> 20;
  }

  private static long heapUsed() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory() >> 20;
  }

  private static long megabytes(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(Files::isRegularFile).mapToLong(ShadowLoad::size).sum() >> 20;
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException compactedAway) {
      return 0;
    }
  }

  private static void say(String line) {
    System.out.println(line);
  }
}
