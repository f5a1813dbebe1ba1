package io.sluice.identity;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.certs.CertificateAuthority;
import io.sluice.certs.CertificateProfile;
import io.sluice.certs.Identity;
import io.sluice.certs.KeyKind;
import io.sluice.certs.PemFiles;
import io.sluice.certs.SubjectTemplate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Certificates of a registered authority at their first CONNECT. Section 3.2. */
class AutoRegistrationTest {
  private static final String TEMPLATE =
      """
      {"Parameters":{"AWS::IoT::Certificate::OrganizationalUnit":{"Type":"String"},"AWS::IoT::Certificate::SerialNumber":{"Type":"String"},
         "AWS::IoT::Certificate::Id":{"Type":"String"}},
       "Resources":{
         "device":{"Type":"AWS::IoT::Thing","Properties":{"ThingName":{"Fn::Join":["-",
           [{"Ref":"AWS::IoT::Certificate::OrganizationalUnit"},{"Ref":"AWS::IoT::Certificate::SerialNumber"}]]}}},
         "certificate":{"Type":"AWS::IoT::Certificate","Properties":{"CertificateId":{"Ref":"AWS::IoT::Certificate::Id"}}},
         "rights":{"Type":"AWS::IoT::Policy","Properties":{"PolicyName":"devices"}}}}
      """;

  private final World world = new World();
  private final CertificateAuthority maker = CertificateAuthority.create("Maker");
  private final List<AutoRegistration.Shown> shown = new ArrayList<>();

  private String authority(@Nullable String template) {
    world.get(world.registry.policies().create("devices", World.allow("iot:*", "*")));
    Enrollment enrollment =
        new Enrollment(
            World.AUTHORITY, world.registry, world.simulation.partitions().clock(), Runnable::run);
    world.authenticator.letRegister(
        new AutoRegistration(
            world.registry,
            new Provisioner(world.registry, enrollment, new Outgoing(Runnable::run)),
            world.simulation.partitions().clock(),
            shown::add));
    return world
        .get(
            world
                .registry
                .authorities()
                .register(
                    PemFiles.toPem(maker.certificate()),
                    null,
                    true,
                    true,
                    template == null
                        ? null
                        : new RegisteredAuthority.Template(template, null, "role")))
        .id();
  }

  private static Identity device(CertificateAuthority authority, String subject) {
    return authority.issue(
        CertificateProfile.device(SubjectTemplate.of(subject).fill(Map.of("name", "x"))),
        KeyKind.EC_P256);
  }

  private Authenticator.Admission connect(Identity device) {
    return world.get(
        world.authenticator.admitOrRegister(
            device.chainArray(), ConnectionContext.mqtt("d", "192.0.2.1")));
  }

  private String refused(Identity device, Authenticator.Refusal reason) {
    Authenticator.Admission admission = connect(device);
    assertThat(admission)
        .isInstanceOfSatisfying(
            Authenticator.Refused.class, refused -> assertThat(refused.reason()).isEqualTo(reason));
    return ((Authenticator.Refused) admission).explanation();
  }

  private @Nullable CertificateStatus status(Identity device) {
    Principal principal = world.registry.index().principal(device.certificateId());
    return principal == null ? null : principal.status();
  }

  @Test
  void eachAttemptWhileItWaitsTellsOnceMoreAndWhatIsDecidedEndsIt() {
    String id = authority(null);
    Identity device = device(maker, "CN=pump");
    for (int attempt = 1; attempt <= 3; attempt++) {
      refused(device, Authenticator.Refusal.PENDING);
      assertThat(shown).hasSize(attempt).last().extracting("authorityId").isEqualTo(id);
    }
    world.get(
        world.registry.certificates().update(device.certificateId(), CertificateStatus.REVOKED));
    refused(device, Authenticator.Refusal.REVOKED);
    assertThat(shown).hasSize(3);
  }

  @Test
  void aDeviceBelowAnIntermediateShowsItsChainAndRegistersToo() {
    authority(null);
    CertificateAuthority below =
        maker.createIntermediate(
            SubjectTemplate.COMMON_NAME.fill("Factory"), KeyKind.EC_P256, Duration.ofDays(30));
    Identity device = device(below, "CN=pump");
    assertThat(device.chain()).hasSize(2);
    refused(device, Authenticator.Refusal.PENDING);
    assertThat(status(device)).isEqualTo(CertificateStatus.PENDING_ACTIVATION);
    Identity alone = new Identity(device.key(), device.chain().subList(0, 1));
    Identity unknown = device(below, "CN=other");
    assertThat(
            world.get(
                world.authenticator.admitOrRegister(
                    new java.security.cert.X509Certificate[] {unknown.certificate()},
                    ConnectionContext.mqtt("d", "192.0.2.1"))))
        .as("without the intermediate nobody knows where it leads")
        .isInstanceOfSatisfying(
            Authenticator.Refused.class,
            refused -> assertThat(refused.reason()).isEqualTo(Authenticator.Refusal.UNKNOWN));
    assertThat(alone.chain()).hasSize(1);
  }

  @Test
  void aTemplateFillsInWhatTheSubjectSays() {
    authority(TEMPLATE);
    Identity device = device(maker, "CN=pump,OU=north,2.5.4.5=17");
    refused(device, Authenticator.Refusal.PENDING);
    assertThat(status(device)).isEqualTo(CertificateStatus.ACTIVE);
    assertThat(world.registry.things().find("north-17")).isPresent();
    assertThat(connect(device)).isInstanceOf(Authenticator.Admitted.class);
    assertThat(shown).as("nobody has to decide").isEmpty();
  }

  @Test
  void whatTheSubjectLacksFailsAndNothingIsProvisioned() {
    authority(TEMPLATE);
    Identity device = device(maker, "CN=pump,OU=north");
    for (int attempt = 0; attempt < 2; attempt++) {
      assertThat(refused(device, Authenticator.Refusal.PENDING))
          .contains("AWS::IoT::Certificate::SerialNumber", "Resources.device.Properties.ThingName");
    }
    assertThat(status(device)).isEqualTo(CertificateStatus.PENDING_ACTIVATION);
    assertThat(world.registry.things().after("")).isEmpty();
  }

  @Test
  void anAuthorityThatIsSwitchedOffRegistersNobodyMoreAndKeepsWhomItHas() {
    String id = authority(TEMPLATE);
    Identity device = device(maker, "CN=pump,OU=north,2.5.4.5=17");
    connect(device);
    world.get(world.registry.authorities().update(id, false, null, null, false));
    assertThat(connect(device)).isInstanceOf(Authenticator.Admitted.class);
    refused(device(maker, "CN=pump,OU=north,2.5.4.5=18"), Authenticator.Refusal.UNKNOWN);
  }
}
