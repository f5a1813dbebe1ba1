package io.sluice.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.certs.CertificateAuthority;
import io.sluice.certs.CertificateProfile;
import io.sluice.certs.Identity;
import io.sluice.certs.KeyKind;
import io.sluice.certs.OcspQuestion;
import io.sluice.certs.PemFiles;
import io.sluice.certs.RevocationList;
import io.sluice.certs.SigningRequest;
import io.sluice.certs.SubjectTemplate;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.iot.IotClient;
import software.amazon.awssdk.services.iot.model.AutoRegistrationStatus;
import software.amazon.awssdk.services.iot.model.CACertificateStatus;
import software.amazon.awssdk.services.iot.model.CertificateMode;
import software.amazon.awssdk.services.iot.model.CertificateStateException;
import software.amazon.awssdk.services.iot.model.CertificateStatus;
import software.amazon.awssdk.services.iot.model.CertificateValidationException;
import software.amazon.awssdk.services.iot.model.InvalidRequestException;
import software.amazon.awssdk.services.iot.model.IotException;
import software.amazon.awssdk.services.iot.model.RegistrationCodeValidationException;
import software.amazon.awssdk.services.iot.model.RegistrationConfig;
import software.amazon.awssdk.services.iot.model.ResourceAlreadyExistsException;
import software.amazon.awssdk.services.iot.model.ResourceNotFoundException;

/**
 * An unmodified client of the IoT control plane: authorities of others, and what ours publishes.
 */
class IotAuthorityTest {
  private static RunningApi api;
  private static IotClient iot;

  @BeforeAll
  static void start() {
    api = new RunningApi();
    iot = api.client(IotClient.builder());
  }

  @AfterAll
  static void stop() {
    iot.close();
    api.close();
  }

  private static String pem(CertificateAuthority authority) {
    return PemFiles.toPem(authority.certificate());
  }

  private static String verification(CertificateAuthority authority, String commonName) {
    return PemFiles.toPem(
        authority
            .issue(
                CertificateProfile.device(SubjectTemplate.COMMON_NAME.fill(commonName)),
                KeyKind.EC_P256)
            .certificate());
  }

  private static String registered(CertificateAuthority authority) {
    String code = iot.getRegistrationCode(r -> {}).registrationCode();
    return iot.registerCACertificate(
            r ->
                r.caCertificate(pem(authority))
                    .verificationCertificate(verification(authority, code))
                    .setAsActive(true)
                    .allowAutoRegistration(true))
        .certificateId();
  }

  @Test
  void aTemplateThatCouldProvisionNobodyIsRefusedWithItsAuthority() {
    CertificateAuthority authority = CertificateAuthority.create("Maker of typos");
    String code = iot.getRegistrationCode(r -> {}).registrationCode();
    List<RegistrationConfig> wrong =
        List.of(
            RegistrationConfig.builder().templateBody("{\"Resource\":{}}").build(),
            RegistrationConfig.builder().templateBody("nothing").build(),
            RegistrationConfig.builder().roleArn("arn:aws:iam::000000000000:role/r").build());
    for (RegistrationConfig config : wrong) {
      assertThatThrownBy(
              () ->
                  iot.registerCACertificate(
                      r ->
                          r.caCertificate(pem(authority))
                              .verificationCertificate(verification(authority, code))
                              .registrationConfig(config)))
          .as(config.toString())
          .isInstanceOf(InvalidRequestException.class);
    }
    String id = registered(authority);
    assertThatThrownBy(
            () ->
                iot.updateCACertificate(
                    r -> r.certificateId(id).registrationConfig(c -> c.templateName("nobody"))))
        .isInstanceOf(ResourceNotFoundException.class);
    assertThat(iot.describeCACertificate(r -> r.certificateId(id)).registrationConfig()).isNull();
  }

