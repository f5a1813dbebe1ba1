package io.sluice.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.identity.RegistryEvents;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * Which changes of the registry are told of on {@code $aws/events/}. Source: AWS IoT API Reference,
 * "UpdateEventConfigurations" and "DescribeEventConfigurations".
 */
final class EventOperations {
  private static final Family FAMILY = Family.IOT;
  private static final String MEMBER = "eventConfigurations";
  private static final String ENABLED = "Enabled";

  private final RegistryEvents events;

  EventOperations(RegistryEvents events) {
    this.events = events;
  }

  void addTo(Operations operations) {
    operations
        .control()
        .add(
            "PATCH",
            "/event-configurations",
            Operation.write(FAMILY, "UpdateEventConfigurations", this::update))
        .add(
            "GET",
            "/event-configurations",
            Operation.read(FAMILY, "DescribeEventConfigurations", this::describe));
  }

  private CompletableFuture<Reply> update(Call call) {
    Map<RegistryEvents.Kind, Boolean> wanted = new EnumMap<>(RegistryEvents.Kind.class);
    call.input()
        .objectMap(MEMBER)
        .forEach((name, one) -> wanted.put(kind(name), one.flag(ENABLED)));
    return events.change(wanted).thenApply(changed -> Reply.of(Reply.object()));
  }

  private static RegistryEvents.Kind kind(String name) {
    for (RegistryEvents.Kind kind : RegistryEvents.Kind.values()) {
      if (kind.name().equals(name)) {
        return kind;
      }
    }
    throw FAMILY.invalid(
        "'%s.%s' is no kind of event; use one of %s"
            .formatted(MEMBER, name, Arrays.toString(RegistryEvents.Kind.values())));
  }

  private CompletableFuture<Reply> describe(Call call) {
    RegistryEvents.Configuration configuration = events.configuration();
    ObjectNode reply = Reply.object();
    ObjectNode kinds = reply.putObject(MEMBER);
    for (RegistryEvents.Kind kind : RegistryEvents.Kind.values()) {
      kinds.putObject(kind.name()).put(ENABLED, configuration.enabled().contains(kind));
    }
    if (configuration.createdMillis() != 0) {
      reply.set("creationDate", WireFormat.timestamp(configuration.createdMillis()));
      reply.set("lastModifiedDate", WireFormat.timestamp(configuration.changedMillis()));
    }
    return CompletableFuture.completedFuture(Reply.of(reply));
  }
}
