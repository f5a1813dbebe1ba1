package io.sluice.queue;

import io.sluice.store.Keys;
import io.sluice.store.Row;
import io.sluice.store.Turn;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Which deduplication ids a FIFO queue accepted in the last five minutes; kept also when the
 * message is gone. Source: Amazon SQS Developer Guide, "Exactly-once processing".
 */
final class Deduplication {
  static final long WINDOW_MILLIS = 300_000;
  private static final int VERSION = 1;
  private static final int DROP_PER_SEND = 4; // more than one: the table shrinks while it is used

  /** The message that was accepted under an id. */
  record First(UUID messageId, long sequence) {}

  private final long incarnation;
  private long oldest; // nothing that is remembered was accepted before

  Deduplication(long incarnation) {
    this.incarnation = incarnation;
  }

  /** The id that content-based deduplication gives a body. */
  static String ofBody(byte[] body) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(body));
    } catch (NoSuchAlgorithmException impossible) { // every Java platform has it
      throw new AssertionError(impossible);
    }
  }

  /**
   * @param scope the message group, or empty for the whole queue
   */
  @Nullable First find(Turn turn, String scope, String id) {
    byte[] bytes = turn.get(QueueTables.DEDUPLICATION, key(scope, id));
    if (bytes == null) {
      return null;
    }
    RowReader row = new RowReader(bytes, VERSION, "queue deduplication");
    long accepted = row.u64();
    long sequence = row.u64();
    return accepted + WINDOW_MILLIS > turn.now()
        ? new First(new UUID(row.u64(), row.u64()), sequence)
        : null;
  }

  void remember(Turn turn, String scope, String id, First first) {
    byte[] key = key(scope, id);
    turn.put(
        QueueTables.DEDUPLICATION,
        key,
        new RowWriter(33)
            .u8(VERSION)
            .u64(turn.now())
            .u64(first.sequence())
            .u64(first.messageId().getMostSignificantBits())
            .u64(first.messageId().getLeastSignificantBits())
            .done());
    turn.put(
        QueueTables.DEDUPLICATION_AGES,
        QueueTables.age(incarnation, turn.now(), first.sequence()),
        key);
    if (oldest + WINDOW_MILLIS <= turn.now()) {
      sweep(turn, DROP_PER_SEND);
    }
  }

  /**
   * Forgets ids whose time is over.
   *
   * @return when to look again; {@code Long.MAX_VALUE} when nothing is left
   */
  long sweep(Turn turn, int max) {
    byte[] from = QueueTables.age(incarnation, oldest, 0);
    byte[] end = Keys.after(Keys.of().number(incarnation).bytes());
    for (Row row : turn.range(QueueTables.DEDUPLICATION_AGES, from, end, max)) {
      long accepted = Keys.numberAt(row.key(), Long.BYTES);
      oldest = accepted;
      if (accepted + WINDOW_MILLIS > turn.now()) {
        return accepted + WINDOW_MILLIS;
      }
      turn.delete(QueueTables.DEDUPLICATION_AGES, row.key());
      byte[] newest = turn.get(QueueTables.DEDUPLICATION, row.value());
      // the id may have been accepted again since; its row then is younger than this age
      if (newest != null
          && new RowReader(newest, VERSION, "queue deduplication").u64() == accepted) {
        turn.delete(QueueTables.DEDUPLICATION, row.value());
      }
    }
    if (turn.range(QueueTables.DEDUPLICATION_AGES, from, end, 1).isEmpty()) {
      oldest = turn.now();
      return Long.MAX_VALUE;
    }
    return turn.now();
  }

  private byte[] key(String scope, String id) {
    return Keys.of()
        .number(incarnation)
        .text(scope)
        .raw(id.getBytes(StandardCharsets.US_ASCII))
        .bytes();
  }
}
