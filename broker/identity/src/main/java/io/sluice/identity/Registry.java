package io.sluice.identity;

import io.sluice.store.Partitions;
import io.sluice.store.Request;
import io.sluice.store.Table;
import io.sluice.store.Turn;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Consumer;

/**
 * What is known of devices: the roots of things, certificates, policies, groups, authorities and
 * templates, which share one index and one owner. Changes are requests to one partition and are on
 * disk when their futures complete; a refused one fails its future with {@link RegistryRefused} and
 * changes nothing. A future of {@code Boolean} tells whether anything had to change. Reads answer
 * from memory, from any thread, at once.
 *
 * <p>Principals and targets are given as ARNs, as on the wire; see {@link Arns#certificate}.
 */
public final class Registry {
  /** The tables that the store must open for this room. */
  public static final Set<Table> TABLES = Set.of(RegistryRows.TABLE);

  private record Load() implements Request<Boolean> {}

  private final Partitions partitions;
  private final Arns arns;
  private final RegistryIndex index = new RegistryIndex();
  private final Things things;
  private final Certificates certificates;
  private final Policies policies;
  private final ThingTypes types;
  private final ThingGroups groups;
  private final BillingGroups billingGroups;
  private final Authorities authorities;
  private final ProvisioningTemplates templates;
  private final Ownerships ownerships;
  private final ResourceTags tags;
  private final RegistryEvents events;
  private final ConcurrentSkipListMap<String, RegistrationTask> registrationTasks =
      new ConcurrentSkipListMap<>();
  private CompletableFuture<Boolean> loading = CompletableFuture.completedFuture(false);

  /** Registers its handlers; make it before the partitions start. */
  public Registry(Partitions partitions, Arns arns, RegistryLimits limits) {
    this.partitions = partitions;
    this.arns = arns;
    this.events = new RegistryEvents(partitions, arns);
    ThingOperations ofThings = new ThingOperations(index, limits, arns, events);
    CertificateOperations ofCertificates = new CertificateOperations(index, limits, arns);
    PolicyOperations ofPolicies = new PolicyOperations(index, limits, arns);
    ofThings.register(partitions);
    ofCertificates.register(partitions);
    ofPolicies.register(partitions);
    this.types = new ThingTypes(partitions, index, arns, events);
    this.groups = new ThingGroups(partitions, index, limits, arns, events);
    this.billingGroups = new BillingGroups(partitions, index, arns);
    this.authorities = new Authorities(partitions, index, arns);
    this.ownerships = new Ownerships(partitions, index, ofCertificates);
    this.things = new Things(partitions, index, arns);
    this.certificates = new Certificates(partitions, index, ownerships);
    this.policies = new Policies(partitions, index, arns);
    this.tags = new ResourceTags(partitions, arns);
    RegistrationTasks.register(partitions, registrationTasks);
    this.templates = new ProvisioningTemplates(partitions, arns);
    new ProvisioningOperations(index, limits, arns, ofThings, ofCertificates, ofPolicies, groups)
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

  public Things things() {
    return things;
  }

  public Certificates certificates() {
    return certificates;
  }

  public Policies policies() {
    return policies;
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
    return partitions.ask(RegistryRows.KEY, request);
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
}
