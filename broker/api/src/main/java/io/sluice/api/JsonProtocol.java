package io.sluice.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.common.ResponseHeadersBuilder;
import java.io.IOException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * AWS JSON 1.0 and 1.1 and their CBOR twin: the operation is in {@code X-Amz-Target}, the answer
 * comes in the request's own format, errors too.
 */
record JsonProtocol(Family family, WireFormat format) implements Protocol {

  /** The protocol of a request with this target and content type. */
  static JsonProtocol of(String target, @Nullable String contentType) {
    String type = contentType == null ? "" : contentType.toLowerCase(Locale.ROOT);
    Family family =
        target.startsWith("AmazonSQS.")
            ? Family.SQS
            : target.startsWith("Firehose_") ? Family.FIREHOSE : Family.KINESIS;
    WireFormat format =
        type.startsWith("application/x-amz-cbor")
            ? WireFormat.CBOR_1_1
            : family == Family.SQS ? WireFormat.JSON_1_0 : WireFormat.JSON_1_1;
    return new JsonProtocol(family, format);
  }

  Fields read(byte[] body) {
    try {
      return new Fields(family, format.decode(body));
    } catch (IOException malformed) {
      // Its message may quote the body, so it stays here.
      throw family.malformed(
          "The body is not one well-formed %s object; check what the client sends as '%s'"
              .formatted(format == WireFormat.CBOR_1_1 ? "CBOR" : "JSON", format.contentType()));
    }
  }

  @Override
  public HttpResponse success(String operation, Reply reply, String requestId) {
    byte[] raw = reply.raw();
    if (raw == null) {
      raw = reply.tree() == null ? empty() : format.encode(reply.tree());
    }
    return HttpResponse.of(headers(200, requestId).build(), HttpData.wrap(raw));
  }

  /** Kinesis answers with no body at all, the others with an object without members. */
  private byte[] empty() {
    return family == Family.KINESIS ? new byte[0] : new byte[] {'{', '}'};
  }

  @Override
  public HttpResponse failure(ApiError error, String requestId) {
    ObjectNode body = Reply.object();
    body.put("__type", family == Family.SQS ? "com.amazonaws.sqs#" + error.name() : error.name());
    body.put("message", error.text());
    error.members().forEach(body::set);
    ResponseHeadersBuilder headers = headers(error.status(), requestId);
    if (family == Family.SQS) {
      headers.set(
          "x-amzn-query-error", error.queryCode() + (error.isSender() ? ";Sender" : ";Receiver"));
    }
    return HttpResponse.of(headers.build(), HttpData.wrap(format.encode(body)));
  }

  private ResponseHeadersBuilder headers(int status, String requestId) {
    ResponseHeadersBuilder headers =
        ResponseHeaders.builder(HttpStatus.valueOf(status))
            .set("content-type", format.contentType())
            .set("x-amzn-requestid", requestId);
    if (family == Family.KINESIS) {
      headers.set("x-amz-id-2", requestId);
    }
    return headers;
  }
}
