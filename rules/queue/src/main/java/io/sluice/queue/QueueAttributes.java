package io.sluice.queue;

import io.sluice.queue.QueueError.Code;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The attributes of a queue that can be set. Immutable and valid. Kept are those that were given;
 * the rest has its default. Source: Amazon SQS API Reference, CreateQueue and SetQueueAttributes.
 */
final class QueueAttributes {
  static final String DELAY_SECONDS = "DelaySeconds";
  static final String MAXIMUM_MESSAGE_SIZE = "MaximumMessageSize";
  static final String MESSAGE_RETENTION_PERIOD = "MessageRetentionPeriod";
  static final String RECEIVE_WAIT = "ReceiveMessageWaitTimeSeconds";
  static final String VISIBILITY_TIMEOUT = "VisibilityTimeout";
  static final String REDRIVE_POLICY = "RedrivePolicy";
  static final String REDRIVE_ALLOW_POLICY = "RedriveAllowPolicy";
  static final String FIFO_QUEUE = "FifoQueue";
  static final String CONTENT_BASED_DEDUPLICATION = "ContentBasedDeduplication";
  static final String DEDUPLICATION_SCOPE = "DeduplicationScope";
  static final String FIFO_THROUGHPUT_LIMIT = "FifoThroughputLimit";
  static final String POLICY = "Policy";
  static final String KMS_MASTER_KEY_ID = "KmsMasterKeyId";
  static final String KMS_REUSE = "KmsDataKeyReusePeriodSeconds";
  static final String SQS_MANAGED_SSE = "SqsManagedSseEnabled";

  private static final String TRUE = "true";
  private static final String FALSE = "false";

  private record Range(int min, int max, int absent) {}

  private static final Map<String, Range> NUMBERS =
      Map.of(
          DELAY_SECONDS, new Range(0, 900, 0),
          MAXIMUM_MESSAGE_SIZE, new Range(1024, MessageChecks.SIZE_MAX, MessageChecks.SIZE_MAX),
          MESSAGE_RETENTION_PERIOD, new Range(60, 1_209_600, 345_600),
          RECEIVE_WAIT, new Range(0, ReceiveMessage.WAIT_SECONDS_MAX, 0),
          VISIBILITY_TIMEOUT, new Range(0, ChangeVisibility.SECONDS_MAX, 30),
          KMS_REUSE, new Range(60, 86_400, 300));

  private static final Set<String> OTHERS =
      Set.of(
          REDRIVE_POLICY,
          REDRIVE_ALLOW_POLICY,
          FIFO_QUEUE,
          CONTENT_BASED_DEDUPLICATION,
          DEDUPLICATION_SCOPE,
          FIFO_THROUGHPUT_LIMIT,
          POLICY,
          KMS_MASTER_KEY_ID,
          SQS_MANAGED_SSE,
          "QueueArn",
          "CreatedTimestamp",
          "LastModifiedTimestamp",
          "ApproximateNumberOfMessages",
          "ApproximateNumberOfMessagesNotVisible",
          "ApproximateNumberOfMessagesDelayed");

  private final boolean fifo;
  private final SortedMap<String, String> given;
  private final int delaySeconds;
  private final int maximumMessageSize;
  private final int messageRetentionPeriod;
  private final int receiveWaitSeconds;
  private final int visibilityTimeout;
  private final @Nullable RedrivePolicy redrivePolicy;

  private QueueAttributes(boolean fifo, SortedMap<String, String> given) {
    this.fifo = fifo;
    this.given = given;
    this.delaySeconds = number(DELAY_SECONDS);
    this.maximumMessageSize = number(MAXIMUM_MESSAGE_SIZE);
    this.messageRetentionPeriod = number(MESSAGE_RETENTION_PERIOD);
    this.receiveWaitSeconds = number(RECEIVE_WAIT);
    this.visibilityTimeout = number(VISIBILITY_TIMEOUT);
    String redrive = given.get(REDRIVE_POLICY);
    this.redrivePolicy = redrive == null ? null : RedrivePolicy.parse(redrive);
  }

  /** Of a new queue. */
  static QueueAttributes of(boolean fifo, Map<String, String> given) {
    return new QueueAttributes(fifo, new TreeMap<>()).with(given);
  }

  /**
   * These with changes; an empty text takes an attribute away.
   *
   * @throws QueueError when a name or a value is not legal
   */
  QueueAttributes with(Map<String, String> changes) {
    SortedMap<String, String> changed = new TreeMap<>(given);
    changes.forEach(
        (name, value) -> {
          check(name, value);
          if (value.isEmpty()) {
            changed.remove(name);
          } else {
            changed.put(name, value);
          }
        });
    if (changed.containsKey(KMS_MASTER_KEY_ID) && TRUE.equals(changed.get(SQS_MANAGED_SSE))) {
      throw new QueueError(
          Code.INVALID_ATTRIBUTE_VALUE,
          "You can use one type of server-side encryption (SSE) at one time."
              + " You can either enable KMS SSE or SQS SSE.");
    }
    if ("perMessageGroupId".equals(changed.get(FIFO_THROUGHPUT_LIMIT))
        && !"messageGroup".equals(changed.get(DEDUPLICATION_SCOPE))) {
      throw invalid(FIFO_THROUGHPUT_LIMIT);
    }
    return new QueueAttributes(fifo, changed);
  }

