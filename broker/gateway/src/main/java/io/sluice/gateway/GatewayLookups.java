package io.sluice.gateway;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.engine.ConfiguredLookups;
import io.sluice.identity.Registry;
import io.sluice.identity.Thing;
import io.sluice.message.Origin;
import io.sluice.shadow.ShadowAddress;
import io.sluice.shadow.ShadowReply;
import io.sluice.shadow.ShadowRequest;
import io.sluice.shadow.ShadowService;
import io.sluice.sql.LookupFailed;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * What rules may ask: the shadows and the registry of this gateway, and what the file of lookups
 * names. Shadows are asked on the engine's workers, which wait.
 */
final class GatewayLookups extends ConfiguredLookups {
  private static final long SHADOW_MILLIS_MAX = 2_000;
  private static final Origin RULES = new Origin(null, null, null, Origin.Kind.HTTP, 0);

  private @Nullable Registry registry;
  private @Nullable ShadowService shadows;

  private GatewayLookups() {}

  private GatewayLookups(Path file) {
    super(file);
  }

  /** With a file, or only what this gateway has itself. */
  static GatewayLookups of(String file) {
    try {
      return file.isEmpty() ? new GatewayLookups() : new GatewayLookups(Path.of(file));
    } catch (IllegalArgumentException wrong) {
      throw new GatewayConfig.ConfigRefused(String.valueOf(wrong.getMessage()));
    }
  }

  /** Told once, before the partitions start. */
  void know(Registry things, ShadowService documents) {
    this.registry = things;
    this.shadows = documents;
  }

  @Override
  public byte[] thingShadow(String thing, @Nullable String shadow) {
    ShadowService known = shadows;
    String name = shadow == null ? thing : thing + "/" + shadow;
    if (known == null) {
      throw new LookupFailed("get_thing_shadow: no shadow store is attached");
    }
    try {
      ShadowReply reply =
          known
              .ask(new ShadowRequest.Get(address(thing, shadow), new byte[0], RULES))
              .get(SHADOW_MILLIS_MAX, TimeUnit.MILLISECONDS);
      return document(reply, name);
    } catch (ExecutionException | TimeoutException | IllegalArgumentException failed) {
      throw new LookupFailed("get_thing_shadow: '" + name + "' could not be read");
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      throw new LookupFailed("get_thing_shadow: the gateway stops");
    }
  }

  private static ShadowAddress address(String thing, @Nullable String shadow) {
    return shadow == null ? ShadowAddress.classic(thing) : ShadowAddress.named(thing, shadow);
  }

  private static byte[] document(ShadowReply reply, String name) {
    if (reply instanceof ShadowReply.Accepted accepted) {
      return accepted.body();
    }
    throw new LookupFailed("get_thing_shadow: there is no shadow '" + name + "'");
  }

  /** As the operations of AWS IoT answer them. */
  @Override
  public byte[] registryData(String operation, String thing) {
    Registry known = registry;
    Thing found = known == null ? null : known.things().find(thing).orElse(null);
    if (known == null || found == null) {
      throw new LookupFailed("get_registry_data: there is no thing '" + thing + "'");
    }
    ObjectNode reply = JsonNodeFactory.instance.objectNode();
    if (operation.equals("DescribeThing")) {
      reply
          .put("thingName", found.name())
          .put("thingId", found.id())
          .put("thingArn", known.arns().thing(found.name()))
          .put("defaultClientId", found.name())
          .put("version", found.version());
      if (found.type() != null) {
        reply.put("thingTypeName", found.type());
      }
      if (found.billingGroup() != null) {
        reply.put("billingGroupName", found.billingGroup());
      }
      ObjectNode attributes = reply.putObject("attributes");
      found.attributes().forEach(attributes::put);
    } else {
      var groups = reply.putArray("thingGroups");
      for (String group : known.groups().groupsOf(thing)) {
        groups.addObject().put("groupName", group).put("groupArn", known.arns().thingGroup(group));
      }
    }
    return reply.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8);
  }
}
