package io.sluice.identity;

import io.sluice.store.Partitions;
import io.sluice.store.Request;
import io.sluice.store.Turn;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;

/**
 * Decides the requests about policies. Confined to the owner thread of the registry's partition.
 */
final class PolicyOperations {

  record Create(String name, String document) implements Request<Policy> {}

  record CreateVersion(String name, String document, boolean setAsDefault)
      implements Request<Policy.Version> {}

  record SetDefaultVersion(String name, int version) implements Request<Boolean> {}

  record DeleteVersion(String name, int version) implements Request<Boolean> {}

  record Delete(String name) implements Request<Boolean> {}

  record Attach(String name, String certificateId) implements Request<Boolean> {}

  record Detach(String name, String certificateId) implements Request<Boolean> {}

  record AttachToGroup(String name, String group) implements Request<Boolean> {}

  record DetachFromGroup(String name, String group) implements Request<Boolean> {}

  private final RegistryIndex index;
  private final RegistryLimits limits;
  private final Arns arns;

  PolicyOperations(RegistryIndex index, RegistryLimits limits, Arns arns) {
    this.index = index;
    this.limits = limits;
    this.arns = arns;
  }

  void register(Partitions partitions) {
    partitions.register(Create.class, this::create);
    partitions.register(CreateVersion.class, this::createVersion);
    partitions.register(SetDefaultVersion.class, this::setDefaultVersion);
    partitions.register(DeleteVersion.class, this::deleteVersion);
    partitions.register(Delete.class, this::delete);
    partitions.register(Attach.class, this::attach);
    partitions.register(Detach.class, this::detach);
    partitions.register(AttachToGroup.class, this::attachToGroup);
    partitions.register(DetachFromGroup.class, this::detachFromGroup);
  }

  Policy create(Turn turn, Create request) {
    String name = Names.policy(request.name());
    if (index.policies().containsKey(name)) {
      throw new RegistryRefused(
          RegistryError.RESOURCE_ALREADY_EXISTS,
          "policy '%s' exists; give it another text with CreatePolicyVersion".formatted(name),
          name,
          arns.policy(name));
    }
    PolicyDocument document = checkNew(request.document());
    SortedMap<Integer, Policy.Version> versions = new TreeMap<>();
    versions.put(1, new Policy.Version(1, request.document(), turn.now()));
    Policy policy = new Policy(name, versions, 1, 1, turn.now(), turn.now());
    RegistryRows.put(turn, policy);
    index.putPolicy(policy, document);
    return policy;
  }

  /** Whether there is room for one more, with this document. */
  PolicyDocument checkNew(String document) {
    if (index.policies().size() >= limits.policiesMax()) {
      throw new RegistryRefused(
          RegistryError.LIMIT_EXCEEDED,
          "there are %d policies, as many as may be; delete some".formatted(limits.policiesMax()));
    }
    return parse(document);
  }

  private Policy.Version createVersion(Turn turn, CreateVersion request) {
    Policy before = existing(index, request.name()).policy();
    if (before.versions().size() >= limits.policyVersionsMax()) {
      throw new RegistryRefused(
          RegistryError.VERSIONS_LIMIT_EXCEEDED,
          "policy '%s' has the versions %s, as many as may be; delete one with DeletePolicyVersion"
              .formatted(before.name(), before.versions().keySet()));
    }
    PolicyDocument document = parse(request.document());
    int id = before.lastVersion() + 1;
    Policy.Version version = new Policy.Version(id, request.document(), turn.now());
    SortedMap<Integer, Policy.Version> versions = new TreeMap<>(before.versions());
    versions.put(id, version);
    int inForce = request.setAsDefault() ? id : before.defaultVersion();
    PolicyDocument documentInForce =
        request.setAsDefault() ? document : existing(index, before.name()).document();
    store(turn, before, versions, inForce, id, documentInForce);
    return version;
  }

  private Boolean setDefaultVersion(Turn turn, SetDefaultVersion request) {
    Policy before = existing(index, request.name()).policy();
    Policy.Version version = before.version(request.version());
    if (before.defaultVersion() == version.id()) {
      return false;
    }
    PolicyDocument document = PolicyDocument.parse(version.document());
    store(turn, before, before.versions(), version.id(), before.lastVersion(), document);
    return true;
  }

  private Boolean deleteVersion(Turn turn, DeleteVersion request) {
    RegistryIndex.PolicyEntry entry = existing(index, request.name());
    Policy before = entry.policy();
    Policy.Version version = before.version(request.version());
    if (before.defaultVersion() == version.id()) {
      throw new RegistryRefused(
          RegistryError.DELETE_CONFLICT,
          "version %d of policy '%s' is its default; set another with SetDefaultPolicyVersion, or delete the policy"
              .formatted(version.id(), before.name()));
    }
    Map<Integer, Policy.Version> versions = new TreeMap<>(before.versions());
    versions.remove(version.id());
    store(
        turn,
        before,
        new TreeMap<>(versions),
        before.defaultVersion(),
        before.lastVersion(),
        entry.document());
    return true;
  }

