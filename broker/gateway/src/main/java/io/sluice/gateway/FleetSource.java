package io.sluice.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.fleet.Fleet;
import io.sluice.fleet.FleetSettings;
import io.sluice.fleet.ThingDocument;
import io.sluice.identity.Registry;
import io.sluice.identity.RegistryRefused;
import io.sluice.identity.Thing;
import io.sluice.identity.ThingGroup;
import io.sluice.message.Origin;
import io.sluice.shadow.ShadowAddress;
import io.sluice.shadow.ShadowReply;
import io.sluice.shadow.ShadowRequest;
import io.sluice.shadow.ShadowService;
import io.sluice.transport.PresenceListener;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What the rooms know of a thing, for the index of the fleet. Whether it is there is known of
 * clients whose identifier is the thing's name, since the gateway started.
 */
final class FleetSource implements Fleet.Source, PresenceListener {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Origin INDEX = new Origin(null, null, null, Origin.Kind.GATEWAY, 0);
  private static final String THINGS = "$aws/things/";
  private static final String SHADOW = "/shadow/";

  private final Registry registry;
  private final ShadowService shadows;
  private final Fleet fleet;
  private final Map<String, ThingDocument.Connectivity> presences = new ConcurrentHashMap<>();

  FleetSource(Registry registry, ShadowService shadows, Fleet fleet) {
    this.registry = registry;
    this.shadows = shadows;
    this.fleet = fleet;
  }

  /** The thing whose shadow has changed when this is published; null for other topics. */
  static @Nullable String changedBy(String topic) {
    int end = topic.startsWith(THINGS) ? topic.indexOf(SHADOW) : -1;
    return end > 0 && (topic.endsWith("/update/accepted") || topic.endsWith("/delete/accepted"))
        ? topic.substring(THINGS.length(), end)
        : null;
  }

  // ---- presence

  @Override
  public void connected(String clientId) {
    here(clientId, new ThingDocument.Connectivity(true, System.currentTimeMillis(), null));
  }

  @Override
  public void disconnected(String clientId, String reason) {
    here(clientId, new ThingDocument.Connectivity(false, System.currentTimeMillis(), reason));
  }

  private void here(String clientId, ThingDocument.Connectivity now) {
    if (registry.things().find(clientId).isPresent()) { // else anybody could fill the map
      presences.put(clientId, now);
      fleet.changed(clientId);
    }
  }

  // ---- what the index asks

  @Override
  public Stream<String> names() {
    return registry.things().after("").map(Thing::name);
  }

  @Override
  public CompletableFuture<Optional<ThingDocument>> read(String name, FleetSettings settings) {
    Thing thing = registry.things().find(name).orElse(null);
    if (thing == null) {
      presences.remove(name);
      return CompletableFuture.completedFuture(Optional.empty());
    }
    CompletableFuture<Optional<JsonNode>> classic =
        settings.shadows()
            ? shadow(ShadowAddress.classic(name))
            : CompletableFuture.completedFuture(Optional.empty());
    Map<String, CompletableFuture<Optional<JsonNode>>> named = new TreeMap<>();
    if (settings.namedShadows()) {
      settings.shadowNames().forEach(s -> named.put(s, shadow(ShadowAddress.named(name, s))));
    }
    List<CompletableFuture<?>> all = new ArrayList<>(named.values());
    all.add(classic);
    return CompletableFuture.allOf(all.toArray(CompletableFuture[]::new))
        .thenApply(
            read -> {
              Map<String, JsonNode> documents = new TreeMap<>();
              named.forEach(
                  (shadow, document) ->
                      document.join().ifPresent(found -> documents.put(shadow, found)));
              return Optional.of(
                  new ThingDocument(
                      name,
                      thing.id(),
                      thing.type(),
                      groups(name),
                      thing.attributes(),
                      classic.join().orElse(null),
                      documents,
                      settings.connectivity() ? presences.get(name) : null));
            });
  }

  /** Its groups and those above them. */
  private List<String> groups(String thing) {
    TreeSet<String> all = new TreeSet<>();
    try {
      for (String name : registry.groups().groupsOf(thing)) {
        ThingGroup group = registry.groups().get(name);
        all.add(name);
        registry.groups().ancestors(group).forEach(above -> all.add(above.name()));
      }
    } catch (RegistryRefused deletedMeanwhile) { // its things are told of as changed
      return List.copyOf(all);
    }
    return List.copyOf(all);
  }

  private CompletableFuture<Optional<JsonNode>> shadow(ShadowAddress address) {
    return shadows
        .ask(new ShadowRequest.Get(address, new byte[0], INDEX))
        .thenApply(
            reply ->
                reply instanceof ShadowReply.Accepted accepted
                    ? Optional.of(tree(accepted.body()))
                    : Optional.empty());
  }

  private static JsonNode tree(byte[] document) {
    try {
      return JSON.readTree(document);
    } catch (IOException impossible) { // shadows are JSON
      throw new IllegalStateException(impossible);
    }
  }
}
