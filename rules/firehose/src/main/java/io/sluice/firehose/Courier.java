package io.sluice.firehose;

import io.sluice.store.Keys;
import io.sluice.store.Partitions;
import io.sluice.store.Request;
import io.sluice.store.Row;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries parcels to the target on threads of its own, and reports back to the owner by a request.
 * A parcel's rows are durable before it is handed over and stay until its delivery is reported, so
 * they can be read here without the owner. At most one parcel of a delivery stream is on its way.
 */
final class Courier {

  /** The parcel's object is durable at the target. */
  record Carried(long stream, long parcel, String location, long records, long bytes)
      implements Request<Boolean> {}

  /** It is not; the sentence says why. */
  record Failed(long stream, long parcel, String error) implements Request<Boolean> {}

  private static final Logger LOG = LoggerFactory.getLogger(Courier.class);
  private static final int PAGE_BYTES = 4 << 20;
  private static final int FIRST_PAGE_ROWS = 8; // of unknown size: at most 8 MiB
  private static final int PAGE_ROWS_MAX = 2_000;
  private static final int ERROR_CHARACTERS_MAX = 400;

  private final Partitions partitions;
  private final ObjectTarget target;
  private final Executor executor;

  /**
   * @param executor may refuse when it has too much; the parcel is then tried again later
   */
  Courier(Partitions partitions, ObjectTarget target, Executor executor) {
    this.partitions = partitions;
    this.target = target;
    this.executor = executor;
  }

  /** Any thread; returns at once. */
  void carry(int partition, DeliveryStream stream, Parcel parcel) {
    try {
      executor.execute(() -> deliver(partition, stream, parcel));
    } catch (RejectedExecutionException full) {
      partitions.apply(
          partition,
          new Failed(stream.number, parcel.number, "too many deliveries wait for a thread"));
    }
  }

  private void deliver(int partition, DeliveryStream stream, Parcel parcel) {
    Contents contents = new Contents(partition, stream, parcel);
    try {
      String location =
          target.write(parcel.bucket, parcel.key, parcel.compression.compress(contents));
      partitions.apply(
          partition,
          new Carried(stream.number, parcel.number, location, contents.records, contents.bytes));
    } catch (IOException | RuntimeException failed) { // the border: this delivery is tried again
      String error = sentence(failed);
      LOG.warn(
          "delivery stream '{}': object {} not delivered: {}; it is kept and tried again",
          stream.name,
          parcel.key,
          error);
      partitions.apply(partition, new Failed(stream.number, parcel.number, error));
    }
  }

  private static String sentence(Exception failed) {
    String text = failed.getClass().getSimpleName() + ": " + failed.getMessage();
    return text.substring(0, Math.min(text.length(), ERROR_CHARACTERS_MAX));
  }

  /** A parcel's records one behind the other. Confined to one delivery. */
  private final class Contents implements ObjectTarget.Body {
    private final byte[] partitionKey; // complete keys begin with the partition, in two bytes
    private final DeliveryStream stream;
    private final Parcel parcel;
    private final byte[] delimiter;
    private long records;
    private long bytes;

    Contents(int partition, DeliveryStream stream, Parcel parcel) {
      this.partitionKey = new byte[] {(byte) (partition >>> 8), (byte) partition};
      this.stream = stream;
      this.parcel = parcel;
      this.delimiter =
          parcel.delimiter == null
              ? new byte[0]
              : parcel.delimiter.getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public void writeTo(OutputStream out) throws IOException {
      records = 0; // a target may ask again
      bytes = 0;
      long at = parcel.from;
      int rows = FIRST_PAGE_ROWS;
      while (at < parcel.to) {
        List<Row> page =
            partitions.store().range(DeliveryTables.RECORDS, key(at), key(parcel.to), rows);
        if (page.isEmpty()) {
          break;
        }
        for (Row row : page) {
          write(out, row.value());
        }
        byte[] last = page.get(page.size() - 1).key();
        at = Keys.numberAt(last, last.length - Long.BYTES) + 1;
        rows = (int) Math.max(1, Math.min(PAGE_ROWS_MAX, PAGE_BYTES * records / (bytes + 1)));
      }
      if (stream.gone) { // its rows are being deleted: do not publish a part of them
        throw new IOException("the delivery stream was deleted");
      }
    }

    private void write(OutputStream out, byte[] row) throws IOException {
      BufferedRecord.check(row);
      out.write(row, BufferedRecord.DATA_AT, row.length - BufferedRecord.DATA_AT);
      out.write(delimiter);
      records++;
      bytes += row.length - BufferedRecord.DATA_AT + delimiter.length;
    }

    private byte[] key(long sequence) {
      return Keys.of()
          .raw(partitionKey)
          .raw(DeliveryStream.recordKey(stream.number, sequence))
          .bytes();
    }
  }
}