  private void store(
      Turn turn,
      Policy before,
      SortedMap<Integer, Policy.Version> versions,
      int inForce,
      int last,
      PolicyDocument document) {
    Policy policy =
        new Policy(before.name(), versions, inForce, last, before.createdMillis(), turn.now());
    RegistryRows.put(turn, policy);
    index.putPolicy(policy, document);
  }

  private Boolean delete(Turn turn, Delete request) {
    Policy policy = existing(index, request.name()).policy();
    SortedSet<String> targets = index.targetsOfPolicy(policy.name());
    SortedSet<String> groups = index.groups().ofPolicy(policy.name());
    if (!targets.isEmpty() || !groups.isEmpty()) {
      throw new RegistryRefused(
          RegistryError.DELETE_CONFLICT,
          "policy '%s' is attached to %d certificates and to %d thing groups; detach it first with DetachPolicy"
              .formatted(policy.name(), targets.size(), groups.size()));
    }
    if (policy.versions().size() > 1) {
      throw new RegistryRefused(
          RegistryError.DELETE_CONFLICT,
          "policy '%s' has the versions %s; delete all but the default first with DeletePolicyVersion"
              .formatted(policy.name(), policy.versions().keySet()));
    }
    RegistryRows.delete(turn, RegistryRows.Kind.POLICY, policy.name());
    index.removePolicy(policy.name());
    return true;
  }

  Boolean attach(Turn turn, Attach request) {
    Policy policy = existing(index, request.name()).policy();
    Principal principal = CertificateOperations.existing(index, request.certificateId());
    if (principal.policies().contains(policy.name())) {
      return false;
    }
    if (principal.policies().size() >= limits.policiesPerTargetMax()) {
      throw new RegistryRefused(
          RegistryError.LIMIT_EXCEEDED,
          "certificate %s has %d policies attached, as many as may be; detach one with DetachPolicy"
              .formatted(principal.certificateId(), principal.policies().size()));
    }
    RegistryRows.putPolicyTarget(turn, policy.name(), principal.certificateId());
    index.attachPolicy(policy.name(), principal.certificateId());
    return true;
  }

  private Boolean detach(Turn turn, Detach request) {
    Policy policy = existing(index, request.name()).policy();
    Principal principal = CertificateOperations.existing(index, request.certificateId());
    if (!principal.policies().contains(policy.name())) {
      return false;
    }
    RegistryRows.delete(
        turn, RegistryRows.Kind.POLICY_TARGET, policy.name(), principal.certificateId());
    index.detachPolicy(policy.name(), principal);
    return true;
  }

  private Boolean attachToGroup(Turn turn, AttachToGroup request) {
    Policy policy = existing(index, request.name()).policy();
    ThingGroup group = index.groups().existing(request.group());
    if (group.isDynamic()) {
      throw RegistryRefused.invalid(
          "'%s' is a dynamic thing group, and those have no policies; attach it to a static one"
              .formatted(group.name()));
    }
    SortedSet<String> attached = index.groups().policies().of(group.name());
    if (attached.contains(policy.name())) {
      return false;
    }
    if (attached.size() >= limits.policiesPerTargetMax()) {
      throw new RegistryRefused(
          RegistryError.LIMIT_EXCEEDED,
          "thing group '%s' has %d policies attached, as many as may be; detach one with DetachPolicy"
              .formatted(group.name(), attached.size()));
    }
    RegistryRows.put(
        turn, RegistryRows.Kind.POLICY_GROUP, new RegistryRows.Link(), policy.name(), group.name());
    index.groups().policies().add(group.name(), policy.name());
    index.groupChanged(group.name());
    return true;
  }

  private Boolean detachFromGroup(Turn turn, DetachFromGroup request) {
    Policy policy = existing(index, request.name()).policy();
    ThingGroup group = index.groups().existing(request.group());
    if (!index.groups().policies().remove(group.name(), policy.name())) {
      return false;
    }
    RegistryRows.delete(turn, RegistryRows.Kind.POLICY_GROUP, policy.name(), group.name());
    index.groupChanged(group.name());
    return true;
  }

  private PolicyDocument parse(String document) {
    long characters = document.chars().filter(c -> !Character.isWhitespace(c)).count();
    if (characters > limits.policyCharactersMax()) {
      throw new MalformedPolicyException(
          "policy has %d characters besides white space, at most %d may be; split it into several policies"
              .formatted(characters, limits.policyCharactersMax()));
    }
    return PolicyDocument.parse(document);
  }

  static RegistryIndex.PolicyEntry existing(RegistryIndex index, String name) {
    RegistryIndex.PolicyEntry entry = index.policies().get(Names.policy(name));
    if (entry == null) {
      throw RegistryRefused.notFound(
          "there is no policy '%s'; create it with CreatePolicy".formatted(name));
    }
    return entry;
  }
}
