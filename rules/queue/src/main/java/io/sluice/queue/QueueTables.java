package io.sluice.queue;

import io.sluice.store.Keys;
import io.sluice.store.Table;
import java.util.Set;

/** Rows of this room; drawn in {@code docs/formats/queue.md}. */
final class QueueTables {
  /** {@code name -> QueueRow}. */
  static final Table QUEUES = new Table("queues");

  /** {@code incarnation -> head}; incarnation 0 holds the next one to give. */
  static final Table HEADS = new Table("queue-heads");

  /** {@code incarnation | sequence -> QueueMessage}. */
  static final Table MESSAGES = new Table("queue-messages");

  /** {@code incarnation | sequence -> MessageState}, of messages that are not as they were sent. */
  static final Table STATES = new Table("queue-states");

  /** {@code incarnation | sent | sequence -> }, of messages that are older than their place. */
  static final Table AGES = new Table("queue-ages");

  /** {@code incarnation | scope | deduplication id -> first message with it}. */
  static final Table DEDUPLICATION = new Table("queue-dedup");

  /** {@code incarnation | accepted | sequence -> key in DEDUPLICATION}. */
  static final Table DEDUPLICATION_AGES = new Table("queue-dedup-ages");

  static final Set<Table> ALL =
      Set.of(QUEUES, HEADS, MESSAGES, STATES, AGES, DEDUPLICATION, DEDUPLICATION_AGES);

  private QueueTables() {}

  static byte[] queue(String name) {
    return Keys.of().text(name).bytes();
  }

  static byte[] head(long incarnation) {
    return Keys.of().number(incarnation).bytes();
  }

  /** Of MESSAGES and STATES. */
  static byte[] message(long incarnation, long sequence) {
    return Keys.of().number(incarnation).number(sequence).bytes();
  }

  /** Of AGES and DEDUPLICATION_AGES. */
  static byte[] age(long incarnation, long millis, long sequence) {
    return Keys.of().number(incarnation).number(millis).number(sequence).bytes();
  }

  /** The last part of any of these keys. */
  static long sequenceOf(byte[] key) {
    return Keys.numberAt(key, key.length - Long.BYTES);
  }
}
