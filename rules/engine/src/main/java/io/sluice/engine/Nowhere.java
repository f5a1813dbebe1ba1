package io.sluice.engine;

import io.sluice.store.Turn;
import java.util.List;
import java.util.UUID;

/** Where there is no queue, stream or delivery stream: all is refused by name. For trials. */
public final class Nowhere implements Destinations {
  @Override
  public int ofQueue(String queue) {
    return 0;
  }

  @Override
  public int ofStream(String stream, String partitionKey) {
    return 0;
  }

  @Override
  public int ofDeliveryStream(String deliveryStream) {
    return 0;
  }

  @Override
  public String send(Turn turn, String queue, byte[] body, UUID messageId) {
    return "there is no queue here";
  }

  @Override
  public String put(Turn turn, String stream, String partitionKey, byte[] data) {
    return "there is no stream here";
  }

  @Override
  public String deliver(Turn turn, String deliveryStream, List<byte[]> records) {
    return "there is no delivery stream here";
  }
}
