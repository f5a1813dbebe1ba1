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
    Thing first = get(registry.things().create("t", Map.of("a", "1")));
    Thing again = get(registry.things().create("t", Map.of("a", "1")));
    assertThat(again).isEqualTo(first);
    assertThat(first.version()).isEqualTo(1);
    assertThat(first.id()).matches("[0-9a-f-]{36}");
  }

  @Test
  void creatingAThingWithOtherAttributesIsAConflictThatNamesIt() {
    Thing first = get(registry.things().create("t", Map.of("a", "1")));
    RegistryRefused refused =
        refused(
            RegistryError.RESOURCE_ALREADY_EXISTS,
            () -> get(registry.things().create("t", Map.of("a", "2"))));
    assertThat(refused.resourceId()).isEqualTo(first.id());
    assertThat(refused.resourceArn()).isEqualTo("arn:aws:iot:local:000000000000:thing/t");
    assertThat(refused.error().httpStatus()).isEqualTo(409);
    assertThat(registry.things().find("t")).contains(first);
  }

  @Test // row 44
  void updateReplacesOrMergesAttributesAndEmptyTakesOneAway() {
    get(registry.things().create("t", Map.of("a", "1", "b", "2")));
    assertThat(get(registry.things().update("t", Map.of("a", "9"), true, null)).attributes())
        .isEqualTo(Map.of("a", "9", "b", "2"));
    assertThat(get(registry.things().update("t", Map.of("b", ""), true, null)).attributes())
        .isEqualTo(Map.of("a", "9"));
    assertThat(get(registry.things().update("t", Map.of("c", "3"), false, null)).attributes())
        .isEqualTo(Map.of("c", "3"));
    assertThat(get(registry.things().update("t", null, false, 4L)))
        .satisfies(thing -> assertThat(thing.attributes()).isEqualTo(Map.of("c", "3")))
        .satisfies(thing -> assertThat(thing.version()).isEqualTo(5));
  }

  @Test
  void anotherVersionThanExpectedIsAConflictAndChangesNothing() {
    Thing thing = get(registry.things().create("t", Map.of()));
    refused(
        RegistryError.VERSION_CONFLICT,
        () -> get(registry.things().update("t", Map.of("a", "1"), true, 2L)));
    refused(RegistryError.VERSION_CONFLICT, () -> get(registry.things().delete("t", 2L)));
    assertThat(registry.things().find("t")).contains(thing);
    assertThat(get(registry.things().delete("t", 1L))).isTrue();
  }

  @Test
  void deletingAnUnknownThingSucceeds() {
    assertThat(get(registry.things().delete("t", null))).isFalse();
  }

  @Test
  void aThingWithPrincipalsIsNotDeleted() {
    world.register(certificate);
    world.thing("t", Map.of(), id, Attachment.NON_EXCLUSIVE_THING);
    refused(RegistryError.INVALID_REQUEST, () -> get(registry.things().delete("t", null)));
    get(registry.things().detachPrincipal("t", arn(id)));
    assertThat(get(registry.things().delete("t", null))).isTrue();
    assertThat(registry.things().ofPrincipal(arn(id))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "a/b", "ä", "a\u0000b", "$aws", "x.y"})
  void aThingNameOfOtherCharactersIsRefused(String name) {
    refused(RegistryError.INVALID_REQUEST, () -> get(registry.things().create(name, Map.of())));
    refused(
        RegistryError.INVALID_REQUEST,
        () -> get(registry.things().create("x".repeat(129), Map.of())));
  }

  @Test
  void attributesOfOtherCharactersOrTooManyAreRefused() {
    refused(
        RegistryError.INVALID_REQUEST,
        () -> get(registry.things().create("t", Map.of("a b", "1"))));
    refused(
        RegistryError.INVALID_REQUEST,
        () -> get(registry.things().create("t", Map.of("a", "x y"))));
    refused(
        RegistryError.INVALID_REQUEST,
        () -> get(registry.things().create("t", Map.of("a", "x".repeat(801)))));
    Map<String, String> many = new TreeMap<>();
    for (int i = 0; i <= RegistryLimits.STANDARD.attributesMax(); i++) {
      many.put("a" + i, "1");
    }
    refused(RegistryError.INVALID_REQUEST, () -> get(registry.things().create("t", many)));
    assertThat(registry.things().find("t")).isEmpty();
  }

  @Test
  void thingsAreListedInOrderFromAnyPlace() {
    for (String name : List.of("c", "a", "b")) {
      get(registry.things().create(name, Map.of()));
    }
    assertThat(registry.things().after("")).extracting(Thing::name).containsExactly("a", "b", "c");
    assertThat(registry.things().after("a")).extracting(Thing::name).containsExactly("b", "c");
  }

  @Test
  void anExclusivePrincipalHasOneThing() {
    world.register(certificate);
    world.thing("one", Map.of(), id, Attachment.EXCLUSIVE_THING);
    get(registry.things().create("two", Map.of()));
    for (Attachment type : Attachment.values()) {
      refused(
          RegistryError.INVALID_REQUEST,
          () -> get(registry.things().attachPrincipal("two", arn(id), type)));
    }
    assertThat(get(registry.things().attachPrincipal("one", arn(id), Attachment.EXCLUSIVE_THING)))
        .isFalse();
    assertThat(
            get(registry.things().attachPrincipal("one", arn(id), Attachment.NON_EXCLUSIVE_THING)))
        .isTrue();
    assertThat(
            get(registry.things().attachPrincipal("two", arn(id), Attachment.NON_EXCLUSIVE_THING)))
        .isTrue();
    refused(
        RegistryError.INVALID_REQUEST,
        () -> get(registry.things().attachPrincipal("two", arn(id), Attachment.EXCLUSIVE_THING)));
    assertThat(registry.things().ofPrincipal(arn(id)))
        .isEqualTo(
            Map.of("one", Attachment.NON_EXCLUSIVE_THING, "two", Attachment.NON_EXCLUSIVE_THING));
    assertThat(registry.things().principals("one")).containsOnlyKeys(arn(id));
  }

  @Test
  void attachingWhatIsNotThereIsRefused() {
    refused(
        RegistryError.RESOURCE_NOT_FOUND,
        () -> get(registry.things().attachPrincipal("t", arn(id), Attachment.NON_EXCLUSIVE_THING)));
    get(registry.things().create("t", Map.of()));
    get(registry.policies().create("p", POLICY));
    refused(
        RegistryError.RESOURCE_NOT_FOUND,
        () -> get(registry.things().attachPrincipal("t", arn(id), Attachment.NON_EXCLUSIVE_THING)));
    refused(RegistryError.RESOURCE_NOT_FOUND, () -> get(registry.policies().attach("p", arn(id))));
    refused(
        RegistryError.INVALID_REQUEST, () -> get(registry.policies().attach("p", "arn:aws:iot:x")));
    refused(
        RegistryError.INVALID_REQUEST,
        () -> get(registry.policies().attach("p", "arn:aws:iot:local:123456789012:cert/" + id)));
    refused(RegistryError.RESOURCE_NOT_FOUND, () -> registry.policies().targets("q"));
    refused(RegistryError.RESOURCE_NOT_FOUND, () -> registry.things().principals("u"));
    refused(RegistryError.RESOURCE_NOT_FOUND, () -> registry.policies().attachedTo(arn(id), false));
  }

  @Test
  void aCertificateIsKnownByTheHashOfItsBytes() {
    RegisteredCertificate registered =
        get(
            registry
                .certificates()
                .register(PemFiles.toPem(certificate), CertificateStatus.INACTIVE));
    assertThat(registered.id()).isEqualTo(id);
    RegisteredCertificate described = get(registry.certificates().describe(id));
    assertThat(described).isEqualTo(registered);
    assertThat(PemFiles.certificates(described.pem())).containsExactly(certificate);
    assertThat(described.notAfterMillis()).isEqualTo(certificate.getNotAfter().getTime());
    assertThat(described.createdMillis()).isEqualTo(world.simulation.now());
    refused(RegistryError.RESOURCE_NOT_FOUND, () -> get(registry.certificates().describe("none")));
  }

  @Test
  void registeringTwiceIsAConflictThatNamesTheCertificate() {
    world.register(certificate);
    RegistryRefused refused =
        refused(
            RegistryError.RESOURCE_ALREADY_EXISTS,
            () ->
                get(registry.certificates().register(certificate, CertificateStatus.ACTIVE, true)));
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
            () -> get(registry.certificates().register(certificate, status, true)));
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
          () -> get(registry.certificates().register(useless, CertificateStatus.ACTIVE, true)));
    }
    refused(
        RegistryError.CERTIFICATE_VALIDATION,
        () -> get(registry.certificates().register("no PEM", CertificateStatus.ACTIVE)));
    refused(
        RegistryError.INVALID_REQUEST,
        () -> get(registry.certificates().register("x".repeat(70_000), CertificateStatus.ACTIVE)));
    assertThat(registry.certificates().after("", true)).isEmpty();
  }

  @Test
  void statusIsSetToWhatMayBeSet() {
    world.register(certificate);
    assertThat(get(registry.certificates().update(id, CertificateStatus.INACTIVE))).isTrue();
    assertThat(get(registry.certificates().update(id, CertificateStatus.INACTIVE))).isFalse();
    assertThat(get(registry.certificates().describe(id)).status())
        .isEqualTo(CertificateStatus.INACTIVE);
    for (CertificateStatus status :
        List.of(CertificateStatus.PENDING_ACTIVATION, CertificateStatus.PENDING_TRANSFER)) {
      refused(RegistryError.INVALID_REQUEST, () -> get(registry.certificates().update(id, status)));
    }
    refused(
        RegistryError.RESOURCE_NOT_FOUND,
        () -> get(registry.certificates().update("0".repeat(64), CertificateStatus.ACTIVE)));
  }

  @Test // row 43
  void deletingACertificateAsksForItToBeUnused() {
    world.register(certificate, POLICY);
    world.thing("t", Map.of(), id, Attachment.NON_EXCLUSIVE_THING);
    String policy = registry.policies().attachedTo(arn(id), false).get(0).name();

    assertThat(
            refused(
                    RegistryError.CERTIFICATE_STATE,
                    () -> get(registry.certificates().delete(id, true)))
                .error()
                .httpStatus())
        .isEqualTo(406);
    get(registry.certificates().update(id, CertificateStatus.REVOKED));
    refused(RegistryError.DELETE_CONFLICT, () -> get(registry.certificates().delete(id, true)));
    get(registry.things().detachPrincipal("t", arn(id)));
    assertThat(
            refused(
                    RegistryError.DELETE_CONFLICT,
                    () -> get(registry.certificates().delete(id, false)))
                .error()
                .httpStatus())
        .isEqualTo(409);
    assertThat(get(registry.certificates().delete(id, true))).isTrue();
    assertThat(registry.policies().targets(policy)).isEmpty();
    assertThat(get(registry.policies().delete(policy))).isTrue();
    refused(RegistryError.RESOURCE_NOT_FOUND, () -> get(registry.certificates().delete(id, true)));
  }

  @Test
  void policyVersionsGrowAndAreNeverUsedAgain() {
    get(registry.policies().create("p", POLICY));
    assertThat(get(registry.policies().createVersion("p", allow("iot:Publish", "*"), false)).id())
        .isEqualTo(2);
    assertThat(registry.policies().get("p").defaultVersion()).isEqualTo(1);
    assertThat(get(registry.policies().createVersion("p", allow("iot:Receive", "*"), true)).id())
        .isEqualTo(3);
    assertThat(registry.policies().get("p").document()).contains("iot:Receive");
    refused(RegistryError.DELETE_CONFLICT, () -> get(registry.policies().deleteVersion("p", 3)));
    assertThat(get(registry.policies().setDefaultVersion("p", 2))).isTrue();
    assertThat(get(registry.policies().deleteVersion("p", 3))).isTrue();
    assertThat(get(registry.policies().createVersion("p", POLICY, false)).id()).isEqualTo(4);
    refused(
        RegistryError.RESOURCE_NOT_FOUND, () -> get(registry.policies().setDefaultVersion("p", 3)));
    refused(RegistryError.RESOURCE_NOT_FOUND, () -> get(registry.policies().deleteVersion("p", 9)));
  }

  @Test
  void aSixthVersionIsRefused() {
    get(registry.policies().create("p", POLICY));
    for (int i = 2; i <= 5; i++) {
      get(registry.policies().createVersion("p", POLICY, false));
    }
    RegistryRefused refused =
        refused(
            RegistryError.VERSIONS_LIMIT_EXCEEDED,
            () -> get(registry.policies().createVersion("p", POLICY, false)));
    assertThat(refused.error().awsName()).isEqualTo("VersionsLimitExceededException");
  }

  @Test
  void aPolicyIsDeletedWhenNothingDependsOnIt() {
    world.register(certificate);
    get(registry.policies().create("p", POLICY));
    get(registry.policies().createVersion("p", POLICY, false));
    assertThat(get(registry.policies().attach("p", arn(id)))).isTrue();
    assertThat(get(registry.policies().attach("p", arn(id)))).isFalse();
    refused(RegistryError.DELETE_CONFLICT, () -> get(registry.policies().delete("p")));
    assertThat(get(registry.policies().detach("p", arn(id)))).isTrue();
    assertThat(get(registry.policies().detach("p", arn(id)))).isFalse();
    refused(RegistryError.DELETE_CONFLICT, () -> get(registry.policies().delete("p")));
    get(registry.policies().deleteVersion("p", 2));
    assertThat(get(registry.policies().delete("p"))).isTrue();
    refused(RegistryError.RESOURCE_NOT_FOUND, () -> get(registry.policies().delete("p")));
    refused(RegistryError.RESOURCE_NOT_FOUND, () -> registry.policies().get("p"));
  }

  @Test
  void aPolicyThatIsMalformedOrTooLongLeavesNothingBehind() {
    refused(RegistryError.MALFORMED_POLICY, () -> get(registry.policies().create("p", "{}")));
    String tooLong = allow("iot:Publish", "topic/" + "x".repeat(17_000));
    refused(RegistryError.MALFORMED_POLICY, () -> get(registry.policies().create("p", tooLong)));
    refused(RegistryError.INVALID_REQUEST, () -> get(registry.policies().create("p q", POLICY)));
    assertThat(registry.policies().all()).isEmpty();
    get(registry.policies().create("p", POLICY + " ".repeat(20_000))); // white space does not count
    refused(
        RegistryError.RESOURCE_ALREADY_EXISTS, () -> get(registry.policies().create("p", POLICY)));
  }

  @Test
  void limitsAreHeld() {
    world =
        new World(
            new SimulatedStore(2), new RegistryLimits(1, 1, 2, 3, 3, 1, 5, 2048, 1, 1, 2, 1, 1));
    registry = world.registry;
    world.register(certificate);
    get(registry.things().create("t", Map.of()));
    get(registry.policies().create("p", POLICY));
    get(registry.policies().create("q", POLICY));
    get(registry.policies().attach("p", arn(id)));
    refused(RegistryError.LIMIT_EXCEEDED, () -> get(registry.policies().attach("q", arn(id))));
    refused(RegistryError.LIMIT_EXCEEDED, () -> get(registry.things().create("u", Map.of())));
    refused(RegistryError.LIMIT_EXCEEDED, () -> get(registry.policies().create("r", POLICY)));
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
        registry
            .policies()
            .createVersion("policy-1-of-" + id.substring(0, 12), allow("iot:Connect", "*"), true));
    world.register(World.certificate("other"));

    World after = new World(store);

    assertThat(after.registry.things().find("t")).isEqualTo(registry.things().find("t"));
    assertThat(after.registry.certificates().after("", true).toList())
        .hasSize(2)
        .isEqualTo(registry.certificates().after("", true).toList());
    assertThat(after.registry.policies().attachedTo(arn(id), false))
        .isEqualTo(registry.policies().attachedTo(arn(id), false));
    assertThat(after.registry.things().principals("t"))
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
      world.registry.things().create("t-" + i, Map.of());
    }
    world.simulation.run();
    assertThat(new World(store).registry.things().after("")).hasSize(1030);
  }

  @Test
  void aStoreThatRefusesToWriteRefusesTheRequest() {
    SimulatedStore store = new SimulatedStore(4);
    world = new World(store);
    store.failWrites();
    assertThatExceptionOfType(StoreFailed.class)
        .isThrownBy(() -> get(world.registry.things().create("t", Map.of())));
  }

  @Test
  void anotherAuthoritysCertificateMayBeRegisteredForItself() {
    X509Certificate foreign =
        CertificateAuthority.create("Other")
            .issue(CertificateProfile.device("d"), KeyKind.EC_P256)
            .certificate();
    get(registry.certificates().register(foreign, CertificateStatus.ACTIVE, false));
    assertThat(registry.certificates().after("", true))
        .singleElement()
        .satisfies(summary -> assertThat(summary.withAuthority()).isFalse());
  }
}
