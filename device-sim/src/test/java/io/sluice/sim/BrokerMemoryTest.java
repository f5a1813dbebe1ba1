package io.sluice.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class BrokerMemoryTest {
  private static final List<String> SMAPS =
      List.of(
          "700000000-710000000 rw-p 00000000 00:00 0 ",
          "Size:             262144 kB",
          "Rss:              100000 kB",
          "710000000-800000000 ---p 00000000 00:00 0 ",
          "Rss:                   8 kB",
          "7f0000000000-7f0000100000 r-xp 00000000 08:01 42    /usr/lib/libjvm.so",
          "Rss:                 300 kB",
          "7fff00000000-7fff00021000 rw-p 00000000 00:00 0     [stack]",
          "Rss:                  20 kB");

  @Test
  void whatLiesOutsideTheHeapIsCountedByAddress() {
    String seventeen =
        " garbage-first heap   total 262144K, used 15360K [0x0000000700000000, 0x0000000800000000)\n  region size 2048K\n";

    assertThat(BrokerMemory.outsideBytes(SMAPS, seventeen)).isEqualTo(320 * 1_024);
    assertThat(BrokerMemory.outsideBytes(SMAPS, "no heap known"))
        .as("all of it")
        .isEqualTo(100_328 * 1_024);
  }

  @Test
  void growthIsTheDifferenceOfEachPart() {
    BrokerMemory before = new BrokerMemory(500, new BrokerMemory.Heap(100, 50), 7);
    BrokerMemory after = new BrokerMemory(700, new BrokerMemory.Heap(130, 75), 9);

    assertThat(after.since(before))
        .isEqualTo(new BrokerMemory(200, new BrokerMemory.Heap(30, 25), 2));
    assertThat(after.since(before).usedBytes()).isEqualTo(55);
    assertThat(after.since(new BrokerMemory(500, null, 7)).usedBytes())
        .as("a process that is no JVM has one number")
        .isEqualTo(200);
  }

  /** A program that holds 30 MB in its heap until its input ends. */
  static final class Holder {
    public static void main(String[] arguments) throws Exception {
      byte[] held = new byte[30 << 20];
      System.out.println("ready");
      System.in.read();
      System.out.println(held.length);
    }
  }

  @Test
  void theLiveHeapOfAnotherJvmIsWhatItHolds() throws Exception {
    Process child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-cp",
                System.getProperty("java.class.path"),
                Holder.class.getName())
            .start();
    try {
      byte[] ready = child.getInputStream().readNBytes(5);
      assertThat(new String(ready, StandardCharsets.UTF_8)).isEqualTo("ready");
      BrokerMemory memory = BrokerMemory.of(child.pid());

      assertThat(memory.openFiles()).isPositive();
      assertThat(memory.heap()).isNotNull();
      assertThat(memory.heap().liveBytes()).isBetween(30L << 20, 45L << 20);
      assertThat(memory.heap().outsideBytes()).isBetween(1L << 20, memory.residentBytes());
    } finally {
      child.destroyForcibly();
    }
  }
}
