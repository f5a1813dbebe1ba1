package io.sluice.api;

import com.fasterxml.jackson.databind.node.TextNode;
import io.sluice.identity.Action;
import io.sluice.shadow.ShadowAddress;
import io.sluice.shadow.ShadowError;
import io.sluice.shadow.ShadowReply;
import io.sluice.shadow.ShadowRequest;
import io.sluice.shadow.ShadowService;
import java.util.concurrent.CompletableFuture;

/**
 * Shadows over HTTP. Errors here tell nobody on MQTT. Source: AWS IoT Developer Guide, "Device
 * Shadow REST API".
 */
final class ShadowOperations {
  private static final Family FAMILY = Family.IOT_DATA;
  private static final int PAGE_DEFAULT = 25;
  private static final int PAGE_MAX = 100;
  private static final byte[] NOTHING = new byte[0];

  private final ShadowService shadows;

  ShadowOperations(ShadowService shadows) {
    this.shadows = shadows;
  }

  void addTo(Operations operations) {
    operations
        .data()
        .add(
            "GET",
            "/things/{thing}/shadow",
            Operation.read(FAMILY, "GetThingShadow", this::getShadow))
        .add(
            "POST",
            "/things/{thing}/shadow",
            Operation.write(FAMILY, "UpdateThingShadow", this::updateShadow))
        .add(
            "DELETE",
            "/things/{thing}/shadow",
            Operation.write(FAMILY, "DeleteThingShadow", this::deleteShadow))
        .add(
            "GET",
            "/api/things/shadow/ListNamedShadowsForThing/{thing}",
            Operation.read(FAMILY, "ListNamedShadowsForThing", this::listNamed));
  }

  private CompletableFuture<Reply> getShadow(Call call) {
    ShadowAddress address = address(call);
    DataPlane.require(call, Action.GET_THING_SHADOW, resource(address));
    ShadowRequest past = ShadowPast.read(call, address);
    return answer(
        past != null ? past : new ShadowRequest.Get(address, NOTHING, DataPlane.origin(call)));
  }

  private CompletableFuture<Reply> updateShadow(Call call) {
    ShadowAddress address = address(call);
    DataPlane.require(call, Action.UPDATE_THING_SHADOW, resource(address));
    ShadowRequest rollBack = ShadowPast.rollBack(call, address, DataPlane.origin(call));
    return answer(
        rollBack != null
            ? rollBack
            : new ShadowRequest.Update(address, call.body(), DataPlane.origin(call)));
  }

  private CompletableFuture<Reply> deleteShadow(Call call) {
    ShadowAddress address = address(call);
    DataPlane.require(call, Action.DELETE_THING_SHADOW, resource(address));
    ShadowPast.requirePlainDelete(call);
    return answer(new ShadowRequest.Delete(address, NOTHING, DataPlane.origin(call)));
  }

  private CompletableFuture<Reply> listNamed(Call call) {
    String thing = call.pathVariable("thing");
    DataPlane.require(call, Action.LIST_NAMED_SHADOWS_FOR_THING, thing);
    return answer(
        new ShadowRequest.ListNamed(
            thing,
            call.number("pageSize", PAGE_DEFAULT, 1, PAGE_MAX),
            call.parameter("nextToken")));
  }

  private static ShadowAddress address(Call call) {
    return new ShadowAddress(call.pathVariable("thing"), call.parameter("name"));
  }

  private static String resource(ShadowAddress address) {
    return address.thing() + (address.name() == null ? "" : "/" + address.name());
  }

  private CompletableFuture<Reply> answer(ShadowRequest request) {
    return shadows
        .ask(request)
        .thenApply(
            reply -> {
              if (reply instanceof ShadowReply.Accepted accepted) {
                return Reply.raw(accepted.body());
              }
              if (reply instanceof ShadowReply.Rejected rejected) {
                throw error(rejected);
              }
              throw new IllegalStateException("the shadow service ignored an HTTP request");
            });
  }

  private static ApiError error(ShadowReply.Rejected rejected) {
    ShadowError why = rejected.error();
    ApiError error = ApiError.of(why.errorName(), why.code(), why.message());
    String token = rejected.clientToken();
    return token == null ? error : error.with("clientToken", TextNode.valueOf(token));
  }
}
