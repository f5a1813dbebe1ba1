package io.sluice.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.SplittableRandom;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BenchArithmeticTest {
  @ParameterizedTest(name = "fan {0}, window {1}: {2} sent, {3} delivered")
  @CsvSource({
    "1,   4,  0,    0, true,  true",
    "1,   4,  2,    0, true,  true",
    "1,   4,  3,    0, true,  false",
    "1,   4,  4,    0, false, false",
    "1,   4,  4,    1, true,  false",
    "1,   4,  4,    2, true,  true",
    "1,   1,  1,    0, false, false",
    "1,   1,  1,    1, true,  true",
    "100, 2,  2,   99, false, false",
    "100, 2,  2,  100, true,  true",
    "0,   4, 99,    0, true,  true",
  })
  void aWindowBoundsWhatIsUnderWay(
      int fan, int size, long sent, long delivered, boolean allows, boolean wantsRefill) {
    DeliveryWindow window = new DeliveryWindow(fan, size);
    window.delivered(delivered);

    assertThat(window.allowsAfter(sent)).isEqualTo(allows);
    assertThat(window.wantsRefillAfter(sent)).isEqualTo(wantsRefill);
  }

  @Test
  void theCostOfAProcessIsReadWhateverItsNameIs() {
    String stat = "42 (a) b (c) S 1 42 42 0 -1 4194560 9 0 0 0 1234 66 7 8 20 0 5 0 99 1 1";
    String status = "Name:\ta) b (c\nVmPeak:\t  9999 kB\nVmRSS:\t    2048 kB\nThreads:\t5\n";

    ProcessCost cost = ProcessCost.parse(stat, status);

    assertThat(cost).isEqualTo(new ProcessCost(13_000_000, 2_097_152));
    assertThat(new ProcessCost(15_000_000, 1_000_000).since(cost))
        .isEqualTo(new ProcessCost(2_000_000, -1_097_152));
  }

  @ParameterizedTest
  @CsvSource({"60_000_000, 20_000", "0, -1", "-4_096, -1", "400_000, -1"})
  void memoryThatDidNotGrowIsUnknownRatherThanFree(String growth, String perConnection) {
    ObjectNode values = PayloadTemplate.JSON.createObjectNode();
    long grown = Long.parseLong(growth.replace("_", ""));
    ConnectionsBench.describeMemory(
        values, new BrokerMemory(1_000_000, null, 9), new BrokerMemory(grown, null, 3_000), 3_000);

    assertThat(values.path("brokerBytesPerConnection").asLong(-1))
        .isEqualTo(Long.parseLong(perConnection.replace("_", "")));
    assertThat(values.has("brokerBytesPerConnectionUnknown")).isEqualTo(perConnection.equals("-1"));
  }

  @Test
  void thisProcessCostsSomethingAndAnUnknownOneIsRefused() {
    assertThat(ProcessCost.ofThisProcess().residentBytes()).isPositive();
    assertThatThrownBy(() -> ProcessCost.of(Long.MAX_VALUE))
        .isInstanceOf(SimExit.WrongUsage.class)
        .hasMessageContaining("--broker-pid");
  }

  @ParameterizedTest
  @CsvSource({
    "0,0 us",
    "870,870 us",
    "999,999 us",
    "1000,1.00 ms",
    "12345,12.3 ms",
    "123456,123 ms",
    "3050000,3.05 s"
  })
  void latenciesAreSaidInTheUnitThatFits(long micros, String words) {
    assertThat(LatencySummary.words(micros)).isEqualTo(words);
  }

  @Test
  void percentilesAreOfAllThatWasRecorded() {
    Histogram nanos = new Histogram(3);
    for (int i = 1; i <= 1_000; i++) {
      nanos.recordValue(i * 1_000_000L);
    }

    LatencySummary summary = LatencySummary.ofNanos(nanos);

    assertThat(summary.count()).isEqualTo(1_000);
    assertThat(summary.p50()).isBetween(500_000L, 501_000L);
    assertThat(summary.p99()).isBetween(990_000L, 991_500L);
    assertThat(summary.p999()).isBetween(999_000L, 1_000_500L);
  }

  @Test
  void backingOffDoublesToABoundAndLeavesHalfToChance() {
    Backoff backoff =
        new Backoff(Duration.ofMillis(100), Duration.ofSeconds(2), new SplittableRandom(1));
    for (long most : new long[] {100, 200, 400, 800, 1_600, 2_000, 2_000}) {
      assertThat(backoff.next()).isBetween(Duration.ofMillis(most / 2), Duration.ofMillis(most));
    }
    backoff.reset();
    assertThat(backoff.next()).isLessThanOrEqualTo(Duration.ofMillis(100));
  }

  @Test
  void statisticsOfLoopsAddUp() {
    LoopStats one = new LoopStats();
    one.published = 3;
    one.deliveredAfter(1_000);
    one.failed("x");
    LoopStats other = one.copy();
    other.add(one);

    assertThat(other.published).isEqualTo(6);
    assertThat(other.delivery.getTotalCount()).isEqualTo(2);
    assertThat(other.failures).containsEntry("x", 2L);
    other.resetTimes();
    assertThat(other.delivery.getTotalCount()).isZero();
    assertThat(other.published).as("counts are compared at the end").isEqualTo(6);
  }

  @ParameterizedTest
  @CsvSource({"true,'\\r\\033[Ktwo\\r\\033[K'", "false,'two\\n'"})
  void progressRewritesOneLineOnATerminalOnly(boolean terminal, String expected) {
    HandMovedClock clock = new HandMovedClock();
    StringWriter shown = new StringWriter();
    TerminalLine line = new TerminalLine(new PrintWriter(shown), terminal, clock::nanoTime);
    line.show("one: too soon after the start");
    clock.advance(Duration.ofSeconds(5));
    line.show("two");
    line.show("three: too soon after two");
    line.end();

    assertThat(shown.toString()).isEqualTo(expected.translateEscapes());
  }
}
