package io.sluice.certs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.SubjectKeyIdentifier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CertificateAuthorityTest {
  @TempDir Path dir;

  private final Instant now = Instant.parse("2026-03-01T12:00:00Z");
  private final CertificateAuthority authority = authority(now, Duration.ofDays(100));

  private static CertificateAuthority authority(Instant now, Duration life) {
    return CertificateAuthority.create(
        SubjectTemplate.COMMON_NAME.fill("Test CA"),
        KeyKind.EC_P256,
        life,
        Clock.fixed(now, ZoneOffset.UTC));
  }

  private static void refused(CertsRefused.Reason reason, Runnable action) {
    assertThatExceptionOfType(CertsRefused.class)
        .isThrownBy(action::run)
        .satisfies(e -> assertThat(e.reason()).as(e.getMessage()).isEqualTo(reason));
  }

  @Test
  void anAuthorityMaySignCertificatesAndNothingOfTls() throws Exception {
    X509Certificate ca = authority.certificate();
    assertThat(ca.getBasicConstraints()).isEqualTo(1);
    assertThat(ca.getKeyUsage()).startsWith(true, false, false, false, false, true, true);
    assertThat(ca.getExtendedKeyUsage()).isNull();
    assertThat(ca.getCriticalExtensionOIDs()).containsExactlyInAnyOrder("2.5.29.15", "2.5.29.19");
  }

  @Test
  void aDeviceMayBeATlsClientOnly() throws Exception {
    X509Certificate device =
        authority.issue(CertificateProfile.device("pump-1"), KeyKind.EC_P256).certificate();
    assertThat(device.getBasicConstraints()).isEqualTo(-1);
    assertThat(device.getKeyUsage()).startsWith(true, false, false, false, false, false);
    assertThat(device.getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.2");
  }

  @Test
  void aCertificateNamesItsIssuersKey() {
    X509Certificate device =
        authority.issue(CertificateProfile.device("pump-1"), KeyKind.EC_P256).certificate();
    byte[] issuerKey =
        AuthorityKeyIdentifier.getInstance(extension(device, Extension.authorityKeyIdentifier))
            .getKeyIdentifierOctets();
    byte[] authorityKey =
        SubjectKeyIdentifier.getInstance(
                extension(authority.certificate(), Extension.subjectKeyIdentifier))
            .getKeyIdentifier();
    assertThat(issuerKey).isEqualTo(authorityKey);
  }

  private static byte[] extension(
      X509Certificate certificate, org.bouncycastle.asn1.ASN1ObjectIdentifier id) {
    return ASN1OctetString.getInstance(certificate.getExtensionValue(id.getId())).getOctets();
  }

  @Test
  void serialNumbersAreTwentyRandomBytes() {
    Set<BigInteger> seen = new HashSet<>();
    PublicKey key = KeyKind.EC_P256.generate().getPublic();
    for (int i = 0; i < 50; i++) {
      BigInteger serial = authority.certify(CertificateProfile.device("d"), key).getSerialNumber();
      assertThat(serial.toByteArray()).hasSize(20);
      assertThat(serial.signum()).isPositive();
      assertThat(seen.add(serial)).isTrue();
    }
  }

  @Test
  void validityBeginsAnHourAgoForClocksThatAreLate() {
    CertificateAuthority older = authority(now, Duration.ofDays(100));
    X509Certificate device =
        older.issue(CertificateProfile.device("d"), KeyKind.EC_P256).certificate();
    assertThat(device.getNotBefore().toInstant()).isEqualTo(now.minus(Duration.ofHours(1)));
  }

  @Test
  void noCertificateOutlivesItsAuthority() {
    X509Certificate device =
        authority.issue(CertificateProfile.device("d"), KeyKind.EC_P256).certificate();
    assertThat(device.getNotAfter()).isEqualTo(authority.certificate().getNotAfter());
  }

  @Test
  void privateKeysAndTheirFolderAreTheOwnersAlone() throws Exception {
    Path folder = dir.resolve("new/certs");
    authority.save(folder);
    IdentityFolder.at(folder)
        .writePkcs12(
            "d",
            authority.issue(CertificateProfile.device("d"), KeyKind.EC_P256),
            "pw".toCharArray());
    assertThat(permissions(folder)).isEqualTo("rwx------");
    assertThat(permissions(folder.resolve("ca.key.pem"))).isEqualTo("rw-------");
    assertThat(permissions(folder.resolve("d.p12"))).isEqualTo("rw-------");
    try (var files = Files.list(folder)) {
      assertThat(files.map(f -> f.getFileName().toString()))
          .containsExactlyInAnyOrder("ca.pem", "ca.key.pem", "d.p12"); // no part files left
    }
  }

  private static String permissions(Path file) throws Exception {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  @Test
  void nothingIsOverwritten() {
    authority.save(dir);
    refused(CertsRefused.Reason.EXISTS, () -> authority.save(dir));
    refused(
        CertsRefused.Reason.EXISTS,
        () ->
            PemFiles.writePrivateKey(
                dir.resolve("ca.key.pem"), KeyKind.EC_P256.generate().getPrivate()));
  }

  @Test
  void aKeyAloneIsNotOverwrittenEither() throws Exception {
    authority.save(dir);
    Files.delete(dir.resolve("ca.pem"));
    byte[] key = Files.readAllBytes(dir.resolve("ca.key.pem"));
    refused(CertsRefused.Reason.EXISTS, () -> authority.save(dir));
    assertThat(dir.resolve("ca.key.pem")).hasBinaryContent(key);
    assertThat(dir.resolve("ca.pem")).doesNotExist();
  }

  @Test
  void loadRefusesAKeyOfAnotherCertificate() throws Exception {
    authority.save(dir);
    Files.delete(dir.resolve("ca.key.pem"));
    PemFiles.writePrivateKey(dir.resolve("ca.key.pem"), KeyKind.EC_P256.generate().getPrivate());
    refused(CertsRefused.Reason.MISMATCH, () -> CertificateAuthority.load(dir));
  }

  @Test
  void loadRefusesWhatIsNoAuthority() {
    IdentityFolder.at(dir)
        .write("ca", authority.issue(CertificateProfile.device("d"), KeyKind.EC_P256));
    refused(CertsRefused.Reason.MISMATCH, () -> CertificateAuthority.load(dir));
  }

  @Test
  void loadRefusesAnAuthorityThatEnded() {
    authority.save(dir);
    Clock later = Clock.fixed(now.plus(Duration.ofDays(101)), ZoneOffset.UTC);
    refused(CertsRefused.Reason.EXPIRED, () -> CertificateAuthority.load(dir, later));
  }

  @Test
  void loadRefusesWhatIsMissingOrNoPem() throws Exception {
    refused(CertsRefused.Reason.MISSING, () -> CertificateAuthority.load(dir));
    Files.writeString(dir.resolve("ca.pem"), "no certificate");
    refused(CertsRefused.Reason.MALFORMED, () -> CertificateAuthority.load(dir));
    Files.writeString(
        dir.resolve("ca.pem"), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    refused(CertsRefused.Reason.MALFORMED, () -> CertificateAuthority.load(dir));
  }

  @Test
  void aRequestIsSignedForItsSubjectAndKey() {
    KeyPair keys = KeyKind.EC_P256.generate();
    SigningRequest request =
        SigningRequest.parse(SigningRequest.create(new X500Name("CN=valve,O=Acme"), keys));
    X509Certificate certificate =
        authority.sign(request, CertificateProfile.device(request.subject()));
    assertThat(certificate.getPublicKey()).isEqualTo(keys.getPublic());
    assertThat(certificate.getSubjectX500Principal().getName()).isEqualTo("O=Acme,CN=valve");
  }

  @ParameterizedTest
  @CsvSource({"RSA, 1024", "RSA, 512", "DSA, 2048"})
  void aRequestWithAWeakKeyIsRefused(String algorithm, int bits) throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
    generator.initialize(bits);
    String csr = SigningRequest.create(new X500Name("CN=weak"), generator.generateKeyPair());
    refused(CertsRefused.Reason.WEAK_KEY, () -> SigningRequest.parse(csr));
  }

  /** Made with openssl, for the JDK no longer makes keys on such curves. */
  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          secp224r1 | MIG1MGYCAQAwDzENMAsGA1UEAwwEd2VhazBOMBAGByqGSM49AgEGBSuBBAAhAzoABPzpS6gfHuqfd4Dpc87nDnQEAeeJ1qveZ3BWCVDtScZJgjI/WjESyBXJXfFovkqHngB5B+ScI6xtoAAwCgYIKoZIzj0EAwIDPwAwPAIcLQJ7FUz1cRMUYeYYEQqBSlo+qsvQNkvgy7BLBQIcH1GAHQgWBKSlS5qvHUg0sqQvQOLiFEaO+tdX8A==
          secp256k1 | MIHHMG4CAQAwDzENMAsGA1UEAwwEd2VhazBWMBAGByqGSM49AgEGBSuBBAAKA0IABOINtRSkzWuFeYGMCVrdy862B207vjYZ32WS/8k6VNovXsJOH9mwyWsO2iiw8zCXyg0Vtwbv8iIp96EWgQMoCwugADAKBggqhkjOPQQDAgNJADBGAiEA0TSHSn0C6tU7RFj54UoOq7ALGW5IX8athpnCSojAh4gCIQC0sii5zsgsAMkortJvd2ztmH2XPjOXA3Z2sL3zfClgDg==
          """)
  void aRequestWithAKeyOnAnotherCurveIsRefused(String curve, String base64) {
    String csr =
        "-----BEGIN CERTIFICATE REQUEST-----\n%s\n-----END CERTIFICATE REQUEST-----\n"
            .formatted(base64);
    refused(CertsRefused.Reason.WEAK_KEY, () -> SigningRequest.parse(csr));
  }

  @Test
  void aRequestSignedByAnotherKeyIsRefused() {
    KeyPair shown = KeyKind.EC_P256.generate();
    KeyPair used = KeyKind.EC_P256.generate();
    String csr =
        SigningRequest.create(
            new X500Name("CN=thief"), new KeyPair(shown.getPublic(), used.getPrivate()));
    refused(CertsRefused.Reason.BAD_SIGNATURE, () -> SigningRequest.parse(csr));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "hello",
        "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----",
        "-----BEGIN CERTIFICATE REQUEST-----\n!!\n-----END CERTIFICATE REQUEST-----",
        "-----BEGIN CERTIFICATE REQUEST-----"
      })
  void whatIsNoRequestIsRefused(String text) {
    refused(CertsRefused.Reason.MALFORMED, () -> SigningRequest.parse(text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "-x", "a..b", "300.1.1.1/8", "*", "*.*.a", "x*.a"})
  void whatIsNoHostOrAddressIsRefused(String name) {
    refused(CertsRefused.Reason.INVALID_NAME, () -> CertificateProfile.server(List.of(name)));
  }

  @Test
  void pkcs8KeysOfAllKindsAreReadBack() {
    for (KeyKind kind :
        List.of(KeyKind.EC_P256, KeyKind.EC_P384, KeyKind.ED25519, KeyKind.RSA_2048)) {
      KeyPair keys = kind.generate();
      Path file = dir.resolve(kind + ".key.pem");
      PemFiles.writePrivateKey(file, keys.getPrivate());
      assertThat(PemFiles.readPrivateKey(file)).isEqualTo(keys.getPrivate());
      assertThat(PublicKeys.of(PemFiles.readPrivateKey(file), file)).isEqualTo(keys.getPublic());
    }
  }
}
