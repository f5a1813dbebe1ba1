package io.sluice.identity;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A registered certificate in memory: what the connect path and live connections look at. Changed
 * by the registry's owner thread only; read by any thread, without a lock. A change is complete
 * when {@link #version} has moved on.
 */
final class Principal implements ConnectionPermissions.Holder, CreationOrder.Place {
  private final String certificateId;
  private final long notBeforeMillis;
  private final long notAfterMillis;
  private final long createdMillis;
  private final boolean withAuthority;
  private final @Nullable String authorityId;
  private final @Nullable String claimTemplate;
  private final AtomicInteger version = new AtomicInteger();
  private volatile @Nullable CertificateStatus status; // null: no longer registered
  private volatile List<String> policies = List.of();
  private volatile Map<String, Attachment> things = Map.of();

  Principal(RegisteredCertificate certificate) {
    this.certificateId = certificate.id();
    this.notBeforeMillis = certificate.notBeforeMillis();
    this.notAfterMillis = certificate.notAfterMillis();
    this.createdMillis = certificate.createdMillis();
    this.withAuthority = certificate.withAuthority();
    String authority = certificate.authorityId();
    this.authorityId = authority == null ? null : authority.intern(); // one for a million devices
    String claim = certificate.claimTemplate();
    this.claimTemplate = claim == null ? null : claim.intern();
    this.status = certificate.status();
  }

  @Override
  public String certificateId() {
    return certificateId;
  }

  @Override
  public String id() {
    return certificateId;
  }

  long notBeforeMillis() {
    return notBeforeMillis;
  }

  long notAfterMillis() {
    return notAfterMillis;
  }

  @Override
  public long createdMillis() {
    return createdMillis;
  }

  boolean withAuthority() {
    return withAuthority;
  }

  /** Who issued it, as far as that is known here. */
  @Nullable String authorityId() {
    return authorityId;
  }

  /** The one template it may claim with; null for all but temporary claim certificates. */
  @Nullable String claimTemplate() {
    return claimTemplate;
  }

  /** For lists; null when it is no longer registered. */
  Certificates.@Nullable Summary summary() {
    CertificateStatus now = status;
    return now == null
        ? null
        : new Certificates.Summary(certificateId, now, withAuthority, createdMillis);
  }

  /** Moves with every change; read it before what it guards. */
  @Override
  public int version() {
    return version.get();
  }

  /** Says that something this principal depends on has changed. */
  void changed() {
    version.incrementAndGet();
  }

  @Nullable CertificateStatus status() {
    return status;
  }

  void setStatus(@Nullable CertificateStatus status) {
    this.status = status;
    changed();
  }

  /** Names, in order. */
  List<String> policies() {
    return policies;
  }

  void setPolicies(List<String> policies) {
    this.policies = List.copyOf(policies);
    changed();
  }

  /** The things it is attached to, by name. */
  Map<String, Attachment> things() {
    return things;
  }

  void setThings(Map<String, Attachment> things) {
    this.things = Collections.unmodifiableMap(new TreeMap<>(things));
    changed();
  }

  /**
   * The one thing a connection is: the exclusive one whatever the client identifier, else the
   * attached one of that name.
   */
  @Nullable String thingOf(@Nullable String clientId) {
    Map<String, Attachment> attached = things;
    for (Map.Entry<String, Attachment> entry : attached.entrySet()) {
      if (entry.getValue() == Attachment.EXCLUSIVE_THING) {
        return entry.getKey();
      }
    }
    return clientId != null && attached.containsKey(clientId) ? clientId : null;
  }

  /**
   * The one thing it is attached to; null when there are several, or none. Its groups count also
   * where no client identifier says which thing it is: over HTTP.
   */
  @Nullable String onlyThing() {
    Map<String, Attachment> attached = things;
    return attached.size() == 1 ? attached.keySet().iterator().next() : null;
  }
}
