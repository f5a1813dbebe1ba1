package io.sluice.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.common.ResponseHeadersBuilder;
import java.io.IOException;

/**
 * REST JSON: the operation is in method and path, an error's name in a header. Source: the service
 * models {@code iot} and {@code iot-data}.
 */
record RestProtocol(Family family) implements Protocol {

  Fields read(byte[] body) {
    try {
      return new Fields(family, WireFormat.REST_JSON.decode(body));
    } catch (IOException malformed) {
      throw family.malformed(
          "The body is not one well-formed JSON object; check what the client sends");
    }
  }

  @Override
  public HttpResponse success(String operation, Reply reply, String requestId) {
    byte[] raw = reply.raw();
    if (raw == null) {
      raw = WireFormat.REST_JSON.encode(reply.tree() == null ? Reply.object() : reply.tree());
    }
    return HttpResponse.of(headers(200, requestId).build(), HttpData.wrap(raw));
  }

  @Override
  public HttpResponse failure(ApiError error, String requestId) {
    ObjectNode body = Reply.object();
    body.put("message", error.text());
    if (family == Family.IOT_DATA) {
      body.put("traceId", requestId);
    }
    error.members().forEach(body::set);
    return HttpResponse.of(
        headers(error.status(), requestId).set("x-amzn-errortype", error.name()).build(),
        HttpData.wrap(WireFormat.REST_JSON.encode(body)));
  }

  private static ResponseHeadersBuilder headers(int status, String requestId) {
    return ResponseHeaders.builder(HttpStatus.valueOf(status))
        .set("content-type", WireFormat.REST_JSON.contentType())
        .set("x-amzn-requestid", requestId);
  }
}
