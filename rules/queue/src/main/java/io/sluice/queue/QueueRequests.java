package io.sluice.queue;

import io.sluice.store.Request;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What the partition of a queue is asked. */
final class QueueRequests {
  private QueueRequests() {}

  record Load() implements Request<Boolean> {}

  record Create(String name, Map<String, String> attributes, Map<String, String> tags)
      implements Request<String> {}

  record Delete(String name) implements Request<Boolean> {}

  record Purge(String name) implements Request<Boolean> {}

  record Describe(String name) implements Request<Description> {}

  /**
   * A queue at one moment.
   *
   * @param attributes all of them, with the counters
   */
  record Description(boolean fifo, Map<String, String> attributes, Map<String, String> tags) {}

  record SetAttributes(String name, Map<String, String> attributes) implements Request<Boolean> {}

  record Tag(String name, Map<String, String> add, Set<String> remove)
      implements Request<Boolean> {}

  /**
   * Names of queues, in order.
   *
   * @param after empty, or the last name already known
   */
  record Names(String prefix, String after, int max) implements Request<List<String>> {}

  /** Queues of the partition whose dead-letter queue is this one. */
  record SourcesOf(String deadLetterArn) implements Request<List<String>> {}

  /**
   * @param batch as opposed to the one message of {@code SendMessage}: some errors differ
   */
  record Send(String name, List<Draft> drafts, boolean batch)
      implements Request<BatchResult<SentMessage>> {}

  /** Answers through the call itself, perhaps much later. */
  record Receive(ReceiveCall call) implements Request<Boolean> {}

  /** The client of a waiting receive has gone. */
  record Abandon(ReceiveCall call) implements Request<Boolean> {}

  /**
   * Hands messages to waiting receives.
   *
   * @param served filled by the turn; they fail when the turn does
   */
  record Serve(String name, List<ReceiveCall> served) implements Request<Boolean> {}

  /** These were taken for a client that had gone. */
  record GiveBack(String name, List<String> receiptHandles) implements Request<Boolean> {}

  record DeleteMessages(String name, List<BatchEntry<String>> receiptHandles)
      implements Request<BatchResult<Boolean>> {}

  record ChangeVisibilities(String name, List<BatchEntry<ChangeVisibility>> changes)
      implements Request<BatchResult<Boolean>> {}
}
