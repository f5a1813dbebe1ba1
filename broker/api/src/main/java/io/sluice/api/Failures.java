package io.sluice.api;

import com.fasterxml.jackson.databind.node.TextNode;
import com.linecorp.armeria.common.ClosedSessionException;
import com.linecorp.armeria.common.ContentTooLargeException;
import com.linecorp.armeria.common.stream.ClosedStreamException;
import io.sluice.engine.RuleRejected;
import io.sluice.firehose.FirehoseError;
import io.sluice.identity.RegistryRefused;
import io.sluice.queue.QueueError;
import io.sluice.store.Overloaded;
import io.sluice.stream.StreamError;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a room or the transport threw, in the words of the caller's protocol. */
final class Failures {
  private static final Logger LOG = LoggerFactory.getLogger(Failures.class);

  private Failures() {}

  /** The error to answer. What nobody expected is our mistake: it is logged here, once. */
  static ApiError translate(Throwable thrown, Family family, String operation, String requestId) {
    Throwable cause = thrown;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    if (cause instanceof ApiError error) {
      return error;
    }
    if (cause instanceof SignatureRefused refused) {
      return family.refused(refused);
    }
    if (cause instanceof QueueError error) {
      return ApiError.of(error.code().shape(), error.code().httpStatus(), error.sentence())
          .withQueryCode(error.code().queryCode());
    }
    if (cause instanceof StreamError error) {
      return ApiError.of(error.code().shape(), error.code().httpStatus(), error.sentence());
    }
    if (cause instanceof FirehoseError error) {
      return ApiError.of(error.code().shape(), error.code().httpStatus(), error.sentence());
    }
    if (cause instanceof RuleRejected rejected) {
      return ApiError.of(
          rejected.code().wireName(),
          rejected.code().httpStatus(),
          String.valueOf(cause.getMessage()));
    }
    if (cause instanceof RegistryRefused refused) {
      return registry(refused);
    }
    if (cause instanceof Overloaded) {
      return family.overloaded();
    }
    if (cause instanceof ContentTooLargeException tooLarge) {
      return family.tooLarge(tooLarge.maxContentLength());
    }
    if (cause instanceof CancellationException
        || cause instanceof ClosedSessionException
        || cause instanceof ClosedStreamException) {
      // Nobody is left to read this; it is counted under this name.
      return ApiError.of("RequestAborted", 503, "The connection was closed before the answer");
    }
    LOG.error("request {}, {} {}: failed", requestId, family, operation, cause);
    return family.internal(requestId);
  }

  private static ApiError registry(RegistryRefused refused) {
    ApiError error =
        ApiError.of(
            refused.error().awsName(),
            refused.error().httpStatus(),
            String.valueOf(refused.getMessage()));
    String id = refused.resourceId();
    String arn = refused.resourceArn();
    return id == null || arn == null
        ? error
        : error.with("resourceId", TextNode.valueOf(id)).with("resourceArn", TextNode.valueOf(arn));
  }
}
