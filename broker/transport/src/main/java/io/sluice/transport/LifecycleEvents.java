package io.sluice.transport;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.dispatch.PublishPath;
import io.sluice.message.Origin;
import io.sluice.message.Publication;
import io.sluice.message.PublishProperties;
import io.sluice.message.QoS;
import io.sluice.message.Stamps;
import io.sluice.message.TopicName;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collection;
import java.util.Locale;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Tells subscribers and rules of clients that come, go, subscribe and unsubscribe, on {@code
 * $aws/events/presence/} and {@code $aws/events/subscriptions/}. Nothing is written, and nothing
 * made, when nobody listens. Source: AWS IoT Developer Guide, "Lifecycle events".
 *
 * <p>Any thread; called on event loops, never blocks. A client identifier with {@code +} or {@code
 * #} has no events: it would make topics that cannot be published to.
 */
final class LifecycleEvents {
  /** What happened: the topics of an event begin with {@code $aws/events/} and this. */
  private enum Kind {
    CONNECTED("presence"),
    DISCONNECTED("presence"),
    SUBSCRIBED("subscriptions"),
    UNSUBSCRIBED("subscriptions");

    final String eventType = name().toLowerCase(Locale.ROOT);
    final String prefix;

    Kind(String family) {
      prefix = "$aws/events/" + family + '/' + eventType + '/';
    }
  }

  /** One connection of a client, as its events name it. */
  static final class Presence {
    private final Client client;
    private final int version;
    private @Nullable String sessionIdentifier; // event loop of the connection only

    private Presence(Client client, int version) {
      this.client = client;
      this.version = version;
    }

    /** Made when it is first told: most connections never are. */
    private String sessionIdentifier() {
      String known = sessionIdentifier;
      if (known == null) {
        known = UUID.randomUUID().toString();
        sessionIdentifier = known;
      }
      return known;
    }
  }

  private final PublishPath publishPath;
  private final Stamps stamps;
  private final boolean enabled;
  private final Attendance attendance = new Attendance();

  LifecycleEvents(PublishPath publishPath, Stamps stamps, boolean enabled) {
    this.publishPath = publishPath;
    this.stamps = stamps;
    this.enabled = enabled;
  }

  /** Names who learns of presence, beside those that subscribe. */
  void tell(PresenceListener presences) {
    attendance.tell(presences);
  }

  /** A client was let in. Answers null when this connection shall have no events. */
  @Nullable Presence connected(Client client) {
    String clientId = client.clientId();
    if (!enabled || clientId.indexOf('+') >= 0 || clientId.indexOf('#') >= 0) {
      return null;
    }
    Presence presence = new Presence(client, attendance.came(clientId));
    tell(
        Kind.CONNECTED,
        presence,
        event ->
            event
                .put("ipAddress", client.origin().sourceIp())
                .put("versionNumber", presence.version));
    return presence;
  }

  /** The connection has ended; null when {@link #connected} was. */
  void disconnected(@Nullable Presence presence, Reason reason, long expirySeconds) {
    if (presence == null) {
      return;
    }
    attendance.left(
        presence.client.clientId(),
        presence.version,
        Duration.ofSeconds(expirySeconds),
        reason.lifecycleWord());
    tell(
        Kind.DISCONNECTED,
        presence,
        event ->
            event
                .put("clientInitiatedDisconnect", reason == Reason.CLIENT_DISCONNECT)
                .put("disconnectReason", reason.lifecycleWord())
                .put("versionNumber", presence.version));
  }

  /** These filters were granted. */
  void subscribed(@Nullable Presence presence, Collection<String> filters) {
    subscriptions(Kind.SUBSCRIBED, presence, filters);
  }

  /** These filters are subscribed to no more, because the client said so. */
  void unsubscribed(@Nullable Presence presence, Collection<String> filters) {
    subscriptions(Kind.UNSUBSCRIBED, presence, filters);
  }

  private void subscriptions(Kind kind, @Nullable Presence presence, Collection<String> filters) {
    if (presence != null && !filters.isEmpty()) {
      tell(
          kind,
          presence,
          event -> {
            ArrayNode topics = event.putArray("topics");
            filters.forEach(topics::add);
          });
    }
  }

  private void tell(Kind kind, Presence presence, Consumer<ObjectNode> details) {
    Client client = presence.client;
    TopicName topic = TopicName.of(kind.prefix + client.clientId());
    publishPath.announce(
        topic,
        () -> {
          long stamp = stamps.next();
          ObjectNode event = JsonNodeFactory.instance.objectNode();
          event.put("clientId", client.clientId());
          String thing = client.permissions().thingName();
          if (thing != null) {
            event.put("thingName", thing);
          }
          event
              .put("timestamp", stamp / 1000)
              .put("eventType", kind.eventType)
              .put("sessionIdentifier", presence.sessionIdentifier());
          String principal = client.origin().principal();
          if (principal != null) {
            event.put("principalIdentifier", principal);
          }
          details.accept(event);
          return new Publication(
              topic,
              event.toString().getBytes(StandardCharsets.UTF_8),
              QoS.AT_LEAST_ONCE,
              false,
              PublishProperties.NONE,
              Origin.GATEWAY,
              stamp);
        });
  }
}