  @Test
  void anAuthorityIsRegisteredByItsProofListedSwitchedOffAndDeleted() {
    CertificateAuthority authority = CertificateAuthority.create("Maker 1");
    String code = iot.getRegistrationCode(r -> {}).registrationCode();
    assertThat(code).matches("[0-9a-f]{64}");
    assertThat(iot.getRegistrationCode(r -> {}).registrationCode()).isEqualTo(code);
    assertThatThrownBy(
            () ->
                iot.registerCACertificate(
                    r ->
                        r.caCertificate(pem(authority))
                            .verificationCertificate(verification(authority, "another"))))
        .isInstanceOf(RegistrationCodeValidationException.class);
    CertificateAuthority stranger = CertificateAuthority.create("Stranger");
    assertThatThrownBy(
            () ->
                iot.registerCACertificate(
                    r ->
                        r.caCertificate(pem(authority))
                            .verificationCertificate(verification(stranger, code))))
        .isInstanceOf(CertificateValidationException.class);
    assertThatThrownBy(() -> iot.registerCACertificate(r -> r.caCertificate(pem(authority))))
        .isInstanceOf(InvalidRequestException.class);
    assertThatThrownBy(
            () ->
                iot.registerCACertificate(
                    r ->
                        r.certificateMode(CertificateMode.SNI_ONLY)
                            .caCertificate(verification(authority, "no authority"))))
        .isInstanceOf(CertificateValidationException.class);

    String id = registered(authority);
    assertThatThrownBy(() -> registered(authority))
        .isInstanceOf(ResourceAlreadyExistsException.class);
    var described = iot.describeCACertificate(r -> r.certificateId(id)).certificateDescription();
    assertThat(described.status()).isEqualTo(CACertificateStatus.ACTIVE);
    assertThat(described.autoRegistrationStatus()).isEqualTo(AutoRegistrationStatus.ENABLE);
    assertThat(described.certificateMode()).isEqualTo(CertificateMode.DEFAULT);
    assertThat(described.certificatePem()).isEqualTo(pem(authority));
    assertThat(described.validity().notAfter()).isAfter(Instant.now());
    assertThat(iot.listCACertificates(r -> r.pageSize(250)).certificates())
        .extracting(c -> c.certificateId())
        .contains(id);
    assertThatThrownBy(() -> iot.deleteCACertificate(r -> r.certificateId(id)))
        .isInstanceOfSatisfying(
            CertificateStateException.class, e -> assertThat(e.statusCode()).isEqualTo(406));
    iot.updateCACertificate(
        r ->
            r.certificateId(id)
                .newStatus(CACertificateStatus.INACTIVE)
                .newAutoRegistrationStatus(AutoRegistrationStatus.DISABLE));
    iot.deleteCACertificate(r -> r.certificateId(id));
    assertThatThrownBy(() -> iot.describeCACertificate(r -> r.certificateId(id)))
        .isInstanceOf(ResourceNotFoundException.class);
  }

  @Test
  void aDeviceCertificateIsRegisteredByItsAuthorityAndListedByIt() {
    CertificateAuthority authority = CertificateAuthority.create("Maker 2");
    Identity device = authority.issue(CertificateProfile.device("d-1"), KeyKind.EC_P256);
    String leaf = PemFiles.toPem(device.certificate());
    assertThatThrownBy(() -> iot.registerCertificate(r -> r.certificatePem(leaf)))
        .as("of an unknown authority")
        .isInstanceOf(InvalidRequestException.class);
    String ca = registered(authority);
    assertThatThrownBy(
            () ->
                iot.registerCertificate(
                    r -> r.certificatePem(leaf).status(CertificateStatus.PENDING_ACTIVATION)))
        .isInstanceOf(CertificateStateException.class);
    String id =
        iot.registerCertificate(
                r ->
                    r.certificatePem(leaf)
                        .caCertificatePem(pem(authority))
                        .status(CertificateStatus.ACTIVE))
            .certificateId();
    assertThat(
            iot.describeCertificate(r -> r.certificateId(id))
                .certificateDescription()
                .caCertificateId())
        .isEqualTo(ca);
    assertThat(iot.listCertificatesByCA(r -> r.caCertificateId(ca)).certificates())
        .extracting(c -> c.certificateId())
        .containsExactly(id);
    iot.updateCACertificate(r -> r.certificateId(ca).newStatus(CACertificateStatus.INACTIVE));
    Identity late = authority.issue(CertificateProfile.device("d-2"), KeyKind.EC_P256);
    assertThatThrownBy(
            () ->
                iot.registerCertificate(r -> r.certificatePem(PemFiles.toPem(late.certificate()))))
        .as("of an inactive authority")
        .isInstanceOf(InvalidRequestException.class);
  }

