package io.sluice.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every {@link StateStore} promises; each implementation runs all of it. */
abstract class StateStoreContract {
  static final Table ROWS = new Table("contract-rows");
  static final Table OTHERS = new Table("contract-others");

  private StateStore store;

  /** A store that finds what the last one of this test left; with 4 partitions. */
  abstract StateStore open();

  @BeforeEach
  final void openFirst() {
    store = open();
  }

  @AfterEach
  final void closeLast() {
    store.close();
  }

  private void reopen() {
    store.close();
    store = open();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  private static void await(CompletableFuture<?> future) {
    future.orTimeout(20, TimeUnit.SECONDS).join();
  }

  private List<String> keys(String from, String to, int max) {
    return store.range(ROWS, bytes(from), bytes(to), max).stream()
        .map(row -> new String(row.key(), UTF_8))
        .toList();
  }

  private List<String> texts(Log log, int partition, long from) {
    return log.read(partition, from, 1000, 1 << 20).stream()
        .map(record -> record.offset() + "=" + new String(record.bytes(), UTF_8))
        .toList();
  }

  @Test
  void keepsTheNumberOfPartitions() {
    assertThat(store.partitions()).isEqualTo(4);
  }

  @Test
  void aRowIsVisibleWhenCommitReturnsAndThereAfterReopening() {
    CompletableFuture<?> durable =
        store.commit(new StateRecord().put(ROWS, bytes("k"), bytes("v")));
    assertThat(store.get(ROWS, bytes("k"))).isEqualTo(bytes("v"));
    await(durable);
    reopen();
    assertThat(store.get(ROWS, bytes("k"))).isEqualTo(bytes("v"));
    assertThat(store.get(OTHERS, bytes("k"))).isNull();
  }

  @Test
  void anEmptyValueIsAValue() {
    store.commit(new StateRecord().put(ROWS, bytes("k"), new byte[0]));
    assertThat(store.get(ROWS, bytes("k"))).isEmpty();
  }

  @Test
  void theLastChangeOfAKeyInOneRecordWins() {
    store.commit(
        new StateRecord()
            .put(ROWS, bytes("a"), bytes("1"))
            .delete(ROWS, bytes("a"))
            .delete(ROWS, bytes("b"))
            .put(ROWS, bytes("b"), bytes("2")));
    assertThat(store.get(ROWS, bytes("a"))).isNull();
    assertThat(store.get(ROWS, bytes("b"))).isEqualTo(bytes("2"));
  }

  @Test
  void anEmptyRecordIsDurableWhenAllBeforeIs() {
    await(store.commit(new StateRecord()));
    store.commit(new StateRecord().put(ROWS, bytes("k"), bytes("v")));
    await(store.commit(new StateRecord()));
    assertThat(store.commit(new StateRecord())).isCompleted();
  }

  @Test
  void rangesAreHalfOpenOrderedAsUnsignedBytesAndLimited() {
    StateRecord record = new StateRecord();
    for (String key : List.of("b", "a", "c", "\u00fc", "bb", "d")) {
      record.put(ROWS, bytes(key), bytes("v"));
    }
    store.commit(record);
    assertThat(keys("a", "c", 100)).containsExactly("a", "b", "bb");
    assertThat(keys("aa", "zz", 2)).containsExactly("b", "bb");
    assertThat(store.range(ROWS, bytes("d"), new byte[] {(byte) 0xFF}, 9))
        .extracting(row -> new String(row.key(), UTF_8))
        .containsExactly("d", "\u00fc");
    assertThat(keys("c", "a", 100)).as("an empty range").isEmpty();
    assertThat(keys("a", "a", 100)).isEmpty();
    assertThat(keys("a", "z", 0)).isEmpty();
    assertThat(store.rangeBackwards(ROWS, bytes("a"), bytes("c"), 2))
        .extracting(row -> new String(row.key(), UTF_8))
        .containsExactly("bb", "b");
  }

  @Test
  void arraysReadBelongToTheReader() {
    store.commit(new StateRecord().put(ROWS, bytes("k"), bytes("v")));
    store.get(ROWS, bytes("k"))[0] = 'x';
    store.range(ROWS, bytes("a"), bytes("z"), 1).get(0).value()[0] = 'x';
    assertThat(store.get(ROWS, bytes("k"))).isEqualTo(bytes("v"));
  }

  @Test
  void logsGiveOffsetsFromZeroPerPartitionWithoutGaps() {
    Log log = store.log("one");
    CompletableFuture<Long> a = log.append(1, bytes("a"));
    CompletableFuture<Long> b = log.append(1, bytes("b"));
    CompletableFuture<Long> other = log.append(2, bytes("c"));
    await(CompletableFuture.allOf(a, b, other));
    await(
        store.commit(new StateRecord().append("one", 1, bytes("d")).append("one", 1, bytes("e"))));
    assertThat(List.of(a.join(), b.join(), other.join())).containsExactly(0L, 1L, 0L);
    assertThat(texts(log, 1, 0)).containsExactly("0=a", "1=b", "2=d", "3=e");
    assertThat(texts(log, 1, 2)).containsExactly("2=d", "3=e");
    assertThat(texts(log, 1, 4)).isEmpty();
    assertThat(texts(log, 0, 0)).isEmpty();
    assertThat(log.next(1)).isEqualTo(4);
    assertThat(store.log("one")).isSameAs(log);
    assertThat(texts(store.log("two"), 1, 0)).isEmpty();
  }

  @Test
  void readsStopAtRecordsAndAboutAtBytesButAlwaysMove() {
    Log log = store.log("one");
    for (int i = 0; i < 10; i++) {
      await(log.append(0, new byte[100]));
    }
    assertThat(log.read(0, 3, 4, 1 << 20))
        .extracting(LogRecord::offset)
        .containsExactly(3L, 4L, 5L, 6L);
    assertThat(log.read(0, 3, 10, 150)).hasSize(2);
    assertThat(log.read(0, 3, 10, 1)).hasSize(1);
  }

  @Test
  void logsGoOnAfterReopening() {
    await(store.log("one").append(3, bytes("a")));
    reopen();
    assertThat(store.log("one").next(3)).isEqualTo(1);
    assertThat(store.log("one").append(3, bytes("b")).join()).isEqualTo(1);
    assertThat(texts(store.log("one"), 3, 0)).containsExactly("0=a", "1=b");
  }

  @Test
  void aTrimmedLogBeginsLaterAndNeverReusesAnOffset() {
    Log log = store.log("one");
    for (String text : List.of("a", "b", "c")) {
      await(log.append(0, bytes(text)));
    }
    await(log.append(1, bytes("of another partition")));
    log.trim(0, 2);
    assertThat(texts(log, 0, 0)).containsExactly("2=c");
    log.trim(0, 1); // earlier than before: nothing to do
    log.trim(0, 3);
    reopen();
    assertThat(store.log("one").next(0)).isEqualTo(3);
    assertThat(store.log("one").append(0, bytes("d")).join()).isEqualTo(3);
    assertThat(texts(store.log("one"), 0, 3)).containsExactly("3=d");
    assertThat(texts(store.log("one"), 1, 0)).containsExactly("0=of another partition");
  }

  @Test
  void listenersHearOfRecordsThatCanBeRead() {
    Log log = store.log("one");
    List<Long> seen = new ArrayList<>();
    log.onAppend(
        0,
        () -> {
          synchronized (seen) {
            seen.add((long) log.read(0, 0, 10, 1000).size());
          }
        });
    await(log.append(0, bytes("a")));
    await(store.commit(new StateRecord().append("one", 0, bytes("b"))));
    await(log.append(1, bytes("c")));
    synchronized (seen) {
      assertThat(seen).containsExactly(1L, 2L);
    }
  }

  @Test
  void aClosedStoreRefuses() {
    Log log = store.log("one");
    store.close();
    assertThatThrownBy(() -> store.commit(new StateRecord().put(ROWS, bytes("k"), bytes("v"))))
        .isInstanceOf(StoreFailed.class);
    assertThat(log.append(0, bytes("a"))).isCompletedExceptionally();
  }
}
