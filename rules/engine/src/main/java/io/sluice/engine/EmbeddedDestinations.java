package io.sluice.engine;

import io.sluice.firehose.DeliveryStreams;
import io.sluice.firehose.FirehoseError;
import io.sluice.queue.QueueError;
import io.sluice.queue.Queues;
import io.sluice.queue.SendMessage;
import io.sluice.store.Turn;
import io.sluice.stream.StreamError;
import io.sluice.stream.Streams;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
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

  /**
   * A body that is no text is refused rather than changed: its author wants {@code useBase64}. What
   * the queue says of characters, size and attributes comes back as its sentence.
   */
  @Override
  public String send(Turn turn, String queue, byte[] body, UUID messageId) {
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
    } catch (CharacterCodingException binary) {
      return "the message is not UTF-8 and a queue takes text; set useBase64 in the action, or use encode() in the statement";
    }
    QueueError refused = queues.send(turn, queue, SendMessage.of(text), messageId).refused();
    return refused == null ? "" : refused.sentence();
  }

  @Override
  public String put(Turn turn, String stream, String partitionKey, byte[] data) {
    try {
      streams.put(turn, stream, partitionKey, data);
      return "";
    } catch (StreamError refused) {
      return refused.sentence();
    }
  }

  /** One record of a batch that is refused leaves those before it in place. */
  @Override
  public String deliver(Turn turn, String deliveryStream, List<byte[]> records) {
    int taken = 0;
    try {
      for (byte[] record : records) {
        deliveryStreams.put(turn, deliveryStream, record);
        taken++;
      }
      return "";
    } catch (FirehoseError refused) {
      String sentence = String.valueOf(refused.getMessage());
      return records.size() == 1
          ? sentence
          : "%d of %d records were put; then: %s".formatted(taken, records.size(), sentence);
    }
  }
}
