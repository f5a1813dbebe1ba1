package io.sluice.credentials;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Base64;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What an authorizer is told about a client. Source: AWS IoT Developer Guide, "Defining your Lambda
 * function".
 *
 * @param token null without
 * @param tokenSignature base64; null without
 * @param serverName of TLS; null without
 * @param headers of the request that opened a WebSocket; null without one
 * @param query with its question mark
 * @param clientId null where the question is a trial without MQTT
 * @param userName as it was sent; null without
 */
public record AuthorizerQuestion(
    @Nullable String token,
    @Nullable String tokenSignature,
    @Nullable String serverName,
    @Nullable Map<String, String> headers,
    String query,
    @Nullable String clientId,
    @Nullable String userName,
    byte @Nullable [] password) {

  /** As JSON; everything but the connection's id depends on the client alone. */
  ObjectNode json(boolean signatureVerified) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    if (token != null) {
      json.put("token", token);
    }
    json.put("signatureVerified", signatureVerified);
    var protocols = json.putArray("protocols");
    ObjectNode data = json.putObject("protocolData");
    if (serverName != null) {
      protocols.add("tls");
      data.putObject("tls").put("serverName", serverName);
    }
    if (headers != null) {
      protocols.add("http");
      ObjectNode http = data.putObject("http");
      ObjectNode sent = http.putObject("headers");
      headers.forEach(sent::put);
      http.put("queryString", query);
    }
    if (clientId != null || userName != null) {
      protocols.add("mqtt");
      ObjectNode mqtt = data.putObject("mqtt");
      if (userName != null) {
        mqtt.put("username", userName);
      }
      if (password != null) {
        mqtt.put("password", Base64.getEncoder().encodeToString(password));
      }
      if (clientId != null) {
        mqtt.put("clientId", clientId);
      }
    }
    return json;
  }

  /** With an id for the connection. */
  static ObjectNode withConnection(ObjectNode json) {
    ObjectNode copy = json.deepCopy();
    copy.putObject("connectionMetadata").put("id", UUID.randomUUID().toString());
    return copy;
  }

  /** Says nothing that may be secret. */
  @Override
  public String toString() {
    return "AuthorizerQuestion['%s']".formatted(clientId);
  }
}
