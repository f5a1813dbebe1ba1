package io.sluice.queue;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One page of queue names, in their order.
 *
 * @param nextToken opaque; null on the last page
 */
public record QueueListing(List<String> queueNames, @Nullable String nextToken) {
  public QueueListing {
    queueNames = List.copyOf(queueNames);
  }
}