  private void check(String name, String value) {
    Range range = NUMBERS.get(name);
    if (range != null) {
      int number = parse(value);
      if (number < range.min || number > range.max) {
        throw invalid(name);
      }
      return;
    }
    boolean legal =
        switch (name) {
          case POLICY, KMS_MASTER_KEY_ID -> true;
          case SQS_MANAGED_SSE -> isBoolean(value);
          case REDRIVE_POLICY -> value.isEmpty() || RedrivePolicy.parse(value) != null;
          case REDRIVE_ALLOW_POLICY -> value.isEmpty() || RedrivePolicy.parseAllow(value) != null;
          case FIFO_QUEUE -> fifoOnly(name) && value.equals(TRUE);
          case CONTENT_BASED_DEDUPLICATION -> fifoOnly(name) && isBoolean(value);
          case DEDUPLICATION_SCOPE ->
              fifoOnly(name) && (value.equals("queue") || value.equals("messageGroup"));
          case FIFO_THROUGHPUT_LIMIT ->
              fifoOnly(name) && (value.equals("perQueue") || value.equals("perMessageGroupId"));
          default -> throw unknown(name);
        };
    if (!legal) {
      throw invalid(name);
    }
  }

  private boolean fifoOnly(String name) {
    if (!fifo) {
      throw unknown(name);
    }
    return true;
  }

  private static boolean isBoolean(String value) {
    return value.equals(TRUE) || value.equals(FALSE);
  }

  /** Whether {@code GetQueueAttributes} may ask for it, set or not. */
  static boolean isKnown(String name) {
    return NUMBERS.containsKey(name) || OTHERS.contains(name);
  }

  static QueueError unknown(String name) {
    return new QueueError(Code.INVALID_ATTRIBUTE_NAME, "Unknown Attribute %s.".formatted(name));
  }

  private static QueueError invalid(String name) {
    return new QueueError(
        Code.INVALID_ATTRIBUTE_VALUE, "Invalid value for the parameter %s.".formatted(name));
  }

  private static int parse(String value) {
    try {
      return Integer.parseInt(value);
    } catch (NumberFormatException notANumber) { // below every range
      return -1;
    }
  }

  private int number(String name) {
    Range range = NUMBERS.get(name);
    if (range == null) {
      throw new IllegalArgumentException(name + " is no number");
    }
    String value = given.get(name);
    return value == null ? range.absent : parse(value);
  }

  /** The first attribute asked for whose present value is another, or null. */
  @Nullable String differing(Map<String, String> asked) {
    Map<String, String> present = shown();
    for (Map.Entry<String, String> e : new TreeMap<>(asked).entrySet()) {
      if (!e.getValue().equals(present.getOrDefault(e.getKey(), ""))) {
        return e.getKey();
      }
    }
    return null;
  }

  /** As {@code GetQueueAttributes} shows them: defaults filled in, unset policies absent. */
  Map<String, String> shown() {
    Map<String, String> shown = new LinkedHashMap<>();
    NUMBERS.forEach(
        (name, range) -> {
          if (!name.equals(KMS_REUSE) || given.containsKey(KMS_MASTER_KEY_ID)) {
            shown.put(name, Integer.toString(number(name)));
          }
        });
    shown.put(SQS_MANAGED_SSE, given.containsKey(KMS_MASTER_KEY_ID) ? FALSE : TRUE);
    if (fifo) {
      shown.put(FIFO_QUEUE, TRUE);
      shown.put(CONTENT_BASED_DEDUPLICATION, FALSE);
      shown.put(DEDUPLICATION_SCOPE, "queue");
      shown.put(FIFO_THROUGHPUT_LIMIT, "perQueue");
    }
    shown.putAll(given);
    return shown;
  }

  /** What was given, for the queue's row. */
  SortedMap<String, String> given() {
    return given;
  }

  boolean isFifo() {
    return fifo;
  }

  long delayMillis() {
    return delaySeconds * 1000L;
  }

  int maximumMessageSize() {
    return maximumMessageSize;
  }

  long retentionMillis() {
    return messageRetentionPeriod * 1000L;
  }

  int receiveWaitSeconds() {
    return receiveWaitSeconds;
  }

  int visibilityTimeout() {
    return visibilityTimeout;
  }

  @Nullable RedrivePolicy redrivePolicy() {
    return redrivePolicy;
  }

  boolean contentBasedDeduplication() {
    return TRUE.equals(given.get(CONTENT_BASED_DEDUPLICATION));
  }

  boolean deduplicatesPerGroup() {
    return "messageGroup".equals(given.get(DEDUPLICATION_SCOPE));
  }
}
