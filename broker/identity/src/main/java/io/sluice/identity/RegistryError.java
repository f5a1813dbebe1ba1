package io.sluice.identity;

/** The errors of the control plane, as AWS IoT names them, with their HTTP status. */
public enum RegistryError {
  INVALID_REQUEST("InvalidRequestException", 400),
  MALFORMED_POLICY("MalformedPolicyException", 400),
  CERTIFICATE_VALIDATION("CertificateValidationException", 400),
  REGISTRATION_CODE_VALIDATION("RegistrationCodeValidationException", 400),
  RESOURCE_REGISTRATION_FAILURE("ResourceRegistrationFailureException", 400),
  INVALID_QUERY("InvalidQueryException", 400),
  INDEX_NOT_READY("IndexNotReadyException", 400),
  /** Somebody who was asked does not allow it. */
  ACCESS_DENIED("UnauthorizedException", 403),
  UNAUTHORIZED("UnauthorizedException", 401),
  RESOURCE_NOT_FOUND("ResourceNotFoundException", 404),
  CERTIFICATE_STATE("CertificateStateException", 406),
  RESOURCE_ALREADY_EXISTS("ResourceAlreadyExistsException", 409),
  DELETE_CONFLICT("DeleteConflictException", 409),
  CERTIFICATE_CONFLICT("CertificateConflictException", 409),
  VERSION_CONFLICT("VersionConflictException", 409),
  VERSIONS_LIMIT_EXCEEDED("VersionsLimitExceededException", 409),
  LIMIT_EXCEEDED("LimitExceededException", 410);

  private final String awsName;
  private final int httpStatus;

  RegistryError(String awsName, int httpStatus) {
    this.awsName = awsName;
    this.httpStatus = httpStatus;
  }

  /** The name of the exception on the wire. */
  public String awsName() {
    return awsName;
  }

  public int httpStatus() {
    return httpStatus;
  }
}
