package io.sluice.engine;

import io.sluice.store.Turn;
import java.util.List;
import java.util.UUID;

/**
 * The embedded destinations of actions, each call inside a turn of the destination's partition. Two
 * implementations: the rooms of this house, and the tests'.
 */
public interface Destinations {
  /** The partition of a queue, by its name. */
  int ofQueue(String queue);

  /** The partition of a stream, by its name and the record's partition key. */
  int ofStream(String stream, String partitionKey);

  /** The partition of a delivery stream, by its name. */
  int ofDeliveryStream(String deliveryStream);

  /**
   * Sends to a queue.
   *
   * @return empty when it was sent, else why not
   */
  String send(Turn turn, String queue, byte[] body, UUID messageId);

  /** Puts a record to a stream; answers as {@link #send}. */
  String put(Turn turn, String stream, String partitionKey, byte[] data);

  /** Puts records to a delivery stream; answers as {@link #send}. */
  String deliver(Turn turn, String deliveryStream, List<byte[]> records);
}
