package io.sluice.queue;

import java.util.ArrayList;
import java.util.List;

/**
 * The answer to a batch: each entry is in one of the two lists.
 *
 * @param <R> what one accepted entry is answered with
 */
public record BatchResult<R>(List<Success<R>> successful, List<Failure> failed) {
  public BatchResult {
    successful = List.copyOf(successful);
    failed = List.copyOf(failed);
  }

  BatchResult<R> andFailed(List<Failure> more) {
    List<Failure> all = new ArrayList<>(failed);
    all.addAll(more);
    return new BatchResult<>(successful, all);
  }

  public record Success<R>(String id, R result) {}

  /**
   * On the wire {@code Code} is {@link QueueError.Code#queryCode}, and {@code SenderFault} true.
   */
  public record Failure(String id, QueueError error) {}
}
