package io.sluice.firehose;

import io.sluice.store.Keys;
import io.sluice.store.Turn;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A delivery stream: its destination, the buffer that is open, and the parcels that wait for the
 * target. Records have sequences that rise by one: those before {@code totals.cutTo} are in parcels
 * or delivered, those from there to {@code next} are the open buffer. The {@code number} names this
 * life of it: one that is deleted and made again under its name has another.
 *
 * <p>Owner thread of its partition only, except {@code gone}.
 */
final class DeliveryStream {
  static final int RECENT_MAX = 100;
  private static final int VERSION = 1;

  /** Somebody waits until all parcels up to one are delivered. */
  record Waiter(long parcel, CompletableFuture<Boolean> delivered) {}

  final String name;
  final long number;
  final long createdMillis;
  long version = 1;
  long updatedMillis; // 0: never
  Destination destination;
  final TreeMap<String, String> tags = new TreeMap<>();

  Totals totals = Totals.NONE;
  long next = 1;
  long openBytes;
  long openOldestMillis;
  boolean cutScheduled; // as its size is reached
  boolean cutOverdue; // too many parcels wait
  final Deque<Parcel> waiting = new ArrayDeque<>();
  long waitingBytes;
  boolean underWay; // the first parcel is with the courier
  final Deque<DeliveredObject> recent = new ArrayDeque<>();
  final List<Waiter> waiters = new ArrayList<>();
  volatile boolean gone; // read by the courier: a deleted stream's object must not appear half

  DeliveryStream(String name, long number, long createdMillis, Destination destination) {
    this.name = name;
    this.number = number;
    this.createdMillis = createdMillis;
    this.destination = destination;
  }

  boolean isOpenEmpty() {
    return next == totals.cutTo();
  }

  long bufferedBytes() {
    return openBytes + waitingBytes;
  }

  /** Names a parcel for ever, also against a later stream of the same name. */
  String identity(long parcel) {
    return name + "/" + createdMillis + "/" + number + "/" + parcel;
  }

  static byte[] rowKey(String name) {
    return Keys.of().text(name).bytes();
  }

  static byte[] numberKey(long number) {
    return Keys.of().number(number).bytes();
  }

  static byte[] recordKey(long number, long sequence) {
    return Keys.of().number(number).number(sequence).bytes();
  }

  void write(Turn turn) {
    turn.put(DeliveryTables.STREAMS, rowKey(name), encode());
  }

  void writeTotals(Turn turn) {
    turn.put(DeliveryTables.TOTALS, numberKey(number), totals.encode());
  }

  byte[] encode() {
    RowWriter row =
        new RowWriter(VERSION)
            .number(number)
            .number(createdMillis)
            .number(version)
            .number(updatedMillis);
    destination.write(row);
    row.number(tags.size());
    for (Map.Entry<String, String> tag : tags.entrySet()) {
      row.text(tag.getKey()).text(tag.getValue());
    }
    return row.row();
  }

  static DeliveryStream decode(String name, byte[] row) {
    RowReader in = new RowReader(row, VERSION, "delivery stream");
    long number = in.number();
    long createdMillis = in.number();
    long version = in.number();
    long updatedMillis = in.number();
    DeliveryStream stream = new DeliveryStream(name, number, createdMillis, Destination.read(in));
    stream.version = version;
    stream.updatedMillis = updatedMillis;
    for (long tags = in.number(); tags > 0; tags--) {
      stream.tags.put(in.text(), in.text());
    }
    return stream;
  }

  /** What others may know of it; immutable. */
  DeliveryView view() {
    return new DeliveryView(
        name, createdMillis, version, updatedMillis, destination, Map.copyOf(tags), state());
  }

  private DeliveryState state() {
    Parcel first = waiting.peekFirst();
    @Nullable String error = first == null ? null : first.lastError;
    return new DeliveryState(
        name,
        next - 1,
        next - 1 - totals.records(),
        bufferedBytes(),
        waiting.size(),
        totals.objects(),
        totals.records(),
        totals.bytes(),
        first == null ? 0 : first.failedAttempts,
        error,
        first == null || error == null ? null : Instant.ofEpochMilli(first.lastErrorMillis),
        List.copyOf(recent));
  }
}
