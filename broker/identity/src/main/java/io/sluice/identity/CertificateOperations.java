package io.sluice.identity;

import io.sluice.store.Partitions;
import io.sluice.store.Request;
import io.sluice.store.Turn;
import java.util.List;
import java.util.Optional;

/**
 * Decides the requests about certificates. Confined to the owner thread of the registry's
 * partition.
 */
final class CertificateOperations {

  /** The times in it are set when it is decided. */
  record Register(RegisteredCertificate certificate) implements Request<RegisteredCertificate> {}

  record Describe(String id) implements Request<RegisteredCertificate> {}

  record SetStatus(String id, CertificateStatus status) implements Request<Boolean> {}

  record Delete(String id, boolean force) implements Request<Boolean> {}

  /** Serial number in hexadecimal digits. */
  record BySerial(String authority, String serial)
      implements Request<Optional<RegisteredCertificate>> {}

  record RevokedBy(String authority) implements Request<List<RegisteredCertificate>> {}

  private final RegistryIndex index;
  private final RegistryLimits limits;
  private final Arns arns;

  CertificateOperations(RegistryIndex index, RegistryLimits limits, Arns arns) {
    this.index = index;
    this.limits = limits;
    this.arns = arns;
  }

  void register(Partitions partitions) {
    partitions.register(Register.class, this::register);
    partitions.register(
        Describe.class,
        (turn, request) ->
            RegistryRows.certificate(turn, existing(index, request.id()).certificateId()));
    partitions.register(SetStatus.class, this::setStatus);
    partitions.register(Delete.class, this::delete);
    partitions.register(
        BySerial.class,
        (turn, request) ->
            Optional.ofNullable(
                RegistryRows.bySerial(turn, request.authority(), request.serial())));
    partitions.register(RevokedBy.class, this::revokedBy);
  }

  RegisteredCertificate register(Turn turn, Register request) {
    RegisteredCertificate given = request.certificate();
    if (index.principal(given.id()) != null) {
      throw new RegistryRefused(
          RegistryError.RESOURCE_ALREADY_EXISTS,
          "certificate %s is registered already; change it with UpdateCertificate"
              .formatted(given.id()),
          given.id(),
          arns.certificate(given.id()));
    }
    if (index.principals().size() >= limits.certificatesMax()) {
      throw new RegistryRefused(
          RegistryError.LIMIT_EXCEEDED,
          "there are %d certificates, as many as may be; delete some"
              .formatted(limits.certificatesMax()));
    }
    RegisteredCertificate certificate = given.at(turn.now());
    RegistryRows.put(turn, certificate);
    String authority = certificate.authorityId();
    if (authority != null) {
      RegistryRows.put(
          turn,
          RegistryRows.Kind.SERIAL,
          new RegistryRows.Serial(certificate.id()),
          authority,
          serial(certificate));
    }
    index.putPrincipal(new Principal(certificate));
    return certificate;
  }

  private static String serial(RegisteredCertificate certificate) {
    return certificate.certificate().getSerialNumber().toString(16);
  }

  private List<RegisteredCertificate> revokedBy(Turn turn, RevokedBy request) {
    return index.principals().values().stream()
        .filter(principal -> principal.status() == CertificateStatus.REVOKED)
        .filter(principal -> request.authority().equals(principal.authorityId()))
        .map(principal -> RegistryRows.certificate(turn, principal.certificateId()))
        .toList();
  }

  Boolean setStatus(Turn turn, SetStatus request) {
    Principal principal = existing(index, request.id());
    if (!request.status().isSettable()) {
      throw RegistryRefused.invalid(
          "status %s cannot be set by hand; use ACTIVE, INACTIVE or REVOKED"
              .formatted(request.status()));
    }
    if (principal.status() == request.status()) {
      return false;
    }
    RegistryRows.put(
        turn,
        RegistryRows.certificate(turn, request.id()).withStatus(request.status(), turn.now()));
    index.setStatus(principal, request.status());
    return true;
  }

  private Boolean delete(Turn turn, Delete request) {
    Principal principal = existing(index, request.id());
    if (principal.status() == CertificateStatus.ACTIVE) {
      throw new RegistryRefused(
          RegistryError.CERTIFICATE_STATE,
          "certificate %s is ACTIVE; set it INACTIVE with UpdateCertificate before deleting it"
              .formatted(request.id()));
    }
    if (!principal.things().isEmpty()) {
      throw new RegistryRefused(
          RegistryError.DELETE_CONFLICT,
          "certificate %s is attached to things %s; detach it first with DetachThingPrincipal"
              .formatted(request.id(), principal.things().keySet()));
    }
    if (!principal.policies().isEmpty() && !request.force()) {
      throw new RegistryRefused(
          RegistryError.DELETE_CONFLICT,
          "certificate %s has policies %s attached; detach them first with DetachPolicy, or delete with forceDelete"
              .formatted(request.id(), principal.policies()));
    }
    discard(turn, principal);
    return true;
  }

  /** Takes a certificate away, with all that is attached to it. */
  void discard(Turn turn, Principal principal) {
    String id = principal.certificateId();
    for (String policy : principal.policies()) {
      RegistryRows.delete(turn, RegistryRows.Kind.POLICY_TARGET, policy, id);
    }
    for (String thing : List.copyOf(principal.things().keySet())) {
      RegistryRows.delete(turn, RegistryRows.Kind.THING_PRINCIPAL, thing, id);
      index.detachThing(thing, principal);
    }
    RegisteredCertificate certificate = RegistryRows.certificate(turn, id);
    if (certificate.authorityId() != null) {
      RegistryRows.delete(
          turn, RegistryRows.Kind.SERIAL, certificate.authorityId(), serial(certificate));
    }
    RegistryRows.delete(turn, RegistryRows.Kind.CERTIFICATE, id);
    index.removePrincipal(principal);
  }

  static Principal existing(RegistryIndex index, String id) {
    Principal principal = index.principal(id);
    if (principal == null) {
      throw RegistryRefused.notFound(
          "there is no certificate %s; register it first".formatted(Names.shown(id)));
    }
    return principal;
  }
}
