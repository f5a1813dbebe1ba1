package io.sluice.identity;

import static io.sluice.identity.World.allow;
import static io.sluice.identity.World.arn;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.sluice.certs.CertificateAuthority;
import io.sluice.certs.CertificateProfile;
import io.sluice.certs.Fingerprint;
import io.sluice.certs.KeyKind;
import io.sluice.certs.PemFiles;
import io.sluice.store.SimulatedStore;
import io.sluice.store.StoreFailed;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sections 2.1, 2.3 and 2.4 of the reference. */
class RegistryTest {
  private static final String POLICY = allow("iot:*", "*");

  private World world = new World();
  private Registry registry = world.registry;
  private final X509Certificate certificate = World.certificate("pump-1");
  private final String id = Fingerprint.certificateId(certificate);

  private <T> T get(CompletableFuture<T> future) {
    return world.get(future);
  }

  private static RegistryRefused refused(RegistryError error, ThrowingCallable call) {
    List<RegistryRefused> caught = new ArrayList<>();
    assertThatExceptionOfType(RegistryRefused.class)
        .isThrownBy(call)
        .satisfies(e -> assertThat(e.error()).as(e.getMessage()).isEqualTo(error))
        .satisfies(caught::add);
    return caught.get(0);
  }

  @Test // row 44
  void creatingTheSameThingAgainAnswersTheSame() {
    Thing first = get(registry.createThing("t", Map.of("a", "1")));
    Thing again = get(registry.createThing("t", Map.of("a", "1")));
    assertThat(again).isEqualTo(first);
    assertThat(first.version()).isEqualTo(1);
    assertThat(first.id()).matches("[0-9a-f-]{36}");
  }

  @Test
  void creatingAThingWithOtherAttributesIsAConflictThatNamesIt() {
    Thing first = get(registry.createThing("t", Map.of("a", "1")));
    RegistryRefused refused =
        refused(
            RegistryError.RESOURCE_ALREADY_EXISTS,
            () -> get(registry.createThing("t", Map.of("a", "2"))));
    assertThat(refused.resourceId()).isEqualTo(first.id());
    assertThat(refused.resourceArn()).isEqualTo("arn:aws:iot:local:000000000000:thing/t");
    assertThat(refused.error().httpStatus()).isEqualTo(409);
    assertThat(registry.thing("t")).contains(first);
  }

  @Test // row 44
  void updateReplacesOrMergesAttributesAndEmptyTakesOneAway() {
    get(registry.createThing("t", Map.of("a", "1", "b", "2")));
    assertThat(get(registry.updateThing("t", Map.of("a", "9"), true, null)).attributes())
        .isEqualTo(Map.of("a", "9", "b", "2"));
    assertThat(get(registry.updateThing("t", Map.of("b", ""), true, null)).attributes())
        .isEqualTo(Map.of("a", "9"));
    assertThat(get(registry.updateThing("t", Map.of("c", "3"), false, null)).attributes())
        .isEqualTo(Map.of("c", "3"));
    assertThat(get(registry.updateThing("t", null, false, 4L)))
        .satisfies(thing -> assertThat(thing.attributes()).isEqualTo(Map.of("c", "3")))
        .satisfies(thing -> assertThat(thing.version()).isEqualTo(5));
  }

  @Test
  void anotherVersionThanExpectedIsAConflictAndChangesNothing() {
    Thing thing = get(registry.createThing("t", Map.of()));
    refused(
        RegistryError.VERSION_CONFLICT,
        () -> get(registry.updateThing("t", Map.of("a", "1"), true, 2L)));
    refused(RegistryError.VERSION_CONFLICT, () -> get(registry.deleteThing("t", 2L)));
    assertThat(registry.thing("t")).contains(thing);
    assertThat(get(registry.deleteThing("t", 1L))).isTrue();
  }

  @Test
  void deletingAnUnknownThingSucceeds() {
    assertThat(get(registry.deleteThing("t", null))).isFalse();
  }

