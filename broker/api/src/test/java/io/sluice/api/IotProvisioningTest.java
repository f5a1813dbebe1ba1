package io.sluice.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.certs.KeyKind;
import io.sluice.certs.SigningRequest;
import io.sluice.certs.SubjectTemplate;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.iot.IotClient;
import software.amazon.awssdk.services.iot.model.CertificateStatus;
import software.amazon.awssdk.services.iot.model.DeleteConflictException;
import software.amazon.awssdk.services.iot.model.InvalidRequestException;
import software.amazon.awssdk.services.iot.model.IotException;
import software.amazon.awssdk.services.iot.model.ResourceAlreadyExistsException;
import software.amazon.awssdk.services.iot.model.ResourceNotFoundException;

/** An unmodified client of the IoT control plane: provisioning templates, and RegisterThing. */
class IotProvisioningTest {
  private static final String BODY =
      """
      {"Parameters":{"SerialNumber":{"Type":"String"},"CSR":{"Type":"String"},"Site":{"Type":"String","Default":"north"}},
       "Mappings":{"Zones":{"north":{"zone":"n"},"south":{"zone":"s"}}},
       "Resources":{
         "device":{"Type":"AWS::IoT::Thing","Properties":{
           "ThingName":{"Fn::Join":["-",["pump",{"Ref":"SerialNumber"}]]},
           "AttributePayload":{"zone":{"Fn::FindInMap":["Zones",{"Ref":"Site"},"zone"]},
             "part":{"Fn::Select":["1",{"Fn::Split":[":",{"Fn::Sub":"x:${SerialNumber}:y"}]}]}},
           "ThingGroups":["pumps"]},
           "OverrideSettings":{"AttributePayload":"FAIL"}},
         "cert":{"Type":"AWS::IoT::Certificate","Properties":{"CertificateSigningRequest":{"Ref":"CSR"},"Status":"Active"}},
         "policy":{"Type":"AWS::IoT::Policy","Properties":{"PolicyDocument":{"Version":"2012-10-17","Statement":[
           {"Effect":"Allow","Action":"iot:Connect","Resource":"arn:aws:iot:local:000000000000:client/*"}]}}}}}
      """;

  private static RunningApi api;
  private static IotClient iot;

  @BeforeAll
  static void start() {
    api = new RunningApi();
    iot = api.client(IotClient.builder());
    iot.createThingGroup(r -> r.thingGroupName("pumps"));
  }

  @AfterAll
  static void stop() {
    iot.close();
    api.close();
  }

  private static String csr() {
    return SigningRequest.create(
        SubjectTemplate.COMMON_NAME.fill("pump"), KeyKind.EC_P256.generate());
  }

  @Test
  void aThingIsRegisteredByATemplateWithItsFunctions() {
    var made =
        iot.registerThing(
            r ->
                r.templateBody(BODY)
                    .parameters(Map.of("SerialNumber", "17", "CSR", csr(), "Site", "south")));
    assertThat(made.certificatePem()).startsWith("-----BEGIN CERTIFICATE");
    assertThat(made.resourceArns()).containsKeys("device", "cert", "policy");
    var thing = iot.describeThing(r -> r.thingName("pump-17"));
    assertThat(thing.attributes()).isEqualTo(Map.of("zone", "s", "part", "17"));
    assertThat(iot.listThingsInThingGroup(r -> r.thingGroupName("pumps")).things())
        .contains("pump-17");
    String certificate = made.resourceArns().get("cert");
    assertThat(iot.listThingPrincipals(r -> r.thingName("pump-17")).principals())
        .containsExactly(certificate);
    assertThat(iot.listAttachedPolicies(r -> r.target(certificate)).policies())
        .extracting(policy -> policy.policyArn())
        .containsExactly(made.resourceArns().get("policy"));
    assertThat(
            iot.describeCertificate(
                    r -> r.certificateId(certificate.substring(certificate.lastIndexOf('/') + 1)))
                .certificateDescription()
                .status())
        .isEqualTo(CertificateStatus.ACTIVE);
  }

