package io.sluice.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.common.ResponseHeadersBuilder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * REST JSON: the operation is in method and path, an error's name in a header. Source: the service
 * models {@code iot} and {@code iot-data}.
 */
record RestProtocol(Family family) implements Protocol {

  Fields read(byte[] body) {
    try {
      ObjectNode input = WireFormat.REST_JSON.decode(body);
      if (!isWhole(input)) {
        throw family.malformed(
            "The body has half a character (an escape from \\ud800 to \\udfff alone); write it whole");
      }
      return new Fields(family, input);
    } catch (IOException malformed) {
      if (malformed instanceof JsonProcessingException said
          && said.getOriginalMessage().startsWith("Duplicate field")) { // it has only the name
        throw family.malformed(said.getOriginalMessage() + " in the body; give it once");
      }
      throw family.malformed(
          "The body is not one well-formed JSON object; check what the client sends");
    }
  }

  /** Whether every text can be kept: UTF-8 has no bytes for half a character. */
  private static boolean isWhole(JsonNode node) {
    if (node.isTextual()) {
      return isWhole(node.textValue());
    }
    for (Map.Entry<String, JsonNode> member : node.properties()) {
      if (!isWhole(member.getKey()) || !isWhole(member.getValue())) {
        return false;
      }
    }
    for (JsonNode element : node.isArray() ? node : List.<JsonNode>of()) {
      if (!isWhole(element)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isWhole(String text) {
    return StandardCharsets.UTF_8.newEncoder().canEncode(text);
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