  @Test
  void aThingWithPrincipalsIsNotDeleted() {
    world.register(certificate);
    world.thing("t", Map.of(), id, Attachment.NON_EXCLUSIVE_THING);
    refused(RegistryError.INVALID_REQUEST, () -> get(registry.deleteThing("t", null)));
    get(registry.detachThingPrincipal("t", arn(id)));
    assertThat(get(registry.deleteThing("t", null))).isTrue();
    assertThat(registry.principalThings(arn(id))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "a/b", "ä", "a\u0000b", "$aws", "x.y"})
  void aThingNameOfOtherCharactersIsRefused(String name) {
    refused(RegistryError.INVALID_REQUEST, () -> get(registry.createThing(name, Map.of())));
    refused(
        RegistryError.INVALID_REQUEST, () -> get(registry.createThing("x".repeat(129), Map.of())));
  }

  @Test
  void attributesOfOtherCharactersOrTooManyAreRefused() {
    refused(
        RegistryError.INVALID_REQUEST, () -> get(registry.createThing("t", Map.of("a b", "1"))));
    refused(
        RegistryError.INVALID_REQUEST, () -> get(registry.createThing("t", Map.of("a", "x y"))));
    refused(
        RegistryError.INVALID_REQUEST,
        () -> get(registry.createThing("t", Map.of("a", "x".repeat(801)))));
    Map<String, String> many = new TreeMap<>();
    for (int i = 0; i <= RegistryLimits.STANDARD.attributesMax(); i++) {
      many.put("a" + i, "1");
    }
    refused(RegistryError.INVALID_REQUEST, () -> get(registry.createThing("t", many)));
    assertThat(registry.thing("t")).isEmpty();
  }

  @Test
  void thingsAreListedInOrderFromAnyPlace() {
    for (String name : List.of("c", "a", "b")) {
      get(registry.createThing(name, Map.of()));
    }
    assertThat(registry.thingsAfter("")).extracting(Thing::name).containsExactly("a", "b", "c");
    assertThat(registry.thingsAfter("a")).extracting(Thing::name).containsExactly("b", "c");
  }

  @Test
  void anExclusivePrincipalHasOneThing() {
    world.register(certificate);
    world.thing("one", Map.of(), id, Attachment.EXCLUSIVE_THING);
    get(registry.createThing("two", Map.of()));
    for (Attachment type : Attachment.values()) {
      refused(
          RegistryError.INVALID_REQUEST,
          () -> get(registry.attachThingPrincipal("two", arn(id), type)));
    }
    assertThat(get(registry.attachThingPrincipal("one", arn(id), Attachment.EXCLUSIVE_THING)))
        .isFalse();
    assertThat(get(registry.attachThingPrincipal("one", arn(id), Attachment.NON_EXCLUSIVE_THING)))
        .isTrue();
    assertThat(get(registry.attachThingPrincipal("two", arn(id), Attachment.NON_EXCLUSIVE_THING)))
        .isTrue();
    refused(
        RegistryError.INVALID_REQUEST,
        () -> get(registry.attachThingPrincipal("two", arn(id), Attachment.EXCLUSIVE_THING)));
    assertThat(registry.principalThings(arn(id)))
        .isEqualTo(
            Map.of("one", Attachment.NON_EXCLUSIVE_THING, "two", Attachment.NON_EXCLUSIVE_THING));
    assertThat(registry.thingPrincipals("one")).containsOnlyKeys(arn(id));
  }

  @Test
  void attachingWhatIsNotThereIsRefused() {
    refused(
        RegistryError.RESOURCE_NOT_FOUND,
        () -> get(registry.attachThingPrincipal("t", arn(id), Attachment.NON_EXCLUSIVE_THING)));
    get(registry.createThing("t", Map.of()));
    get(registry.createPolicy("p", POLICY));
    refused(
        RegistryError.RESOURCE_NOT_FOUND,
        () -> get(registry.attachThingPrincipal("t", arn(id), Attachment.NON_EXCLUSIVE_THING)));
    refused(RegistryError.RESOURCE_NOT_FOUND, () -> get(registry.attachPolicy("p", arn(id))));
    refused(RegistryError.INVALID_REQUEST, () -> get(registry.attachPolicy("p", "arn:aws:iot:x")));
    refused(
        RegistryError.INVALID_REQUEST,
        () -> get(registry.attachPolicy("p", "arn:aws:iot:local:123456789012:cert/" + id)));
    refused(RegistryError.RESOURCE_NOT_FOUND, () -> registry.policyTargets("q"));
    refused(RegistryError.RESOURCE_NOT_FOUND, () -> registry.thingPrincipals("u"));
    refused(RegistryError.RESOURCE_NOT_FOUND, () -> registry.attachedPolicies(arn(id), false));
  }

