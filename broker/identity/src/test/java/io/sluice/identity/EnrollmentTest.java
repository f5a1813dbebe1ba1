package io.sluice.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.sluice.certs.CertificateAuthority;
import io.sluice.certs.KeyKind;
import io.sluice.certs.PemFiles;
import io.sluice.certs.SigningRequest;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.security.interfaces.RSAPublicKey;
import org.bouncycastle.asn1.x500.X500Name;
import org.junit.jupiter.api.Test;

class EnrollmentTest {
  private final World world = new World();
  private final Enrollment enrollment =
      new Enrollment(
          World.AUTHORITY, world.registry, world.simulation.partitions().clock(), Runnable::run);

  @Test
  void keysAndCertificateAreAnRsaPairThatIsRegistered() throws Exception {
    Enrollment.KeysAndCertificate made = world.get(enrollment.createKeysAndCertificate(true));
    X509Certificate certificate = PemFiles.certificates(made.certificate().pem()).get(0);
    assertThat(((RSAPublicKey) certificate.getPublicKey()).getModulus().bitLength())
        .isEqualTo(2048);
    assertThat(made.certificate().status()).isEqualTo(CertificateStatus.ACTIVE);
    assertThat(made.certificate().withAuthority()).isTrue();
    assertThat(made.publicKeyPem()).startsWith("-----BEGIN PUBLIC KEY-----");
    assertThat(made.privateKeyPem()).startsWith("-----BEGIN PRIVATE KEY-----");
    assertThat(made).hasToString("KeysAndCertificate[" + made.certificate().id() + "]");
    assertThat(world.get(world.registry.certificates().describe(made.certificate().id())))
        .isEqualTo(made.certificate());
  }

  @Test
  void aSigningRequestBecomesARegisteredCertificateForItsKey() {
    KeyPair keys = KeyKind.EC_P256.generate();
    String csr = SigningRequest.create(new X500Name("CN=valve,O=Acme"), keys);
    RegisteredCertificate made = world.get(enrollment.createFromCsr(csr, false));
    X509Certificate certificate = PemFiles.certificates(made.pem()).get(0);
    assertThat(certificate.getPublicKey()).isEqualTo(keys.getPublic());
    assertThat(certificate.getSubjectX500Principal().getName()).isEqualTo("O=Acme,CN=valve");
    assertThat(made.status()).isEqualTo(CertificateStatus.INACTIVE);
  }

  @Test
  void aSigningRequestWithAWeakKeyOrOfOtherBytesIsRefusedAndNothingIsRegistered() throws Exception {
    KeyPairGenerator weak = KeyPairGenerator.getInstance("RSA");
    weak.initialize(1024);
    String csr = SigningRequest.create(new X500Name("CN=weak"), weak.generateKeyPair());
    for (String bad : new String[] {csr, "nonsense", "x".repeat(5000)}) {
      assertThatExceptionOfType(RegistryRefused.class)
          .isThrownBy(() -> world.get(enrollment.createFromCsr(bad, true)))
          .satisfies(e -> assertThat(e.error()).isEqualTo(RegistryError.INVALID_REQUEST));
    }
    assertThat(world.registry.certificates().after("", true)).isEmpty();
  }

  @Test
  void onlyOwnIssuesAreRegisteredAsSuch() {
    String ours = PemFiles.toPem(World.certificate("d"));
    assertThat(world.get(enrollment.registerIssued(ours, null, CertificateStatus.ACTIVE)).status())
        .isEqualTo(CertificateStatus.ACTIVE);
    String foreign = PemFiles.toPem(CertificateAuthority.create("Other").certificate());
    assertThatExceptionOfType(RegistryRefused.class)
        .isThrownBy(
            () -> world.get(enrollment.registerIssued(foreign, null, CertificateStatus.ACTIVE)))
        .withMessageContaining("RegisterCertificateWithoutCA");
    assertThatExceptionOfType(RegistryRefused.class)
        .isThrownBy(
            () -> world.get(enrollment.registerIssued("none", null, CertificateStatus.ACTIVE)))
        .satisfies(e -> assertThat(e.error()).isEqualTo(RegistryError.CERTIFICATE_VALIDATION));
  }
}
