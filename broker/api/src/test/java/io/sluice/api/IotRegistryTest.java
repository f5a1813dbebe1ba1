package io.sluice.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.certs.CertificateAuthority;
import io.sluice.certs.CertificateProfile;
import io.sluice.certs.KeyKind;
import io.sluice.certs.PemFiles;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.iot.IotClient;
import software.amazon.awssdk.services.iot.model.ActionType;
import software.amazon.awssdk.services.iot.model.AuthDecision;
import software.amazon.awssdk.services.iot.model.AuthInfo;
import software.amazon.awssdk.services.iot.model.CertificateStateException;
import software.amazon.awssdk.services.iot.model.CertificateStatus;
import software.amazon.awssdk.services.iot.model.DeleteConflictException;
import software.amazon.awssdk.services.iot.model.InvalidRequestException;
import software.amazon.awssdk.services.iot.model.IotException;
import software.amazon.awssdk.services.iot.model.MalformedPolicyException;
import software.amazon.awssdk.services.iot.model.ResourceAlreadyExistsException;
import software.amazon.awssdk.services.iot.model.ResourceNotFoundException;
import software.amazon.awssdk.services.iot.model.ThingPrincipalType;
import software.amazon.awssdk.services.iot.model.UnauthorizedException;
import software.amazon.awssdk.services.iot.model.VersionConflictException;

/** An unmodified client of the IoT control plane: things, certificates, policies. */
class IotRegistryTest {
  private static final String POLICY =
      """
      {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iot:Publish","Resource":"arn:aws:iot:local:000000000000:topic/a/*"}]}""";

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

  @Test
  void aThingIsCreatedDescribedUpdatedAndDeleted() {
    var created =
        iot.createThing(
            r -> r.thingName("t:1").attributePayload(a -> a.attributes(Map.of("site", "north"))));
    assertThat(created.thingArn()).isEqualTo("arn:aws:iot:local:000000000000:thing/t:1");
    assertThat(
            iot.createThing(
                    r ->
                        r.thingName("t:1")
                            .attributePayload(a -> a.attributes(Map.of("site", "north"))))
                .thingId())
        .isEqualTo(created.thingId());
    assertThatThrownBy(() -> iot.createThing(r -> r.thingName("t:1")))
        .isInstanceOfSatisfying(
            ResourceAlreadyExistsException.class,
            e -> assertThat(e.resourceArn()).isEqualTo(created.thingArn()));
    iot.updateThing(
        r ->
            r.thingName("t:1")
                .expectedVersion(1L)
                .attributePayload(a -> a.merge(true).attributes(Map.of("floor", "2"))));
    var described = iot.describeThing(r -> r.thingName("t:1"));
    assertThat(described.attributes())
        .containsOnly(Map.entry("site", "north"), Map.entry("floor", "2"));
    assertThat(described.version()).isEqualTo(2);
    assertThat(described.defaultClientId()).isEqualTo("t:1");
    assertThat(described.thingId()).isEqualTo(created.thingId());
    assertThatThrownBy(() -> iot.updateThing(r -> r.thingName("t:1").expectedVersion(7L)))
        .isInstanceOf(VersionConflictException.class);
    iot.deleteThing(r -> r.thingName("t:1"));
    assertThatThrownBy(() -> iot.describeThing(r -> r.thingName("t:1")))
        .isInstanceOf(ResourceNotFoundException.class);
  }

  @Test
  void thingsAreListedByAttributeAndInPages() {
    for (int i = 0; i < 5; i++) {
      String name = "page" + i;
      String site = i == 0 ? "south" : "page-site" + i;
      iot.createThing(
          r -> r.thingName(name).attributePayload(a -> a.attributes(Map.of("place", site))));
    }
    assertThat(
            iot.listThingsPaginator(
                    r ->
                        r.attributeName("place")
                            .attributeValue("page-")
                            .usePrefixAttributeValue(true)
                            .maxResults(3))
                .things())
        .extracting(thing -> thing.thingName())
        .containsExactly("page1", "page2", "page3", "page4");
  }

