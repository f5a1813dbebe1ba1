package io.sluice.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.identity.Arns;
import io.sluice.identity.BillingGroup;
import io.sluice.identity.Registry;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Billing groups. Source: AWS IoT API Reference, "CreateBillingGroup" and its family. */
final class BillingGroupOperations {
  private static final Family FAMILY = Family.IOT;

  private final Registry registry;

  BillingGroupOperations(Registry registry) {
    this.registry = registry;
  }

  void addTo(Operations operations) {
    operations
        .control()
        .add(
            "POST",
            "/billing-groups/{group}",
            Operation.write(FAMILY, "CreateBillingGroup", this::create))
        .add(
            "GET",
            "/billing-groups/{group}",
            Operation.read(FAMILY, "DescribeBillingGroup", this::describe))
        .add(
            "PATCH",
            "/billing-groups/{group}",
            Operation.write(FAMILY, "UpdateBillingGroup", this::update))
        .add(
            "DELETE",
            "/billing-groups/{group}",
            Operation.write(FAMILY, "DeleteBillingGroup", this::delete))
        .add("GET", "/billing-groups", Operation.read(FAMILY, "ListBillingGroups", this::list))
        .add(
            "PUT",
            "/billing-groups/addThingToBillingGroup",
            Operation.write(FAMILY, "AddThingToBillingGroup", this::add))
        .add(
            "PUT",
            "/billing-groups/removeThingFromBillingGroup",
            Operation.write(FAMILY, "RemoveThingFromBillingGroup", this::remove))
        .add(
            "GET",
            "/billing-groups/{group}/things",
            Operation.read(FAMILY, "ListThingsInBillingGroup", this::things));
  }

  private static String description(Call call) {
    Fields properties = call.input().objectOrNull("billingGroupProperties");
    String text = properties == null ? null : properties.textOrNull("billingGroupDescription");
    return text == null ? "" : text;
  }

  private CompletableFuture<Reply> create(Call call) {
    Map<String, String> tags = TagOperations.given(call);
    return TagOperations.tagged(
            registry,
            tags,
            registry.billingGroups().create(call.pathVariable("group"), description(call)),
            group -> registry.arns().billingGroup(group.name()))
        .thenApply(group -> Reply.of(named(group).put("billingGroupId", group.id())));
  }

  private ObjectNode named(BillingGroup group) {
    return Reply.object()
        .put("billingGroupName", group.name())
        .put("billingGroupArn", registry.arns().billingGroup(group.name()));
  }

  private CompletableFuture<Reply> describe(Call call) {
    BillingGroup group = registry.billingGroups().get(call.pathVariable("group"));
    ObjectNode reply =
        named(group).put("billingGroupId", group.id()).put("version", group.version());
    reply.putObject("billingGroupProperties").put("billingGroupDescription", group.description());
    reply
        .putObject("billingGroupMetadata")
        .set("creationDate", WireFormat.timestamp(group.createdMillis()));
    return CompletableFuture.completedFuture(Reply.of(reply));
  }

  private CompletableFuture<Reply> update(Call call) {
    call.input().object("billingGroupProperties");
    return registry
        .billingGroups()
        .update(
            call.pathVariable("group"),
            description(call),
            call.input().longOrNull("expectedVersion"))
        .thenApply(group -> Reply.of(Reply.object().put("version", group.version())));
  }

  private CompletableFuture<Reply> delete(Call call) {
    return registry
        .billingGroups()
        .delete(call.pathVariable("group"), Paging.longOrNull(call, "expectedVersion"))
        .thenApply(any -> Reply.EMPTY);
  }

  private CompletableFuture<Reply> list(Call call) {
    String prefix = call.parameter("namePrefixFilter");
    return Paging.page(
        call,
        registry
            .billingGroups()
            .after(Paging.after(call))
            .filter(group -> prefix == null || group.name().startsWith(prefix)),
        BillingGroup::name,
        "billingGroups",
        (list, group) ->
            list.addObject()
                .put("groupName", group.name())
                .put("groupArn", registry.arns().billingGroup(group.name())));
  }

  private String given(Call call, String what, String name, String arn) {
    Arns arns = registry.arns();
    @Nullable String byName = call.input().textOrNull(name);
    return arns.nameGiven(what, byName, call.input().textOrNull(arn));
  }

  private CompletableFuture<Reply> add(Call call) {
    return registry
        .billingGroups()
        .add(
            given(call, "billinggroup", "billingGroupName", "billingGroupArn"),
            given(call, "thing", "thingName", "thingArn"))
        .thenApply(any -> Reply.EMPTY);
  }

  private CompletableFuture<Reply> remove(Call call) {
    return registry
        .billingGroups()
        .remove(
            given(call, "billinggroup", "billingGroupName", "billingGroupArn"),
            given(call, "thing", "thingName", "thingArn"))
        .thenApply(any -> Reply.EMPTY);
  }

  private CompletableFuture<Reply> things(Call call) {
    return Paging.names(
        call, registry.billingGroups().things(call.pathVariable("group")), "things");
  }
}
