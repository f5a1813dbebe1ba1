package io.sluice.stream;

/**
 * A caller's mistake or a limit, with the name and the sentence that go on the wire. Expected, so
 * it costs no stack trace. Source: the service model of Kinesis.
 */
public final class StreamError extends RuntimeException {

  /** The kinds of refusal. */
  public enum Code {
    RESOURCE_NOT_FOUND("ResourceNotFoundException"),
    RESOURCE_IN_USE("ResourceInUseException"),
    INVALID_ARGUMENT("InvalidArgumentException"),
    VALIDATION("ValidationException"),
    LIMIT_EXCEEDED("LimitExceededException"),
    PROVISIONED_THROUGHPUT_EXCEEDED("ProvisionedThroughputExceededException"),
    EXPIRED_ITERATOR("ExpiredIteratorException"),
    EXPIRED_NEXT_TOKEN("ExpiredNextTokenException");

    private final String shape;

    Code(String shape) {
      this.shape = shape;
    }

    /** What stands in {@code __type}. */
    public String shape() {
      return shape;
    }

    /** All are the caller's, so all are 400. */
    public int httpStatus() {
      return 400;
    }
  }

  private final Code code;

  @SuppressWarnings("AnnotateFormatMethod") // its library for one check is not worth a dependency
  StreamError(Code code, String format, Object... found) {
    super(found.length == 0 ? format : format.formatted(found), null, false, false);
    this.code = code;
  }

  public Code code() {
    return code;
  }

  /** The sentence for the caller. */
  public String sentence() {
    return String.valueOf(getMessage());
  }

  static StreamError noStream(String stream, String account) {
    return new StreamError(
        Code.RESOURCE_NOT_FOUND, "Stream %s under account %s not found.", stream, account);
  }

  static StreamError noShard(String shard, String stream, String account) {
    return new StreamError(
        Code.RESOURCE_NOT_FOUND,
        "Shard %s in stream %s under account %s does not exist; ListShards names those that do.",
        shard,
        stream,
        account);
  }

  static StreamError invalid(String format, Object... found) {
    return new StreamError(Code.INVALID_ARGUMENT, format, found);
  }

  /** In the shape that clients know from AWS and search for. */
  static StreamError constraint(String member, Object found, String constraint) {
    return new StreamError(
        Code.VALIDATION,
        "1 validation error detected: Value '%s' at '%s' failed to satisfy constraint: %s",
        found,
        member,
        constraint);
  }

  static StreamError missing(String member) {
    return new StreamError(
        Code.VALIDATION,
        "1 validation error detected: Value null at '%s' failed to satisfy constraint: Member must"
            + " not be null",
        member);
  }
}
