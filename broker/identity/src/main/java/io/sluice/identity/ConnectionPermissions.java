package io.sluice.identity;

import org.jspecify.annotations.Nullable;

/**
 * What one connection may do. It follows the registry by itself: when anything its principal
 * depends on has changed, the next question compiles its policies anew. Any thread, no lock, no
 * allocation while nothing changes. A hot path: see {@code DecideBenchmark}.
 */
public final class ConnectionPermissions {

  /**
   * @param version of the principal it was made from
   * @param status of the certificate; null when it is no longer registered, or there is none
   */
  record Snapshot(
      int version,
      CompiledPolicies policies,
      @Nullable String thingName,
      @Nullable CertificateStatus status,
      boolean mayConnect) {}

  /** Makes the snapshot of a principal as it is now, for a connection or request. */
  @FunctionalInterface
  interface Compiler {
    Snapshot compile(ConnectionContext context);
  }

  /** Whose permissions they are, as far as that changes. */
  interface Holder {
    String id();

    /** Moves with every change of what the compiler looks at. */
    int version();
  }

  private final @Nullable Holder holder; // null: nobody in particular, and nothing changes
  private final Compiler compiler;
  private final ConnectionContext context;
  private final @Nullable Denials denials; // null: a question beforehand, nobody was denied
  private volatile Snapshot snapshot;

  ConnectionPermissions(
      @Nullable Holder holder,
      ConnectionContext context,
      @Nullable Denials denials,
      Compiler compiler) {
    this.holder = holder;
    this.context = context;
    this.denials = denials;
    this.compiler = compiler;
    this.snapshot = compiler.compile(context);
  }

  private Snapshot current() {
    Snapshot known = snapshot;
    if (holder == null || holder.version() == known.version()) {
      return known;
    }
    Snapshot fresh = compiler.compile(context); // two threads may both: the results are alike
    snapshot = fresh;
    return fresh;
  }

  /**
   * Decides about an action.
   *
   * @param name what stands behind {@link Action#resourceKind} in the resource: topic name, topic
   *     filter as text, client identifier, thing name; {@code *} where the action has no resource
   */
  public Decision decide(Action action, String name) {
    Snapshot now = current();
    Decision decision = now.policies().decide(action, name);
    if (denials != null && !decision.isAllowed()) {
      denials.add(
          context,
          holder == null ? null : holder.id(),
          now.thingName(),
          now.policies(),
          action,
          name);
    }
    return decision;
  }

  /** {@link #decide}, for those who do not ask why. */
  public boolean allows(Action action, String name) {
    return decide(action, name).isAllowed();
  }

  /**
   * Whether the connection must end: its certificate is no longer active, or its policies no longer
   * let it connect. For HTTP, where nothing connects, only the former.
   */
  public boolean isRevoked() {
    return !current().mayConnect();
  }

  /** The same for a request that sends a message to a client: {@code iot:Topic} is its topic. */
  public ConnectionPermissions about(String topic) {
    return new ConnectionPermissions(holder, context.about(topic), denials, compiler);
  }

  /** The thing this connection is, if it is one. */
  public @Nullable String thingName() {
    return current().thingName();
  }

  /** Why {@link #decide} says what it says; slow. */
  public Explanation explain(Action action, String name) {
    Snapshot now = current();
    Explanation explanation = Explanation.of(now.policies(), action, name);
    if (!(holder instanceof Principal principal) || now.status() == CertificateStatus.ACTIVE) {
      return explanation;
    }
    return explanation.withHint(
        "certificate %s is %s, so it may do nothing; set it ACTIVE with UpdateCertificate"
            .formatted(
                principal.certificateId(),
                now.status() == null ? "no longer registered" : now.status()));
  }
}
