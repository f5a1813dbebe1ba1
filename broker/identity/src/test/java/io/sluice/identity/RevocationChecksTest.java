package io.sluice.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.sluice.certs.CertificateAuthority;
import io.sluice.certs.CertificateProfile;
import io.sluice.certs.CertsRefused;
import io.sluice.certs.Identity;
import io.sluice.certs.KeyKind;
import io.sluice.certs.OcspResponder;
import io.sluice.certs.PemFiles;
import io.sluice.certs.RevocationList;
import io.sluice.certs.RevocationReason;
import io.sluice.certs.SubjectTemplate;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Certificates of another authority, which revokes them by list and by OCSP, or cannot be asked.
 */
class RevocationChecksTest {
  @TempDir Path dir;
  private final World world = new World();
  private final CertificateAuthority theirs = CertificateAuthority.create("Their CA");
  private final ExecutorService executor = Executors.newFixedThreadPool(2);
  private final List<RevocationList.Revoked> revoked = new ArrayList<>();
  private final AtomicInteger asked = new AtomicInteger();
  private HttpServer pki;
  private long number;
  private volatile Duration life = Duration.ofDays(1);

  @BeforeEach
  void publish() throws Exception {
    world.get(world.registry.policies().create("any", World.allow("iot:*", "*")));
    String code = world.get(world.registry.authorities().registrationCode());
    X509Certificate proof =
        theirs
            .issue(
                CertificateProfile.device(SubjectTemplate.COMMON_NAME.fill(code)), KeyKind.EC_P256)
            .certificate();
    world.get(
        world
            .registry
            .authorities()
            .register(
                PemFiles.toPem(theirs.certificate()), PemFiles.toPem(proof), true, false, null));
    pki = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    pki.createContext(
        "/ca.crl",
        exchange -> {
          asked.incrementAndGet();
          byte[] list = list(life);
          exchange.sendResponseHeaders(200, list.length);
          exchange.getResponseBody().write(list);
          exchange.close();
        });
    pki.createContext(
        "/ocsp",
        exchange -> {
          asked.incrementAndGet();
          OcspResponder responder = new OcspResponder(theirs, Duration.ofHours(1));
          OcspResponder.Asked question = responder.read(exchange.getRequestBody().readAllBytes());
          Map<BigInteger, OcspResponder.Known> known = new HashMap<>();
          for (BigInteger serial : question.serialNumbers()) {
            known.put(
                serial,
                revoked.stream().anyMatch(r -> r.serialNumber().equals(serial))
                    ? new OcspResponder.Known.Revoked(Instant.now())
                    : new OcspResponder.Known.Good());
          }
          byte[] answer = responder.answer(question, known, Instant.now());
          exchange.sendResponseHeaders(200, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    pki.createContext(
        "/broken",
        exchange -> {
          asked.incrementAndGet();
          exchange.sendResponseHeaders(500, -1);
          exchange.close();
        });
    pki.start();
  }

  @AfterEach
  void stop() {
    pki.stop(0);
    executor.shutdownNow();
  }

  private URI at(String path) {
    return path == null
        ? null
        : URI.create("http://127.0.0.1:%d/%s".formatted(pki.getAddress().getPort(), path));
  }

  private synchronized byte[] list(Duration life) {
    return RevocationList.issue(theirs, revoked, BigInteger.valueOf(++number), Instant.now(), life);
  }

  private void revoke(Identity device, RevocationReason reason) {
    revoked.add(
        new RevocationList.Revoked(device.certificate().getSerialNumber(), Instant.now(), reason));
  }

  private Identity device(String list, String ocsp) {
    Identity device =
        theirs.issue(
            CertificateProfile.device("d").withRevocation(at(list), at(ocsp)), KeyKind.EC_P256);
    String authority = io.sluice.certs.Fingerprint.certificateId(theirs.certificate());
    world.get(
        world
            .registry
            .certificates()
            .registerIssued(device.certificate(), CertificateStatus.ACTIVE, authority));
    world.get(
        world
            .registry
            .policies()
            .attach("any", world.registry.arns().certificate(device.certificateId())));
    return device;
  }

  private RevocationChecks checks(RevocationSettings.Policy policy, Path... lists) {
    RevocationChecks checks =
        new RevocationChecks(
            new RevocationSettings(
                policy, List.of(lists), Duration.ofMinutes(10), Duration.ofSeconds(5)),
            world.registry,
            World.AUTHORITY.certificate(),
            new Outgoing(executor),
            executor,
            world.simulation.partitions().clock());
    world.authenticator.check(checks);
    return checks;
  }

  /** The answer, with the registry's turns taken meanwhile. */
  private Authenticator.Admission admit(Identity device) {
    CompletableFuture<Authenticator.Admission> answer =
        world.authenticator.admitOrRegister(
            device.chainArray(), ConnectionContext.mqtt("d", "127.0.0.1"));
    await()
        .pollInterval(Duration.ofMillis(5))
        .until(
            () -> {
              world.simulation.run();
              return answer.isDone();
            });
    return answer.join();
  }

  private CertificateStatus status(Identity device) {
    return world.get(world.registry.certificates().describe(device.certificateId())).status();
  }

  @ParameterizedTest(name = "list {0}, OCSP {1}, {2}")
  @CsvSource(
      nullValues = "-",
      value = {
        "ca.crl, -,      soft",
        "-,      ocsp,   soft",
        "ca.crl, ocsp,   hard",
        "ca.crl, broken, hard",
        "broken, ocsp,   hard"
      })
  void oneThatItsAuthorityRevokedIsTurnedAwayAndRevokedHereToo(
      String list, String ocsp, String policy) {
    checks(RevocationSettings.Policy.of(policy));
    Identity good = device(list, ocsp);
    Identity bad = device(list, ocsp);
    revoke(bad, RevocationReason.KEY_COMPROMISE);
    assertThat(admit(good)).isInstanceOf(Authenticator.Admitted.class);
    assertThat(admit(bad))
        .isInstanceOfSatisfying(
            Authenticator.Refused.class,
            refused -> {
              assertThat(refused.reason()).isEqualTo(Authenticator.Refusal.REVOKED);
              assertThat(refused.explanation()).contains("by http://127.0.0.1");
            });
    assertThat(status(bad)).isEqualTo(CertificateStatus.REVOKED);
    assertThat(status(good)).isEqualTo(CertificateStatus.ACTIVE);
  }

  @ParameterizedTest(name = "list {0}, OCSP {1}")
  @CsvSource(
      nullValues = "-",
      value = {"-, -", "broken, -", "-, broken", "broken, broken"})
  void oneThatCannotBeAskedAboutComesInSoftlyAndNotHard(String list, String ocsp) {
    Identity device = device(list, ocsp);
    checks(RevocationSettings.Policy.SOFT);
    assertThat(admit(device)).isInstanceOf(Authenticator.Admitted.class);
    RevocationChecks hard = checks(RevocationSettings.Policy.HARD);
    assertThat(admit(device))
        .isInstanceOfSatisfying(
            Authenticator.Refused.class,
            refused -> assertThat(refused.reason()).isEqualTo(Authenticator.Refusal.UNCHECKED));
    assertThat(hard.outcomes()).containsEntry(RevocationChecks.Outcome.UNKNOWN, 1L);
    assertThat(status(device)).isEqualTo(CertificateStatus.ACTIVE);
  }

  @Test
  void anAnswerIsReliedOnUntilItIsOldAndTheListIsFetchedOnceForAll() {
    checks(RevocationSettings.Policy.HARD);
    Identity one = device("ca.crl", null);
    Identity other = device("ca.crl", null);
    for (int i = 0; i < 3; i++) {
      assertThat(admit(one)).isInstanceOf(Authenticator.Admitted.class);
      assertThat(admit(other)).isInstanceOf(Authenticator.Admitted.class);
    }
    assertThat(asked).hasValue(1);
  }

  @Test
  void whoIsConnectedIsAskedAboutAgainAndRevoked() {
    RevocationChecks checks = checks(RevocationSettings.Policy.SOFT);
    Identity device = device(null, "ocsp");
    assertThat(admit(device)).isInstanceOf(Authenticator.Admitted.class);
    revoke(device, RevocationReason.UNSPECIFIED);
    world.simulation.advance(Duration.ofMinutes(11).toMillis());
    checks.tick();
    await()
        .pollInterval(Duration.ofMillis(5))
        .until(
            () -> {
              world.simulation.run();
              return status(device) == CertificateStatus.REVOKED;
            });
  }

  @Test
  void aGivenListThatChangesRevokesWhoIsConnectedAtTheNextLook() throws Exception {
    Path file = dir.resolve("theirs.crl");
    Files.write(file, list(Duration.ofDays(1)));
    RevocationChecks checks = checks(RevocationSettings.Policy.OFF, dir);
    Identity held = device(null, null);
    Identity gone = device(null, null);
    assertThat(admit(held)).isInstanceOf(Authenticator.Admitted.class);
    assertThat(admit(gone)).isInstanceOf(Authenticator.Admitted.class);

    revoke(held, RevocationReason.CERTIFICATE_HOLD);
    revoke(gone, RevocationReason.CESSATION_OF_OPERATION);
    Files.writeString(file, RevocationList.toPem(list(Duration.ofDays(1))));
    Files.setLastModifiedTime(file, FileTime.from(Instant.now().plusSeconds(5)));
    checks.tick();
    world.simulation.run();

    assertThat(status(gone)).isEqualTo(CertificateStatus.REVOKED);
    assertThat(status(held)).as("for a while").isEqualTo(CertificateStatus.INACTIVE);
    assertThat(asked).as("nobody is asked").hasValue(0);
  }

  @Test
  void aListThatIsFetchedForOneIsHeldAgainstAllWhoAreConnectedAtTheNextLook() throws Exception {
    RevocationChecks checks = checks(RevocationSettings.Policy.SOFT);
    Identity gone = device("ca.crl", null);
    assertThat(admit(gone)).isInstanceOf(Authenticator.Admitted.class);
    revoke(gone, RevocationReason.KEY_COMPROMISE);
    world.simulation.advance(Duration.ofMinutes(9).toMillis());
    Identity later = device("ca.crl", null);
    assertThat(admit(later)).isInstanceOf(Authenticator.Admitted.class);
    assertThat(asked).as("the list is relied on for ten minutes").hasValue(1);
    checks.tick();
    world.simulation.run();
    assertThat(status(gone)).isEqualTo(CertificateStatus.ACTIVE);

    world.simulation.advance(Duration.ofMinutes(2).toMillis());
    assertThat(admit(device("ca.crl", null))).isInstanceOf(Authenticator.Admitted.class);
    assertThat(asked).as("old: fetched again, for another").hasValue(2);
    checks.tick();
    world.simulation.run();
    assertThat(status(gone)).isEqualTo(CertificateStatus.REVOKED);
    assertThat(status(later)).isEqualTo(CertificateStatus.ACTIVE);
  }

  @Test
  void aListIsReliedOnNoLongerThanItSays() {
    life = Duration.ofMinutes(2);
    checks(RevocationSettings.Policy.HARD);
    Identity device = device("ca.crl", null);
    assertThat(admit(device)).isInstanceOf(Authenticator.Admitted.class);
    revoke(device, RevocationReason.KEY_COMPROMISE);
    world.simulation.advance(Duration.ofSeconds(110).toMillis());
    assertThat(admit(device)).isInstanceOf(Authenticator.Admitted.class);
    world.simulation.advance(Duration.ofSeconds(15).toMillis());
    assertThat(admit(device)).isInstanceOf(Authenticator.Refused.class);
    assertThat(asked).hasValue(2);
  }

  @Test
  void anOldListStillRevokesWhomItNamesAndSaysNothingAboutOthers() {
    life = Duration.ofMinutes(-1);
    RevocationChecks checks = checks(RevocationSettings.Policy.HARD);
    Identity gone = device("ca.crl", null);
    revoke(gone, RevocationReason.UNSPECIFIED);
    assertThat(admit(device("ca.crl", null)))
        .isInstanceOfSatisfying(
            Authenticator.Refused.class,
            refused -> assertThat(refused.reason()).isEqualTo(Authenticator.Refusal.UNCHECKED));
    assertThat(admit(gone))
        .isInstanceOfSatisfying(
            Authenticator.Refused.class,
            refused -> assertThat(refused.reason()).isEqualTo(Authenticator.Refusal.REVOKED));
    assertThat(checks.outcomes())
        .containsEntry(RevocationChecks.Outcome.UNKNOWN, 1L)
        .containsEntry(RevocationChecks.Outcome.REVOKED, 1L);
  }

  @ParameterizedTest(name = "a list {0}")
  @CsvSource({
    "of changes only, 2.5.29.27, 020101", // BaseCRLNumber 1
    "for some reasons only, 2.5.29.28, 300483020640", // onlySomeReasons keyCompromise
    "of authorities only, 2.5.29.28, 30038201ff",
    "by several authorities, 2.5.29.28, 30038401ff",
    "with an extension that nobody knows, 1.2.3.4, 0500",
  })
  void whomAListLeavesOutThatIsNotAboutEverybodyIsNotGood(String what, String oid, String value)
      throws Exception {
    Identity gone = device(null, null);
    Path file = dir.resolve("part.crl");
    Files.write(file, partial(gone, oid, value));
    checks(RevocationSettings.Policy.HARD, file);
    assertThat(admit(device(null, null)))
        .isInstanceOfSatisfying(
            Authenticator.Refused.class,
            refused -> assertThat(refused.reason()).isEqualTo(Authenticator.Refusal.UNCHECKED));
    assertThat(admit(gone))
        .isInstanceOfSatisfying(
            Authenticator.Refused.class,
            refused -> assertThat(refused.reason()).isEqualTo(Authenticator.Refusal.REVOKED));
  }

  @Test
  void aListForAPartIsForItsPartWhereTheCertificateNamesIt() throws Exception {
    Identity device = device("part.crl", null);
    byte[] list = partial(device(null, null), "2.5.29.28", "300aa008a006860461613a61");
    pki.createContext(
        "/part.crl",
        exchange -> {
          exchange.sendResponseHeaders(200, list.length);
          exchange.getResponseBody().write(list);
          exchange.close();
        });
    Path file = Files.write(dir.resolve("part.crl"), list);
    checks(RevocationSettings.Policy.HARD, file);
    assertThat(admit(device)).isInstanceOf(Authenticator.Admitted.class);
    assertThat(admit(device(null, null))).isInstanceOf(Authenticator.Refused.class);
  }

  /** A list that names this device, with one critical extension. */
  private byte[] partial(Identity revokedDevice, String oid, String value) throws Exception {
    var builder =
        new org.bouncycastle.cert.X509v2CRLBuilder(
            org.bouncycastle.asn1.x500.X500Name.getInstance(
                theirs.certificate().getSubjectX500Principal().getEncoded()),
            java.util.Date.from(Instant.now()));
    builder.setNextUpdate(java.util.Date.from(Instant.now().plusSeconds(86_400)));
    builder.addCRLEntry(
        revokedDevice.certificate().getSerialNumber(), java.util.Date.from(Instant.now()), 1);
    builder.addExtension(
        new org.bouncycastle.asn1.ASN1ObjectIdentifier(oid),
        true,
        java.util.HexFormat.of().parseHex(value));
    theirs.save(dir.resolve("theirs"));
    return builder
        .build(
            new org.bouncycastle.operator.jcajce.JcaContentSignerBuilder("SHA256withECDSA")
                .build(PemFiles.readPrivateKey(dir.resolve("theirs/ca.key.pem"))))
        .getEncoded();
  }

  @Test
  void anAnswerOfMoreBytesThanAnyHasIsNone() {
    pki.createContext(
        "/huge",
        exchange -> {
          byte[] many = new byte[70 << 10];
          exchange.sendResponseHeaders(200, many.length);
          exchange.getResponseBody().write(many);
          exchange.close();
        });
    checks(RevocationSettings.Policy.HARD);
    assertThat(admit(device(null, "huge")))
        .isInstanceOfSatisfying(
            Authenticator.Refused.class,
            refused -> assertThat(refused.explanation()).contains("more than the 65536 bytes"));
  }

  @Test
  void anAnswerOfAnotherAuthorityIsNone() {
    CertificateAuthority forger = CertificateAuthority.create("Their CA");
    pki.createContext(
        "/forged",
        exchange -> {
          OcspResponder responder = new OcspResponder(theirs, Duration.ofHours(1));
          OcspResponder.Asked question = responder.read(exchange.getRequestBody().readAllBytes());
          byte[] answer =
              new OcspResponder(forger, Duration.ofHours(1))
                  .answer(question, Map.of(), Instant.now());
          exchange.sendResponseHeaders(200, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    checks(RevocationSettings.Policy.HARD);
    Identity device = device(null, "forged");
    assertThat(admit(device))
        .isInstanceOfSatisfying(
            Authenticator.Refused.class,
            refused ->
                assertThat(refused.explanation())
                    .contains("a signature that is not of the issuer"));
    assertThat(status(device)).isEqualTo(CertificateStatus.ACTIVE);
  }

  @Test
  void anAnswerOfYesterdayIsNone() {
    world.simulation.advance(Duration.ofHours(2).toMillis());
    checks(RevocationSettings.Policy.HARD);
    assertThat(admit(device(null, "ocsp")))
        .isInstanceOfSatisfying(
            Authenticator.Refused.class,
            refused -> assertThat(refused.explanation()).contains("an answer good from"));
  }

  @Test
  void aFileThatBecomesUnreadableLeavesWhatWasReadOfIt() throws Exception {
    Path file = dir.resolve("theirs.crl");
    Identity bad = device(null, null);
    revoke(bad, RevocationReason.UNSPECIFIED);
    Files.write(file, list(Duration.ofDays(1)));
    RevocationChecks checks = checks(RevocationSettings.Policy.OFF, file);
    Files.writeString(file, "half a list");
    checks.tick();
    assertThat(admit(bad)).isInstanceOf(Authenticator.Refused.class);
  }

  @Test
  void aListThatAnotherHasSignedSaysNothing() throws Exception {
    Path file = dir.resolve("forged.crl");
    Identity device = device(null, null);
    CertificateAuthority forger = CertificateAuthority.create("Their CA"); // the name alone
    Files.write(
        file,
        RevocationList.issue(
            forger,
            List.of(
                new RevocationList.Revoked(device.certificate().getSerialNumber(), Instant.now())),
            BigInteger.ONE,
            Instant.now(),
            Duration.ofDays(1)));
    checks(RevocationSettings.Policy.OFF, file);
    assertThat(admit(device)).isInstanceOf(Authenticator.Admitted.class);
  }

  @Test
  void aListThatIsNoneStopsTheStartWithASentence() throws IOException {
    Path file = Files.writeString(dir.resolve("none.crl"), "hello");
    assertThatThrownBy(() -> checks(RevocationSettings.Policy.OFF, file))
        .isInstanceOf(CertsRefused.class)
        .hasMessageContaining("none.crl")
        .hasMessageContaining("revocation-lists");
    assertThatThrownBy(() -> checks(RevocationSettings.Policy.OFF, dir.resolve("missing.pem")))
        .isInstanceOf(CertsRefused.class);
  }

  @Test
  void anIntermediateThatIsRevokedTakesItsDevicesWithIt() throws Exception {
    CertificateAuthority below =
        theirs.createIntermediate(
            SubjectTemplate.COMMON_NAME.fill("Below"), KeyKind.EC_P256, Duration.ofDays(10));
    Identity device = below.issue(CertificateProfile.device("d"), KeyKind.EC_P256);
    world.get(
        world
            .registry
            .certificates()
            .registerIssued(
                device.certificate(),
                CertificateStatus.ACTIVE,
                io.sluice.certs.Fingerprint.certificateId(theirs.certificate())));
    world.get(
        world
            .registry
            .policies()
            .attach("any", world.registry.arns().certificate(device.certificateId())));
    revoked.add(new RevocationList.Revoked(below.certificate().getSerialNumber(), Instant.now()));
    Path file = dir.resolve("theirs.crl");
    Files.write(file, list(Duration.ofDays(1)));
    checks(RevocationSettings.Policy.OFF, file);
    assertThat(admit(device)).isInstanceOf(Authenticator.Refused.class);
  }
}
