package io.sluice.engine;

/**
 * A rule, or a call about a rule, that cannot be accepted; the code is the error's name on the
 * wire.
 */
public final class RuleRejected extends RuntimeException {
  /** Names and HTTP codes of AWS IoT's control plane. */
  public enum Code {
    SQL_PARSE("SqlParseException", 400),
    INVALID_REQUEST("InvalidRequestException", 400),
    ALREADY_EXISTS("ResourceAlreadyExistsException", 409),
    LIMIT_EXCEEDED("LimitExceededException", 410),
    /** GetTopicRule of an unknown rule answers so: its model has no ResourceNotFoundException. */
    UNKNOWN_RULE("UnauthorizedException", 401);

    private final String wireName;
    private final int httpStatus;

    Code(String wireName, int httpStatus) {
      this.wireName = wireName;
      this.httpStatus = httpStatus;
    }

    public String wireName() {
      return wireName;
    }

    public int httpStatus() {
      return httpStatus;
    }
  }

  private final Code code;

  RuleRejected(Code code, String message) {
    super(message, null, false, false);
    this.code = code;
  }

  public Code code() {
    return code;
  }
}
