package io.sluice.identity;

import static io.sluice.identity.World.allow;
import static io.sluice.identity.World.arn;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.certs.CertificateAuthority;
import io.sluice.certs.CertificateProfile;
import io.sluice.certs.KeyKind;
import io.sluice.store.SimulatedStore;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Who may come in, and when one who is in must go. Section 3.1 of the reference. */
class AuthenticatorTest {
  private static final java.security.KeyPair KEYS = KeyKind.EC_P256.generate();
  private final World world = new World();
  private final X509Certificate certificate = World.certificate("pump-1");
  private final ConnectionContext mqtt = ConnectionContext.mqtt("pump-1", "192.0.2.7");

  private Authenticator.Admission admit(X509Certificate... chain) {
    return world.authenticator.admit(chain, mqtt);
  }

  private ConnectionPermissions admitted() {
    Authenticator.Admission admission = admit(certificate);
    assertThat(admission).isInstanceOf(Authenticator.Admitted.class);
    return ((Authenticator.Admitted) admission).permissions();
  }

  private void refused(Authenticator.Refusal reason, X509Certificate... chain) {
    long before = world.authenticator.refusals().get(reason);
    assertThat(admit(chain))
        .isInstanceOfSatisfying(
            Authenticator.Refused.class,
            refused -> {
              assertThat(refused.reason()).as(refused.explanation()).isEqualTo(reason);
              assertThat(refused.explanation()).isNotBlank();
            });
    assertThat(world.authenticator.refusals()).containsEntry(reason, before + 1);
  }

  private void set(String id, CertificateStatus status) {
    world.get(world.registry.certificates().update(id, status));
  }

  @Test
  void anActiveRegisteredCertificateWhosePolicyLetsItConnectComesIn() {
    String id = world.register(certificate, allow("iot:Connect", "client/pump-1"));
    assertThat(admit(certificate))
        .isInstanceOfSatisfying(
            Authenticator.Admitted.class, in -> assertThat(in.principal()).isEqualTo(id));
  }

  @Test
  void aSignatureOfOurAuthorityIsNotEnough() {
    refused(Authenticator.Refusal.UNKNOWN, certificate);
    refused(Authenticator.Refusal.UNKNOWN, certificate, World.AUTHORITY.certificate());
  }

  @Test
  void theAuthorityItselfDoesNotHelpEither() {
    CertificateAuthority impostor = CertificateAuthority.create("Test CA");
    X509Certificate forged =
        impostor.issue(CertificateProfile.device("pump-1"), KeyKind.EC_P256).certificate();
    world.register(certificate, allow("iot:*", "*"));
    refused(Authenticator.Refusal.UNKNOWN, forged, certificate);
  }

  @Test
  void withoutCertificateNobodyComesIn() {
    refused(Authenticator.Refusal.NO_CERTIFICATE);
  }

  @Test
  void everyStatusButActiveIsRefusedByItsName() {
    String id = world.register(certificate, allow("iot:*", "*"));
    set(id, CertificateStatus.INACTIVE);
    refused(Authenticator.Refusal.INACTIVE, certificate);
    set(id, CertificateStatus.REVOKED);
    refused(Authenticator.Refusal.REVOKED, certificate);
    set(id, CertificateStatus.ACTIVE);
    admitted();
  }

  @Test
  void anActiveCertificateWithoutPolicyIsRefused() {
    world.register(certificate);
    refused(Authenticator.Refusal.NO_POLICY, certificate);
  }

  @Test
  void aPolicyForAnotherClientIdentifierIsRefusedAndExplained() {
    world.register(certificate, allow("iot:Connect", "client/pump-2"));
    refused(Authenticator.Refusal.NOT_AUTHORIZED, certificate);
    assertThat(((Authenticator.Refused) admit(certificate)).explanation())
        .contains("iot:Connect on arn:aws:iot:local:000000000000:client/pump-1 is denied")
        .contains("client/pump-2' after substitution does not match");
  }

