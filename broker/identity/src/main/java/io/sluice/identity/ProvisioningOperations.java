package io.sluice.identity;

import io.sluice.store.Partitions;
import io.sluice.store.Request;
import io.sluice.store.Turn;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Does what a plan says in one turn: first everything is checked, then everything is written. What
 * the checks let through the writing does not refuse. Confined to the registry's owner thread.
 */
final class ProvisioningOperations {

  /**
   * @param certificateId of the certificate the plan is about; null when it names none
   * @param fresh the certificate, when it is to be registered now
   * @param thingId for the thing if it is new
   * @param waiting of a certificate that is provisioned because it waits for that; null for others
   */
  record Apply(
      ProvisioningPlan plan,
      @Nullable String certificateId,
      @Nullable RegisteredCertificate fresh,
      String thingId,
      @Nullable Waiting waiting)
      implements Request<Provisioner.Provisioned> {}

  /**
   * A certificate that waits for its template, which must be about it and about no other.
   *
   * @param proof of who may have it provisioned; null at a first connection
   */
  record Waiting(String certificateId, Ownerships.@Nullable Proof proof) {}

  private final RegistryIndex index;
  private final RegistryLimits limits;
  private final Arns arns;
  private final ThingOperations things;
  private final CertificateOperations certificates;
  private final PolicyOperations policies;
  private final ThingGroups groups;

  ProvisioningOperations(
      RegistryIndex index,
      RegistryLimits limits,
      Arns arns,
      ThingOperations things,
      CertificateOperations certificates,
      PolicyOperations policies,
      ThingGroups groups) {
    this.index = index;
    this.limits = limits;
    this.arns = arns;
    this.things = things;
    this.certificates = certificates;
    this.policies = policies;
    this.groups = groups;
  }

  void register(Partitions partitions) {
    partitions.register(Apply.class, this::apply);
  }

  private Provisioner.Provisioned apply(Turn turn, Apply request) {
    Waiting waiting = request.waiting();
    Ownerships.Proof proof = waiting == null ? null : waiting.proof();
    if (waiting == null || proof == null) {
      checkWaits(waiting);
      return applyChecked(turn, request);
    }
    RegistryRows.Ownership row = Ownerships.check(turn, index, proof);
    RegistryRows.Used used = row.used();
    if (used != null) { // asked twice at once
      return new Provisioner.Provisioned(
          used.thingName(), row.certificateId(), null, Map.of(), used.deviceConfiguration());
    }
    checkWaits(waiting);
    Provisioner.Provisioned done = applyChecked(turn, request);
    Ownerships.use(turn, row, proof, done);
    return done;
  }

  /** Somebody may have decided about it since: what is revoked stays so. */
  private void checkWaits(@Nullable Waiting waiting) {
    Principal principal = waiting == null ? null : index.principal(waiting.certificateId());
    if (waiting != null
        && (principal == null || principal.status() != CertificateStatus.PENDING_ACTIVATION)) {
      throw failure(
          "certificate %s is %s and does not wait to be provisioned any more"
              .formatted(
                  waiting.certificateId(), principal == null ? "deleted" : principal.status()));
    }
  }

  private Provisioner.Provisioned applyChecked(Turn turn, Apply request) {
    ProvisioningPlan plan = request.plan();
    String certificateId = request.certificateId();
    Principal before = certificateId == null ? null : index.principal(certificateId);
    if (certificateId != null && before == null && request.fresh() == null) {
      throw failure("there is no certificate %s".formatted(Names.shown(certificateId)));
    }
    ProvisioningPlan.ThingPart thing = plan.thing();
    if (thing != null) {
      check(thing, before);
    }
    List<String> named = new ArrayList<>();
    for (ProvisioningPlan.PolicyPart part : plan.policies()) {
      named.add(check(part));
    }
    if (!named.isEmpty() && certificateId == null) {
      throw failure("the template has policies, but no certificate to attach them to");
    }
    Set<String> together = new TreeSet<>(named);
    if (before != null) {
      together.addAll(before.policies());
    }
    if (together.size() > limits.policiesPerTargetMax()) {
      throw failure(
          "certificate %s would have %d policies, at most %d may be"
              .formatted(certificateId, together.size(), limits.policiesPerTargetMax()));
    }
    return write(turn, request, named);
  }

  private static RegistryRefused failure(String sentence) {
    return new RegistryRefused(RegistryError.RESOURCE_REGISTRATION_FAILURE, sentence);
  }

  private void check(ProvisioningPlan.ThingPart part, @Nullable Principal principal) {
    String id = part.logicalId();
    at(id, "ThingName", () -> Names.thing(part.name()));
    at(
        id,
        "AttributePayload",
        () -> {
          Names.attributes(part.attributes());
          return part;
        });
    String type = at(id, "ThingTypeName", () -> things.assignable(part.type(), null));
    String billing = part.billingGroup();
    if (billing != null) {
      at(id, "BillingGroup", () -> BillingGroups.existing(index, billing));
    }
    Thing existing = index.things().get(part.name());
    if (existing != null) {
      refuseIf(part, part.ofAttributes(), "AttributePayload", !part.attributes().isEmpty());
      refuseIf(part, part.ofType(), "ThingTypeName", part.type() != null);
      refuseIf(part, part.ofGroups(), "ThingGroups", !part.groups().isEmpty());
    }
    Map<String, String> attributes = attributesAfter(part, existing);
    String typeAfter = type != null ? type : existing == null ? null : existing.type();
    int max = typeAfter == null ? limits.attributesMax() : limits.attributesTypedMax();
    if (attributes.size() > max) {
      throw failure(
          "thing '%s' would have %d attributes, at most %d may be"
              .formatted(part.name(), attributes.size(), max));
    }
    Set<String> groupsAfter = groupsAfter(part, existing);
    at(
        id,
        "ThingGroups",
        () -> {
          groups.check(part.name(), groupsAfter);
          return groupsAfter;
        });
    if (principal != null) {
      things.checkAttachable(principal, part.name(), Attachment.NON_EXCLUSIVE_THING);
    }
  }

