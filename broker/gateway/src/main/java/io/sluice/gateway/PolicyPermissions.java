package io.sluice.gateway;

import io.sluice.identity.Action;
import io.sluice.identity.ConnectionPermissions;
import io.sluice.message.TopicName;
import io.sluice.transport.Gatekeeper;
import org.jspecify.annotations.Nullable;

/**
 * One connection's permissions under the names of MQTT.
 *
 * @param endsMillis when what the client proved itself with expires
 * @param endsByAuthorizer whether a custom authorizer has said so
 */
record PolicyPermissions(
    ConnectionPermissions permissions, long endsMillis, boolean endsByAuthorizer)
    implements Gatekeeper.Permissions {
  @Override
  public boolean mayPublish(TopicName topic, boolean retain) {
    String name = topic.toString();
    return permissions.allows(Action.PUBLISH, name)
        && (!retain || permissions.allows(Action.RETAIN_PUBLISH, name));
  }

  @Override
  public boolean maySubscribe(String filter) {
    return permissions.allows(Action.SUBSCRIBE, filter);
  }

  @Override
  public boolean mayReceive(TopicName topic) {
    return permissions.allows(Action.RECEIVE, topic.toString());
  }

  @Override
  public @Nullable String thingName() {
    return permissions.thingName();
  }

  @Override
  public boolean isRevoked() {
    return permissions.isRevoked();
  }
}