  @Test
  void aCertificateIsMadeAttachedSwitchedOffAndDeleted() {
    var made = iot.createKeysAndCertificate(r -> r.setAsActive(true));
    assertThat(made.certificateId()).matches("[0-9a-f]{64}");
    assertThat(made.keyPair().privateKey()).startsWith("-----BEGIN");
    assertThat(made.keyPair().publicKey()).startsWith("-----BEGIN PUBLIC KEY");
    String arn = made.certificateArn();
    iot.createThing(r -> r.thingName("owner"));
    iot.createPolicy(r -> r.policyName("attached").policyDocument(POLICY));
    iot.attachThingPrincipal(
        r ->
            r.thingName("owner")
                .principal(arn)
                .thingPrincipalType(ThingPrincipalType.EXCLUSIVE_THING));
    iot.attachPolicy(r -> r.policyName("attached").target(arn));
    assertThat(iot.listThingPrincipals(r -> r.thingName("owner")).principals())
        .containsExactly(arn);
    assertThat(
            iot.listThingPrincipalsV2(r -> r.thingName("owner"))
                .thingPrincipalObjects()
                .get(0)
                .thingPrincipalType())
        .isEqualTo(ThingPrincipalType.EXCLUSIVE_THING);
    assertThat(iot.listPrincipalThings(r -> r.principal(arn)).things()).containsExactly("owner");
    assertThat(iot.listAttachedPolicies(r -> r.target(arn)).policies())
        .extracting(p -> p.policyName())
        .containsExactly("attached");
    assertThat(iot.listTargetsForPolicy(r -> r.policyName("attached")).targets())
        .containsExactly(arn);

    assertThatThrownBy(() -> iot.deleteCertificate(r -> r.certificateId(made.certificateId())))
        .isInstanceOfSatisfying(
            CertificateStateException.class, e -> assertThat(e.statusCode()).isEqualTo(406));
    iot.updateCertificate(
        r -> r.certificateId(made.certificateId()).newStatus(CertificateStatus.INACTIVE));
    var description =
        iot.describeCertificate(r -> r.certificateId(made.certificateId()))
            .certificateDescription();
    assertThat(description.status()).isEqualTo(CertificateStatus.INACTIVE);
    assertThat(description.certificatePem()).isEqualTo(made.certificatePem());
    assertThat(description.validity().notAfter()).isNotNull();
    assertThatThrownBy(() -> iot.deleteCertificate(r -> r.certificateId(made.certificateId())))
        .isInstanceOf(DeleteConflictException.class);
    iot.detachThingPrincipal(r -> r.thingName("owner").principal(arn));
    iot.detachPolicy(r -> r.policyName("attached").target(arn));
    iot.deleteCertificate(r -> r.certificateId(made.certificateId()));
    assertThatThrownBy(() -> iot.describeCertificate(r -> r.certificateId(made.certificateId())))
        .isInstanceOf(ResourceNotFoundException.class);
  }

  @Test
  void aForeignCertificateIsRegisteredForItself() {
    String pem =
        PemFiles.toPem(
            CertificateAuthority.create("Other")
                .issue(CertificateProfile.device("d"), KeyKind.EC_P256)
                .certificate());
    assertThatThrownBy(() -> iot.registerCertificate(r -> r.certificatePem(pem)))
        .isInstanceOf(InvalidRequestException.class);
    String id =
        iot.registerCertificateWithoutCA(
                r -> r.certificatePem(pem).status(CertificateStatus.ACTIVE))
            .certificateId();
    assertThat(iot.listCertificates(r -> r.pageSize(250)).certificates())
        .anySatisfy(
            c -> {
              assertThat(c.certificateId()).isEqualTo(id);
              assertThat(c.certificateModeAsString()).isEqualTo("SNI_ONLY");
            });
    assertThatThrownBy(() -> iot.registerCertificateWithoutCA(r -> r.certificatePem("nonsense")))
        .isInstanceOf(IotException.class);
  }

