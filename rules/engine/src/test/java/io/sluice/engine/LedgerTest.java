package io.sluice.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.engine.Ledger.Entry;
import io.sluice.store.Keys;
import io.sluice.store.Request;
import io.sluice.store.Row;
import io.sluice.store.SimulatedPartitions;
import io.sluice.store.SimulatedStore;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Counts by the hour, for ever in sum. */
class LedgerTest {
  private static final long HOUR = 3_600_000;
  private RulesHouse house = new RulesHouse();

  private void rule() {
    house.create("r", "SELECT * FROM 'a'", "'actions': [{'sqs': {'queueUrl': 'u/q'}}]");
  }

  @Test
  void aRangeOfTimeHasTheHoursItTouches() {
    rule();
    long start = house.simulation.now();
    house.publish("a", "{}");
    house.simulation.advance(HOUR);
    house.publish("a", "{}");
    house.publish("a", "{}");
    assertThat(matched(start, start + 1)).isEqualTo(1);
    assertThat(matched(start + HOUR, start + HOUR + 1)).isEqualTo(2);
    assertThat(matched(start, start + 2 * HOUR)).isEqualTo(3);
    assertThat(matched(start + 3 * HOUR, Long.MAX_VALUE)).isZero();
    house = house.afterRestart();
    assertThat(matched(start + HOUR, start + HOUR + 1)).isEqualTo(2);
  }

  @Test
  void hoursOlderThanAWeekAreAddedUpAndTotalsLoseNothing() {
    rule();
    long start = house.simulation.now();
    for (int hour = 0; hour < Ledger.HOURS_MAX + 30; hour++) {
      house.publish("a", "{}");
      house.simulation.advance(HOUR);
    }
    for (int life = 0; life < 2; life++) {
      assertThat(house.count("r", Entry.MATCHED)).isEqualTo(Ledger.HOURS_MAX + 30);
      assertThat(house.count("r", Entry.DELIVERED)).isEqualTo(Ledger.HOURS_MAX + 30);
      assertThat(matched(0, Long.MAX_VALUE)).isEqualTo(Ledger.HOURS_MAX);
      assertThat(matched(start, start + 29 * HOUR)).isZero();
      house = house.afterRestart();
    }
  }

  @Test
  void manyMessagesOfOneTurnAreAllCounted() {
    rule();
    for (int i = 0; i < 300; i++) {
      house.log(house.message("a", "{}"));
    }
    house.simulation.run();
    for (int life = 0; life < 2; life++) {
      assertThat(house.count("r", Entry.MATCHED)).isEqualTo(300);
      assertThat(house.count("r", Entry.DELIVERED)).isEqualTo(300);
      house = house.afterRestart();
    }
  }

  private record CountOne(String rule) implements Request<Boolean> {}

  @Test
  void manyRulesShortenTheTimeThatHoursAreKeptAndNoTotal() {
    SimulatedPartitions simulation = new SimulatedPartitions(new SimulatedStore(1), 0);
    Ledger ledger = new Ledger(simulation.partitions(), 100);
    simulation
        .partitions()
        .register(
            CountOne.class,
            (turn, one) -> {
              ledger.count(turn, one.rule(), Ledger.RULE_ITSELF, Entry.MATCHED);
              return true;
            });
    simulation.partitions().start();
    for (int hour = 0; hour < 10; hour++) {
      for (int rule = 0; rule < 40; rule++) {
        simulation.ask("", new CountOne("r" + rule));
      }
      simulation.advance(HOUR);
    }
    long kept =
        ledger.lines(0, Long.MAX_VALUE).stream()
            .mapToLong(line -> line.counts().get(Entry.MATCHED))
            .sum();
    assertThat(kept).isBetween(40L, 100L);
    assertThat(ledger.totals()).hasSize(40);
    assertThat(ledger.totals().values())
        .allSatisfy(counts -> assertThat(counts).containsEntry(Entry.MATCHED, 10L));
  }

  @Test
  void aClockThatGoesBackLosesNothing() {
    rule();
    house.publish("a", "{}");
    house.simulation.advance(-5 * HOUR);
    house.publish("a", "{}");
    for (int hour = 0; hour < Ledger.HOURS_MAX; hour++) { // the oldest is folded while it counts
      house.publish("a", "{}");
      house.simulation.advance(HOUR);
    }
    house.simulation.advance(-(Ledger.HOURS_MAX + 20) * HOUR);
    for (int i = 0; i < 10; i++) {
      house.log(house.message("a", "{}"));
    }
    house.simulation.run();
    for (int life = 0; life < 2; life++) {
      assertThat(house.count("r", Entry.MATCHED)).isEqualTo(Ledger.HOURS_MAX + 12);
      assertThat(house.count("r", Entry.DELIVERED)).isEqualTo(Ledger.HOURS_MAX + 12);
      house = house.afterRestart();
    }
  }

  /** Bytes on disk are an interface: docs/formats/rules.md draws them. */
  @Test
  void rowsHaveTheirDocumentedBytes() {
    rule();
    house.publish("a", "{}");
    List<Row> rows =
        house.store.range(Ledger.TABLE, new byte[0], Keys.after(new byte[0]), Integer.MAX_VALUE);
    HexFormat hex = HexFormat.of();
    assertThat(rows)
        .extracting(row -> hex.formatHex(row.key()).substring(4)) // behind the partition
        .containsExactlyInAnyOrder(
            "000000000007349e" + "720000", "000000000007349e" + "7200" + "302f73717300");
  }

  private long matched(long from, long to) {
    return house.rules.ledger().lines(from, to).stream()
        .mapToLong(line -> line.counts().get(Entry.MATCHED))
        .sum();
  }
}