  @Test
  void overHttpNothingConnectsSoConnectIsNotAsked() {
    world.register(certificate, allow("iot:Publish", "topic/a"));
    assertThat(
            world.authenticator.admit(
                new X509Certificate[] {certificate}, ConnectionContext.http("192.0.2.7")))
        .isInstanceOfSatisfying(
            Authenticator.Admitted.class,
            in -> assertThat(in.permissions().allows(Action.PUBLISH, "a")).isTrue());
  }

  @Test
  void outOfItsTimeNobodyComesIn() {
    world.register(certificate, allow("iot:*", "*"));
    world.simulation.advance(-3 * 3_600_000L);
    refused(Authenticator.Refusal.NOT_YET_VALID, certificate);
    world.simulation.advance(certificate.getNotAfter().getTime());
    refused(Authenticator.Refusal.EXPIRED, certificate);
  }

  @Test
  void aServersCertificateIsNoDevices() {
    X509Certificate server =
        World.AUTHORITY
            .issue(CertificateProfile.server(List.of("localhost")), KeyKind.EC_P256)
            .certificate();
    refused(Authenticator.Refusal.WRONG_USAGE, server);
  }

  @Test
  void aKeyThatMayNotSignProvesNobody() throws Exception {
    X509Certificate encipherOnly =
        new org.bouncycastle.cert.jcajce.JcaX509CertificateConverter()
            .getCertificate(
                new org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder(
                        new org.bouncycastle.asn1.x500.X500Name("CN=pump-1"),
                        java.math.BigInteger.ONE,
                        certificate.getNotBefore(),
                        certificate.getNotAfter(),
                        new org.bouncycastle.asn1.x500.X500Name("CN=pump-1"),
                        KEYS.getPublic())
                    .addExtension(
                        org.bouncycastle.asn1.x509.Extension.keyUsage,
                        true,
                        new org.bouncycastle.asn1.x509.KeyUsage(
                            org.bouncycastle.asn1.x509.KeyUsage.keyEncipherment))
                    .build(
                        new org.bouncycastle.operator.jcajce.JcaContentSignerBuilder(
                                "SHA256withECDSA")
                            .build(KEYS.getPrivate())));
    refused(Authenticator.Refusal.WRONG_USAGE, encipherOnly);
    assertThat(((Authenticator.Refused) admit(encipherOnly)).explanation())
        .contains("its key usage lacks digitalSignature");
    org.assertj.core.api.Assertions.assertThatExceptionOfType(RegistryRefused.class)
        .isThrownBy(
            () ->
                world.get(
                    world
                        .registry
                        .certificates()
                        .register(encipherOnly, CertificateStatus.ACTIVE, false)))
        .satisfies(e -> assertThat(e.error()).isEqualTo(RegistryError.CERTIFICATE_VALIDATION));
  }

  @Test
  void anonymousMayDoEverythingWhereItIsLetIn() {
    Authenticator.Admitted admitted =
        (Authenticator.Admitted) world.authenticator.admitAnonymous(mqtt);
    assertThat(admitted.principal()).isNull();
    for (Action action : Action.values()) {
      assertThat(admitted.permissions().allows(action, "$any/+/#")).isTrue();
    }
    assertThat(admitted.permissions().isRevoked()).isFalse();
  }

  @Test // row 41
  void aLiveConnectionEndsWhenItsCertificateIsNoLongerActive() {
    String id = world.register(certificate, allow("iot:*", "*"));
    ConnectionPermissions live = admitted();
    List<String> told = new ArrayList<>();
    world.registry.onPrincipalChange(told::add);
    for (CertificateStatus status :
        List.of(CertificateStatus.INACTIVE, CertificateStatus.REVOKED)) {
      set(id, status);
      assertThat(told).contains(id);
      assertThat(live.isRevoked()).isTrue();
      assertThat(live.allows(Action.PUBLISH, "a")).isFalse();
      assertThat(live.explain(Action.PUBLISH, "a").hints().get(0)).contains(status.name());
      set(id, CertificateStatus.ACTIVE);
      assertThat(live.isRevoked()).isFalse();
      assertThat(live.allows(Action.PUBLISH, "a")).isTrue();
      told.clear();
    }
  }

