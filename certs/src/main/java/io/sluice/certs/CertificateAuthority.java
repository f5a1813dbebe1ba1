package io.sluice.certs;

import java.io.IOException;
import java.math.BigInteger;
import java.net.URI;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AccessDescription;
import org.bouncycastle.asn1.x509.AuthorityInformationAccess;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.CRLDistPoint;
import org.bouncycastle.asn1.x509.DistributionPoint;
import org.bouncycastle.asn1.x509.DistributionPointName;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.SubjectKeyIdentifier;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.ContentSigner;
import org.jspecify.annotations.Nullable;

/**
 * Signs certificates (RFC 5280) with the key of one certificate authority. Immutable; any thread,
 * and several at once.
 */
public final class CertificateAuthority {
  /** The name of its files in a folder: {@code ca.pem} and {@code ca.key.pem}. */
  public static final String FILE_NAME = "ca";

  /** How long an authority lives unless told otherwise. */
  public static final Duration LIFE = Duration.ofDays(7300);

  /** Certificates begin that much before they are made: for devices without a clock chip. */
  static final Duration CLOCK_SKEW = Duration.ofHours(1);

  private static final int SERIAL_BYTES = 20; // the longest that RFC 5280, 4.1.2.2 allows
  private static final int PATH_LENGTH = 1; // one intermediate authority may stand below
  private static final SecureRandom RANDOM = new SecureRandom();

  private final Identity identity;
  private final Clock clock;

  private final PrivateKey signingKey;
  private final AuthorityKeyIdentifier keyIdentifier;

  private CertificateAuthority(Identity identity, Clock clock) {
    this.identity = identity;
    this.signingKey = Signers.prepared(identity.key());
    this.clock = clock;
    this.keyIdentifier = keyIdentifierOf(identity.certificate());
  }

  /** A new authority that signs itself, with an EC P-256 key. */
  public static CertificateAuthority create(String commonName) {
    return create(
        SubjectTemplate.COMMON_NAME.fill(commonName), KeyKind.EC_P256, LIFE, Clock.systemUTC());
  }

  /** A new authority that signs itself. */
  public static CertificateAuthority create(
      X500Name subject, KeyKind kind, Duration life, Clock clock) {
    KeyPair keys = kind.generate();
    Instant now = clock.instant();
    X509v3CertificateBuilder builder =
        new JcaX509v3CertificateBuilder(
            subject,
            serialNumber(),
            Date.from(now.minus(CLOCK_SKEW)),
            Date.from(now.plus(life)),
            subject,
            keys.getPublic());
    addAuthorityExtensions(builder, keys.getPublic(), PATH_LENGTH);
    X509Certificate certificate = sign(builder, Signers.signer(keys.getPrivate()));
    return new CertificateAuthority(new Identity(keys.getPrivate(), List.of(certificate)), clock);
  }

  /**
   * A new authority that this one signs, so that this one's key can stay offline. None can stand
   * below it.
   *
   * @throws CertsRefused {@code MISMATCH} when none may stand below this one either
   */
  public CertificateAuthority createIntermediate(X500Name subject, KeyKind kind, Duration life) {
    return createIntermediate(subject, kind, life, null, null);
  }

  /**
   * As the one above.
   *
   * @param list where this authority's revocation list lies; null to say nothing
   * @param responder where this authority answers OCSP; null to say nothing
   */
  CertificateAuthority createIntermediate(
      X500Name subject, KeyKind kind, Duration life, @Nullable URI list, @Nullable URI responder) {
    if (certificate().getBasicConstraints() < 1) {
      throw new CertsRefused(
          CertsRefused.Reason.MISMATCH,
          "the authority %s may have no authority below it (path length %d); sign with the root's folder"
              .formatted(
                  certificate().getSubjectX500Principal().getName(),
                  certificate().getBasicConstraints()));
    }
    KeyPair keys = kind.generate();
    Instant now = clock.instant();
    X509v3CertificateBuilder builder =
        new JcaX509v3CertificateBuilder(
            issuer(),
            serialNumber(),
            Date.from(later(now.minus(CLOCK_SKEW), certificate().getNotBefore().toInstant())),
            Date.from(earlier(now.plus(life), certificate().getNotAfter().toInstant())),
            subject,
            keys.getPublic());
    addAuthorityExtensions(builder, keys.getPublic(), 0);
    try {
      builder.addExtension(Extension.authorityKeyIdentifier, false, keyIdentifier);
      addRevocation(builder, list, responder);
    } catch (IOException e) {
      throw new IllegalStateException("an extension of ours cannot be encoded", e);
    }
    List<X509Certificate> chain = new ArrayList<>(identity.chain());
    chain.add(0, sign(builder, Signers.signer(signingKey)));
    return new CertificateAuthority(new Identity(keys.getPrivate(), chain), clock);
  }

