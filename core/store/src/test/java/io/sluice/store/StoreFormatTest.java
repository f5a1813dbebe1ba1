package io.sluice.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The bytes drawn in {@code docs/formats/store.md}. */
class StoreFormatTest {
  private static final HexFormat HEX = HexFormat.of();

  @TempDir Path folder;
  private RocksStore store;

  @BeforeEach
  void open() {
    store = RocksStore.open(DataDirectory.open(folder.resolve("data"), 300), Set.of());
  }

  @AfterEach
  void close() {
    store.close();
  }

  private List<String> rows(String family) {
    return store.range(new Table(family), new byte[0], Keys.after(new byte[0]), 100).stream()
        .map(row -> HEX.formatHex(row.key()) + " = " + HEX.formatHex(row.value()))
        .toList();
  }

  @Test
  void aLogsRowsAreItsPartitionAndOffset() {
    store.log("in").append(258, "hi".getBytes(UTF_8)).join();
    store.log("in").append(258, new byte[0]).join();
    assertThat(rows("log-in"))
        .containsExactly("01020000000000000000 = 6869", "01020000000000000001 = ");
  }

  @Test
  void aTrimmedLogRemembersWhereItBegins() {
    store.log("in").append(258, new byte[1]).join();
    store.log("in").trim(258, 1);
    assertThat(rows("log-in")).isEmpty();
    assertThat(rows("log-heads")).containsExactly("0102696e00 = 0000000000000001");
  }

  @Test
  void aTimersKeyIsItsTimeItsKindAndItsKey() {
    Turn turn = new Turn(store, 258, 0);
    turn.schedule("will", 0x18bcfe5687bL, new byte[] {7});
    store.commit(turn.record());
    assertThat(rows("timers")).containsExactly("01020000018bcfe5687b77696c6c0007 = ");
  }

  @Test
  void aConveyorsCursorAndWatermarkAreRowsOfTheirPartitions() {
    SimulatedPartitions simulation = new SimulatedPartitions(store, 0);
    Partitions partitions = simulation.partitions();
    Conveyor<Integer> conveyor =
        new Conveyor<>(
            partitions,
            "c",
            "in",
            (source, record, sink) -> sink.effect(2, 1),
            (turn, effect) -> {},
            0);
    partitions.start();
    store.log("in").append(258, new byte[0]).join();
    simulation.run();
    assertThat(conveyor.isIdle()).isTrue();
    assertThat(rows("cursors"))
        .containsExactly(
            // partition 2: "c", "seen", from source 258: offset 0
            "0002" + "6300" + "7365656e00" + "0000000000000102" + " = 0000000000000000",
            // partition 258: "c", "cursor": next is offset 1
            "0102" + "6300" + "637572736f7200" + " = 0000000000000001");
  }
}
