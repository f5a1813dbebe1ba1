package io.sluice.identity;

import io.sluice.store.Partitions;
import io.sluice.store.Request;
import io.sluice.store.Turn;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Thing types. Changes are decided on the registry's owner thread and are on disk when their
 * futures complete; reads answer from memory. Source: AWS IoT Developer Guide, "Thing types".
 */
public final class ThingTypes {
  private static final int SEARCHABLE_MAX = 3;

  /** How long a type must have been deprecated before it can be deleted. */
  static final Duration DEPRECATED_MIN = Duration.ofMinutes(5);

  record Create(String name, String id, String description, List<String> searchable)
      implements Request<ThingType> {}

  record Update(String name, @Nullable String description, @Nullable List<String> searchable)
      implements Request<ThingType> {}

  record Deprecate(String name, boolean undo) implements Request<ThingType> {}

  record Delete(String name) implements Request<Boolean> {}

  private final Partitions partitions;
  private final RegistryIndex index;
  private final Arns arns;
  private final RegistryEvents events;

  ThingTypes(Partitions partitions, RegistryIndex index, Arns arns, RegistryEvents events) {
    this.partitions = partitions;
    this.events = events;
    this.index = index;
    this.arns = arns;
    partitions.register(Create.class, this::create);
    partitions.register(Update.class, this::update);
    partitions.register(Deprecate.class, this::deprecate);
    partitions.register(Delete.class, this::delete);
  }

  /** Creates a type; the same again answers the same. */
  public CompletableFuture<ThingType> create(
      String name, String description, List<String> searchableAttributes) {
    return partitions.ask(
        RegistryRows.KEY,
        new Create(
            name, UUID.randomUUID().toString(), description, List.copyOf(searchableAttributes)));
  }

  /** Changes what is given; null leaves it as it is. */
  public CompletableFuture<ThingType> update(
      String name, @Nullable String description, @Nullable List<String> searchableAttributes) {
    return partitions.ask(
        RegistryRows.KEY,
        new Update(
            name,
            description,
            searchableAttributes == null ? null : List.copyOf(searchableAttributes)));
  }

  /** Forbids, or allows again, to give the type to more things. */
  public CompletableFuture<ThingType> deprecate(String name, boolean undo) {
    return partitions.ask(RegistryRows.KEY, new Deprecate(name, undo));
  }

  /** Deletes a type that no thing has and that has been deprecated for five minutes. */
  public CompletableFuture<Boolean> delete(String name) {
    return partitions.ask(RegistryRows.KEY, new Delete(name));
  }

  /**
   * A type.
   *
   * @throws RegistryRefused when there is none
   */
  public ThingType get(String name) {
    return existing(index, name);
  }

  /** Types in the order of their names, those after {@code name}; all with {@code ""}. */
  public Stream<ThingType> after(String name) {
    return index.types().tailMap(name, false).values().stream();
  }

  static ThingType existing(RegistryIndex index, String name) {
    ThingType type = index.types().get(Names.kind("thing type", name));
    if (type == null) {
      throw RegistryRefused.notFound(
          "there is no thing type '%s'; create it with CreateThingType".formatted(name));
    }
    return type;
  }

  private ThingType create(Turn turn, Create request) {
    String name = Names.kind("thing type", request.name());
    ThingType type =
        new ThingType(
            name,
            request.id(),
            Names.description("thing type '" + name + "'", request.description()),
            checked(request.searchable()),
            0,
            turn.now());
    ThingType existing = index.types().get(name);
    if (existing != null) {
      if (Objects.equals(existing.description(), type.description())
          && existing.searchableAttributes().equals(type.searchableAttributes())) {
        return existing;
      }
      throw new RegistryRefused(
          RegistryError.RESOURCE_ALREADY_EXISTS,
          "thing type '%s' exists with other properties; change them with UpdateThingType"
              .formatted(name),
          existing.id(),
          arns.thingType(name));
    }
    return put(turn, type);
  }

  private ThingType put(Turn turn, ThingType type) {
    RegistryRows.put(turn, RegistryRows.Kind.THING_TYPE, type, type.name());
    events.type(turn, index.types().put(type.name(), type), type);
    return type;
  }

  private static List<String> checked(List<String> searchable) {
    if (searchable.size() > SEARCHABLE_MAX) {
      throw RegistryRefused.invalid(
          "a thing type would have %d searchable attributes, at most %d may be; leave some out"
              .formatted(searchable.size(), SEARCHABLE_MAX));
    }
    searchable.forEach(Names::attributeName);
    return searchable;
  }

  private ThingType update(Turn turn, Update request) {
    ThingType before = existing(index, request.name());
    return put(
        turn,
        new ThingType(
            before.name(),
            before.id(),
            request.description() == null
                ? before.description()
                : Names.description("thing type '" + before.name() + "'", request.description()),
            request.searchable() == null
                ? before.searchableAttributes()
                : checked(request.searchable()),
            before.deprecatedMillis(),
            before.createdMillis()));
  }

  private ThingType deprecate(Turn turn, Deprecate request) {
    ThingType before = existing(index, request.name());
    if (before.isDeprecated() != request.undo()) {
      return before;
    }
    return put(turn, before.deprecated(request.undo() ? 0 : turn.now()));
  }

  private Boolean delete(Turn turn, Delete request) {
    ThingType type = existing(index, request.name());
    if (!type.isDeprecated() || turn.now() - type.deprecatedMillis() < DEPRECATED_MIN.toMillis()) {
      throw RegistryRefused.invalid(
          "thing type '%s' %s; deprecate it with DeprecateThingType and wait %d minutes before deleting it"
              .formatted(
                  type.name(),
                  type.isDeprecated() ? "was deprecated just now" : "is not deprecated",
                  DEPRECATED_MIN.toMinutes()));
    }
    int things = index.thingsOfType().of(type.name()).size();
    if (things > 0) {
      throw RegistryRefused.invalid(
          "thing type '%s' is the type of %d things; give them another with UpdateThing first"
              .formatted(type.name(), things));
    }
    RegistryRows.delete(turn, RegistryRows.Kind.THING_TYPE, type.name());
    index.types().remove(type.name());
    events.type(turn, type, null);
    return true;
  }
}
