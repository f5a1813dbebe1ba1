package io.sluice.firehose;

import org.jspecify.annotations.Nullable;

/**
 * A caller's mistake or a limit, with the name and the sentence that go on the wire. Expected, so
 * it costs no stack trace. Source: the service model of Firehose.
 */
public final class FirehoseError extends RuntimeException {

  /** The kinds of refusal. */
  public enum Code {
    RESOURCE_NOT_FOUND("ResourceNotFoundException", 400),
    RESOURCE_IN_USE("ResourceInUseException", 400),
    INVALID_ARGUMENT("InvalidArgumentException", 400),
    VALIDATION("ValidationException", 400),
    LIMIT_EXCEEDED("LimitExceededException", 400),
    CONCURRENT_MODIFICATION("ConcurrentModificationException", 400),
    SERVICE_UNAVAILABLE("ServiceUnavailableException", 503);

    private final String shape;
    private final int httpStatus;

    Code(String shape, int httpStatus) {
      this.shape = shape;
      this.httpStatus = httpStatus;
    }

    /** What stands in {@code __type}. */
    public String shape() {
      return shape;
    }

    public int httpStatus() {
      return httpStatus;
    }
  }

  private final Code code;

  @SuppressWarnings("AnnotateFormatMethod") // its library for one check is not worth a dependency
  FirehoseError(Code code, String format, @Nullable Object... found) {
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

  static FirehoseError notFound(String name, String account) {
    return new FirehoseError(
        Code.RESOURCE_NOT_FOUND, "Firehose %s under account %s not found.", name, account);
  }

  static FirehoseError invalid(String format, @Nullable Object... found) {
    return new FirehoseError(Code.INVALID_ARGUMENT, format, found);
  }

  /** In the shape that clients know from AWS and search for. */
  static FirehoseError constraint(String member, Object found, String constraint) {
    return new FirehoseError(
        Code.VALIDATION,
        "1 validation error detected: Value '%s' at '%s' failed to satisfy constraint: %s",
        found,
        member,
        constraint);
  }

  static FirehoseError missing(String member) {
    return new FirehoseError(
        Code.VALIDATION,
        "1 validation error detected: Value null at '%s' failed to satisfy constraint: Member must"
            + " not be null",
        member);
  }
}
