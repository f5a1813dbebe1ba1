package io.sluice.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.engine.RuleDestination;
import io.sluice.engine.RuleDestinations;
import java.util.concurrent.CompletableFuture;

/**
 * HTTP destinations of rules. Source: AWS IoT API Reference, "CreateTopicRuleDestination" and its
 * family.
 */
final class DestinationOperations {
  /** Where a token comes back; whoever has it may open it, without a signature. */
  static final String CONFIRM_PATH = "/confirmdestination/";

  private static final Family FAMILY = Family.IOT;
  private static final int PAGE_MAX = 1_000;

  private final RuleDestinations destinations;

  DestinationOperations(RuleDestinations destinations) {
    this.destinations = destinations;
  }

  void addTo(Operations operations) {
    operations
        .control()
        .add(
            "POST",
            "/destinations",
            Operation.write(FAMILY, "CreateTopicRuleDestination", this::create))
        .add(
            "GET", "/destinations", Operation.read(FAMILY, "ListTopicRuleDestinations", this::list))
        .add(
            "GET",
            "/destinations/{arn+}",
            Operation.read(FAMILY, "GetTopicRuleDestination", this::get))
        .add(
            "PATCH",
            "/destinations",
            Operation.write(FAMILY, "UpdateTopicRuleDestination", this::update))
        .add(
            "DELETE",
            "/destinations/{arn+}",
            Operation.write(FAMILY, "DeleteTopicRuleDestination", this::delete))
        .add(
            "GET",
            CONFIRM_PATH + "{confirmationToken+}",
            Operation.read(FAMILY, "ConfirmTopicRuleDestination", this::confirm));
  }

  private CompletableFuture<Reply> create(Call call) {
    Fields configuration = call.input().object("destinationConfiguration");
    if (configuration.objectOrNull("vpcConfiguration") != null) {
      throw FAMILY.invalid(
          "vpcConfiguration is not supported by this gateway; give httpUrlConfiguration");
    }
    String url = configuration.object("httpUrlConfiguration").text("confirmationUrl");
    return destinations
        .create(url, enableBase(call))
        .thenApply(
            made -> {
              ObjectNode reply = Reply.object();
              reply.set("topicRuleDestination", written(made));
              return Reply.of(reply);
            });
  }

  private static String enableBase(Call call) {
    return call.baseUrl() + CONFIRM_PATH;
  }

  private static ObjectNode written(RuleDestination destination) {
    ObjectNode out = summary(destination);
    out.putObject("httpUrlProperties").put("confirmationUrl", destination.confirmationUrl());
    out.remove("httpUrlSummary");
    return out;
  }

  private static ObjectNode summary(RuleDestination destination) {
    ObjectNode out =
        Reply.object()
            .put("arn", destination.arn())
            .put("status", destination.status().name())
            .put("statusReason", destination.statusReason());
    out.set("createdAt", WireFormat.timestamp(destination.createdAtMillis()));
    out.set("lastUpdatedAt", WireFormat.timestamp(destination.updatedAtMillis()));
    out.putObject("httpUrlSummary").put("confirmationUrl", destination.confirmationUrl());
    return out;
  }

  private CompletableFuture<Reply> list(Call call) {
    int max = call.number("maxResults", PAGE_MAX, 1, PAGE_MAX);
    String after = PageToken.after(call, "nextToken");
    ObjectNode reply = Reply.object();
    ArrayNode list = reply.putArray("destinationSummaries");
    PageToken.take(
            call,
            destinations.list().stream().filter(one -> one.arn().compareTo(after) > 0),
            max,
            RuleDestination::arn,
            reply,
            "nextToken")
        .forEach(one -> list.add(summary(one)));
    return CompletableFuture.completedFuture(Reply.of(reply));
  }

  private CompletableFuture<Reply> get(Call call) {
    String arn = call.pathVariable("arn");
    RuleDestination destination =
        destinations
            .get(arn)
            .orElseThrow(
                () ->
                    ApiError.of(
                        "UnauthorizedException",
                        401,
                        "destination '%s' does not exist; ListTopicRuleDestinations names those that do"
                            .formatted(arn)));
    ObjectNode reply = Reply.object();
    reply.set("topicRuleDestination", written(destination));
    return CompletableFuture.completedFuture(Reply.of(reply));
  }

  private CompletableFuture<Reply> update(Call call) {
    return destinations
        .update(call.input().text("arn"), call.input().text("status"), enableBase(call))
        .thenApply(any -> Reply.EMPTY);
  }

  private CompletableFuture<Reply> delete(Call call) {
    return destinations.delete(call.pathVariable("arn")).thenApply(any -> Reply.EMPTY);
  }

  private CompletableFuture<Reply> confirm(Call call) {
    return destinations
        .confirm(call.pathVariable("confirmationToken"))
        .thenApply(any -> Reply.EMPTY);
  }
}
