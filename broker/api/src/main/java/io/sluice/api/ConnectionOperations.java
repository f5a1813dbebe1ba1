package io.sluice.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.identity.Action;
import io.sluice.message.Publication;
import io.sluice.message.QoS;
import io.sluice.message.TopicName;
import io.sluice.session.ClientState;
import io.sluice.session.Clients;
import io.sluice.session.ConnectionFacts;
import io.sluice.session.DirectMessage;
import io.sluice.session.Sessions;
import io.sluice.store.Clock;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Connections and sessions of MQTT clients over HTTP. Source: AWS IoT API Reference,
 * "GetConnection", "DeleteConnection", "ListSubscriptions" and "SendDirectMessage" of the data
 * plane.
 */
final class ConnectionOperations {
  private static final Family FAMILY = Family.IOT_DATA;
  private static final int CLIENT_ID_MAX = 128;
  private static final int PAGE = 20;
  private static final int PAGE_MAX = 200;
  private static final int CONFIRM_SECONDS = 5;
  private static final int CONFIRM_SECONDS_MAX = 15;

  private final Clients clients;
  private final int payloadBytesMax;
  private final Clock clock;

  ConnectionOperations(Clients clients, int payloadBytesMax, Clock clock) {
    this.clients = clients;
    this.payloadBytesMax = payloadBytesMax;
    this.clock = clock;
  }

  void addTo(Operations operations) {
    operations
        .data()
        .add("GET", "/connections/{clientId}", Operation.read(FAMILY, "GetConnection", this::get))
        .add(
            "DELETE",
            "/connections/{clientId}",
            Operation.write(FAMILY, "DeleteConnection", this::delete))
        .add(
            "GET",
            "/connections/{clientId}/subscriptions",
            Operation.read(FAMILY, "ListSubscriptions", this::subscriptions))
        .add(
            "POST",
            "/connections/{clientId}/messages",
            Operation.write(FAMILY, "SendDirectMessage", this::send));
  }

  private static String clientId(Call call) {
    String id = call.pathVariable("clientId");
    if (id.length() > CLIENT_ID_MAX || id.startsWith("$")) {
      throw FAMILY.invalid(
          "a client identifier here has 1 to %d characters and does not begin with '$'"
              .formatted(CLIENT_ID_MAX));
    }
    return id;
  }

  private static ApiError unknown(String clientId) {
    return ApiError.of(
        "ResourceNotFoundException",
        404,
        "client '%s' is not connected and has no session".formatted(clientId));
  }

  // ---- what is there

  private CompletableFuture<Reply> get(Call call) {
    String clientId = clientId(call);
    DataPlane.require(call, Action.GET_CONNECTION, clientId);
    boolean sockets = call.flag("includeSocketInformation");
    return clients
        .state(clientId)
        .thenApply(state -> Reply.of(shown(state.orElseThrow(() -> unknown(clientId)), sockets)));
  }

  static ObjectNode shown(ClientState state, boolean sockets) {
    ObjectNode reply = Reply.object();
    reply.put("connected", state.connected());
    ConnectionFacts connection = state.connection();
    if (connection != null && connection.thingName() != null) {
      reply.put("thingName", connection.thingName());
    }
    reply.put("cleanSession", !state.persistent());
    if (connection != null) {
      if (sockets) {
        put(reply, "sourceIp", "sourcePort", connection.source());
        put(reply, "targetIp", "targetPort", connection.target());
      }
      reply.put("keepAliveDuration", connection.keepAliveSeconds());
      if (state.connected()) {
        reply.put("connectedSince", connection.sinceMillis());
      }
    }
    ClientState.Departure departure = state.departure();
    if (departure != null) {
      reply.put("disconnectedSince", departure.atMillis());
      reply.put("disconnectReason", departure.reason());
    }
    return reply.put("sessionExpiry", state.expirySeconds()).put("clientId", state.clientId());
  }

  private static void put(
      ObjectNode reply, String ip, String port, @Nullable InetSocketAddress address) {
    if (address != null && address.getAddress() != null) {
      reply.put(ip, address.getAddress().getHostAddress()).put(port, address.getPort());
    }
  }

