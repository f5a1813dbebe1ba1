package io.sluice.identity;

import io.sluice.store.Partitions;
import io.sluice.store.Request;
import io.sluice.store.Turn;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Decides the requests about things. Confined to the owner thread of the registry's partition. */
final class ThingOperations {

  /** {@code id} is for the thing if it is new. */
  record Create(String name, String id, Map<String, String> attributes) implements Request<Thing> {}

  /** Null attributes stay as they are; a null version fits any. */
  record Update(
      String name,
      @Nullable Map<String, String> attributes,
      boolean merge,
      @Nullable Long expectedVersion)
      implements Request<Thing> {}

  record Delete(String name, @Nullable Long expectedVersion) implements Request<Boolean> {}

  record Attach(String thing, String certificateId, Attachment type) implements Request<Boolean> {}

  record Detach(String thing, String certificateId) implements Request<Boolean> {}

  private final RegistryIndex index;
  private final RegistryLimits limits;
  private final Arns arns;

  ThingOperations(RegistryIndex index, RegistryLimits limits, Arns arns) {
    this.index = index;
    this.limits = limits;
    this.arns = arns;
  }

  void register(Partitions partitions) {
    partitions.register(Create.class, this::create);
    partitions.register(Update.class, this::update);
    partitions.register(Delete.class, this::delete);
    partitions.register(Attach.class, this::attach);
    partitions.register(Detach.class, this::detach);
  }

  private Thing create(Turn turn, Create request) {
    String name = Names.thing(request.name());
    Map<String, String> attributes = changed(Map.of(), request.attributes());
    Thing existing = index.things().get(name);
    if (existing != null) {
      if (existing.attributes().equals(attributes)) {
        return existing; // the same again succeeds again
      }
      throw new RegistryRefused(
          RegistryError.RESOURCE_ALREADY_EXISTS,
          "thing '%s' exists with other attributes; change them with UpdateThing".formatted(name),
          existing.id(),
          arns.thing(name));
    }
    if (index.things().size() >= limits.thingsMax()) {
      throw new RegistryRefused(
          RegistryError.LIMIT_EXCEEDED,
          "there are %d things, as many as may be; delete some".formatted(limits.thingsMax()));
    }
    Thing thing = new Thing(name, request.id(), attributes, 1, turn.now());
    RegistryRows.put(turn, thing);
    index.putThing(thing);
    return thing;
  }

  private Thing update(Turn turn, Update request) {
    Thing before = existing(request.name());
    checkVersion(before, request.expectedVersion());
    Map<String, String> attributes = before.attributes();
    if (request.attributes() != null) {
      attributes = changed(request.merge() ? before.attributes() : Map.of(), request.attributes());
    }
    Thing thing =
        new Thing(
            before.name(), before.id(), attributes, before.version() + 1, before.createdMillis());
    RegistryRows.put(turn, thing);
    index.putThing(thing);
    return thing;
  }

  /** An empty value takes an attribute away. */
  private Map<String, String> changed(Map<String, String> before, Map<String, String> changes) {
    Names.attributes(changes);
    Map<String, String> after = new TreeMap<>(before);
    after.putAll(changes);
    after.values().removeIf(String::isEmpty);
    if (after.size() > limits.attributesMax()) {
      throw RegistryRefused.invalid(
          "a thing would have %d attributes, at most %d may be; leave some out"
              .formatted(after.size(), limits.attributesMax()));
    }
    return after;
  }

  private Boolean delete(Turn turn, Delete request) {
    Thing thing = index.things().get(Names.thing(request.name()));
    if (thing == null) {
      return false; // deleting what is not there succeeds
    }
    checkVersion(thing, request.expectedVersion());
    SortedSet<String> principals = index.principalsOfThing(thing.name());
    if (!principals.isEmpty()) {
      throw RegistryRefused.invalid(
          "thing '%s' has %d principals attached; detach them first with DetachThingPrincipal"
              .formatted(thing.name(), principals.size()));
    }
    RegistryRows.delete(turn, RegistryRows.Kind.THING, thing.name());
    index.removeThing(thing.name());
    return true;
  }

  private Boolean attach(Turn turn, Attach request) {
    Thing thing = existing(request.thing());
    Principal principal = CertificateOperations.existing(index, request.certificateId());
    Map<String, Attachment> attached = principal.things();
    if (request.type() == attached.get(thing.name())) {
      return false;
    }
    boolean others = attached.keySet().stream().anyMatch(name -> !name.equals(thing.name()));
    if (others
        && (request.type() == Attachment.EXCLUSIVE_THING
            || attached.containsValue(Attachment.EXCLUSIVE_THING))) {
      throw RegistryRefused.invalid(
          "certificate %s is attached to %s and cannot be attached to '%s' as well where one of them is exclusive; detach it there first"
              .formatted(principal.certificateId(), attached.keySet(), thing.name()));
    }
    if (attached.size() >= limits.thingsPerPrincipalMax()) {
      throw new RegistryRefused(
          RegistryError.LIMIT_EXCEEDED,
          "certificate %s is attached to %d things, as many as may be; detach some"
              .formatted(principal.certificateId(), attached.size()));
    }
    RegistryRows.putThingPrincipal(turn, thing.name(), principal.certificateId(), request.type());
    index.attachThing(thing.name(), principal.certificateId(), request.type());
    return true;
  }

  private Boolean detach(Turn turn, Detach request) {
    Thing thing = existing(request.thing());
    Principal principal = CertificateOperations.existing(index, request.certificateId());
    if (!principal.things().containsKey(thing.name())) {
      return false;
    }
    RegistryRows.delete(
        turn, RegistryRows.Kind.THING_PRINCIPAL, thing.name(), principal.certificateId());
    index.detachThing(thing.name(), principal);
    return true;
  }

  private static void checkVersion(Thing thing, @Nullable Long expected) {
    if (expected != null && expected != thing.version()) {
      throw new RegistryRefused(
          RegistryError.VERSION_CONFLICT,
          "thing '%s' has version %d, expected was %d; read it again and decide anew"
              .formatted(thing.name(), thing.version(), expected));
    }
  }

  private Thing existing(String name) {
    return existing(index, name);
  }

  static Thing existing(RegistryIndex index, String name) {
    Thing thing = index.things().get(Names.thing(name));
    if (thing == null) {
      throw RegistryRefused.notFound(
          "there is no thing '%s'; create it with CreateThing".formatted(name));
    }
    return thing;
  }
}
