package io.sluice.identity;

import io.sluice.store.Turn;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The registry in memory. Changed by the owner thread of the registry's partition, after a request
 * can no longer be refused; read by any thread, without a lock. Whoever depends on a principal
 * reads its version first and looks again when that has moved.
 */
final class RegistryIndex {
  /** A policy and its text in force, parsed. */
  record PolicyEntry(Policy policy, PolicyDocument document) {}

  private final ConcurrentSkipListMap<String, Thing> things = new ConcurrentSkipListMap<>();
  private final ConcurrentSkipListMap<String, Principal> principals = new ConcurrentSkipListMap<>();
  private final CreationOrder principalsByCreation = new CreationOrder();
  private final ConcurrentSkipListMap<String, PolicyEntry> policies = new ConcurrentSkipListMap<>();
  private final ConcurrentMap<String, SortedSet<String>> principalsOfThing =
      new ConcurrentHashMap<>();
  private final ConcurrentMap<String, SortedSet<String>> targetsOfPolicy =
      new ConcurrentHashMap<>();
  private final ConcurrentSkipListMap<String, ThingType> types = new ConcurrentSkipListMap<>();
  private final ConcurrentSkipListMap<String, BillingGroup> billingGroups =
      new ConcurrentSkipListMap<>();
  private final Links thingsOfType = new Links();
  private final Links thingsOfBillingGroup = new Links();
  private final GroupIndex groups = new GroupIndex();
  private final AtomicLong revocations = new AtomicLong();
  private final List<Consumer<String>> listeners = new CopyOnWriteArrayList<>();
  private final List<Consumer<String>> thingListeners = new CopyOnWriteArrayList<>();
  private final List<Consumer<String>> policyListeners = new CopyOnWriteArrayList<>();
  private final AtomicInteger policiesVersion = new AtomicInteger();

  /** Rebuilds everything from the rows. */
  void load(Turn turn) {
    RegistryRows.forEach(
        turn,
        RegistryRows.Kind.THING_TYPE,
        ThingType.class,
        (key, type) -> types.put(key.get(0), type));
    RegistryRows.forEach(
        turn,
        RegistryRows.Kind.BILLING_GROUP,
        BillingGroup.class,
        (key, group) -> billingGroups.put(key.get(0), group));
    RegistryRows.forEach(
        turn, RegistryRows.Kind.THING, Thing.class, (key, thing) -> putThing(thing));
    RegistryRows.forEach(
        turn,
        RegistryRows.Kind.CERTIFICATE,
        RegisteredCertificate.class,
        (key, certificate) -> putPrincipal(new Principal(certificate)));
    RegistryRows.forEach(
        turn,
        RegistryRows.Kind.POLICY,
        Policy.class,
        (key, policy) -> policies.put(key.get(0), parsed(policy)));
    RegistryRows.forEach(
        turn,
        RegistryRows.Kind.THING_PRINCIPAL,
        RegistryRows.ThingPrincipal.class,
        (key, row) -> attachThing(key.get(0), key.get(1), row.type()));
    RegistryRows.forEach(
        turn,
        RegistryRows.Kind.POLICY_TARGET,
        RegistryRows.PolicyTarget.class,
        (key, row) -> attachPolicy(key.get(0), key.get(1)));
    groups.load(turn);
  }

  private static PolicyEntry parsed(Policy policy) {
    try {
      return new PolicyEntry(policy, PolicyDocument.parse(policy.document()));
    } catch (MalformedPolicyException e) {
      // Going on without it could lose a Deny.
      throw new IllegalStateException(
          "stored policy '%s' is not understood by this version (%s); start the version that wrote it and correct the policy"
              .formatted(policy.name(), e.getMessage()),
          e);
    }
  }

  void onPrincipalChange(Consumer<String> listener) {
    listeners.add(listener);
  }

  void onThingChange(Consumer<String> listener) {
    thingListeners.add(listener);
  }

  private void tell(Principal principal) {
    listeners.forEach(listener -> listener.accept(principal.certificateId()));
  }

  ConcurrentSkipListMap<String, Thing> things() {
    return things;
  }

  ConcurrentSkipListMap<String, Principal> principals() {
    return principals;
  }

  CreationOrder principalsByCreation() {
    return principalsByCreation;
  }

  ConcurrentSkipListMap<String, PolicyEntry> policies() {
    return policies;
  }

  @Nullable Principal principal(String certificateId) {
    return principals.get(certificateId);
  }

  /** Certificate ids, in order. */
  SortedSet<String> principalsOfThing(String thing) {
    return principalsOfThing.getOrDefault(thing, new TreeSet<>());
  }

  /** Certificate ids, in order. */
  SortedSet<String> targetsOfPolicy(String policy) {
    return targetsOfPolicy.getOrDefault(policy, new TreeSet<>());
  }

  ConcurrentSkipListMap<String, ThingType> types() {
    return types;
  }

  ConcurrentSkipListMap<String, BillingGroup> billingGroups() {
    return billingGroups;
  }

  GroupIndex groups() {
    return groups;
  }

