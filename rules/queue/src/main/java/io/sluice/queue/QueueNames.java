package io.sluice.queue;

import io.sluice.queue.QueueError.Code;
import java.util.regex.Pattern;

/** Names and ARNs of queues in one region and account. Any thread. */
final class QueueNames {
  private static final String FIFO_SUFFIX = ".fifo";
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]{1,80}");
  private static final Pattern FIFO_NAME = Pattern.compile("[A-Za-z0-9_-]{1,75}\\.fifo");

  private final String arnPrefix;

  QueueNames(String region, String account) {
    this.arnPrefix = "arn:aws:sqs:%s:%s:".formatted(region, account);
  }

  String arn(String name) {
    return arnPrefix + name;
  }

  /**
   * The name in an ARN of this region and account.
   *
   * @throws QueueError for another ARN, as the value of {@code attribute}
   */
  String nameIn(String arn, String attribute, String value) {
    if (!arn.startsWith(arnPrefix) || arn.length() == arnPrefix.length()) {
      throw RedrivePolicy.invalid(
          attribute,
          value,
          "Invalid value for deadLetterTargetArn: it must begin with " + arnPrefix);
    }
    return arn.substring(arnPrefix.length());
  }

  static boolean isFifo(String name) {
    return name.endsWith(FIFO_SUFFIX);
  }

  static void checkNew(String name, boolean fifoAsked) {
    if (fifoAsked && !FIFO_NAME.matcher(name).matches()) {
      throw new QueueError(
          Code.INVALID_PARAMETER_VALUE,
          "The name of a FIFO queue can only include alphanumeric characters, hyphens, or"
              + " underscores, must end with .fifo suffix and be 1 to 80 in length.");
    }
    if (!fifoAsked && !NAME.matcher(name).matches()) {
      throw new QueueError(
          Code.INVALID_PARAMETER_VALUE,
          "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length");
    }
  }
}
