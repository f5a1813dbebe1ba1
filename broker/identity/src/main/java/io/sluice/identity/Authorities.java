package io.sluice.identity;

import io.sluice.certs.AcceptedKeys;
import io.sluice.certs.CertificateChains;
import io.sluice.certs.CertsRefused;
import io.sluice.certs.Fingerprint;
import io.sluice.certs.PemFiles;
import io.sluice.certs.SigningRequest;
import io.sluice.store.Partitions;
import io.sluice.store.Request;
import io.sluice.store.Turn;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The certificate authorities of others that this gateway knows. Changes are decided on the
 * registry's owner thread and are on disk when their futures complete; reads answer from memory.
 * Source: AWS IoT Developer Guide, "Manage your CA certificates".
 */
public final class Authorities {
  private static final int PER_SUBJECT_MAX = 10;
  private static final int AUTHORITIES_MAX = 1_000;
  private static final int CODE_BYTES = 32;
  private static final SecureRandom RANDOM = new SecureRandom();

  record Register(RegisteredAuthority authority) implements Request<RegisteredAuthority> {}

  record Update(
      String id,
      @Nullable Boolean active,
      @Nullable Boolean autoRegistration,
      RegisteredAuthority.@Nullable Template template,
      boolean removeAutoRegistration)
      implements Request<RegisteredAuthority> {}

  record Delete(String id) implements Request<Boolean> {}

  /** {@code candidate} is what it will be when there is none. */
  record Code(String candidate) implements Request<String> {}

  record DeleteCode() implements Request<Boolean> {}

  /** An authority and its certificate, read. */
  record Known(RegisteredAuthority authority, X509Certificate certificate) {}

  private final Partitions partitions;
  private final RegistryIndex index;
  private final Arns arns;
  private final ConcurrentSkipListMap<String, Known> known = new ConcurrentSkipListMap<>();
  private volatile @Nullable String registrationCode;

  Authorities(Partitions partitions, RegistryIndex index, Arns arns) {
    this.partitions = partitions;
    this.index = index;
    this.arns = arns;
    partitions.register(Register.class, this::register);
    partitions.register(Update.class, this::update);
    partitions.register(Delete.class, this::delete);
    partitions.register(Code.class, this::code);
    partitions.register(DeleteCode.class, this::deleteCode);
  }

  void load(Turn turn) {
    RegistryRows.forEach(
        turn,
        RegistryRows.Kind.AUTHORITY,
        RegisteredAuthority.class,
        (key, authority) -> put(authority));
    RegistryRows.forEach(
        turn,
        RegistryRows.Kind.REGISTRATION_CODE,
        RegistryRows.RegistrationCode.class,
        (key, row) -> registrationCode = row.code());
  }

  private void put(RegisteredAuthority authority) {
    X509Certificate certificate = PemFiles.certificates(authority.pem()).get(0);
    known.put(authority.id(), new Known(authority, certificate));
  }

  /** What a verification certificate must have as its common name; stays until it is deleted. */
  public CompletableFuture<String> registrationCode() {
    byte[] candidate = new byte[CODE_BYTES];
    RANDOM.nextBytes(candidate);
    return partitions.ask(RegistryRows.KEY, new Code(HexFormat.of().formatHex(candidate)));
  }

  public CompletableFuture<Boolean> deleteRegistrationCode() {
    return partitions.ask(RegistryRows.KEY, new DeleteCode());
  }

  private String code(Turn turn, Code request) {
    String code = registrationCode;
    if (code != null) {
      return code;
    }
    RegistryRows.put(
        turn,
        RegistryRows.Kind.REGISTRATION_CODE,
        new RegistryRows.RegistrationCode(request.candidate()));
    registrationCode = request.candidate();
    return request.candidate();
  }

  private Boolean deleteCode(Turn turn, DeleteCode request) {
    boolean there = registrationCode != null;
    RegistryRows.delete(turn, RegistryRows.Kind.REGISTRATION_CODE);
    registrationCode = null;
    return there;
  }

