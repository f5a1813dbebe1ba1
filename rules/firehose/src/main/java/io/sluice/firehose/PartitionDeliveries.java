package io.sluice.firehose;

import io.sluice.firehose.FirehoseError.Code;
import io.sluice.store.Keys;
import io.sluice.store.Row;
import io.sluice.store.Turn;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The delivery streams of one partition: kept in memory, made again from their rows at start. The
 * way of a record: {@link #put} writes its row; a durable timer cuts the buffer into a {@link
 * Parcel} when a hint is reached; the courier writes the object; {@link #carried} deletes the
 * parcel and notes the object, in one write. A crash before that last write repeats the object
 * under its own name.
 *
 * <p>Owner thread of the partition only.
 */
final class PartitionDeliveries {
  static final String CUT_TIMER = "delivery-cut";
  static final String RETRY_TIMER = "delivery-retry";
  private static final int PAGE = 512;
  private static final int WAITERS_MAX = 1_000;
  private static final long RETRY_MILLIS_MIN = 1_000;
  private static final long RETRY_MILLIS_MAX = 120_000;
  private static final byte[] NEXT_NUMBER = DeliveryStream.rowKey(""); // no name is empty

  private final DeliverySettings settings;
  private final Courier courier;
  private final TreeMap<String, DeliveryStream> byName = new TreeMap<>();
  private final Map<Long, DeliveryStream> byNumber = new HashMap<>();
  private long nextNumber = 1;

  PartitionDeliveries(DeliverySettings settings, Courier courier) {
    this.settings = settings;
    this.courier = courier;
  }

  // ---- start

  boolean load(Turn turn) {
    byte[] from = new byte[0];
    List<Row> page;
    do {
      page = turn.range(DeliveryTables.STREAMS, from, Keys.after(new byte[0]), PAGE);
      for (Row row : page) {
        String name = Keys.textAt(row.key(), 0);
        if (name.isEmpty()) {
          nextNumber = Keys.numberAt(row.value(), 0);
        } else {
          load(turn, DeliveryStream.decode(name, row.value()));
        }
        from = Keys.of().raw(row.key()).raw(new byte[1]).bytes();
      }
    } while (page.size() == PAGE);
    return true;
  }

  private void load(Turn turn, DeliveryStream stream) {
    StoredDeliveries.load(turn, stream);
    byName.put(stream.name, stream);
    byNumber.put(stream.number, stream);
    if (!stream.isOpenEmpty()) {
      scheduleCut(turn, stream);
    }
    send(turn, stream);
  }

  // ---- delivery streams

  boolean create(Turn turn, String name, Destination destination, Map<String, String> tags) {
    if (byName.containsKey(name)) {
      throw new FirehoseError(
          Code.RESOURCE_IN_USE,
          "Firehose %s under account %s already exists.",
          name,
          settings.account());
    }
    if (byName.size() >= settings.limits().streamsPerPartitionMax()) {
      throw new FirehoseError(
          Code.LIMIT_EXCEEDED,
          "This gateway keeps %d delivery streams in the part of the store where %s belongs; delete"
              + " one, or choose another name.",
          byName.size(),
          name);
    }
    DeliveryStream stream = new DeliveryStream(name, nextNumber++, turn.now(), destination);
    stream.tags.putAll(tags);
    stream.write(turn);
    turn.put(DeliveryTables.STREAMS, NEXT_NUMBER, Keys.of().number(nextNumber).bytes());
    byName.put(name, stream);
    byNumber.put(stream.number, stream);
    return true;
  }

  /** What is buffered goes too; {@link #flush} first to have it. */
  boolean delete(Turn turn, String name) {
    DeliveryStream stream = stream(name);
    stream.gone = true;
    StoredDeliveries.delete(turn, stream);
    byName.remove(name);
    byNumber.remove(stream.number);
    FirehoseError notFound = FirehoseError.notFound(name, settings.account());
    turn.afterDurable(
        () -> stream.waiters.forEach(w -> w.delivered().completeExceptionally(notFound)));
    return true;
  }

  DeliveryView view(String name) {
    return stream(name).view();
  }

  List<String> names() {
    return new ArrayList<>(byName.keySet());
  }

  boolean update(
      Turn turn, String name, String expectedVersion, FirehoseRequests.S3Destination wanted) {
    DeliveryStream stream = stream(name);
    if (!expectedVersion.equals(Long.toString(stream.version))) {
      throw new FirehoseError(
          Code.CONCURRENT_MODIFICATION,
          "Firehose %s has version %d, the request expects %s; describe it and decide again.",
          name,
          stream.version,
          expectedVersion);
    }
    stream.destination = DestinationCheck.updated(name, stream.destination, wanted);
    stream.version++;
    stream.updatedMillis = turn.now();
    stream.write(turn);
    if (!stream.isOpenEmpty()) {
      scheduleCut(turn, stream);
    }
    return true;
  }

  boolean tag(Turn turn, String name, Map<String, String> add, List<String> remove) {
    DeliveryStream stream = stream(name);
    TreeMap<String, String> tags = new TreeMap<>(stream.tags);
    remove.forEach(tags::remove);
    tags.putAll(add);
    Tags.check(tags);
    stream.tags.clear();
    stream.tags.putAll(tags);
    stream.write(turn);
    return true;
  }

  // ---- records in

  /**
   * Puts records in their order.
   *
   * @return for each its identifier, or why not
   */
  List<PutOutcome> putAll(Turn turn, String name, List<byte[]> records) {
    DeliveryStream stream = stream(name);
    List<PutOutcome> outcomes = new ArrayList<>(records.size());
    for (byte[] data : records) {
      try {
        outcomes.add(new PutOutcome(append(turn, stream, data), null));
      } catch (FirehoseError refused) {
        outcomes.add(new PutOutcome(null, refused));
      }
    }
    return outcomes;
  }

  /** Either an identifier or an error. */
  record PutOutcome(@Nullable String recordId, @Nullable FirehoseError error) {}

  String put(Turn turn, String name, byte[] data) {
    return append(turn, stream(name), data);
  }

  private String append(Turn turn, DeliveryStream stream, byte[] data) {
    long bufferedBytesMax = settings.limits().bufferedBytesMax();
    if (stream.bufferedBytes() + data.length > bufferedBytesMax) {
      throw new FirehoseError(
          Code.SERVICE_UNAVAILABLE,
          "Firehose %s holds %d bytes that its destination has not taken, its limit is %d; slow"
              + " down, and look at its failure description.",
          stream.name,
          stream.bufferedBytes(),
          bufferedBytesMax);
    }
    boolean first = stream.isOpenEmpty();
    long sequence = stream.next++;
    stream.openBytes += data.length;
    turn.put(
        DeliveryTables.RECORDS,
        DeliveryStream.recordKey(stream.number, sequence),
        BufferedRecord.encode(turn.now(), data));
    if (first) {
      stream.openOldestMillis = turn.now();
      stream.cutScheduled = false;
      scheduleCut(turn, stream);
    } else if (!stream.cutScheduled && stream.openBytes >= stream.destination.sizeBytes()) {
      scheduleCut(turn, stream);
    }
    return recordId(turn, stream, sequence);
  }

  private static String recordId(Turn turn, DeliveryStream stream, long sequence) {
    HexFormat hex = HexFormat.of(); // not String.format: every put comes here
    return hex.toHexDigits((short) turn.partition())
        + hex.toHexDigits(stream.number)
        + hex.toHexDigits(sequence);
  }

  // ---- objects out

  /** At once when the size is reached, else when the oldest record has waited long enough. */
  private static void scheduleCut(Turn turn, DeliveryStream stream) {
    stream.cutScheduled = stream.openBytes >= stream.destination.sizeBytes();
    long due =
        stream.cutScheduled
            ? turn.now()
            : stream.openOldestMillis + stream.destination.intervalMillis();
    turn.schedule(CUT_TIMER, due, DeliveryStream.recordKey(stream.number, stream.totals.cutTo()));
  }

  void cutDue(Turn turn, byte[] timer) {
    DeliveryStream stream = byNumber.get(Keys.numberAt(timer, 0));
    boolean current = // else the buffer it was set for has been cut already
        stream != null && stream.totals.cutTo() == Keys.numberAt(timer, Long.BYTES);
    if (stream == null || !current || stream.isOpenEmpty()) {
      return;
    }
    boolean due =
        stream.openBytes >= stream.destination.sizeBytes()
            || stream.openOldestMillis + stream.destination.intervalMillis() <= turn.now();
    if (!due) { // an update made the interval longer
      scheduleCut(turn, stream);
    } else if (stream.waiting.size() >= settings.limits().waitingObjectsMax()) {
      stream.cutOverdue = true;
    } else {
      cut(turn, stream);
    }
  }

  private void cut(Turn turn, DeliveryStream stream) {
    long number = stream.totals.nextParcel();
    Destination to = stream.destination;
    Parcel parcel =
        new Parcel(
            number,
            stream.totals.cutTo(),
            stream.next,
            stream.openBytes,
            stream.openOldestMillis,
            to.bucket(),
            ObjectName.of(
                stream.name, stream.version, to, stream.openOldestMillis, stream.identity(number)),
            to.compression(),
            to.delimiter());
    parcel.write(turn, stream.number);
    stream.totals = stream.totals.cut(stream.next);
    stream.writeTotals(turn);
    stream.waiting.add(parcel);
    stream.waitingBytes += stream.openBytes;
    stream.openBytes = 0;
    stream.cutScheduled = false;
    stream.cutOverdue = false;
    send(turn, stream);
  }

  /** Hands the first parcel to the courier when the turn is durable. */
  private void send(Turn turn, DeliveryStream stream) {
    Parcel first = stream.waiting.peekFirst();
    if (first != null && !stream.underWay) {
      stream.underWay = true;
      int partition = turn.partition();
      turn.afterDurable(() -> courier.carry(partition, stream, first));
    }
  }

  boolean carried(Turn turn, Courier.Carried report) {
    DeliveryStream stream = byNumber.get(report.stream());
    Parcel parcel = stream == null ? null : stream.waiting.peekFirst();
    if (stream == null || parcel == null || parcel.number != report.parcel()) {
      return false; // deleted meanwhile
    }
    stream.waiting.remove();
    stream.waitingBytes -= parcel.bytes;
    stream.underWay = false;
    stream.totals = stream.totals.delivered(report.records(), report.bytes());
    stream.writeTotals(turn);
    turn.delete(DeliveryTables.PARCELS, Parcel.rowKey(stream.number, parcel.number));
    note(turn, stream, parcel, report);
    Purge.start(turn, stream.number, parcel.from, parcel.to);
    answerWaiters(turn, stream, parcel.number);
    if (stream.cutOverdue) {
      cut(turn, stream);
    }
    send(turn, stream);
    return true;
  }

  private static void note(
      Turn turn, DeliveryStream stream, Parcel parcel, Courier.Carried report) {
    DeliveredObject object =
        new DeliveredObject(
            parcel.bucket,
            parcel.key,
            report.location(),
            report.records(),
            report.bytes(),
            Instant.ofEpochMilli(parcel.oldestMillis),
            Instant.ofEpochMilli(turn.now()));
    turn.put(
        DeliveryTables.DELIVERED, Parcel.rowKey(stream.number, parcel.number), object.encode());
    stream.recent.add(object);
    if (stream.recent.size() > DeliveryStream.RECENT_MAX) {
      stream.recent.remove();
      turn.delete(
          DeliveryTables.DELIVERED,
          Parcel.rowKey(stream.number, parcel.number - DeliveryStream.RECENT_MAX));
    }
  }

  private static void answerWaiters(Turn turn, DeliveryStream stream, long parcel) {
    stream.waiters.removeIf(
        waiter -> {
          boolean done = waiter.parcel() <= parcel;
          if (done) {
            turn.afterDurable(() -> waiter.delivered().complete(true));
          }
          return done;
        });
  }

  boolean failed(Turn turn, Courier.Failed report) {
    DeliveryStream stream = byNumber.get(report.stream());
    Parcel parcel = stream == null ? null : stream.waiting.peekFirst();
    if (stream == null || parcel == null || parcel.number != report.parcel()) {
      return false; // deleted meanwhile
    }
    stream.underWay = false;
    parcel.failedAttempts++;
    parcel.lastError = report.error();
    parcel.lastErrorMillis = turn.now();
    parcel.write(turn, stream.number);
    turn.schedule(
        RETRY_TIMER,
        turn.now() + retryMillis(parcel.failedAttempts),
        Parcel.rowKey(stream.number, parcel.number));
    return true;
  }

  /** 1 s, doubled with every attempt, up to two minutes. */
  static long retryMillis(int failedAttempts) {
    int doublings = Math.min(failedAttempts - 1, 7);
    return Math.min(RETRY_MILLIS_MAX, RETRY_MILLIS_MIN << doublings);
  }

  void retryDue(Turn turn, byte[] timer) {
    DeliveryStream stream = byNumber.get(Keys.numberAt(timer, 0));
    Parcel first = stream == null ? null : stream.waiting.peekFirst();
    if (stream != null && first != null && first.number == Keys.numberAt(timer, Long.BYTES)) {
      send(turn, stream);
    }
  }

  /**
   * Cuts the buffer now and tries the target now.
   *
   * @return completes when all that was put before is delivered
   */
  CompletableFuture<Boolean> flush(Turn turn, String name) {
    DeliveryStream stream = stream(name);
    if (stream.waiters.size() >= WAITERS_MAX) {
      throw new FirehoseError(
          Code.LIMIT_EXCEEDED, "%d callers wait already for Firehose %s.", WAITERS_MAX, name);
    }
    if (!stream.isOpenEmpty()) {
      cut(turn, stream);
    }
    CompletableFuture<Boolean> delivered = new CompletableFuture<>();
    Parcel last = stream.waiting.peekLast();
    if (last == null) {
      delivered.complete(true);
    } else {
      stream.waiters.add(new DeliveryStream.Waiter(last.number, delivered));
      send(turn, stream);
    }
    return delivered;
  }

  private DeliveryStream stream(String name) {
    DeliveryStream stream = byName.get(name);
    if (stream == null) {
      throw FirehoseError.notFound(name, settings.account());
    }
    return stream;
  }
}