  private static void addAuthorityExtensions(
      X509v3CertificateBuilder builder, PublicKey key, int pathLength) {
    try {
      builder
          .addExtension(Extension.basicConstraints, true, new BasicConstraints(pathLength))
          .addExtension(
              Extension.keyUsage,
              true,
              new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign | KeyUsage.digitalSignature))
          .addExtension(
              Extension.subjectKeyIdentifier,
              false,
              extensionUtils().createSubjectKeyIdentifier(key));
    } catch (IOException e) {
      throw new IllegalStateException("an extension of ours cannot be encoded", e);
    }
  }

  /**
   * The authority of a folder.
   *
   * @throws CertsRefused when its files are missing, do not belong together, are no authority's, or
   *     its validity has ended
   */
  public static CertificateAuthority load(Path folder) {
    return load(folder, Clock.systemUTC());
  }

  static CertificateAuthority load(Path folder, Clock clock) {
    Identity identity = IdentityFolder.at(folder).read(FILE_NAME);
    X509Certificate certificate = identity.certificate();
    boolean[] usage = certificate.getKeyUsage();
    if (certificate.getBasicConstraints() < 0 || usage != null && !usage[5]) { // 5: keyCertSign
      throw new CertsRefused(
          CertsRefused.Reason.MISMATCH,
          "%s is not the certificate of an authority (no basic constraint CA, or its key may not sign certificates); make one with: sluice certs init"
              .formatted(folder.resolve(FILE_NAME + ".pem")));
    }
    if (clock.instant().isAfter(certificate.getNotAfter().toInstant())) {
      throw new CertsRefused(
          CertsRefused.Reason.EXPIRED,
          "the authority in %s ended at %s; make a new one in another folder with: sluice certs init"
              .formatted(folder, certificate.getNotAfter().toInstant()));
    }
    return new CertificateAuthority(identity, clock);
  }

  /**
   * Writes {@code ca.pem} and {@code ca.key.pem}.
   *
   * @throws CertsRefused {@code EXISTS} when the folder has an authority already
   */
  public void save(Path folder) {
    IdentityFolder.at(folder).write(FILE_NAME, identity);
  }

  public X509Certificate certificate() {
    return identity.certificate();
  }

  /** What others trust to trust this authority: the end of its chain. */
  public X509Certificate anchor() {
    return identity.chain().get(identity.chain().size() - 1);
  }

  /** Makes a key pair and its certificate. */
  public Identity issue(CertificateProfile profile, KeyKind kind) {
    KeyPair keys = kind.generate();
    return new Identity(keys.getPrivate(), chainOf(certify(profile, keys.getPublic())));
  }

  /** Makes a certificate for the key of a checked request. */
  public X509Certificate sign(SigningRequest request, CertificateProfile profile) {
    return certify(profile, request.publicKey());
  }

  /** What the holder of {@code leaf} shows: the leaf, then this authority unless it is a root. */
  public List<X509Certificate> chainOf(X509Certificate leaf) {
    return isRoot() ? List.of(leaf) : List.of(leaf, certificate());
  }

  Instant now() {
    return clock.instant();
  }

  private boolean isRoot() {
    return certificate().getSubjectX500Principal().equals(certificate().getIssuerX500Principal());
  }

  /**
   * Makes a certificate for a key somebody else made.
   *
   * @throws CertsRefused {@code WEAK_KEY}
   */
  public X509Certificate certify(CertificateProfile profile, PublicKey key) {
    AcceptedKeys.check(key, "the request");
    Instant now = clock.instant();
    Instant from = later(now.minus(CLOCK_SKEW), certificate().getNotBefore().toInstant());
    Instant to = earlier(now.plus(profile.life()), certificate().getNotAfter().toInstant());
    X509v3CertificateBuilder builder =
        new JcaX509v3CertificateBuilder(
            issuer(), serialNumber(), Date.from(from), Date.from(to), profile.subject(), key);
    try {
      addExtensions(builder, profile, key);
    } catch (IOException e) {
      throw new IllegalStateException("an extension of ours cannot be encoded", e);
    }
    return sign(builder, Signers.signer(signingKey));
  }

  private void addExtensions(
      X509v3CertificateBuilder builder, CertificateProfile profile, PublicKey key)
      throws IOException {
    boolean server = profile.usage() == CertificateProfile.Usage.SERVER;
    boolean keyTransport = server && key.getAlgorithm().equals("RSA"); // of TLS 1.2 without (EC)DHE
    JcaX509ExtensionUtils ids = extensionUtils();
    builder
        .addExtension(Extension.basicConstraints, true, new BasicConstraints(false))
        .addExtension(
            Extension.keyUsage,
            true,
            new KeyUsage(KeyUsage.digitalSignature | (keyTransport ? KeyUsage.keyEncipherment : 0)))
        .addExtension(
            Extension.extendedKeyUsage,
            false,
            new ExtendedKeyUsage(
                server ? KeyPurposeId.id_kp_serverAuth : KeyPurposeId.id_kp_clientAuth))
        .addExtension(Extension.subjectKeyIdentifier, false, ids.createSubjectKeyIdentifier(key))
        .addExtension(Extension.authorityKeyIdentifier, false, keyIdentifier);
    addRevocation(builder, profile.revocationList(), profile.ocspResponder());
    if (!profile.alternativeNames().isEmpty()) {
      GeneralName[] names =
          profile.alternativeNames().stream()
              .map(AlternativeName::toGeneralName)
              .toArray(GeneralName[]::new);
      builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(names));
    }
  }

  /** Where to find out whether a certificate is revoked (RFC 5280, 4.2.1.13 and 4.2.2.1). */
  private static void addRevocation(
      X509v3CertificateBuilder builder, @Nullable URI list, @Nullable URI responder)
      throws IOException {
    if (list != null) {
      GeneralName name = new GeneralName(GeneralName.uniformResourceIdentifier, list.toString());
      DistributionPoint point =
          new DistributionPoint(new DistributionPointName(new GeneralNames(name)), null, null);
      builder.addExtension(
          Extension.cRLDistributionPoints,
          false,
          new CRLDistPoint(new DistributionPoint[] {point}));
    }
    if (responder != null) {
      builder.addExtension(
          Extension.authorityInfoAccess,
          false,
          new AuthorityInformationAccess(
              AccessDescription.id_ad_ocsp,
              new GeneralName(GeneralName.uniformResourceIdentifier, responder.toString())));
    }
  }

  /** Whether this authority's key signed the certificate. */
  public boolean issued(X509Certificate certificate) {
    try {
      certificate.verify(certificate().getPublicKey());
      return certificate.getIssuerX500Principal().equals(certificate().getSubjectX500Principal());
    } catch (GeneralSecurityException another) {
      return false;
    }
  }

  /** What {@link #issued} finds out, by key identifier alone: cheap, and no proof. */
  boolean claimsToIssue(X509Certificate certificate) {
    byte[] extension = certificate.getExtensionValue(Extension.authorityKeyIdentifier.getId());
    if (extension == null) {
      return false;
    }
    byte[] inner = ASN1OctetString.getInstance(extension).getOctets();
    return Arrays.equals(
        AuthorityKeyIdentifier.getInstance(inner).getKeyIdentifierOctets(),
        keyIdentifier.getKeyIdentifierOctets());
  }

  /** As the authority's own certificate names its key, however it was computed. */
  private static AuthorityKeyIdentifier keyIdentifierOf(X509Certificate authority) {
    byte[] extension = authority.getExtensionValue(Extension.subjectKeyIdentifier.getId());
    if (extension == null) {
      return extensionUtils().createAuthorityKeyIdentifier(authority.getPublicKey());
    }
    byte[] inner = ASN1OctetString.getInstance(extension).getOctets();
    return new AuthorityKeyIdentifier(SubjectKeyIdentifier.getInstance(inner).getKeyIdentifier());
  }

  /** Signs with the authority's key; one for each signature, they are not shared. */
  ContentSigner signer() {
    return Signers.signer(signingKey);
  }

  AuthorityKeyIdentifier authorityKeyIdentifier() {
    return keyIdentifier;
  }

  X500Name issuer() {
    X500Principal principal = certificate().getSubjectX500Principal();
    return X500Name.getInstance(principal.getEncoded()); // byte for byte, or chains break
  }

  private static JcaX509ExtensionUtils extensionUtils() {
    try {
      return new JcaX509ExtensionUtils();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has SHA-1, which key identifiers use", e);
    }
  }

  private static X509Certificate sign(X509v3CertificateBuilder builder, ContentSigner signer) {
    try {
      return new JcaX509CertificateConverter().getCertificate(builder.build(signer));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the JDK cannot read a certificate made here", e);
    }
  }

  /** Random, positive, and always of full length. */
  private static BigInteger serialNumber() {
    byte[] bytes = new byte[SERIAL_BYTES];
    do {
      RANDOM.nextBytes(bytes);
      bytes[0] &= 0x7F;
    } while (bytes[0] == 0);
    return new BigInteger(bytes);
  }

  private static Instant later(Instant a, Instant b) {
    return a.isAfter(b) ? a : b;
  }

  private static Instant earlier(Instant a, Instant b) {
    return a.isBefore(b) ? a : b;
  }
}