  /**
   * Registers an authority.
   *
   * @param verificationPem a certificate that it has signed for the registration code; null where
   *     its owner need not prove anything ({@code SNI_ONLY})
   */
  public CompletableFuture<RegisteredAuthority> register(
      String pem,
      @Nullable String verificationPem,
      boolean active,
      boolean autoRegistration,
      RegisteredAuthority.@Nullable Template template) {
    try {
      X509Certificate certificate = parse(pem, "the CA certificate");
      checkAuthority(certificate);
      if (verificationPem != null) {
        checkVerification(certificate, parse(verificationPem, "the verification certificate"));
      }
      return partitions.ask(
          RegistryRows.KEY,
          new Register(
              new RegisteredAuthority(
                  Fingerprint.certificateId(certificate),
                  PemFiles.toPem(certificate),
                  active,
                  autoRegistration,
                  verificationPem != null,
                  template,
                  0,
                  0,
                  certificate.getNotBefore().getTime(),
                  certificate.getNotAfter().getTime())));
    } catch (RegistryRefused refused) {
      return CompletableFuture.failedFuture(refused);
    }
  }

  private static X509Certificate parse(String pem, String what) {
    try {
      return PemFiles.certificates(pem).get(0);
    } catch (CertsRefused e) {
      throw invalid(what + ": " + e.getMessage());
    }
  }

  private static RegistryRefused invalid(String sentence) {
    return new RegistryRefused(RegistryError.CERTIFICATE_VALIDATION, sentence);
  }

  private void checkAuthority(X509Certificate certificate) {
    try {
      AcceptedKeys.check(certificate.getPublicKey(), "the CA certificate");
    } catch (CertsRefused e) {
      throw invalid(String.valueOf(e.getMessage()));
    }
    boolean[] usage = certificate.getKeyUsage();
    if (certificate.getBasicConstraints() < 0 || usage != null && !usage[5]) { // 5: keyCertSign
      throw invalid(
          "the certificate is no authority's: it lacks the basic constraint CA, or its key may not sign certificates; give the CA certificate itself");
    }
    if (certificate.getNotAfter().getTime() < partitions.clock().millis()) {
      throw invalid(
          "the CA certificate ended at %s; give one that is valid"
              .formatted(certificate.getNotAfter().toInstant()));
    }
  }

  private void checkVerification(X509Certificate authority, X509Certificate verification) {
    try {
      verification.verify(authority.getPublicKey());
    } catch (GeneralSecurityException another) {
      throw invalid(
          "the verification certificate is not signed by the CA certificate's key; sign it with that");
    }
    String code = registrationCode;
    String name = SigningRequest.commonName(verification);
    if (code == null || !code.equals(name)) {
      throw new RegistryRefused(
          RegistryError.REGISTRATION_CODE_VALIDATION,
          code == null
              ? "there is no registration code; take one with GetRegistrationCode and make a verification certificate for it"
              : "the verification certificate's common name is not the registration code; take that with GetRegistrationCode");
    }
  }

  private RegisteredAuthority register(Turn turn, Register request) {
    RegisteredAuthority given = request.authority();
    if (known.containsKey(given.id())) {
      throw new RegistryRefused(
          RegistryError.RESOURCE_ALREADY_EXISTS,
          "CA certificate %s is registered already; change it with UpdateCACertificate"
              .formatted(given.id()),
          given.id(),
          arns.authority(given.id()));
    }
    X509Certificate certificate = PemFiles.certificates(given.pem()).get(0);
    long alike =
        known.values().stream()
            .filter(
                other ->
                    other
                        .certificate()
                        .getSubjectX500Principal()
                        .equals(certificate.getSubjectX500Principal()))
            .count();
    if (alike >= PER_SUBJECT_MAX || known.size() >= AUTHORITIES_MAX) {
      throw new RegistryRefused(
          RegistryError.LIMIT_EXCEEDED,
          "%d CA certificates of this subject and %d in all are registered, as many as may be; delete some"
              .formatted(alike, known.size()));
    }
    RegisteredAuthority authority =
        new RegisteredAuthority(
            given.id(),
            given.pem(),
            given.active(),
            given.autoRegistration(),
            given.verified(),
            given.template(),
            turn.now(),
            turn.now(),
            given.notBeforeMillis(),
            given.notAfterMillis());
    RegistryRows.put(turn, RegistryRows.Kind.AUTHORITY, authority, authority.id());
    known.put(authority.id(), new Known(authority, certificate));
    return authority;
  }

