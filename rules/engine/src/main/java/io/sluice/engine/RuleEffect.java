package io.sluice.engine;

import io.sluice.message.Publication;
import java.util.List;
import java.util.UUID;

/**
 * What one message and one rule do to one partition. Closed. Identifiers are made from the
 * message's place in the log, so the same message gives the same effect again.
 */
public sealed interface RuleEffect {

  /** Counts what became of a message in a rule. */
  record Count(String rule, Ledger.Entry entry) implements RuleEffect {}

  /** Keeps a message whose rule asks somebody who may take his time. */
  record Ask(String rule, byte[] publication, Place place) implements RuleEffect {}

  /** What an action does. */
  sealed interface OfAction extends RuleEffect {
    Attempt attempt();
  }

  /** A message for a queue. */
  record Send(Attempt attempt, String queue, byte[] body, UUID messageId) implements OfAction {}

  /** A record for a stream. */
  record Put(Attempt attempt, String stream, String partitionKey, byte[] data)
      implements OfAction {}

  /** Records for a delivery stream. */
  record Deliver(Attempt attempt, String deliveryStream, List<byte[]> records)
      implements OfAction {}

  /** A publication for the ingress log, with its cause's stamp. */
  record Republish(Attempt attempt, int ingressPartition, Publication publication)
      implements OfAction {}

  /** A message for the outbox. */
  record Dispatch(OutboxRow row) implements OfAction {
    @Override
    public Attempt attempt() {
      return row.attempt();
    }
  }

  /** An action that failed before it began: its error action is due. */
  record Failed(Attempt attempt, String message) implements OfAction {}

  /** A republish that went round too often. */
  record LoopCut(Attempt attempt) implements OfAction {}

  /**
   * One action's try with one message: what the ledger and the error action need to know.
   *
   * @param action its place in the rule and its key, as in {@code 0/sqs} or {@code error/sqs}
   * @param key its key in the rule document
   * @param resource the queue, stream or topic it is for
   * @param publication the message, as the ingress log holds it
   * @param sourcePartition with {@code sourceOffset} the message's place there
   * @param isErrorAction then there is no second level
   */
  record Attempt(
      String rule,
      String action,
      String key,
      String resource,
      byte[] publication,
      int sourcePartition,
      long sourceOffset,
      boolean isErrorAction) {

    Place place() {
      return new Place(sourcePartition, sourceOffset);
    }
  }
}
