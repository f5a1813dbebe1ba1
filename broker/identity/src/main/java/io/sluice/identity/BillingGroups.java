package io.sluice.identity;

import io.sluice.store.Partitions;
import io.sluice.store.Request;
import io.sluice.store.Turn;
import java.util.NavigableSet;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Billing groups. Changes are decided on the registry's owner thread and are on disk when their
 * futures complete; reads answer from memory. Source: AWS IoT Developer Guide, "Tagging with
 * billing groups".
 */
public final class BillingGroups {
  record Create(String name, String id, String description) implements Request<BillingGroup> {}

  record Update(String name, String description, @Nullable Long expectedVersion)
      implements Request<BillingGroup> {}

  record Delete(String name, @Nullable Long expectedVersion) implements Request<Boolean> {}

  record Add(String name, String thing) implements Request<Boolean> {}

  record Remove(String name, String thing) implements Request<Boolean> {}

  private final Partitions partitions;
  private final RegistryIndex index;
  private final Arns arns;

  BillingGroups(Partitions partitions, RegistryIndex index, Arns arns) {
    this.partitions = partitions;
    this.index = index;
    this.arns = arns;
    partitions.register(Create.class, this::create);
    partitions.register(Update.class, this::update);
    partitions.register(Delete.class, this::delete);
    partitions.register(Add.class, this::add);
    partitions.register(Remove.class, this::remove);
  }

  /** Creates a group; the same again answers the same. */
  public CompletableFuture<BillingGroup> create(String name, String description) {
    return partitions.ask(
        RegistryRows.KEY, new Create(name, UUID.randomUUID().toString(), description));
  }

  public CompletableFuture<BillingGroup> update(
      String name, String description, @Nullable Long expectedVersion) {
    return partitions.ask(RegistryRows.KEY, new Update(name, description, expectedVersion));
  }

  /** Deletes a group; its things stay, and are in none then. One that is not there is no error. */
  public CompletableFuture<Boolean> delete(String name, @Nullable Long expectedVersion) {
    return partitions.ask(RegistryRows.KEY, new Delete(name, expectedVersion));
  }

  /** Puts a thing into the group, and takes it out of the one it was in. */
  public CompletableFuture<Boolean> add(String name, String thing) {
    return partitions.ask(RegistryRows.KEY, new Add(name, thing));
  }

  public CompletableFuture<Boolean> remove(String name, String thing) {
    return partitions.ask(RegistryRows.KEY, new Remove(name, thing));
  }

  /**
   * A group.
   *
   * @throws RegistryRefused when there is none
   */
  public BillingGroup get(String name) {
    return existing(index, name);
  }

  /** Groups in the order of their names, those after {@code name}; all with {@code ""}. */
  public Stream<BillingGroup> after(String name) {
    return index.billingGroups().tailMap(name, false).values().stream();
  }

  /**
   * The names of a group's things, in order.
   *
   * @throws RegistryRefused when there is no such group
   */
  public NavigableSet<String> things(String name) {
    return index.thingsOfBillingGroup().of(existing(index, name).name());
  }

  static BillingGroup existing(RegistryIndex index, String name) {
    BillingGroup group = index.billingGroups().get(Names.kind("billing group", name));
    if (group == null) {
      throw RegistryRefused.notFound(
          "there is no billing group '%s'; create it with CreateBillingGroup".formatted(name));
    }
    return group;
  }

  private BillingGroup create(Turn turn, Create request) {
    String name = Names.kind("billing group", request.name());
    String description = Names.description("billing group '" + name + "'", request.description());
    BillingGroup existing = index.billingGroups().get(name);
    if (existing != null) {
      if (existing.description().equals(description)) {
        return existing;
      }
      throw new RegistryRefused(
          RegistryError.RESOURCE_ALREADY_EXISTS,
          "billing group '%s' exists with another description; change it with UpdateBillingGroup"
              .formatted(name),
          existing.id(),
          arns.billingGroup(name));
    }
    return put(turn, new BillingGroup(name, request.id(), description, 1, turn.now()));
  }

  private BillingGroup put(Turn turn, BillingGroup group) {
    RegistryRows.put(turn, RegistryRows.Kind.BILLING_GROUP, group, group.name());
    index.billingGroups().put(group.name(), group);
    return group;
  }

  private BillingGroup update(Turn turn, Update request) {
    BillingGroup before = existing(index, request.name());
    ThingOperations.checkVersion(
        "billing group", before.name(), before.version(), request.expectedVersion());
    return put(
        turn,
        new BillingGroup(
            before.name(),
            before.id(),
            Names.description("billing group '" + before.name() + "'", request.description()),
            before.version() + 1,
            before.createdMillis()));
  }

  private Boolean delete(Turn turn, Delete request) {
    BillingGroup group = index.billingGroups().get(Names.kind("billing group", request.name()));
    if (group == null) {
      return false;
    }
    ThingOperations.checkVersion(
        "billing group", group.name(), group.version(), request.expectedVersion());
    for (String thing : java.util.List.copyOf(index.thingsOfBillingGroup().of(group.name()))) {
      move(turn, thing, null);
    }
    RegistryRows.delete(turn, RegistryRows.Kind.BILLING_GROUP, group.name());
    index.billingGroups().remove(group.name());
    return true;
  }

  private Boolean add(Turn turn, Add request) {
    BillingGroup group = existing(index, request.name());
    Thing thing = ThingOperations.existing(index, request.thing());
    if (group.name().equals(thing.billingGroup())) {
      return false;
    }
    move(turn, thing.name(), group.name());
    return true;
  }

  private Boolean remove(Turn turn, Remove request) {
    BillingGroup group = existing(index, request.name());
    Thing thing = ThingOperations.existing(index, request.thing());
    if (!group.name().equals(thing.billingGroup())) {
      return false;
    }
    move(turn, thing.name(), null);
    return true;
  }

  private void move(Turn turn, String thing, @Nullable String group) {
    Thing moved = ThingOperations.existing(index, thing).inBillingGroup(group);
    RegistryRows.put(turn, moved);
    index.putThing(moved);
  }
}
