package io.sluice.engine;

import java.util.List;
import java.util.UUID;

/**
 * What one message and one rule do to one partition. Closed. Identifiers are made from the
 * message's place in the log, so the same message gives the same effect again.
 */
public sealed interface RuleEffect {
  /** The rule, for the ledger. */
  String rule();

  /** A message for a queue; {@code failures} says where to go if that is not there. */
  record Send(String rule, String queue, byte[] body, UUID messageId, Failing failing)
      implements RuleEffect {}

  /** A record for a stream. */
  record Put(String rule, String stream, String partitionKey, byte[] data, Failing failing)
      implements RuleEffect {}

  /** Records for a delivery stream. */
  record Deliver(String rule, String deliveryStream, List<byte[]> records, Failing failing)
      implements RuleEffect {}

  /** A publication for the ingress log, encoded. */
  record Republish(String rule, int ingressPartition, byte[] publication) implements RuleEffect {}

  /** Counts what became of a message in a rule. */
  record Count(String rule, Ledger.Entry entry) implements RuleEffect {}

  /** An action that failed before it began: its error action is due. */
  record Failed(String rule, Failing failing, String message) implements RuleEffect {}

  /**
   * What the error action needs to know about the message.
   *
   * @param action the action's key in the rule document
   * @param resource the queue, stream, topic it was for
   * @param publication the message, as the ingress log holds it
   * @param isErrorAction whether the action was itself an error action: then there is no second
   *     level
   */
  record Failing(String action, String resource, byte[] publication, boolean isErrorAction) {}
}