  @Test
  void policiesHaveVersions() {
    assertThat(
            iot.createPolicy(r -> r.policyName("versions").policyDocument(POLICY))
                .policyVersionId())
        .isEqualTo("1");
    String second = POLICY.replace("Allow", "Deny");
    assertThat(
            iot.createPolicyVersion(
                    r -> r.policyName("versions").policyDocument(second).setAsDefault(true))
                .policyVersionId())
        .isEqualTo("2");
    var policy = iot.getPolicy(r -> r.policyName("versions"));
    assertThat(policy.defaultVersionId()).isEqualTo("2");
    assertThat(policy.policyDocument()).isEqualTo(second);
    assertThat(policy.creationDate()).isNotNull();
    assertThat(
            iot.getPolicyVersion(r -> r.policyName("versions").policyVersionId("1"))
                .policyDocument())
        .isEqualTo(POLICY);
    assertThatThrownBy(
            () -> iot.deletePolicyVersion(r -> r.policyName("versions").policyVersionId("2")))
        .isInstanceOf(DeleteConflictException.class);
    iot.setDefaultPolicyVersion(r -> r.policyName("versions").policyVersionId("1"));
    iot.deletePolicyVersion(r -> r.policyName("versions").policyVersionId("2"));
    assertThat(iot.listPolicyVersions(r -> r.policyName("versions")).policyVersions())
        .extracting(v -> v.versionId())
        .containsExactly("1");
    assertThat(iot.listPolicies().policies()).extracting(p -> p.policyName()).contains("versions");
    iot.deletePolicy(r -> r.policyName("versions"));
    assertThatThrownBy(() -> iot.getPolicy(r -> r.policyName("versions")))
        .isInstanceOf(ResourceNotFoundException.class);
    assertThatThrownBy(
            () -> iot.createPolicy(r -> r.policyName("bad").policyDocument("{\"Statement\":7}")))
        .isInstanceOf(MalformedPolicyException.class);
  }

  @Test
  void whatAPolicyWouldSayCanBeAskedBeforehand() {
    String arn = iot.createKeysAndCertificate(r -> r.setAsActive(true)).certificateArn();
    iot.createPolicy(r -> r.policyName("asked").policyDocument(POLICY));
    iot.attachPolicy(r -> r.policyName("asked").target(arn));
    var results =
        iot.testAuthorization(
                r ->
                    r.principal(arn)
                        .clientId("c")
                        .authInfos(
                            List.of(
                                info(ActionType.PUBLISH, "topic/a/b"),
                                info(ActionType.PUBLISH, "topic/b"),
                                info(ActionType.CONNECT, "client/c"))))
            .authResults();
    assertThat(results)
        .extracting(result -> result.authDecision())
        .containsExactly(
            AuthDecision.ALLOWED, AuthDecision.IMPLICIT_DENY, AuthDecision.IMPLICIT_DENY);
    assertThat(results.get(0).allowed().policies().get(0).policyName()).isEqualTo("asked");
    assertThat(iot.getEffectivePolicies(r -> r.principal(arn)).effectivePolicies())
        .extracting(p -> p.policyDocument())
        .containsExactly(POLICY);
  }

  private static AuthInfo info(ActionType type, String resource) {
    return AuthInfo.builder()
        .actionType(type)
        .resources("arn:aws:iot:local:000000000000:" + resource)
        .build();
  }

  @Test
  void theEndpointIsTheGateway() {
    assertThat(iot.describeEndpoint(r -> r.endpointType("iot:Data-ATS")).endpointAddress())
        .isEqualTo("127.0.0.1");
  }

  @Test
  void aReaderChangesNothing() {
    try (IotClient reader = api.client(IotClient.builder(), HandMade.READER)) {
      assertThat(reader.listThings()).isNotNull();
      assertThatThrownBy(() -> reader.createThing(r -> r.thingName("no")))
          .isInstanceOf(UnauthorizedException.class);
    }
  }

  @Test
  void statsNeedAKey() {
    assertThat(HandMade.request(api.port(), "GET", "/sluice/stats").send().body())
        .isEqualTo("{\"published\":0}");
    assertThat(HandMade.request(api.port(), "GET", "/sluice/stats").unsigned().send().statusCode())
        .isEqualTo(403);
  }
}
