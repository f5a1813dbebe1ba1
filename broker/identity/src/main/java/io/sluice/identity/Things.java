package io.sluice.identity;

import io.sluice.store.Partitions;
import io.sluice.store.Request;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Things and the certificates attached to them. Changes are on disk when their futures complete;
 * reads answer from memory.
 *
 * <p>Principals are given as ARNs, as on the wire; see {@link Arns#certificate}.
 */
public final class Things {
  private final Partitions partitions;
  private final RegistryIndex index;
  private final Arns arns;

  Things(Partitions partitions, RegistryIndex index, Arns arns) {
    this.partitions = partitions;
    this.index = index;
    this.arns = arns;
  }

  private <R> CompletableFuture<R> ask(Request<R> request) {
    return partitions.ask(RegistryRows.KEY, request);
  }

  /** Creates a thing; the same again answers the same. */
  public CompletableFuture<Thing> create(String name, Map<String, String> attributes) {
    return create(name, null, null, attributes);
  }

  /** Creates a thing with a type and in a billing group, where they are given. */
  public CompletableFuture<Thing> create(
      String name,
      @Nullable String type,
      @Nullable String billingGroup,
      Map<String, String> attributes) {
    return ask(
        new ThingOperations.Create(
            name, UUID.randomUUID().toString(), type, billingGroup, Map.copyOf(attributes)));
  }

  /**
   * Changes a thing; its version moves on by one.
   *
   * @param attributes replace those it has, or are merged into them; an empty value takes one away;
   *     null leaves all as they are
   * @param expectedVersion refuses when it has another; null takes any
   */
  public CompletableFuture<Thing> update(
      String name,
      @Nullable Map<String, String> attributes,
      boolean merge,
      @Nullable Long expectedVersion) {
    return update(name, null, false, attributes, merge, expectedVersion);
  }

  /**
   * Changes a thing and its type.
   *
   * @param type the new one; null leaves it as it is
   * @param removeType takes the type away
   */
  public CompletableFuture<Thing> update(
      String name,
      @Nullable String type,
      boolean removeType,
      @Nullable Map<String, String> attributes,
      boolean merge,
      @Nullable Long expectedVersion) {
    return ask(
        new ThingOperations.Update(
            name,
            type,
            removeType,
            attributes == null ? null : Map.copyOf(attributes),
            merge,
            expectedVersion));
  }

  /** Deletes a thing without principals; one that is not there is no error. */
  public CompletableFuture<Boolean> delete(String name, @Nullable Long expectedVersion) {
    return ask(new ThingOperations.Delete(name, expectedVersion));
  }

  public Optional<Thing> find(String name) {
    return Optional.ofNullable(index.things().get(name));
  }

  /** Things in the order of their names, those after {@code name}; all with {@code ""}. */
  public Stream<Thing> after(String name) {
    return index.things().tailMap(name, false).values().stream();
  }

  public CompletableFuture<Boolean> attachPrincipal(
      String thing, String principalArn, Attachment type) {
    return RegistryRefused.inFuture(
        () -> ask(new ThingOperations.Attach(thing, arns.certificateId(principalArn), type)));
  }

  public CompletableFuture<Boolean> detachPrincipal(String thing, String principalArn) {
    return RegistryRefused.inFuture(
        () -> ask(new ThingOperations.Detach(thing, arns.certificateId(principalArn))));
  }

  /**
   * The principals of a thing, by ARN.
   *
   * @throws RegistryRefused when there is no such thing
   */
  public SortedMap<String, Attachment> principals(String thing) {
    ThingOperations.existing(index, thing);
    SortedMap<String, Attachment> principals = new TreeMap<>();
    for (String id : index.principalsOfThing(thing)) {
      Principal principal = index.principal(id);
      Attachment type = principal == null ? null : principal.things().get(thing);
      if (type != null) { // else detached this instant
        principals.put(arns.certificate(id), type);
      }
    }
    return principals;
  }

  /**
   * The things of a principal, by name.
   *
   * @throws RegistryRefused when there is no such certificate
   */
  public SortedMap<String, Attachment> ofPrincipal(String principalArn) {
    return new TreeMap<>(principal(principalArn).things());
  }

  private Principal principal(String arn) {
    return CertificateOperations.existing(index, arns.certificateId(arn));
  }
}
