package io.sluice.identity;

import io.sluice.store.Partitions;
import io.sluice.store.Request;
import io.sluice.store.Turn;
import java.util.Map;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Decides the requests about things. Confined to the owner thread of the registry's partition. */
final class ThingOperations {

  /** {@code id} is for the thing if it is new. */
  record Create(
      String name,
      String id,
      @Nullable String type,
      @Nullable String billingGroup,
      Map<String, String> attributes)
      implements Request<Thing> {}

  /** Null type and attributes stay as they are; a null version fits any. */
  record Update(
      String name,
      @Nullable String type,
      boolean removeType,
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
  private final RegistryEvents events;

  ThingOperations(RegistryIndex index, RegistryLimits limits, Arns arns, RegistryEvents events) {
    this.index = index;
    this.limits = limits;
    this.arns = arns;
    this.events = events;
  }

  void register(Partitions partitions) {
    partitions.register(Create.class, this::create);
    partitions.register(Update.class, this::update);
    partitions.register(Delete.class, this::delete);
    partitions.register(Attach.class, this::attach);
    partitions.register(Detach.class, this::detach);
  }

  Thing create(Turn turn, Create request) {
    String name = Names.thing(request.name());
    String type = assignable(request.type(), null);
    Map<String, String> attributes = changed(Map.of(), request.attributes(), type != null);
    String billingGroup =
        request.billingGroup() == null
            ? null
            : BillingGroups.existing(index, request.billingGroup()).name();
    Thing existing = index.things().get(name);
    if (existing != null) {
      if (existing.attributes().equals(attributes)
          && Objects.equals(existing.type(), type)
          && Objects.equals(existing.billingGroup(), billingGroup)) {
        return existing; // the same again succeeds again
      }
      throw new RegistryRefused(
          RegistryError.RESOURCE_ALREADY_EXISTS,
          "thing '%s' exists with other attributes, type or billing group; change them with UpdateThing"
              .formatted(name),
          existing.id(),
          arns.thing(name));
    }
    if (index.things().size() >= limits.thingsMax()) {
      throw new RegistryRefused(
          RegistryError.LIMIT_EXCEEDED,
          "there are %d things, as many as may be; delete some".formatted(limits.thingsMax()));
    }
    Thing thing = new Thing(name, request.id(), type, billingGroup, attributes, 1, turn.now());
    RegistryRows.put(turn, thing);
    index.putThing(thing);
    events.thing(turn, null, thing);
    return thing;
  }

  /** The type, if it can be given to a thing that has {@code before}. */
  @Nullable String assignable(@Nullable String type, @Nullable String before) {
    if (type == null) {
      return null;
    }
    ThingType found = ThingTypes.existing(index, type);
    if (found.isDeprecated() && !type.equals(before)) {
      throw RegistryRefused.invalid(
          "thing type '%s' is deprecated and can be given to no more things; choose another, or undo it with DeprecateThingType"
              .formatted(type));
    }
    return type;
  }

  Thing update(Turn turn, Update request) {
    Thing before = existing(request.name());
    checkVersion("thing", before.name(), before.version(), request.expectedVersion());
    if (request.removeType() && request.type() != null) {
      throw RegistryRefused.invalid(
          "removeThingType and thingTypeName '%s' contradict each other; give one of them"
              .formatted(request.type()));
    }
    String type = before.type();
    if (request.removeType()) {
      type = null;
    } else if (request.type() != null) {
      type = assignable(request.type(), before.type());
    }
    Map<String, String> attributes =
        request.attributes() == null
            ? changed(before.attributes(), Map.of(), type != null)
            : changed(
                request.merge() ? before.attributes() : Map.of(),
                request.attributes(),
                type != null);
    Thing thing =
        new Thing(
            before.name(),
            before.id(),
            type,
            before.billingGroup(),
            attributes,
            before.version() + 1,
            before.createdMillis());
    RegistryRows.put(turn, thing);
    index.putThing(thing);
    events.thing(turn, before, thing);
    return thing;
  }

  /** An empty value takes an attribute away. */
  private Map<String, String> changed(
      Map<String, String> before, Map<String, String> changes, boolean typed) {
    Names.attributes(changes);
    Map<String, String> after = new TreeMap<>(before);
    after.putAll(changes);
    after.values().removeIf(String::isEmpty);
    int max = typed ? limits.attributesTypedMax() : limits.attributesMax();
    if (after.size() > max) {
      throw RegistryRefused.invalid(
          "a thing would have %d attributes, at most %d may be%s; leave some out"
              .formatted(after.size(), max, typed ? "" : " without a thing type"));
    }
    return after;
  }

  private Boolean delete(Turn turn, Delete request) {
    Thing thing = index.things().get(Names.thing(request.name()));
    if (thing == null) {
      return false; // deleting what is not there succeeds
    }
    checkVersion("thing", thing.name(), thing.version(), request.expectedVersion());
    SortedSet<String> principals = index.principalsOfThing(thing.name());
    if (!principals.isEmpty()) {
      throw RegistryRefused.invalid(
          "thing '%s' has %d principals attached; detach them first with DetachThingPrincipal"
              .formatted(thing.name(), principals.size()));
    }
    for (String group : index.groups().groupsOf(thing.name())) {
      RegistryRows.delete(turn, RegistryRows.Kind.GROUP_THING, group, thing.name());
      events.membership(turn, index.groups().existing(group), thing, false);
    }
    RegistryRows.delete(turn, RegistryRows.Kind.THING, thing.name());
    index.removeThing(thing.name());
    events.thing(turn, thing, null);
    return true;
  }

  Boolean attach(Turn turn, Attach request) {
    Thing thing = existing(request.thing());
    Principal principal = CertificateOperations.existing(index, request.certificateId());
    Map<String, Attachment> attached = principal.things();
    if (request.type() == attached.get(thing.name())) {
      return false;
    }
    checkAttachable(principal, thing.name(), request.type());
    RegistryRows.putThingPrincipal(turn, thing.name(), principal.certificateId(), request.type());
    index.attachThing(thing.name(), principal.certificateId(), request.type());
    return true;
  }

  /** Whether a certificate can be attached to one more thing. */
  void checkAttachable(Principal principal, String thing, Attachment type) {
    Map<String, Attachment> attached = principal.things();
    if (attached.get(thing) == type) {
      return;
    }
    boolean others = attached.keySet().stream().anyMatch(name -> !name.equals(thing));
    if (others
        && (type == Attachment.EXCLUSIVE_THING
            || attached.containsValue(Attachment.EXCLUSIVE_THING))) {
      throw RegistryRefused.invalid(
          "certificate %s is attached to %s and cannot be attached to '%s' as well where one of them is exclusive; detach it there first"
              .formatted(principal.certificateId(), attached.keySet(), thing));
    }
    if (attached.size() >= limits.thingsPerPrincipalMax()) {
      throw new RegistryRefused(
          RegistryError.LIMIT_EXCEEDED,
          "certificate %s is attached to %d things, as many as may be; detach some"
              .formatted(principal.certificateId(), attached.size()));
    }
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

  static void checkVersion(String kind, String name, long found, @Nullable Long expected) {
    if (expected != null && expected != found) {
      throw new RegistryRefused(
          RegistryError.VERSION_CONFLICT,
          "%s '%s' has version %d, expected was %d; read it again and decide anew"
              .formatted(kind, name, found, expected));
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