  @Test
  void whatCannotBeDoneWholeIsNotBegun() {
    int certificates = iot.listCertificates(r -> r.pageSize(250)).certificates().size();
    String wrong = BODY.replace("[\"pumps\"]", "[\"nobodys\"]");
    assertThatThrownBy(
            () ->
                iot.registerThing(
                    r ->
                        r.templateBody(wrong)
                            .parameters(Map.of("SerialNumber", "99", "CSR", csr()))))
        .isInstanceOf(IotException.class);
    assertThatThrownBy(() -> iot.describeThing(r -> r.thingName("pump-99")))
        .isInstanceOf(ResourceNotFoundException.class);
    assertThatThrownBy(
            () -> iot.registerThing(r -> r.templateBody(BODY).parameters(Map.of("CSR", csr()))))
        .isInstanceOfSatisfying(
            InvalidRequestException.class,
            e -> assertThat(e.awsErrorDetails().errorMessage()).contains("'SerialNumber'"));
    assertThat(iot.listCertificates(r -> r.pageSize(250)).certificates()).hasSize(certificates);
  }

  @Test
  void anExistingThingIsLeftAloneWhereTheTemplateSaysFail() {
    iot.createThing(r -> r.thingName("pump-5"));
    assertThatThrownBy(
            () ->
                iot.registerThing(
                    r ->
                        r.templateBody(BODY).parameters(Map.of("SerialNumber", "5", "CSR", csr()))))
        .isInstanceOfSatisfying(
            IotException.class,
            e ->
                assertThat(e.awsErrorDetails().errorCode())
                    .isEqualTo("ResourceRegistrationFailureException"));
    assertThat(iot.describeThing(r -> r.thingName("pump-5")).attributes()).isEmpty();
  }

  @Test
  void aTemplateHasVersionsAndAHook() {
    var made =
        iot.createProvisioningTemplate(
            r ->
                r.templateName("fleet")
                    .templateBody(BODY)
                    .enabled(true)
                    .provisioningRoleArn("arn:aws:iam::000000000000:role/any")
                    .preProvisioningHook(h -> h.targetArn("http://127.0.0.1:1/hook")));
    assertThat(made.templateArn())
        .isEqualTo("arn:aws:iot:local:000000000000:provisioningtemplate/fleet");
    assertThatThrownBy(
            () ->
                iot.createProvisioningTemplate(
                    r ->
                        r.templateName("fleet")
                            .templateBody(BODY)
                            .provisioningRoleArn("arn:aws:iam::000000000000:role/any")))
        .isInstanceOf(ResourceAlreadyExistsException.class);
    assertThat(
            iot.createProvisioningTemplateVersion(
                    r -> r.templateName("fleet").templateBody(BODY).setAsDefault(true))
                .versionId())
        .isEqualTo(2);
    var described = iot.describeProvisioningTemplate(r -> r.templateName("fleet"));
    assertThat(described.defaultVersionId()).isEqualTo(2);
    assertThat(described.preProvisioningHook().targetArn()).isEqualTo("http://127.0.0.1:1/hook");
    iot.updateProvisioningTemplate(
        r -> r.templateName("fleet").removePreProvisioningHook(true).defaultVersionId(1));
    assertThat(iot.describeProvisioningTemplate(r -> r.templateName("fleet")).preProvisioningHook())
        .isNull();
    assertThat(iot.listProvisioningTemplateVersions(r -> r.templateName("fleet")).versions())
        .extracting(version -> version.versionId())
        .containsExactly(1, 2);
    assertThatThrownBy(() -> iot.deleteProvisioningTemplate(r -> r.templateName("fleet")))
        .isInstanceOf(DeleteConflictException.class);
    iot.deleteProvisioningTemplateVersion(r -> r.templateName("fleet").versionId(2));
    iot.deleteProvisioningTemplate(r -> r.templateName("fleet"));
    assertThat(iot.listProvisioningTemplates(r -> {}).templates())
        .noneMatch(template -> template.templateName().equals("fleet"));
    for (String wrong :
        new String[] {"{", "{}", "{\"Resources\":{\"x\":{\"Type\":\"AWS::S3\"}}}", "[]"}) {
      assertThatThrownBy(
              () ->
                  iot.createProvisioningTemplate(
                      r ->
                          r.templateName("wrong")
                              .templateBody(wrong)
                              .provisioningRoleArn("arn:aws:iam::000000000000:role/any")))
          .isInstanceOf(InvalidRequestException.class);
    }
  }

  @Test
  void aTemporaryClaimIsGoodForFiveMinutes() {
    iot.createProvisioningTemplate(
        r ->
            r.templateName("claims")
                .templateBody(BODY)
                .enabled(true)
                .provisioningRoleArn("arn:aws:iam::000000000000:role/any"));
    var claim = iot.createProvisioningClaim(r -> r.templateName("claims"));
    assertThat(claim.keyPair().privateKey()).startsWith("-----BEGIN");
    assertThat(claim.expiration()).isBetween(Instant.now(), Instant.now().plusSeconds(301));
  }
}