  /** Type to things, by name. */
  Links thingsOfType() {
    return thingsOfType;
  }

  /** Billing group to things, by name. */
  Links thingsOfBillingGroup() {
    return thingsOfBillingGroup;
  }

  void putThing(Thing thing) {
    Thing before = things.put(thing.name(), thing);
    link(thingsOfType, before == null ? null : before.type(), thing.type(), thing.name());
    link(
        thingsOfBillingGroup,
        before == null ? null : before.billingGroup(),
        thing.billingGroup(),
        thing.name());
    thingChanged(thing.name());
  }

  private static void link(
      Links links, @Nullable String before, @Nullable String after, String thing) {
    if (before != null && !before.equals(after)) {
      links.remove(before, thing);
    }
    if (after != null) {
      links.add(after, thing);
    }
  }

  void removeThing(String name) {
    Thing before = things.remove(name);
    if (before != null) {
      link(thingsOfType, before.type(), null, name);
      link(thingsOfBillingGroup, before.billingGroup(), null, name);
    }
    groups.removeThing(name);
    principalsOfThing.remove(name);
    thingListeners.forEach(listener -> listener.accept(name));
  }

  /** Whoever is this thing must look again. */
  void thingChanged(String name) {
    thingListeners.forEach(listener -> listener.accept(name));
    for (String id : principalsOfThing(name)) {
      changed(id);
    }
  }

  /** Whoever is a thing in this group, or in one below it, must look again. */
  void groupChanged(String group) {
    groups.thingsBelow(group).forEach(this::thingChanged);
  }

  void putPrincipal(Principal principal) {
    principals.put(principal.certificateId(), principal);
    principalsByCreation.add(principal);
  }

  /** How often a certificate has been revoked since the start. */
  long revocations() {
    return revocations.get();
  }

  void setStatus(Principal principal, CertificateStatus status) {
    if (status == CertificateStatus.REVOKED || principal.status() == CertificateStatus.REVOKED) {
      revocations.incrementAndGet();
    }
    principal.setStatus(status);
    tell(principal);
  }

  void removePrincipal(Principal principal) {
    principals.remove(principal.certificateId());
    principalsByCreation.remove(principal);
    principal.policies().forEach(policy -> targetsOf(policy).remove(principal.certificateId()));
    principal.setStatus(null);
    tell(principal);
  }

  void putPolicy(Policy policy, PolicyDocument document) {
    policies.put(policy.name(), new PolicyEntry(policy, document));
    for (String id : targetsOfPolicy(policy.name())) {
      changed(id);
    }
    groups.ofPolicy(policy.name()).forEach(this::groupChanged);
    policyChanged(policy.name());
  }

  void removePolicy(String name) {
    policies.remove(name);
    targetsOfPolicy.remove(name);
    policyChanged(name);
  }

  /** For those who name policies without being registered as their targets. */
  private void policyChanged(String name) {
    policiesVersion.incrementAndGet();
    policyListeners.forEach(listener -> listener.accept(name));
  }

  /** Moves whenever a policy is made, changed or deleted. */
  int policiesVersion() {
    return policiesVersion.get();
  }

  void onPolicyChange(Consumer<String> listener) {
    policyListeners.add(listener);
  }

  private void changed(String certificateId) {
    Principal principal = principals.get(certificateId);
    if (principal != null) {
      principal.changed();
      tell(principal);
    }
  }

  void attachThing(String thing, String certificateId, Attachment type) {
    Principal principal = known(certificateId);
    principalsOfThing
        .computeIfAbsent(thing, name -> new ConcurrentSkipListSet<>())
        .add(certificateId);
    Map<String, Attachment> attached = new TreeMap<>(principal.things());
    attached.put(thing, type);
    principal.setThings(attached);
    tell(principal);
  }

  void detachThing(String thing, Principal principal) {
    principalsOfThing
        .computeIfAbsent(thing, name -> new ConcurrentSkipListSet<>())
        .remove(principal.certificateId());
    Map<String, Attachment> attached = new TreeMap<>(principal.things());
    attached.remove(thing);
    principal.setThings(attached);
    tell(principal);
  }

  void attachPolicy(String policy, String certificateId) {
    Principal principal = known(certificateId);
    targetsOf(policy).add(certificateId);
    TreeSet<String> attached = new TreeSet<>(principal.policies());
    attached.add(policy);
    principal.setPolicies(List.copyOf(attached));
    tell(principal);
  }

  void detachPolicy(String policy, Principal principal) {
    targetsOf(policy).remove(principal.certificateId());
    List<String> attached = new ArrayList<>(principal.policies());
    attached.remove(policy);
    principal.setPolicies(attached);
    tell(principal);
  }

  private SortedSet<String> targetsOf(String policy) {
    return targetsOfPolicy.computeIfAbsent(policy, name -> new ConcurrentSkipListSet<>());
  }

  private Principal known(String certificateId) {
    Principal principal = principals.get(certificateId);
    if (principal == null) {
      throw new IllegalStateException(
          "an attachment names the certificate %s, which has no row; restore the data directory from a backup"
              .formatted(certificateId));
    }
    return principal;
  }
}
