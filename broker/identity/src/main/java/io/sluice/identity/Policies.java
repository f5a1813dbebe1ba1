package io.sluice.identity;

import io.sluice.store.Partitions;
import io.sluice.store.Request;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Policies and whom they are attached to. Changes are on disk when their futures complete; reads
 * answer from memory. Targets are given as ARNs, of certificates and of thing groups.
 */
public final class Policies {
  private final Partitions partitions;
  private final RegistryIndex index;
  private final Arns arns;
  private volatile Function<String, List<String>> bearersOf = policy -> List.of();

  Policies(Partitions partitions, RegistryIndex index, Arns arns) {
    this.partitions = partitions;
    this.index = index;
    this.arns = arns;
  }

  private <R> CompletableFuture<R> ask(Request<R> request) {
    return partitions.ask(RegistryRows.KEY, request);
  }

  /** Creates a policy with its first version. */
  public CompletableFuture<Policy> create(String name, String document) {
    return ask(new PolicyOperations.Create(name, document));
  }

  public CompletableFuture<Policy.Version> createVersion(
      String name, String document, boolean setAsDefault) {
    return ask(new PolicyOperations.CreateVersion(name, document, setAsDefault));
  }

  public CompletableFuture<Boolean> setDefaultVersion(String name, int version) {
    return ask(new PolicyOperations.SetDefaultVersion(name, version));
  }

  public CompletableFuture<Boolean> deleteVersion(String name, int version) {
    return ask(new PolicyOperations.DeleteVersion(name, version));
  }

  /**
   * Says who besides certificates and groups has a policy, by its name: users, owners of tokens.
   * They are kept elsewhere and may change meanwhile, so this is a look and not a lock: whose
   * policy is deleted all the same may do less, never more.
   *
   * @param bearers their principals; read on any thread, from memory
   */
  public void knowBearers(Function<String, List<String>> bearers) {
    this.bearersOf = bearers;
  }

  /** Deletes a policy that is attached nowhere, that no user has, and that has one version. */
  public CompletableFuture<Boolean> delete(String name) {
    List<String> bearers = bearersOf.apply(get(name).name());
    if (!bearers.isEmpty()) {
      return CompletableFuture.failedFuture(
          new RegistryRefused(
              RegistryError.DELETE_CONFLICT,
              "%d that are no certificates have policy '%s', '%s' first; take it from users with 'sluice users policies', from tokens with 'jwt-policies'"
                  .formatted(bearers.size(), name, bearers.get(0))));
    }
    return ask(new PolicyOperations.Delete(name));
  }

  /**
   * A policy with all its versions.
   *
   * @throws RegistryRefused when there is none
   */
  public Policy get(String name) {
    return PolicyOperations.existing(index, name).policy();
  }

  /** All policies, in the order of their names. */
  public Stream<Policy> all() {
    return index.policies().values().stream().map(RegistryIndex.PolicyEntry::policy);
  }

  /**
   * @param targetArn of a certificate or of a static thing group
   */
  public CompletableFuture<Boolean> attach(String policy, String targetArn) {
    String group = arns.thingGroupName(targetArn);
    return group == null
        ? RegistryRefused.inFuture(
            () -> ask(new PolicyOperations.Attach(policy, arns.certificateId(targetArn))))
        : ask(new PolicyOperations.AttachToGroup(policy, group));
  }

  public CompletableFuture<Boolean> detach(String policy, String targetArn) {
    String group = arns.thingGroupName(targetArn);
    return group == null
        ? RegistryRefused.inFuture(
            () -> ask(new PolicyOperations.Detach(policy, arns.certificateId(targetArn))))
        : ask(new PolicyOperations.DetachFromGroup(policy, group));
  }

  /**
   * The policies of a target, in the order of their names.
   *
   * @param recursive of a thing group: also those of the groups above it
   * @throws RegistryRefused when there is no such certificate or group
   */
  public List<Policy> attachedTo(String targetArn, boolean recursive) {
    String group = arns.thingGroupName(targetArn);
    if (group == null) {
      return policies(principal(targetArn).policies());
    }
    String name = index.groups().existing(group).name();
    return policies(
        recursive ? index.groups().inherited(name) : index.groups().policies().of(name));
  }

  private List<Policy> policies(Collection<String> names) {
    List<Policy> policies = new ArrayList<>();
    for (String name : names) {
      RegistryIndex.PolicyEntry entry = index.policies().get(name);
      if (entry != null) { // else detached and deleted this instant
        policies.add(entry.policy());
      }
    }
    return policies;
  }

  /**
   * All policies that have a say about a principal, a thing, or the two together: attached to it,
   * to a group of the thing, or to a group above that.
   *
   * @param principalArn of a certificate or a thing group; null for the thing alone
   * @throws RegistryRefused when one of them is not there
   */
  public List<Policy> effective(@Nullable String principalArn, @Nullable String thing) {
    SortedSet<String> names = new TreeSet<>();
    if (principalArn != null) {
      attachedTo(principalArn, true).forEach(policy -> names.add(policy.name()));
    }
    if (thing != null) {
      names.addAll(index.groups().policiesOfThing(ThingOperations.existing(index, thing).name()));
    }
    return policies(names);
  }

  /**
   * The targets of a policy: certificates and groups by ARN, others by their principals.
   *
   * @throws RegistryRefused when there is no such policy
   */
  public List<String> targets(String policy) {
    PolicyOperations.existing(index, policy);
    List<String> targets = new ArrayList<>();
    index.targetsOfPolicy(policy).forEach(id -> targets.add(arns.certificate(id)));
    index.groups().ofPolicy(policy).forEach(group -> targets.add(arns.thingGroup(group)));
    targets.addAll(bearersOf.apply(policy));
    return targets;
  }

  private Principal principal(String arn) {
    return CertificateOperations.existing(index, arns.certificateId(arn));
  }
}