  @Test
  void aLiveConnectionEndsWhenItsCertificateIsDeletedAndDoesNotReviveWithAnotherRegistration() {
    String id = world.register(certificate, allow("iot:*", "*"));
    ConnectionPermissions live = admitted();
    set(id, CertificateStatus.INACTIVE);
    world.get(world.registry.certificates().delete(id, true));
    assertThat(live.isRevoked()).isTrue();
    assertThat(live.explain(Action.PUBLISH, "a").hints().get(0)).contains("no longer registered");
    world.get(world.registry.certificates().register(certificate, CertificateStatus.ACTIVE, true));
    assertThat(live.isRevoked()).isTrue();
  }

  @Test
  void aLiveConnectionFollowsEveryChangeAtOnce() {
    String id = world.register(certificate, allow("iot:Connect", "*"));
    ConnectionPermissions live = admitted();
    assertThat(live.allows(Action.PUBLISH, "a")).isFalse();

    world.get(world.registry.policies().create("p", allow("iot:Publish", "topic/a")));
    world.get(world.registry.policies().attach("p", arn(id)));
    assertThat(live.allows(Action.PUBLISH, "a")).isTrue();

    world.get(
        world
            .registry
            .policies()
            .createVersion(
                "p", allow("iot:Publish", "topic/${iot:Connection.Thing.Attributes[t]}"), true));
    assertThat(live.allows(Action.PUBLISH, "a")).isFalse();

    world.thing("pump-1", Map.of("t", "a"), id, Attachment.NON_EXCLUSIVE_THING);
    assertThat(live.allows(Action.PUBLISH, "a")).isTrue();
    assertThat(live.thingName()).isEqualTo("pump-1");

    world.get(world.registry.things().update("pump-1", Map.of("t", "b"), true, null));
    assertThat(live.allows(Action.PUBLISH, "a")).isFalse();
    assertThat(live.allows(Action.PUBLISH, "b")).isTrue();

    world.get(world.registry.things().detachPrincipal("pump-1", arn(id)));
    assertThat(live.allows(Action.PUBLISH, "b")).isFalse();

    world.get(world.registry.policies().setDefaultVersion("p", 1));
    assertThat(live.allows(Action.PUBLISH, "a")).isTrue();

    world.get(world.registry.policies().detach("p", arn(id)));
    assertThat(live.allows(Action.PUBLISH, "a")).isFalse();
    assertThat(live.isRevoked()).isFalse();
  }

  @Test
  void aLiveConnectionEndsWhenItMayNoLongerConnect() {
    String id = world.register(certificate, allow("iot:Connect", "*"));
    ConnectionPermissions live = admitted();
    world.get(world.registry.policies().detach("policy-1-of-" + id.substring(0, 12), arn(id)));
    assertThat(live.isRevoked()).isTrue();
  }

  @Test
  void listenersAreToldOfThoseConcernedAndOfNobodyElse() {
    String id = world.register(certificate, allow("iot:*", "*"));
    String other = world.register(World.certificate("other"), allow("iot:*", "*"));
    List<String> told = new ArrayList<>();
    world.registry.onPrincipalChange(told::add);
    world.get(
        world
            .registry
            .policies()
            .createVersion("policy-1-of-" + id.substring(0, 12), allow("iot:Connect", "*"), true));
    world.get(world.registry.things().create("lonely", Map.of()));
    assertThat(told).containsOnly(id).doesNotContain(other);
  }

  @Test
  void aCrashForgetsNoRevocationThatWasAcknowledged() {
    SimulatedStore store = new SimulatedStore(4);
    World before = new World(store);
    String id = before.register(certificate, allow("iot:*", "*"));
    before.get(before.registry.certificates().update(id, CertificateStatus.REVOKED));
    World after = new World(store.crash(new Random(42)));
    assertThat(after.authenticator.admit(new X509Certificate[] {certificate}, mqtt))
        .isInstanceOfSatisfying(
            Authenticator.Refused.class,
            refused -> assertThat(refused.reason()).isEqualTo(Authenticator.Refusal.REVOKED));
  }
}
