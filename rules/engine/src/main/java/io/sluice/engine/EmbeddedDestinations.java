package io.sluice.engine;

import io.sluice.firehose.DeliveryStreams;
import io.sluice.firehose.FirehoseError;
import io.sluice.queue.QueueError;
import io.sluice.queue.Queues;
import io.sluice.queue.SendMessage;
import io.sluice.queue.SendOutcome;
import io.sluice.store.Turn;
import io.sluice.stream.StreamError;
import io.sluice.stream.Streams;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;

/** The queues, streams and delivery streams of this house as destinations of actions. */
public final class EmbeddedDestinations implements Destinations {
  private final Queues queues;
  private final Streams streams;
  private final DeliveryStreams deliveryStreams;

  public EmbeddedDestinations(Queues queues, Streams streams, DeliveryStreams deliveryStreams) {
    this.queues = queues;
    this.streams = streams;
    this.deliveryStreams = deliveryStreams;
  }

  @Override
  public int ofQueue(String queue) {
    return queues.partitionOf(queue);
  }

  @Override
  public int ofStream(String stream, String partitionKey) {
    return streams.partitionOf(stream);
  }

  @Override
  public int ofDeliveryStream(String deliveryStream) {
    return deliveryStreams.partitionOf(deliveryStream);
  }

  @Override
  public String send(Turn turn, String queue, byte[] body, UUID messageId) {
    SendOutcome outcome =
        queues.send(
            turn, queue, SendMessage.of(new String(body, StandardCharsets.UTF_8)), messageId);
    QueueError refused = outcome.refused();
    return refused == null ? "" : String.valueOf(refused.getMessage());
  }

  @Override
  public String put(Turn turn, String stream, String partitionKey, byte[] data) {
    try {
      streams.put(turn, stream, partitionKey, data);
      return "";
    } catch (StreamError refused) {
      return String.valueOf(refused.getMessage());
    }
  }

  @Override
  public String deliver(Turn turn, String deliveryStream, List<byte[]> records) {
    try {
      for (byte[] record : records) {
        deliveryStreams.put(turn, deliveryStream, record);
      }
      return "";
    } catch (FirehoseError refused) {
      return String.valueOf(refused.getMessage());
    }
  }
}
