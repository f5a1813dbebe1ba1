package io.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5ConnAckException;
import io.sluice.certs.CertificateAuthority;
import io.sluice.certs.CertificateProfile;
import io.sluice.certs.Identity;
import io.sluice.certs.KeyKind;
import io.sluice.certs.RevocationReason;
import io.sluice.certs.Revocations;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.iot.IotClient;
import software.amazon.awssdk.services.iot.model.CertificateStatus;
import software.amazon.awssdk.services.iotdataplane.IotDataPlaneClient;
import software.amazon.awssdk.services.iotdataplane.model.ForbiddenException;

/** A company's own authority, kept with {@code sluice certs}, revokes devices at the gateway. */
class DeviceRevocationTest {
  @TempDir Path folder;
  private Path theirFolder;
  private CertificateAuthority theirs;
  private Revocations revocations;
  private TestGateway house;
  private IotClient iot;

  @BeforeEach
  void start() {
    theirFolder = folder.resolve("theirs");
    CertificateAuthority.create("Their CA").save(theirFolder);
    theirs = CertificateAuthority.load(theirFolder);
    revocations = Revocations.in(theirFolder, theirs);
    revocations.sign(Duration.ofDays(1));
    house =
        new TestGateway(
            folder.resolve("data"),
            Map.of(
                Setting.REVOCATION_CHECK,
                "hard",
                Setting.REVOCATION_LISTS,
                revocations.listFile().toString()));
    iot = house.iot();
    TestGateway.registered(iot, theirs, false);
    iot.createPolicy(r -> r.policyName("devices").policyDocument(TestGateway.EVERYTHING));
  }

  @AfterEach
  void stop() {
    iot.close();
    house.close();
  }

  private Identity device(KeyKind kind) {
    return TestGateway.registered(
        iot, theirs.issue(CertificateProfile.device("pump"), kind), "devices");
  }

  private Mqtt5BlockingClient client(String clientId, Identity identity) {
    return house.client(clientId, identity);
  }

  @ParameterizedTest
  @EnumSource(
      value = KeyKind.class,
      names = {"EC_P256", "EC_P384", "RSA_2048"})
  void keysOfAllKindsConnect(KeyKind kind) throws Exception {
    Mqtt5BlockingClient client = client("pump", device(kind));
    client.connect();
    client.disconnect();
  }

  @Test
  void whoIsRevokedByItsAuthorityLosesItsConnectionWithinASecondAndNobodyElse() throws Exception {
    Mqtt5BlockingClient bystander = client("stays", device(KeyKind.EC_P256));
    bystander.connect();
    List<Identity> gone = new ArrayList<>();

    CutOff.withinASecond(
        name -> {
          Identity identity = device(KeyKind.EC_P256);
          gone.add(identity);
          return new CutOff(
              client(name, identity),
              () ->
                  revocations.revoke(
                      identity.certificate().getSerialNumber(),
                      RevocationReason.KEY_COMPROMISE,
                      Duration.ofDays(1)));
        });

    assertThat(gone)
        .allSatisfy(
            identity ->
                assertThat(
                        iot.describeCertificate(r -> r.certificateId(identity.certificateId()))
                            .certificateDescription()
                            .statusAsString())
                    .isEqualTo("REVOKED"));
    assertThat(bystander.getState().isConnected()).isTrue();
    bystander.disconnect();
  }

  @Test
  void aDeviceChangesItsCertificateAndNobodyElseReconnects() throws Exception {
    Identity old = device(KeyKind.EC_P256);
    Mqtt5BlockingClient before = client("pump", old);
    before.connect();
    Mqtt5BlockingClient bystander = client("stays", device(KeyKind.EC_P256));
    bystander.connect();

    Identity renewed = device(KeyKind.EC_P256);
    assertThat(before.getState().isConnected()).as("both are good for a while").isTrue();
    iot.updateCertificate(
        r -> r.certificateId(old.certificateId()).newStatus(CertificateStatus.INACTIVE));
    await().atMost(Duration.ofSeconds(20)).until(() -> !before.getState().isConnected());
    Mqtt5BlockingClient after = client("pump", renewed);
    after.connect();

    assertThat(bystander.getState().isConnected()).isTrue();
    assertThatThrownBy(before::connect).isInstanceOf(Mqtt5ConnAckException.class);
    after.disconnect();
    bystander.disconnect();
  }

  @Test
  void whatWasFoundOutIsCounted() throws Exception {
    Mqtt5BlockingClient good = client("good", device(KeyKind.EC_P256));
    good.connect();
    good.disconnect();
    Identity gone = device(KeyKind.EC_P256);
    revocations.revoke(
        gone.certificate().getSerialNumber(), RevocationReason.SUPERSEDED, Duration.ofDays(1));
    await() // the changed list is read
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () ->
                assertThatThrownBy(() -> client("gone", gone).connect())
                    .isInstanceOf(Mqtt5ConnAckException.class));
    assertThat(MetricsTest.scrape(house.port("http")))
        .containsPattern("sluice_revocation_checks_total\\{outcome=\"good\"} [1-9]")
        .containsPattern("sluice_revocation_checks_total\\{outcome=\"revoked\"} [1-9]")
        .containsPattern("sluice_certificates_refused_total\\{reason=\"revoked\"} [1-9]");
  }

  @Test
  void whoIsRevokedIsForbiddenOnTheHttpsDataPlaneAtItsFirstRequest() throws Exception {
    Identity good = device(KeyKind.EC_P256);
    Identity bad = device(KeyKind.EC_P256);
    revocations.revoke(
        bad.certificate().getSerialNumber(), RevocationReason.SUPERSEDED, Duration.ofDays(1));
    await() // the changed list is read
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () -> assertThatThrownBy(() -> publish(bad)).isInstanceOf(ForbiddenException.class));
    publish(good);
  }

  private void publish(Identity identity) {
    try (IotDataPlaneClient data = house.dataPlane(identity)) {
      data.publish(r -> r.topic("a/b").payload(SdkBytes.fromUtf8String("x")));
    }
  }
}