  /** Changes what is given; null leaves it as it is. */
  public CompletableFuture<RegisteredAuthority> update(
      String id,
      @Nullable Boolean active,
      @Nullable Boolean autoRegistration,
      RegisteredAuthority.@Nullable Template template,
      boolean removeAutoRegistration) {
    return partitions.ask(
        RegistryRows.KEY,
        new Update(id, active, autoRegistration, template, removeAutoRegistration));
  }

  private RegisteredAuthority update(Turn turn, Update request) {
    Known before = existing(request.id());
    RegisteredAuthority old = before.authority();
    boolean auto =
        request.autoRegistration() == null ? old.autoRegistration() : request.autoRegistration();
    RegisteredAuthority.Template template =
        request.template() == null ? old.template() : request.template();
    if (request.removeAutoRegistration()) {
      auto = false;
      template = null;
    }
    RegisteredAuthority authority =
        old.changed(
            request.active() == null ? old.active() : request.active(), auto, template, turn.now());
    RegistryRows.put(turn, RegistryRows.Kind.AUTHORITY, authority, authority.id());
    known.put(authority.id(), new Known(authority, before.certificate()));
    return authority;
  }

  /** Deletes an authority that is not active; certificates of it stay. */
  public CompletableFuture<Boolean> delete(String id) {
    return partitions.ask(RegistryRows.KEY, new Delete(id));
  }

  private Boolean delete(Turn turn, Delete request) {
    if (existing(request.id()).authority().active()) {
      throw new RegistryRefused(
          RegistryError.CERTIFICATE_STATE,
          "CA certificate %s is ACTIVE; set it INACTIVE with UpdateCACertificate before deleting it"
              .formatted(request.id()));
    }
    RegistryRows.delete(turn, RegistryRows.Kind.AUTHORITY, request.id());
    known.remove(request.id());
    return true;
  }

  private Known existing(String id) {
    Known found = known.get(id);
    if (found == null) {
      throw RegistryRefused.notFound(
          "there is no CA certificate %s; register it with RegisterCACertificate"
              .formatted(Names.shown(id)));
    }
    return found;
  }

  /**
   * An authority.
   *
   * @throws RegistryRefused when there is none
   */
  public RegisteredAuthority get(String id) {
    return existing(id).authority();
  }

  /** An authority's certificate, if it is registered. */
  Optional<X509Certificate> certificate(String id) {
    return Optional.ofNullable(known.get(id)).map(Known::certificate);
  }

  /** Authorities in the order of their ids, those after {@code id}; all with {@code ""}. */
  public Stream<RegisteredAuthority> after(String id) {
    return known.tailMap(id, false).values().stream().map(Known::authority);
  }

  /** The certificates of an authority; as {@link Certificates#after}. */
  public Stream<Certificates.Summary> certificatesAfter(
      String authority, String after, boolean ascending) {
    String of = existing(authority).authority().id();
    return index
        .principalsByCreation()
        .after(after, ascending)
        .filter(principal -> of.equals(principal.authorityId()))
        .flatMap(principal -> Stream.ofNullable(principal.summary()));
  }

  /**
   * The registered and active authority that a chain leads to.
   *
   * @param chain leaf first
   * @param only which count besides being active
   * @throws CertsRefused when it leads to none of them
   */
  RegisteredAuthority authorityOf(
      List<X509Certificate> chain, Predicate<RegisteredAuthority> only, long nowMillis) {
    List<X509Certificate> trusted = new ArrayList<>();
    for (Known one : known.values()) {
      if (one.authority().active() && only.test(one.authority())) {
        trusted.add(one.certificate());
      }
    }
    X509Certificate found =
        CertificateChains.authorityOf(chain, trusted, Instant.ofEpochMilli(nowMillis));
    return existing(Fingerprint.certificateId(found)).authority();
  }

  /** Whether there is an active authority with this subject besides {@code id}, with its key. */
  boolean hasTwin(String id) {
    X509Certificate certificate = existing(id).certificate();
    return known.values().stream()
        .anyMatch(
            other ->
                !other.authority().id().equals(id)
                    && other.authority().active()
                    && other
                        .certificate()
                        .getSubjectX500Principal()
                        .equals(certificate.getSubjectX500Principal())
                    && other.certificate().getPublicKey().equals(certificate.getPublicKey()));
  }
}
