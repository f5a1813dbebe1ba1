package io.sluice.transport;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * Looks at the one HTTP request of a WebSocket connection: path, origin, sub-protocol. What is
 * wrong is answered in words; what is right goes on to be upgraded, and is kept for the {@link
 * Gatekeeper}. Event loop only.
 */
final class UpgradeCheck extends ChannelInboundHandlerAdapter {
  static final String PATH = "/mqtt";

  /** What MQTT is called there [MQTT-6.0.0-3], and what MQTT 3.1 was called before. */
  static final List<String> SUBPROTOCOLS = List.of("mqtt", "mqttv3.1");

  private final Front front;
  private final Front.Door door;

  UpgradeCheck(Front front, Front.Door door) {
    this.front = front;
    this.door = door;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object read) {
    if (!(read instanceof FullHttpRequest request)) {
      ReferenceCountUtil.release(read);
      return;
    }
    if (!check(ctx, request)) {
      request.release();
      return;
    }
    HttpUpgrade upgrade = HttpUpgrade.of(request.uri(), request.headers());
    Gatekeeper.Admission.Refused refused =
        door.gatekeeper().judge(upgrade, Peer.address(ctx.channel()));
    if (refused != null) {
      answer(ctx, HttpResponseStatus.FORBIDDEN, refused.reason(), refused.explanation());
      request.release();
      return;
    }
    ctx.channel().attr(HttpUpgrade.KEY).set(upgrade);
    ctx.pipeline().remove(this);
    ctx.fireChannelRead(request);
  }

  private boolean check(ChannelHandlerContext ctx, FullHttpRequest request) {
    if (request.decoderResult().isFailure()) {
      return answer(ctx, HttpResponseStatus.BAD_REQUEST, "http_request", "no good HTTP request");
    }
    String uri = request.uri();
    String path = uri.indexOf('?') < 0 ? uri : uri.substring(0, uri.indexOf('?'));
    if (!path.equals(PATH)) {
      return answer(
          ctx,
          HttpResponseStatus.NOT_FOUND,
          "http_request",
          "MQTT over WebSocket is at /mqtt, sub-protocol 'mqtt'; the HTTP API has its own port");
    }
    if (!request.method().equals(HttpMethod.GET)
        || !request
            .headers()
            .containsValue(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET, true)) {
      return answer(
          ctx,
          HttpResponseStatus.UPGRADE_REQUIRED,
          "http_request",
          "/mqtt is for WebSocket: ask with 'Upgrade: websocket'");
    }
    if (!front.settings().origins().allow(request.headers().getAll(HttpHeaderNames.ORIGIN))) {
      return answer(
          ctx,
          HttpResponseStatus.FORBIDDEN,
          "websocket_origin",
          "web pages of this origin may not connect; the operator can allow it"
              + " (websocket-origins)");
    }
    List<String> asked = request.headers().getAll(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL);
    if (asked.isEmpty() ? front.settings().subprotocolRequired() : !namesMqtt(asked)) {
      return answer(
          ctx,
          HttpResponseStatus.BAD_REQUEST,
          "websocket_subprotocol",
          "name the sub-protocol: 'Sec-WebSocket-Protocol: mqtt' [MQTT-6.0.0-3]");
    }
    return true;
  }

  private static boolean namesMqtt(List<String> asked) {
    return asked.stream()
        .flatMap(header -> Arrays.stream(header.split(",", -1)))
        .anyMatch(name -> SUBPROTOCOLS.contains(name.strip()));
  }

  private boolean answer(
      ChannelHandlerContext ctx, HttpResponseStatus status, String word, String why) {
    front.broker().counters().refused(word);
    front.refused().add(Peer.address(ctx.channel()), door.name(), "", word, why);
    DefaultFullHttpResponse response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            status,
            Unpooled.copiedBuffer(why + "\n", StandardCharsets.UTF_8));
    response
        .headers()
        .set(HttpHeaderNames.CONTENT_LENGTH, response.content().readableBytes())
        .set(HttpHeaderNames.CONTENT_TYPE, "text/plain; charset=utf-8")
        .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    if (status.equals(HttpResponseStatus.UPGRADE_REQUIRED)) {
      response
          .headers()
          .set(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET)
          .set(HttpHeaderNames.SEC_WEBSOCKET_VERSION, "13");
    }
    LastWords.follow(ctx.writeAndFlush(response), LastWords.LINGER_MILLIS);
    return false;
  }
}