  /** Says where in the template it is that is refused. */
  private static <T extends @Nullable Object> T at(
      String logicalId, String property, Supplier<T> check) {
    try {
      return check.get();
    } catch (RegistryRefused refused) {
      throw new RegistryRefused(
          refused.error(),
          "Resources.%s.Properties.%s of the template: %s"
              .formatted(logicalId, property, refused.getMessage()));
    }
  }

  private static void refuseIf(
      ProvisioningPlan.ThingPart part,
      ProvisioningPlan.IfThere override,
      String key,
      boolean given) {
    if (given && override == ProvisioningPlan.IfThere.FAIL) {
      throw failure(
          "thing '%s' exists, and OverrideSettings.%s is FAIL".formatted(part.name(), key));
    }
  }

  private static Map<String, String> attributesAfter(
      ProvisioningPlan.ThingPart part, @Nullable Thing existing) {
    if (existing == null || part.ofAttributes() == ProvisioningPlan.IfThere.REPLACE) {
      return part.attributes();
    }
    Map<String, String> after = new HashMap<>(existing.attributes());
    if (part.ofAttributes() == ProvisioningPlan.IfThere.MERGE) {
      after.putAll(part.attributes());
    }
    after.values().removeIf(String::isEmpty);
    return after;
  }

  private Set<String> groupsAfter(ProvisioningPlan.ThingPart part, @Nullable Thing existing) {
    Set<String> before = existing == null ? Set.of() : index.groups().groupsOf(part.name());
    if (part.groups().isEmpty()
        || existing != null && part.ofGroups() == ProvisioningPlan.IfThere.DO_NOTHING) {
      return before;
    }
    return new TreeSet<>(part.groups());
  }

  /** The policy's name; that of a document is made from the document, so that it is made once. */
  private String check(ProvisioningPlan.PolicyPart part) {
    String given = part.name();
    if (given != null) {
      return at(
          part.logicalId(),
          "PolicyName",
          () -> PolicyOperations.existing(index, given).policy().name());
    }
    String document = String.valueOf(part.document());
    String name = "Provisioned-" + sha256(document).substring(0, 32);
    if (!index.policies().containsKey(name)) {
      at(
          part.logicalId(),
          "PolicyDocument",
          () -> {
            policies.checkNew(document);
            return document;
          });
    }
    return name;
  }

  private static String sha256(String text) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private Provisioner.Provisioned write(Turn turn, Apply request, List<String> named) {
    ProvisioningPlan plan = request.plan();
    String certificateId = request.certificateId();
    Map<String, String> arnsById = new HashMap<>();
    String pem = null;
    ProvisioningPlan.CertificatePart part = plan.certificate();
    if (certificateId != null) {
      if (request.fresh() != null && index.principal(certificateId) == null) {
        certificates.register(turn, new CertificateOperations.Register(request.fresh()));
      }
      if (part != null) {
        certificates.setStatus(
            turn, new CertificateOperations.SetStatus(certificateId, part.status()));
        arnsById.put(part.logicalId(), arns.certificate(certificateId));
      }
      pem = RegistryRows.certificate(turn, certificateId).pem();
    }
    String thingName = null;
    if (plan.thing() != null) {
      thingName = plan.thing().name();
      writeThing(turn, plan.thing(), request.thingId());
      arnsById.put(plan.thing().logicalId(), arns.thing(thingName));
      if (certificateId != null) {
        Principal principal = CertificateOperations.existing(index, certificateId);
        if (!principal.things().containsKey(thingName)) {
          things.attach(
              turn,
              new ThingOperations.Attach(thingName, certificateId, Attachment.NON_EXCLUSIVE_THING));
        }
      }
    }
    for (int i = 0; i < named.size(); i++) {
      String name = named.get(i);
      if (!index.policies().containsKey(name)) {
        policies.create(
            turn,
            new PolicyOperations.Create(name, String.valueOf(plan.policies().get(i).document())));
      }
      policies.attach(turn, new PolicyOperations.Attach(name, String.valueOf(certificateId)));
      arnsById.put(plan.policies().get(i).logicalId(), arns.policy(name));
    }
    return new Provisioner.Provisioned(
        thingName, certificateId, pem, arnsById, plan.deviceConfiguration());
  }

  private void writeThing(Turn turn, ProvisioningPlan.ThingPart part, String thingId) {
    Thing existing = index.things().get(part.name());
    Set<String> after = groupsAfter(part, existing);
    if (existing == null) {
      things.create(
          turn,
          new ThingOperations.Create(
              part.name(), thingId, part.type(), part.billingGroup(), part.attributes()));
    } else {
      boolean retype = part.type() != null && part.ofType() == ProvisioningPlan.IfThere.REPLACE;
      Map<String, String> attributes = attributesAfter(part, existing);
      if (retype || !attributes.equals(existing.attributes())) {
        things.update(
            turn,
            new ThingOperations.Update(
                part.name(), retype ? part.type() : null, false, attributes, false, null));
      }
    }
    Set<String> remove = new TreeSet<>(index.groups().groupsOf(part.name()));
    remove.removeIf(
        name -> {
          ThingGroup group = index.groups().get(name);
          return after.contains(name) || group == null || group.isDynamic();
        });
    Set<String> add = new TreeSet<>(after);
    add.removeAll(index.groups().groupsOf(part.name()));
    groups.change(turn, new ThingGroups.Change(part.name(), add, remove));
  }
}
