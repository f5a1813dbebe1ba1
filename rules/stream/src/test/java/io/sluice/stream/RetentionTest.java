package io.sluice.stream;

import static io.sluice.stream.StreamsTest.refused;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.store.Keys;
import io.sluice.stream.StreamRequests.DeleteStream;
import io.sluice.stream.StreamRequests.ListShards;
import io.sluice.stream.StreamRequests.MergeShards;
import io.sluice.stream.StreamRequests.StreamRetentionPeriod;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class RetentionTest {
  private static final long HOUR = 3_600_000;

  private final House house = new House();

  @Test
  void aRecordIsGoneWhenTheRetentionPeriodIsOver() {
    house.create("orders", 1);
    house.put("orders", "a", "old");
    house.simulation.advance(HOUR);
    house.put("orders", "a", "young");

    house.simulation.advance(23 * HOUR - 1);
    assertThat(house.texts("orders", 0)).containsExactly("old", "young");
    house.simulation.advance(1);

    assertThat(house.texts("orders", 0)).containsExactly("young");
  }

  @Test
  void expiredRecordsAreNotReadEvenWhileTheirRowsAreStillThere() {
    house.create("orders", 1);
    house.put("orders", "a", "old");
    house.simulation.advance(1000);
    house.put("orders", "a", "a second younger");

    house.simulation.advance(24 * HOUR - 1000);
    house.simulation.advance(1000); // within the minute in which the timer does not look again

    assertThat(house.texts("orders", 0)).isEmpty();
    assertThat(rows()).isNotZero();
  }

  @Test
  void theRowsGoToo() {
    house.create("orders", 2);
    for (int i = 0; i < 5000; i++) {
      house.put("orders", "key" + i, "x");
    }
    assertThat(rows()).isEqualTo(5000);

    house.simulation.advance(24 * HOUR);
    house.simulation.advance(60_000);
    settle();

    assertThat(rows()).isZero();
  }

  @Test
  void aLongerPeriodKeepsRecordsLonger() {
    house.create("orders", 1);
    house.put("orders", "a", "x");
    house.await(
        house.streams.increaseStreamRetentionPeriod(new StreamRetentionPeriod("orders", null, 48)));

    house.simulation.advance(47 * HOUR);
    assertThat(house.texts("orders", 0)).containsExactly("x");
    house.simulation.advance(HOUR);

    assertThat(house.texts("orders", 0)).isEmpty();
    settle();
    assertThat(rows()).isZero();
  }

  @Test
  void aShorterPeriodForgetsAtOnce() {
    house.create("orders", 1);
    retain(true, 72);
    house.put("orders", "a", "x");
    house.simulation.advance(30 * HOUR);

    retain(false, 24);
    house.simulation.advance(1);
    settle();

    assertThat(house.texts("orders", 0)).isEmpty();
    assertThat(rows()).isZero();
  }

  @Test
  void refusesPeriodsOutOfBoundsOrInTheWrongDirection() {
    house.create("orders", 1);

    refused(StreamError.Code.INVALID_ARGUMENT, () -> retain(false, 23));
    refused(StreamError.Code.INVALID_ARGUMENT, () -> retain(true, 8761));
    retain(true, 48);
    refused(StreamError.Code.INVALID_ARGUMENT, () -> retain(true, 24));
    refused(StreamError.Code.INVALID_ARGUMENT, () -> retain(false, 72));
  }

  @Test
  void aClosedShardVanishesWithItsLastRecord() {
    house.create("orders", 2);
    house.put("orders", "a", "x");
    house.simulation.advance(HOUR);
    house.await(
        house.streams.mergeShards(new MergeShards("orders", null, Shard.id(0), Shard.id(1))));
    assertThat(shards()).isEqualTo(3);

    house.simulation.advance(24 * HOUR);
    settle();

    assertThat(shards()).isEqualTo(1);
    refused(StreamError.Code.RESOURCE_NOT_FOUND, () -> house.iterator("orders", 0, "TRIM_HORIZON"));
  }

  @Test
  void aTrimmedShardDoesNotGiveOutASequenceNumberTwice() {
    house.create("orders", 1);
    String before = house.put("orders", "a", "x").sequenceNumber();
    house.simulation.advance(24 * HOUR);
    settle();

    House next = house.afterCrash(new Random(1));
    String after = next.put("orders", "a", "y").sequenceNumber();

    assertThat(SequenceNumber.parse(after).orElseThrow().counter())
        .isGreaterThan(SequenceNumber.parse(before).orElseThrow().counter());
  }

  @Test
  void retentionGoesOnAfterARestart() {
    house.create("orders", 1);
    house.put("orders", "a", "old");

    House next = house.afterCrash(new Random(1));
    next.simulation.advance(60_000);
    next.put("orders", "a", "young");
    next.simulation.advance(24 * HOUR - 60_000);
    for (int i = 0; i < 10; i++) {
      next.simulation.advance(1);
    }

    assertThat(next.texts("orders", 0)).containsExactly("young");
    assertThat(rows(next)).isEqualTo(1);
  }

  @Test
  void theRowsOfADeletedStreamGoLittleByLittle() {
    house.create("orders", 1);
    for (int i = 0; i < 5000; i++) {
      house.put("orders", "a", "x");
    }

    house.await(house.streams.deleteStream(new DeleteStream("orders", null)));
    assertThat(rows()).isEqualTo(5000);
    settle();

    assertThat(rows()).isZero();
  }

  private void retain(boolean longer, int hours) {
    StreamRetentionPeriod period = new StreamRetentionPeriod("orders", null, hours);
    CompletableFuture<?> done =
        longer
            ? house.streams.increaseStreamRetentionPeriod(period)
            : house.streams.decreaseStreamRetentionPeriod(period);
    house.await(done);
  }

  private void settle() {
    for (int i = 0; i < 10; i++) {
      house.simulation.advance(1);
    }
  }

  private int shards() {
    return house
        .await(
            house.streams.listShards(new ListShards("orders", null, null, null, null, null, null)))
        .shards()
        .size();
  }

  private int rows() {
    return rows(house);
  }

  private static int rows(House house) {
    byte[] all = Keys.after(new byte[0]);
    return house.store.range(StreamTables.RECORDS, new byte[0], all, Integer.MAX_VALUE).size();
  }
}
