package io.sluice.api;

import io.sluice.api.SignatureRefused.Fault;
import java.util.Locale;

/**
 * The services we speak for. Each names the same mistakes in its own words; these are the mistakes
 * that are found before a room is asked.
 */
enum Family {
  SQS {
    @Override
    ApiError missing(String member) {
      return ApiError.of(
              "MissingRequiredParameterException",
              400,
              "The request must contain the parameter %s.".formatted(member))
          .withQueryCode("MissingParameter");
    }

    @Override
    ApiError invalid(String text) {
      return ApiError.of("InvalidParameterValueException", 400, text)
          .withQueryCode("InvalidParameterValue");
    }

    @Override
    ApiError denied(String text) {
      return ApiError.of("AccessDeniedException", 403, text).withQueryCode("AccessDenied");
    }

    @Override
    ApiError unsupported(String text) {
      return ApiError.of("UnsupportedOperation", 400, text)
          .withQueryCode("AWS.SimpleQueueService.UnsupportedOperation");
    }

    @Override
    ApiError refused(SignatureRefused refused) {
      ApiError error = super.refused(refused);
      return ApiError.of(error.name(), 403, error.text()).withQueryCode(queryCode(refused.fault()));
    }
  },
  KINESIS {
    @Override
    ApiError missing(String member) {
      return validation(member);
    }

    @Override
    ApiError invalid(String text) {
      return ApiError.of("InvalidArgumentException", 400, text);
    }
  },
  FIREHOSE {
    @Override
    ApiError missing(String member) {
      return validation(member);
    }

    @Override
    ApiError invalid(String text) {
      return ApiError.of("InvalidArgumentException", 400, text);
    }
  },
  IOT {
    @Override
    ApiError missing(String member) {
      return ApiError.of(
          "InvalidRequestException", 400, "'%s' is missing; give it".formatted(member));
    }

    @Override
    ApiError invalid(String text) {
      return ApiError.of("InvalidRequestException", 400, text);
    }

    @Override
    ApiError malformed(String text) {
      return invalid(text);
    }

    @Override
    ApiError denied(String text) {
      return ApiError.of("UnauthorizedException", 401, text);
    }

    /** The model has no word for it, and InvalidRequestException would blame the request. */
    @Override
    ApiError unsupported(String text) {
      return ApiError.of("UnsupportedOperationException", 400, text);
    }

    @Override
    ApiError internal(String requestId) {
      return ApiError.of("InternalFailureException", 500, internalText(requestId));
    }

    @Override
    ApiError refused(SignatureRefused refused) {
      ApiError error = super.refused(refused);
      return ApiError.of(error.name(), 403, error.text());
    }
  },
  IOT_DATA {
    @Override
    ApiError missing(String member) {
      return IOT.missing(member);
    }

    @Override
    ApiError invalid(String text) {
      return IOT.invalid(text);
    }

    @Override
    ApiError malformed(String text) {
      return IOT.invalid(text);
    }

    @Override
    ApiError denied(String text) {
      return ApiError.of("ForbiddenException", 403, text);
    }

    @Override
    ApiError unsupported(String text) {
      return IOT.unsupported(text);
    }

    @Override
    ApiError internal(String requestId) {
      return IOT.internal(requestId);
    }

    @Override
    ApiError refused(SignatureRefused refused) {
      return IOT.refused(refused);
    }
  };

  /** A required member is not there. */
  abstract ApiError missing(String member);

  /** A member has a value it cannot have. */
  abstract ApiError invalid(String text);

  /** The body is not what its content type says, or a member is of another type. */
  ApiError malformed(String text) {
    return ApiError.of("SerializationException", 400, text).withQueryCode("MalformedInput");
  }

  /** The caller is known, and may not do this. */
  ApiError denied(String text) {
    return ApiError.of("AccessDeniedException", 400, text);
  }

  /** Nobody here does this. */
  ApiError unknownOperation(String operation) {
    return ApiError.of(
            "UnknownOperationException",
            400,
            "The operation '%s' is not known to this gateway; docs/conformance/http-api.md lists those that are"
                .formatted(operation))
        .withQueryCode("InvalidAction");
  }

  /** The service has it, this gateway has not. Never a status that clients try again after. */
  ApiError unsupported(String text) {
    return invalid(text);
  }

  /** The body is longer than we take from anybody. */
  ApiError tooLarge(long bytesMax) {
    return ApiError.of(
        "RequestEntityTooLargeException",
        413,
        "The request body is larger than %d bytes; send less at once".formatted(bytesMax));
  }

  /** A bounded queue is full; SDKs try again. */
  ApiError overloaded() {
    return ApiError.of(
            "ServiceUnavailableException",
            503,
            "The gateway has more requests waiting than it takes; try again with back-off")
        .withQueryCode("ServiceUnavailable");
  }

  /** Our mistake; the log has the rest under the request's id. */
  ApiError internal(String requestId) {
    return ApiError.of("InternalFailure", 500, internalText(requestId));
  }

  private static String internalText(String requestId) {
    return "The gateway failed to serve this request; its log has the reason under request id %s"
        .formatted(requestId);
  }

  /** The request did not prove who sent it. */
  ApiError refused(SignatureRefused refused) {
    String name =
        switch (refused.fault()) {
          case MISSING -> "MissingAuthenticationTokenException";
          case INCOMPLETE -> "IncompleteSignatureException";
          case UNKNOWN_KEY -> "UnrecognizedClientException";
          case MISMATCH, EXPIRED -> "InvalidSignatureException";
        };
    return ApiError.of(name, 400, refused.getMessage());
  }

  private static String queryCode(Fault fault) {
    return switch (fault) {
      case MISSING -> "MissingAuthenticationToken";
      case INCOMPLETE -> "IncompleteSignature";
      case UNKNOWN_KEY -> "InvalidClientTokenId";
      case MISMATCH -> "SignatureDoesNotMatch";
      case EXPIRED -> "RequestExpired";
    };
  }

  private static ApiError validation(String member) {
    String name = member.substring(0, 1).toLowerCase(Locale.ROOT) + member.substring(1);
    return ApiError.of(
        "ValidationException",
        400,
        "1 validation error detected: Value null at '%s' failed to satisfy constraint: Member must not be null"
            .formatted(name));
  }
}