  private CompletableFuture<Reply> subscriptions(Call call) {
    String clientId = clientId(call);
    DataPlane.require(call, Action.LIST_SUBSCRIPTIONS, clientId);
    int max = call.number("maxResults", PAGE, 1, PAGE_MAX);
    String after = PageToken.after(call, "nextToken");
    return clients
        .subscriptions(clientId)
        .thenApply(
            found -> {
              List<Sessions.Wanted> all = found.orElseThrow(() -> unknown(clientId));
              ObjectNode reply = Reply.object();
              ArrayNode list = reply.putArray("subscriptions");
              PageToken.take(
                      call,
                      all.stream().filter(want -> want.filter().toString().compareTo(after) > 0),
                      max,
                      want -> want.filter().toString(),
                      reply,
                      "nextToken")
                  .forEach(
                      want ->
                          list.addObject()
                              .put("topicFilter", want.filter().toString())
                              .put("qos", want.options().qos().value()));
              return Reply.of(reply);
            });
  }

  // ---- what is done

  private CompletableFuture<Reply> delete(Call call) {
    String clientId = clientId(call);
    DataPlane.require(call, Action.DELETE_CONNECTION, clientId);
    return clients
        .end(clientId, call.flag("cleanSession"), call.flag("preventWillMessage"))
        .thenApply(
            was -> {
              if (!was) {
                throw unknown(clientId);
              }
              return Reply.EMPTY;
            });
  }

  private CompletableFuture<Reply> send(Call call) {
    String clientId = clientId(call);
    String text = call.parameter("topic");
    if (text == null) {
      throw FAMILY.invalid("query parameter 'topic' is missing: on which topic is the message?");
    }
    TopicName topic = MessageParameters.topic(text, false);
    DataPlane.requireAbout(call, Action.SEND_DIRECT_MESSAGE, clientId, topic);
    if (call.body().length > payloadBytesMax) {
      throw FAMILY.tooLarge(payloadBytesMax);
    }
    boolean confirmed = call.flag("confirmation");
    int seconds =
        confirmed
            ? call.number("timeout", CONFIRM_SECONDS, 1, CONFIRM_SECONDS_MAX)
            : CONFIRM_SECONDS;
    Publication message =
        new Publication(
            topic,
            call.body(),
            confirmed ? QoS.AT_LEAST_ONCE : QoS.AT_MOST_ONCE,
            false,
            MessageParameters.properties(call, null),
            DataPlane.origin(call),
            clock.millis() * 1000);
    return clients
        .send(clientId, message, Duration.ofSeconds(seconds))
        .thenApply(
            outcome -> {
              if (outcome != DirectMessage.Outcome.DELIVERED) {
                throw failed(outcome, clientId, topic, seconds);
              }
              return Reply.of(
                  Reply.object().put("message", "OK").put("traceId", UUID.randomUUID().toString()));
            });
  }

  private static ApiError failed(
      DirectMessage.Outcome outcome, String clientId, TopicName topic, int seconds) {
    return switch (outcome) {
      case NOT_CONNECTED ->
          ApiError.of(
              "ResourceNotFoundException",
              404,
              "client '%s' is not connected; direct messages do not wait".formatted(clientId));
      case NOT_PERMITTED ->
          ApiError.of(
              "ForbiddenException",
              403,
              "no policy of client '%s' allows iot:Receive on '%s'".formatted(clientId, topic));
      case TOO_LARGE ->
          ApiError.of(
              "RequestEntityTooLargeException",
              413,
              "the packet is larger than client '%s' takes (its Maximum Packet Size)"
                  .formatted(clientId));
      case REFUSED ->
          ApiError.of(
              "InvalidRequestException",
              400,
              "client '%s' refused the message in its PUBACK".formatted(clientId));
      case UNCONFIRMED ->
          ApiError.of(
              "GatewayTimeoutException",
              504,
              "client '%s' did not acknowledge within %d s; it may have the message all the same"
                  .formatted(clientId, seconds));
      case NO_ROOM, DELIVERED ->
          ApiError.of(
              "ThrottlingException",
              429,
              "client '%s' takes its messages too slowly for one more; try again later"
                  .formatted(clientId));
    };
  }
}