  @Test
  void aCertificateIsKnownByTheHashOfItsBytes() {
    RegisteredCertificate registered =
        get(registry.registerCertificate(PemFiles.toPem(certificate), CertificateStatus.INACTIVE));
    assertThat(registered.id()).isEqualTo(id);
    RegisteredCertificate described = get(registry.describeCertificate(id));
    assertThat(described).isEqualTo(registered);
    assertThat(PemFiles.certificates(described.pem())).containsExactly(certificate);
    assertThat(described.notAfterMillis()).isEqualTo(certificate.getNotAfter().getTime());
    assertThat(described.createdMillis()).isEqualTo(world.simulation.now());
    refused(RegistryError.RESOURCE_NOT_FOUND, () -> get(registry.describeCertificate("none")));
  }

  @Test
  void registeringTwiceIsAConflictThatNamesTheCertificate() {
    world.register(certificate);
    RegistryRefused refused =
        refused(
            RegistryError.RESOURCE_ALREADY_EXISTS,
            () -> get(registry.registerCertificate(certificate, CertificateStatus.ACTIVE, true)));
    assertThat(refused.resourceId()).isEqualTo(id);
    assertThat(refused.resourceArn()).isEqualTo(arn(id));
  }

  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"ACTIVE", "INACTIVE"})
  void registeringWithAnotherStatusIsRefusedWith406(CertificateStatus status) {
    RegistryRefused refused =
        refused(
            RegistryError.CERTIFICATE_STATE,
            () -> get(registry.registerCertificate(certificate, status, true)));
    assertThat(refused.error().httpStatus()).isEqualTo(406);
  }

  @Test
  void certificatesThatNobodyCouldUseAreNotRegistered() {
    X509Certificate server =
        World.AUTHORITY
            .issue(CertificateProfile.server(List.of("localhost")), KeyKind.EC_P256)
            .certificate();
    X509Certificate shortLived =
        World.AUTHORITY.certify(
            CertificateProfile.device("d").withLife(Duration.ofSeconds(10)),
            certificate.getPublicKey());
    world.simulation.advance(20_000);
    for (X509Certificate useless : List.of(server, shortLived)) {
      refused(
          RegistryError.CERTIFICATE_VALIDATION,
          () -> get(registry.registerCertificate(useless, CertificateStatus.ACTIVE, true)));
    }
    refused(
        RegistryError.CERTIFICATE_VALIDATION,
        () -> get(registry.registerCertificate("no PEM", CertificateStatus.ACTIVE)));
    refused(
        RegistryError.INVALID_REQUEST,
        () -> get(registry.registerCertificate("x".repeat(70_000), CertificateStatus.ACTIVE)));
    assertThat(registry.certificatesAfter("", true)).isEmpty();
  }

  @Test
  void statusIsSetToWhatMayBeSet() {
    world.register(certificate);
    assertThat(get(registry.updateCertificate(id, CertificateStatus.INACTIVE))).isTrue();
    assertThat(get(registry.updateCertificate(id, CertificateStatus.INACTIVE))).isFalse();
    assertThat(get(registry.describeCertificate(id)).status())
        .isEqualTo(CertificateStatus.INACTIVE);
    for (CertificateStatus status :
        List.of(CertificateStatus.PENDING_ACTIVATION, CertificateStatus.PENDING_TRANSFER)) {
      refused(RegistryError.INVALID_REQUEST, () -> get(registry.updateCertificate(id, status)));
    }
    refused(
        RegistryError.RESOURCE_NOT_FOUND,
        () -> get(registry.updateCertificate("0".repeat(64), CertificateStatus.ACTIVE)));
  }

  @Test // row 43
  void deletingACertificateAsksForItToBeUnused() {
    world.register(certificate, POLICY);
    world.thing("t", Map.of(), id, Attachment.NON_EXCLUSIVE_THING);
    String policy = registry.attachedPolicies(arn(id), false).get(0).name();

    assertThat(
            refused(
                    RegistryError.CERTIFICATE_STATE,
                    () -> get(registry.deleteCertificate(id, true)))
                .error()
                .httpStatus())
        .isEqualTo(406);
    get(registry.updateCertificate(id, CertificateStatus.REVOKED));
    refused(RegistryError.DELETE_CONFLICT, () -> get(registry.deleteCertificate(id, true)));
    get(registry.detachThingPrincipal("t", arn(id)));
    assertThat(
            refused(RegistryError.DELETE_CONFLICT, () -> get(registry.deleteCertificate(id, false)))
                .error()
                .httpStatus())
        .isEqualTo(409);
    assertThat(get(registry.deleteCertificate(id, true))).isTrue();
    assertThat(registry.policyTargets(policy)).isEmpty();
    assertThat(get(registry.deletePolicy(policy))).isTrue();
    refused(RegistryError.RESOURCE_NOT_FOUND, () -> get(registry.deleteCertificate(id, true)));
  }

  @Test
  void policyVersionsGrowAndAreNeverUsedAgain() {
    get(registry.createPolicy("p", POLICY));
    assertThat(get(registry.createPolicyVersion("p", allow("iot:Publish", "*"), false)).id())
        .isEqualTo(2);
    assertThat(registry.policy("p").defaultVersion()).isEqualTo(1);
    assertThat(get(registry.createPolicyVersion("p", allow("iot:Receive", "*"), true)).id())
        .isEqualTo(3);
    assertThat(registry.policy("p").document()).contains("iot:Receive");
    refused(RegistryError.DELETE_CONFLICT, () -> get(registry.deletePolicyVersion("p", 3)));
    assertThat(get(registry.setDefaultPolicyVersion("p", 2))).isTrue();
    assertThat(get(registry.deletePolicyVersion("p", 3))).isTrue();
    assertThat(get(registry.createPolicyVersion("p", POLICY, false)).id()).isEqualTo(4);
    refused(RegistryError.RESOURCE_NOT_FOUND, () -> get(registry.setDefaultPolicyVersion("p", 3)));
    refused(RegistryError.RESOURCE_NOT_FOUND, () -> get(registry.deletePolicyVersion("p", 9)));
  }

  @Test
  void aSixthVersionIsRefused() {
    get(registry.createPolicy("p", POLICY));
    for (int i = 2; i <= 5; i++) {
      get(registry.createPolicyVersion("p", POLICY, false));
    }
    RegistryRefused refused =
        refused(
            RegistryError.VERSIONS_LIMIT_EXCEEDED,
            () -> get(registry.createPolicyVersion("p", POLICY, false)));
    assertThat(refused.error().awsName()).isEqualTo("VersionsLimitExceededException");
  }

  @Test
  void aPolicyIsDeletedWhenNothingDependsOnIt() {
    world.register(certificate);
    get(registry.createPolicy("p", POLICY));
    get(registry.createPolicyVersion("p", POLICY, false));
    assertThat(get(registry.attachPolicy("p", arn(id)))).isTrue();
    assertThat(get(registry.attachPolicy("p", arn(id)))).isFalse();
    refused(RegistryError.DELETE_CONFLICT, () -> get(registry.deletePolicy("p")));
    assertThat(get(registry.detachPolicy("p", arn(id)))).isTrue();
    assertThat(get(registry.detachPolicy("p", arn(id)))).isFalse();
    refused(RegistryError.DELETE_CONFLICT, () -> get(registry.deletePolicy("p")));
    get(registry.deletePolicyVersion("p", 2));
    assertThat(get(registry.deletePolicy("p"))).isTrue();
    refused(RegistryError.RESOURCE_NOT_FOUND, () -> get(registry.deletePolicy("p")));
    refused(RegistryError.RESOURCE_NOT_FOUND, () -> registry.policy("p"));
  }

  @Test
  void aPolicyThatIsMalformedOrTooLongLeavesNothingBehind() {
    refused(RegistryError.MALFORMED_POLICY, () -> get(registry.createPolicy("p", "{}")));
    String tooLong = allow("iot:Publish", "topic/" + "x".repeat(17_000));
    refused(RegistryError.MALFORMED_POLICY, () -> get(registry.createPolicy("p", tooLong)));
    refused(RegistryError.INVALID_REQUEST, () -> get(registry.createPolicy("p q", POLICY)));
    assertThat(registry.policies()).isEmpty();
    get(registry.createPolicy("p", POLICY + " ".repeat(20_000))); // white space does not count
    refused(RegistryError.RESOURCE_ALREADY_EXISTS, () -> get(registry.createPolicy("p", POLICY)));
  }

  @Test
  void limitsAreHeld() {
    world =
        new World(
            new SimulatedStore(2), new RegistryLimits(1, 1, 2, 3, 3, 1, 5, 2048, 1, 1, 2, 1, 1));
    registry = world.registry;
    world.register(certificate);
    get(registry.createThing("t", Map.of()));
    get(registry.createPolicy("p", POLICY));
    get(registry.createPolicy("q", POLICY));
    get(registry.attachPolicy("p", arn(id)));
    refused(RegistryError.LIMIT_EXCEEDED, () -> get(registry.attachPolicy("q", arn(id))));
    refused(RegistryError.LIMIT_EXCEEDED, () -> get(registry.createThing("u", Map.of())));
    refused(RegistryError.LIMIT_EXCEEDED, () -> get(registry.createPolicy("r", POLICY)));
    refused(RegistryError.LIMIT_EXCEEDED, () -> world.register(World.certificate("other")));
  }

  @Test
  void aRestartFindsEverything() {
    SimulatedStore store = new SimulatedStore(4);
    world = new World(store);
    registry = world.registry;
    world.register(certificate, POLICY);
    world.thing("t", Map.of("a", "1"), id, Attachment.EXCLUSIVE_THING);
    get(
        registry.createPolicyVersion(
            "policy-1-of-" + id.substring(0, 12), allow("iot:Connect", "*"), true));
    world.register(World.certificate("other"));

    World after = new World(store);

    assertThat(after.registry.thing("t")).isEqualTo(registry.thing("t"));
    assertThat(after.registry.certificatesAfter("", true).toList())
        .hasSize(2)
        .isEqualTo(registry.certificatesAfter("", true).toList());
    assertThat(after.registry.attachedPolicies(arn(id), false))
        .isEqualTo(registry.attachedPolicies(arn(id), false));
    assertThat(after.registry.thingPrincipals("t"))
        .isEqualTo(Map.of(arn(id), Attachment.EXCLUSIVE_THING));
    ConnectionPermissions permissions = after.connected(certificate, "x");
    assertThat(permissions.thingName()).isEqualTo("t");
    assertThat(permissions.allows(Action.CONNECT, "x")).isTrue();
    assertThat(permissions.allows(Action.PUBLISH, "x")).isFalse();
  }

  @Test
  void moreRowsThanOnePageAreFoundAgain() {
    SimulatedStore store = new SimulatedStore(4);
    world = new World(store);
    for (int i = 0; i < 1030; i++) {
      world.registry.createThing("t-" + i, Map.of());
    }
    world.simulation.run();
    assertThat(new World(store).registry.thingsAfter("")).hasSize(1030);
  }

  @Test
  void aStoreThatRefusesToWriteRefusesTheRequest() {
    SimulatedStore store = new SimulatedStore(4);
    world = new World(store);
    store.failWrites();
    assertThatExceptionOfType(StoreFailed.class)
        .isThrownBy(() -> get(world.registry.createThing("t", Map.of())));
  }

  @Test
  void anotherAuthoritysCertificateMayBeRegisteredForItself() {
    X509Certificate foreign =
        CertificateAuthority.create("Other")
            .issue(CertificateProfile.device("d"), KeyKind.EC_P256)
            .certificate();
    get(registry.registerCertificate(foreign, CertificateStatus.ACTIVE, false));
    assertThat(registry.certificatesAfter("", true))
        .singleElement()
        .satisfies(summary -> assertThat(summary.withAuthority()).isFalse());
  }
}
