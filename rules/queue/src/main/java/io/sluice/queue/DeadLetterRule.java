package io.sluice.queue;

import io.sluice.queue.QueueRequests.Description;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Whether a queue may name another as its dead-letter queue: that must be there, of the same kind,
 * and willing. It holds when it is asked; what changes later is {@link Redrive}'s to bear.
 */
final class DeadLetterRule {
  private final QueueNames names;
  private final Function<String, CompletableFuture<Description>> describe;

  DeadLetterRule(QueueNames names, Function<String, CompletableFuture<Description>> describe) {
    this.names = names;
    this.describe = describe;
  }

  /**
   * @param attributes as given, for the sentence of a refusal
   * @return fails with {@link QueueError} when it may not
   */
  CompletableFuture<Boolean> allowed(
      String source, @Nullable RedrivePolicy policy, Map<String, String> attributes) {
    if (policy == null) {
      return CompletableFuture.completedFuture(true);
    }
    String value = String.valueOf(attributes.get(QueueAttributes.REDRIVE_POLICY));
    String target =
        names.nameIn(policy.deadLetterTargetArn(), QueueAttributes.REDRIVE_POLICY, value);
    return describe
        .apply(target)
        .handle(
            (found, missing) -> {
              if (missing instanceof QueueError) {
                throw refused(value, "Dead letter target does not exist.");
              }
              if (missing != null) {
                throw new CompletionException(missing);
              }
              if (found.fifo() != QueueNames.isFifo(source)) {
                throw refused(value, "Dead-letter queue must be same type of queue as the source.");
              }
              String allow = found.attributes().get(QueueAttributes.REDRIVE_ALLOW_POLICY);
              if (allow != null && !RedrivePolicy.parseAllow(allow).allows(names.arn(source))) {
                throw refused(
                    value,
                    "The dead-letter queue's RedriveAllowPolicy does not allow this source.");
              }
              return true;
            });
  }

  private static QueueError refused(String value, String reason) {
    return RedrivePolicy.invalid(QueueAttributes.REDRIVE_POLICY, value, reason);
  }
}
