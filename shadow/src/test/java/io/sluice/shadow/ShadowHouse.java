package io.sluice.shadow;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.message.Origin;
import io.sluice.message.TopicName;
import io.sluice.store.Request;
import io.sluice.store.SimulatedPartitions;
import io.sluice.store.SimulatedStore;
import java.util.ArrayList;
import java.util.List;

/** A shadow service on a simulated store, and all that it published. */
final class ShadowHouse {
  static final long NOW = 1_700_000_000_123L;
  static final long NOW_SECONDS = 1_700_000_000L;
  static final Origin DEVICE = origin(Origin.Kind.MQTT, "device-1", "cert-1", "10.0.0.7");
  static final Origin BACKEND = origin(Origin.Kind.HTTP, null, "key-1", "10.0.0.9");

  /** One publication of the service. */
  record Told(String topic, JsonNode body, Origin cause) {}

  final SimulatedStore store;
  final SimulatedPartitions partitions;
  final ShadowService service;
  final List<Told> told = new ArrayList<>();

  ShadowHouse() {
    this(ShadowSettings.standard());
  }

  ShadowHouse(ShadowSettings settings) {
    this(settings, new SimulatedStore(4), NOW);
  }

  ShadowHouse(ShadowSettings settings, SimulatedStore store, long now) {
    this.store = store;
    this.partitions = new SimulatedPartitions(store, now);
    this.service =
        new ShadowService(
            partitions.partitions(),
            settings,
            (turn, topic, payload, cause) -> told.add(new Told(topic, Json.tree(payload), cause)));
    partitions
        .partitions()
        .register(
            Spoil.class,
            (turn, spoil) -> {
              turn.put(StoredShadow.TABLE, StoredShadow.key(spoil.address), new byte[] {1, 0, 7});
              return true;
            });
    partitions.partitions().start();
    partitions.run();
  }

  static Origin origin(Origin.Kind kind, String clientId, String principal, String sourceIp) {
    return new Origin(clientId, principal, sourceIp, kind, 0);
  }

  /** Publishes as a device does. */
  ShadowReply mqtt(String topic, String payload) {
    return mqtt(topic, Json.bytes(payload), DEVICE);
  }

  ShadowReply mqtt(String topic, byte[] payload, Origin origin) {
    return ask(ShadowTopics.request(TopicName.of(topic), payload, origin));
  }

  ShadowReply ask(ShadowRequest request) {
    return partitions.ask(request.address().thing(), request);
  }

  /** Updates the classic shadow of thing {@code T} as its device does. */
  ShadowReply update(String payload) {
    return mqtt("$aws/things/T/shadow/update", payload);
  }

  /** The classic shadow of thing {@code T} as HTTP reads it. */
  JsonNode get() {
    return accepted(ask(new ShadowRequest.Get(ShadowAddress.classic("T"), new byte[0], BACKEND)));
  }

  /**
   * What was told on a topic below {@code $aws/things/T/shadow/}, oldest first; forgets nothing.
   */
  List<JsonNode> heard(String verb) {
    return told.stream()
        .filter(t -> t.topic().equals("$aws/things/T/shadow/" + verb))
        .map(Told::body)
        .toList();
  }

  /** The topics told since the last call, without what all begin with. */
  List<String> topics() {
    List<String> topics =
        told.stream().map(t -> t.topic().replace("$aws/things/T/shadow/", "")).toList();
    told.clear();
    return topics;
  }

  private record Spoil(ShadowAddress address) implements Request<Boolean> {}

  /** Damages the row of a shadow. */
  void spoil(ShadowAddress address) {
    partitions.ask(address.thing(), new Spoil(address));
  }

  static JsonNode accepted(ShadowReply reply) {
    if (reply instanceof ShadowReply.Accepted accepted) {
      return Json.tree(accepted.body());
    }
    if (reply instanceof ShadowReply.Rejected rejected) {
      throw new AssertionError("rejected: " + rejected.error());
    }
    throw new AssertionError("ignored");
  }

  static ShadowError rejected(ShadowReply reply) {
    if (reply instanceof ShadowReply.Rejected rejected) {
      return rejected.error();
    }
    throw new AssertionError("not rejected: " + reply);
  }
}
