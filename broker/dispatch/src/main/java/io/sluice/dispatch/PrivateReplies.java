package io.sluice.dispatch;

import io.sluice.message.Publication;
import io.sluice.message.TopicName;
import java.util.concurrent.CompletableFuture;

/**
 * Answers requests on some reserved topics to the connection that asked and to nobody else: what is
 * said there may be a private key. Such a request reaches no subscriber, rule or log.
 */
public interface PrivateReplies {

  /** Whether it answers requests on this reserved topic. On event loops: cheap, never waits. */
  boolean answers(TopicName topic);

  /**
   * Answers; may take its time, completes on any thread. A failed future leaves the client without
   * an answer.
   */
  CompletableFuture<Publication> answer(Publication request);
}
