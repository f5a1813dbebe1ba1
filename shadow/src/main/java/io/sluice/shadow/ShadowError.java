package io.sluice.shadow;

/**
 * Why a request was refused: the code and text of {@code rejected}, which clients compare. AWS IoT
 * Developer Guide, "Device Shadow error messages".
 *
 * @param code an HTTP status
 * @param message the text clients know
 */
public record ShadowError(int code, String message) {
  static final ShadowError INVALID_JSON = new ShadowError(400, "Invalid JSON");
  static final ShadowError STATE_MISSING = new ShadowError(400, "Missing required node: state");
  static final ShadowError STATE_NOT_OBJECT = new ShadowError(400, "State node must be an object");
  static final ShadowError DESIRED_NOT_OBJECT =
      new ShadowError(400, "Desired node must be an object");
  static final ShadowError REPORTED_NOT_OBJECT =
      new ShadowError(400, "Reported node must be an object");
  static final ShadowError INVALID_VERSION = new ShadowError(400, "Invalid version");
  static final ShadowError INVALID_CLIENT_TOKEN = new ShadowError(400, "Invalid clientToken");
  static final ShadowError INVALID_NODE = new ShadowError(400, "State contains an invalid node");
  static final ShadowError INVALID_SEQUENCE = new ShadowError(400, "Invalid sequence");
  static final ShadowError INVALID_THING_NAME = new ShadowError(400, "Invalid thing name");
  static final ShadowError INVALID_SHADOW_NAME = new ShadowError(400, "Invalid shadow name");
  static final ShadowError INVALID_NEXT_TOKEN = new ShadowError(400, "Invalid nextToken");
  static final ShadowError INVALID_PAGE_SIZE = new ShadowError(400, "Invalid pageSize");
  static final ShadowError VERSION_CONFLICT = new ShadowError(409, "Version conflict");
  static final ShadowError TOO_LARGE =
      new ShadowError(413, "The payload exceeds the maximum size allowed");

  /** "documented" is the service's own spelling. */
  static final ShadowError NOT_UTF8 =
      new ShadowError(415, "Unsupported documented encoding; supported encoding is UTF-8");

  static final ShadowError TOO_MANY = new ShadowError(429, "Too many requests");
  static final ShadowError INTERNAL = new ShadowError(500, "Internal service failure");

  static ShadowError tooDeep(int levelsMax) {
    return new ShadowError(
        400, "JSON contains too many levels of nesting; maximum is " + levelsMax);
  }

  static ShadowError noShadow(ShadowAddress address) {
    return new ShadowError(404, "No shadow exists with name: '" + address.displayName() + "'");
  }

  static ShadowError noVersion(ShadowAddress address, StoredShadow shadow, long version) {
    long first = shadow.past().firstVersion();
    String kept =
        first == 0
            ? "none is kept; turn the history on to keep those to come"
            : "kept are %d to %d".formatted(first, shadow.document().version());
    return new ShadowError(
        404, "No version %d of shadow '%s': %s".formatted(version, address.displayName(), kept));
  }

  /** The error's name for HTTP clients: {@code x-amzn-ErrorType}. */
  public String errorName() {
    return switch (code) {
      case 400 -> "InvalidRequestException";
      case 404 -> "ResourceNotFoundException";
      case 409 -> "ConflictException";
      case 413 -> "RequestEntityTooLargeException";
      case 429 -> "ThrottlingException";
      case 415 -> "UnsupportedDocumentEncodingException";
      default -> "InternalFailureException";
    };
  }
}
