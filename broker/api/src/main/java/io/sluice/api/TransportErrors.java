package io.sluice.api;

import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.server.ServerErrorHandler;
import com.linecorp.armeria.server.ServiceConfig;
import com.linecorp.armeria.server.ServiceRequestContext;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Answers what fails before {@link ApiService} sees it or after it has lost it: a request that is
 * no HTTP, one that took too long.
 */
final class TransportErrors implements ServerErrorHandler {
  private final long requestBytesMax;

  TransportErrors(long requestBytesMax) {
    this.requestBytesMax = requestBytesMax;
  }

  @Override
  public @Nullable HttpResponse onServiceException(ServiceRequestContext ctx, Throwable cause) {
    return null; // Armeria's own: 503 for a timeout, 500 for the rest
  }

  @Override
  public AggregatedHttpResponse renderStatus(
      @Nullable ServiceRequestContext ctx,
      ServiceConfig config,
      @Nullable RequestHeaders headers,
      HttpStatus status,
      @Nullable String description,
      @Nullable Throwable cause) {
    String requestId = UUID.randomUUID().toString();
    ApiError error =
        status.equals(HttpStatus.REQUEST_ENTITY_TOO_LARGE)
            ? Family.IOT.tooLarge(requestBytesMax)
            : ApiError.of(
                name(status),
                status.code(),
                "%s; check what the client sends, or try again"
                    .formatted(description == null ? status.reasonPhrase() : description));
    String target = headers == null ? null : headers.get("x-amz-target");
    Protocol protocol =
        headers == null || target == null
            ? new RestProtocol(Family.IOT)
            : JsonProtocol.of(target, headers.get("content-type"));
    return protocol.failure(error, requestId).aggregate().join(); // a fixed response: done already
  }

  private static String name(HttpStatus status) {
    if (status.equals(HttpStatus.INTERNAL_SERVER_ERROR)) {
      return "InternalFailure";
    }
    return status.isServerError() ? "ServiceUnavailableException" : "InvalidRequestException";
  }
}
