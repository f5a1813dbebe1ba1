package io.sluice.identity;

import io.sluice.certs.AcceptedKeys;
import io.sluice.certs.CertsRefused;
import io.sluice.certs.Fingerprint;
import io.sluice.certs.PemFiles;
import io.sluice.certs.RevocationList;
import io.sluice.store.Partitions;
import io.sluice.store.Request;
import io.sluice.store.Table;
import io.sluice.store.Turn;
import java.math.BigInteger;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Things, certificates and policies, and what is attached to what. Changes are requests to one
 * partition and are on disk when their futures complete; a refused one fails its future with {@link
 * RegistryRefused} and changes nothing. A future of {@code Boolean} tells whether anything had to
 * change. Reads answer from memory, from any thread, at once.
 *
 * <p>Principals and targets are given as ARNs, as on the wire; see {@link Arns#certificate}.
 */
public final class Registry {
  /** The tables that the store must open for this room. */
  public static final Set<Table> TABLES = Set.of(RegistryRows.TABLE);

  private static final int PEM_MAX = 65_536; // as in the AWS IoT API Reference

  /** A certificate in a list: without its text. */
  public record CertificateSummary(
      String id, CertificateStatus status, boolean withAuthority, long createdMillis) {
    /** Where it stands in the order of registration. */
    public String place() {
      return CreationOrder.key(createdMillis, id);
    }
  }

  private record Load() implements Request<Boolean> {}

  private final Partitions partitions;
  private final Arns arns;
  private final RegistryIndex index = new RegistryIndex();
  private final ThingTypes types;
  private final ThingGroups groups;
  private final BillingGroups billingGroups;
  private final Authorities authorities;
  private final ProvisioningTemplates templates;
  private final Ownerships ownerships;
  private volatile boolean ed25519;
  private final ResourceTags tags;
  private final RegistryEvents events;
  private volatile Function<String, List<String>> bearersOf = policy -> List.of();
  private final ConcurrentSkipListMap<String, RegistrationTask> registrationTasks =
      new ConcurrentSkipListMap<>();
  private CompletableFuture<Boolean> loading = CompletableFuture.completedFuture(false);

  /** Registers its handlers; make it before the partitions start. */
  public Registry(Partitions partitions, Arns arns, RegistryLimits limits) {
    this.partitions = partitions;
    this.arns = arns;
    this.events = new RegistryEvents(partitions, arns);
    ThingOperations things = new ThingOperations(index, limits, arns, events);
    CertificateOperations certificates = new CertificateOperations(index, limits, arns);
    PolicyOperations policies = new PolicyOperations(index, limits, arns);
    things.register(partitions);
    certificates.register(partitions);
    policies.register(partitions);
    this.types = new ThingTypes(partitions, index, arns, events);
    this.groups = new ThingGroups(partitions, index, limits, arns, events);
    this.billingGroups = new BillingGroups(partitions, index, arns);
    this.authorities = new Authorities(partitions, index, arns);
    this.ownerships = new Ownerships(partitions, index, certificates);
    this.tags = new ResourceTags(partitions, arns);
    RegistrationTasks.register(partitions, registrationTasks);
    this.templates = new ProvisioningTemplates(partitions, arns);
    new ProvisioningOperations(index, limits, arns, things, certificates, policies, groups)
        .register(partitions);
    partitions.register(Load.class, this::load);
    partitions.onStart(
        () -> loading = partitions.apply(partitions.of(RegistryRows.KEY), new Load()));
  }

  private Boolean load(Turn turn, Load request) {
    index.load(turn);
    authorities.load(turn);
    templates.load(turn);
    ownerships.load(turn);
    events.load(turn);
    RegistryRows.forEach(
        turn,
        RegistryRows.Kind.REGISTRATION_TASK,
        RegistrationTask.class,
        (key, task) -> registrationTasks.put(key.get(0), task));
    return true;
  }

  /**
   * Completes when what an earlier life knew is back; until then nobody is known and no connection
   * may be accepted.
   */
  public CompletableFuture<Boolean> loaded() {
    return loading;
  }

  public Arns arns() {
    return arns;
  }

  /** What is told of changes. */
  public RegistryEvents events() {
    return events;
  }

  public ThingTypes types() {
    return types;
  }

  public ThingGroups groups() {
    return groups;
  }

  public BillingGroups billingGroups() {
    return billingGroups;
  }

  public Authorities authorities() {
    return authorities;
  }

  ConcurrentSkipListMap<String, RegistrationTask> registrationTasks() {
    return registrationTasks;
  }

  Partitions partitions() {
    return partitions;
  }

  public ResourceTags tags() {
    return tags;
  }

  Ownerships ownerships() {
    return ownerships;
  }

  public ProvisioningTemplates templates() {
    return templates;
  }

  CompletableFuture<Provisioner.Provisioned> provision(ProvisioningOperations.Apply request) {
    return ask(request);
  }

  RegistryIndex index() {
    return index;
  }

  /**
   * Calls back with a certificate id whenever its status, policies or things have changed in any
   * way. On the registry's owner thread: hand on and return.
   */
  public void onPrincipalChange(Consumer<String> listener) {
    index.onPrincipalChange(listener);
  }

  /**
   * Calls {@code listener} with the name of a thing when it, its attachments or its groups have
   * changed, on the registry's owner thread: it must be quick.
   */
  public void onThingChange(Consumer<String> listener) {
    index.onThingChange(listener);
  }

  /** Calls back with a policy's name whenever it was made, changed or deleted; as above. */
  public void onPolicyChange(Consumer<String> listener) {
    index.onPolicyChange(listener);
  }

  private <R> CompletableFuture<R> ask(Request<R> request) {
    return partitions.ask(RegistryRows.KEY, request);
  }

  /** Refusals found before asking travel the same way as those found after. */
  private static <R> CompletableFuture<R> attempt(Supplier<CompletableFuture<R>> action) {
    try {
      return action.get();
    } catch (RegistryRefused refused) {
      return CompletableFuture.failedFuture(refused);
    }
  }

  /** Creates a thing; the same again answers the same. */
  public CompletableFuture<Thing> createThing(String name, Map<String, String> attributes) {
    return createThing(name, null, null, attributes);
  }

  /** Creates a thing with a type and in a billing group, where they are given. */
  public CompletableFuture<Thing> createThing(
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
  public CompletableFuture<Thing> updateThing(
      String name,
      @Nullable Map<String, String> attributes,
      boolean merge,
      @Nullable Long expectedVersion) {
    return updateThing(name, null, false, attributes, merge, expectedVersion);
  }

  /**
   * Changes a thing and its type.
   *
   * @param type the new one; null leaves it as it is
   * @param removeType takes the type away
   */
  public CompletableFuture<Thing> updateThing(
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
  public CompletableFuture<Boolean> deleteThing(String name, @Nullable Long expectedVersion) {
    return ask(new ThingOperations.Delete(name, expectedVersion));
  }

  public Optional<Thing> thing(String name) {
    return Optional.ofNullable(index.things().get(name));
  }

  /** Things in the order of their names, those after {@code name}; all with {@code ""}. */
  public Stream<Thing> thingsAfter(String name) {
    return index.things().tailMap(name, false).values().stream();
  }

  public CompletableFuture<Boolean> attachThingPrincipal(
      String thing, String principalArn, Attachment type) {
    return attempt(
        () -> ask(new ThingOperations.Attach(thing, arns.certificateId(principalArn), type)));
  }

  public CompletableFuture<Boolean> detachThingPrincipal(String thing, String principalArn) {
    return attempt(() -> ask(new ThingOperations.Detach(thing, arns.certificateId(principalArn))));
  }

  /**
   * The principals of a thing, by ARN.
   *
   * @throws RegistryRefused when there is no such thing
   */
  public SortedMap<String, Attachment> thingPrincipals(String thing) {
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
  public SortedMap<String, Attachment> principalThings(String principalArn) {
    return new TreeMap<>(principal(principalArn).things());
  }

  /** Lets Ed25519 keys be registered: where TLS takes them. Otherwise they could never connect. */
  public void takeEd25519() {
    ed25519 = true;
  }

  /**
   * Registers a device's certificate for itself, whoever issued it.
   *
   * @param pem the certificate; what follows it is not looked at
   * @param status {@code ACTIVE} or {@code INACTIVE}
   */
  public CompletableFuture<RegisteredCertificate> registerCertificate(
      String pem, CertificateStatus status) {
    return attempt(
        () -> {
          requireRegistrable(status);
          return register(parse(pem), status, false, null, null);
        });
  }

  /**
   * Registers a certificate that is read already.
   *
   * @param withAuthority whether the caller has checked that a known authority issued it
   */
  public CompletableFuture<RegisteredCertificate> registerCertificate(
      X509Certificate certificate, CertificateStatus status, boolean withAuthority) {
    return attempt(
        () -> {
          requireRegistrable(status);
          return register(certificate, status, withAuthority, null, null);
        });
  }

  /**
   * Registers a certificate of an authority.
   *
   * @param authorityId of the authority that the caller has found to have issued it
   */
  CompletableFuture<RegisteredCertificate> registerIssued(
      X509Certificate certificate, CertificateStatus status, String authorityId) {
    return attempt(() -> register(certificate, status, true, authorityId, null));
  }

  private CompletableFuture<RegisteredCertificate> register(
      X509Certificate certificate,
      CertificateStatus status,
      boolean withAuthority,
      @Nullable String authorityId,
      @Nullable String claimTemplate) {
    return ask(
        new CertificateOperations.Register(
            row(certificate, status, withAuthority, authorityId, claimTemplate)));
  }

  /** What would be kept of a certificate of an authority. */
  RegisteredCertificate row(
      X509Certificate certificate, CertificateStatus status, String authorityId) {
    return row(certificate, status, true, authorityId, null);
  }

  private RegisteredCertificate row(
      X509Certificate certificate,
      CertificateStatus status,
      boolean withAuthority,
      @Nullable String authorityId,
      @Nullable String claimTemplate) {
    check(certificate);
    return new RegisteredCertificate(
        Fingerprint.certificateId(certificate),
        PemFiles.toPem(certificate),
        status,
        withAuthority,
        authorityId,
        claimTemplate,
        0,
        0,
        certificate.getNotBefore().getTime(),
        certificate.getNotAfter().getTime());
  }

  /** Registers a temporary certificate of the gateway that may claim with one template. */
  CompletableFuture<RegisteredCertificate> registerClaim(
      X509Certificate certificate, String authorityId, String template, Duration life) {
    return register(certificate, CertificateStatus.ACTIVE, true, authorityId, template)
        .thenCompose(made -> ownerships.deleteAfter(made.id(), life).thenApply(scheduled -> made));
  }

  /**
   * Refuses what nobody may register by hand.
   *
   * @throws RegistryRefused {@code CERTIFICATE_STATE} unless it is ACTIVE or INACTIVE
   */
  public static void requireRegistrable(CertificateStatus status) {
    if (status != CertificateStatus.ACTIVE && status != CertificateStatus.INACTIVE) {
      throw new RegistryRefused(
          RegistryError.CERTIFICATE_STATE,
          "a certificate cannot be registered as %s; use ACTIVE or INACTIVE".formatted(status));
    }
  }

  /** The certificate that an authority gave this serial number. */
  CompletableFuture<Optional<RegisteredCertificate>> bySerialNumber(
      String authorityId, BigInteger serial) {
    return ask(new CertificateOperations.BySerial(authorityId, serial.toString(16)));
  }

  /** How often a certificate has been revoked since the start, or a revocation taken back. */
  long revocations() {
    return index.revocations();
  }

  /** What an authority's revocation list has to say. */
  CompletableFuture<List<RevocationList.Revoked>> revokedBy(String authorityId) {
    return ask(new CertificateOperations.RevokedBy(authorityId))
        .thenApply(
            certificates ->
                certificates.stream()
                    .map(
                        certificate ->
                            new RevocationList.Revoked(
                                certificate.certificate().getSerialNumber(),
                                Instant.ofEpochMilli(certificate.modifiedMillis())))
                    .toList());
  }

  private static X509Certificate parse(String pem) {
    if (pem.length() > PEM_MAX) {
      throw RegistryRefused.invalid(
          "certificate has %d characters, at most %d may be; send the leaf alone"
              .formatted(pem.length(), PEM_MAX));
    }
    try {
      return PemFiles.certificates(pem).get(0);
    } catch (CertsRefused e) {
      throw new RegistryRefused(
          RegistryError.CERTIFICATE_VALIDATION, String.valueOf(e.getMessage()));
    }
  }

  private void check(X509Certificate certificate) {
    try {
      AcceptedKeys.check(certificate.getPublicKey(), "the certificate");
    } catch (CertsRefused e) {
      throw new RegistryRefused(
          RegistryError.CERTIFICATE_VALIDATION, String.valueOf(e.getMessage()));
    }
    if (!ed25519 && AcceptedKeys.isEd25519(certificate.getPublicKey())) {
      throw new RegistryRefused(
          RegistryError.CERTIFICATE_VALIDATION,
          "the certificate holds an Ed25519 key, which this gateway's TLS (BoringSSL) does not take from clients; start it with tls-provider: jdk, or make an EC P-256 key");
    }
    if (certificate.getNotAfter().getTime() < partitions.clock().millis()) {
      throw new RegistryRefused(
          RegistryError.CERTIFICATE_VALIDATION,
          "the certificate ended at %s; issue a new one"
              .formatted(certificate.getNotAfter().toInstant()));
    }
    String unfit = ClientUsage.refusal(certificate);
    if (unfit != null) {
      throw new RegistryRefused(
          RegistryError.CERTIFICATE_VALIDATION,
          "the certificate is not for TLS clients (%s); issue a device certificate"
              .formatted(unfit));
    }
  }

  /** A certificate with its text. */
  public CompletableFuture<RegisteredCertificate> describeCertificate(String id) {
    return ask(new CertificateOperations.Describe(id));
  }

  /** Sets {@code ACTIVE}, {@code INACTIVE} or {@code REVOKED}; live connections follow at once. */
  public CompletableFuture<Boolean> updateCertificate(String id, CertificateStatus status) {
    return ask(new CertificateOperations.SetStatus(id, status));
  }

  /**
   * Deletes a certificate that is not active and attached to no thing.
   *
   * @param force also when policies are attached
   */
  public CompletableFuture<Boolean> deleteCertificate(String id, boolean force) {
    return ask(new CertificateOperations.Delete(id, force));
  }

  /**
   * Certificates in the order of their registration, those behind a place; all with {@code ""}.
   *
   * @param after {@link CertificateSummary#place} of the last one known
   */
  public Stream<CertificateSummary> certificatesAfter(String after, boolean ascending) {
    return index
        .principalsByCreation()
        .after(after, ascending)
        .flatMap(principal -> Stream.ofNullable(principal.summary()));
  }

  /** Creates a policy with its first version. */
  public CompletableFuture<Policy> createPolicy(String name, String document) {
    return ask(new PolicyOperations.Create(name, document));
  }

  public CompletableFuture<Policy.Version> createPolicyVersion(
      String name, String document, boolean setAsDefault) {
    return ask(new PolicyOperations.CreateVersion(name, document, setAsDefault));
  }

  public CompletableFuture<Boolean> setDefaultPolicyVersion(String name, int version) {
    return ask(new PolicyOperations.SetDefaultVersion(name, version));
  }

  public CompletableFuture<Boolean> deletePolicyVersion(String name, int version) {
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
  public CompletableFuture<Boolean> deletePolicy(String name) {
    List<String> bearers = bearersOf.apply(policy(name).name());
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
  public Policy policy(String name) {
    return PolicyOperations.existing(index, name).policy();
  }

  /** All policies, in the order of their names. */
  public Stream<Policy> policies() {
    return index.policies().values().stream().map(RegistryIndex.PolicyEntry::policy);
  }

  /**
   * @param targetArn of a certificate or of a static thing group
   */
  public CompletableFuture<Boolean> attachPolicy(String policy, String targetArn) {
    String group = arns.thingGroupName(targetArn);
    return group == null
        ? attempt(() -> ask(new PolicyOperations.Attach(policy, arns.certificateId(targetArn))))
        : ask(new PolicyOperations.AttachToGroup(policy, group));
  }

  public CompletableFuture<Boolean> detachPolicy(String policy, String targetArn) {
    String group = arns.thingGroupName(targetArn);
    return group == null
        ? attempt(() -> ask(new PolicyOperations.Detach(policy, arns.certificateId(targetArn))))
        : ask(new PolicyOperations.DetachFromGroup(policy, group));
  }

  /**
   * The policies of a target, in the order of their names.
   *
   * @param recursive of a thing group: also those of the groups above it
   * @throws RegistryRefused when there is no such certificate or group
   */
  public List<Policy> attachedPolicies(String targetArn, boolean recursive) {
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
  public List<Policy> effectivePolicies(@Nullable String principalArn, @Nullable String thing) {
    SortedSet<String> names = new TreeSet<>();
    if (principalArn != null) {
      attachedPolicies(principalArn, true).forEach(policy -> names.add(policy.name()));
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
  public List<String> policyTargets(String policy) {
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