  @Test
  void transferringACertificateSaysThatItIsNotSupported() {
    assertThatThrownBy(
            () ->
                iot.transferCertificate(
                    r -> r.certificateId("a".repeat(64)).targetAwsAccount("123456789012")))
        .isInstanceOfSatisfying(
            IotException.class,
            e ->
                assertThat(e.awsErrorDetails().errorMessage())
                    .contains("TransferCertificate is not supported"));
  }

  private static byte[] get(String path) throws Exception {
    HttpResponse<byte[]> response =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .build()
            .send(
                HttpRequest.newBuilder(URI.create(api.url() + path)).build(),
                HttpResponse.BodyHandlers.ofByteArray());
    assertThat(response.statusCode()).isEqualTo(200);
    return response.body();
  }

  @Test
  void whoeverIsRevokedIsInTheRevocationListAndRevokedByOcsp() throws Exception {
    String csr =
        SigningRequest.create(
            SubjectTemplate.COMMON_NAME.fill("to-be-revoked"), KeyKind.EC_P256.generate());
    var made =
        iot.createCertificateFromCsr(r -> r.certificateSigningRequest(csr).setAsActive(true));
    X509Certificate certificate = PemFiles.certificates(made.certificatePem()).get(0);
    X509Certificate issuer =
        PemFiles.certificates(
                new String(get("/pki/ca.pem"), java.nio.charset.StandardCharsets.US_ASCII))
            .get(0);
    OcspQuestion question = OcspQuestion.about(certificate.getSerialNumber(), issuer);
    assertThat(list(issuer).isRevoked(certificate)).isFalse();
    assertThat(ask(question)).isEqualTo(OcspQuestion.Status.GOOD);

    iot.updateCertificate(
        r -> r.certificateId(made.certificateId()).newStatus(CertificateStatus.REVOKED));
    assertThat(list(issuer).isRevoked(certificate)).isTrue();
    assertThat(ask(question)).isEqualTo(OcspQuestion.Status.REVOKED);
    Identity unknown = api.authority.issue(CertificateProfile.device("u"), KeyKind.EC_P256);
    assertThat(ask(OcspQuestion.about(unknown.certificate().getSerialNumber(), issuer)))
        .isEqualTo(OcspQuestion.Status.UNKNOWN);
    byte[] byGet =
        get(
            "/pki/ocsp/"
                + java.net.URLEncoder.encode(
                    Base64.getEncoder().encodeToString(question.request()),
                    java.nio.charset.StandardCharsets.US_ASCII));
    assertThat(question.check(byGet, Instant.now()).status())
        .isEqualTo(OcspQuestion.Status.REVOKED);
  }

  private static X509CRL list(X509Certificate issuer) throws Exception {
    X509CRL list = RevocationList.parse(get("/pki/ca.crl"), "the list");
    assertThat(RevocationList.isBy(list, issuer)).isTrue();
    return list;
  }

  private static OcspQuestion.Status ask(OcspQuestion question) throws Exception {
    HttpResponse<byte[]> response =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .build()
            .send(
                HttpRequest.newBuilder(URI.create(api.url() + "/pki/ocsp"))
                    .header("content-type", "application/ocsp-request")
                    .POST(HttpRequest.BodyPublishers.ofByteArray(question.request()))
                    .build(),
                HttpResponse.BodyHandlers.ofByteArray());
    return question.check(response.body(), Instant.now()).status();
  }
}
