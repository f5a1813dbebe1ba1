package io.sluice.queue;

/**
 * A caller's mistake or a limit, with the name, the code and the sentence that go on the wire.
 * Expected, so it costs no stack trace. Source: the service model of SQS.
 */
public final class QueueError extends RuntimeException {

  /** The kinds of refusal; {@link #shape} selects the exception class of today's SDKs. */
  public enum Code {
    QUEUE_DOES_NOT_EXIST("QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue", 400),
    QUEUE_NAME_EXISTS("QueueNameExists", "QueueAlreadyExists", 400),
    QUEUE_DELETED_RECENTLY(
        "QueueDeletedRecently", "AWS.SimpleQueueService.QueueDeletedRecently", 400),
    PURGE_QUEUE_IN_PROGRESS(
        "PurgeQueueInProgress", "AWS.SimpleQueueService.PurgeQueueInProgress", 403),
    RECEIPT_HANDLE_IS_INVALID("ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid", 400),
    MESSAGE_NOT_INFLIGHT("MessageNotInflight", "AWS.SimpleQueueService.MessageNotInflight", 400),
    EMPTY_BATCH_REQUEST("EmptyBatchRequest", "AWS.SimpleQueueService.EmptyBatchRequest", 400),
    TOO_MANY_ENTRIES_IN_BATCH_REQUEST(
        "TooManyEntriesInBatchRequest", "AWS.SimpleQueueService.TooManyEntriesInBatchRequest", 400),
    BATCH_ENTRY_IDS_NOT_DISTINCT(
        "BatchEntryIdsNotDistinct", "AWS.SimpleQueueService.BatchEntryIdsNotDistinct", 400),
    INVALID_BATCH_ENTRY_ID(
        "InvalidBatchEntryId", "AWS.SimpleQueueService.InvalidBatchEntryId", 400),
    BATCH_REQUEST_TOO_LONG(
        "BatchRequestTooLong", "AWS.SimpleQueueService.BatchRequestTooLong", 400),
    UNSUPPORTED_OPERATION(
        "UnsupportedOperation", "AWS.SimpleQueueService.UnsupportedOperation", 400),
    INVALID_ATTRIBUTE_NAME("InvalidAttributeName", "InvalidAttributeName", 400),
    INVALID_ATTRIBUTE_VALUE("InvalidAttributeValue", "InvalidAttributeValue", 400),
    INVALID_MESSAGE_CONTENTS("InvalidMessageContents", "InvalidMessageContents", 400),
    OVER_LIMIT("OverLimit", "OverLimit", 403),
    RESOURCE_NOT_FOUND("ResourceNotFoundException", "ResourceNotFoundException", 404),
    INVALID_PARAMETER_VALUE("InvalidParameterValueException", "InvalidParameterValue", 400),
    MISSING_PARAMETER("MissingRequiredParameterException", "MissingParameter", 400);

    private final String shape;
    private final String queryCode;
    private final int httpStatus;

    Code(String shape, String queryCode, int httpStatus) {
      this.shape = shape;
      this.queryCode = queryCode;
      this.httpStatus = httpStatus;
    }

    /** The name behind {@code com.amazonaws.sqs#} in {@code __type}. */
    public String shape() {
      return shape;
    }

    /**
     * The older code: of the query protocol, of {@code x-amzn-query-error} and of batch entries.
     */
    public String queryCode() {
      return queryCode;
    }

    public int httpStatus() {
      return httpStatus;
    }
  }

  private final Code code;

  public QueueError(Code code, String message) {
    super(message, null, false, false);
    this.code = code;
  }

  public Code code() {
    return code;
  }

  /** The sentence for the caller. */
  public String sentence() {
    return String.valueOf(getMessage());
  }

  static QueueError noQueue() {
    return new QueueError(Code.QUEUE_DOES_NOT_EXIST, "The specified queue does not exist.");
  }

  static QueueError badParameter(String message) {
    return new QueueError(Code.INVALID_PARAMETER_VALUE, message);
  }

  static QueueError outOfRange(String parameter, Object found, String reason) {
    return badParameter(
        "Value %s for parameter %s is invalid. Reason: %s".formatted(found, parameter, reason));
  }
}
