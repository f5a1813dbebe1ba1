package io.sluice.certs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.KeyStore;
import java.security.cert.X509CRL;
import java.security.cert.X509CRLEntry;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1OctetString;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/**
 * An offline authority over its years: one below it, certificates renewed, certificates revoked.
 */
class CertsLifeTest {
  @TempDir Path dir;
  private Path root;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private JsonNode run(String... args) throws Exception {
    out.getBuffer().setLength(0);
    int code =
        new CommandLine(new CertsCommand())
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .execute(args);
    assertThat(code).as(err.toString()).isZero();
    return new ObjectMapper().readTree(out.toString());
  }

  @BeforeEach
  void authority() throws Exception {
    root = dir.resolve("root");
    run("init", "--json", "--dir", root.toString());
  }

  private X509CRL list(Path folder) throws Exception {
    return RevocationList.parse(Files.readAllBytes(folder.resolve("ca.crl")), "ca.crl");
  }

  private static BigInteger number(X509CRL list) {
    byte[] extension = list.getExtensionValue("2.5.29.20");
    return ASN1Integer.getInstance(ASN1OctetString.getInstance(extension).getOctets()).getValue();
  }

  @Test
  void devicesOfAnIntermediateLeadToTheRoot() throws Exception {
    Path below = dir.resolve("issuing");
    run("intermediate", "--json", "--dir", root.toString(), "--out", below.toString());
    run("device", "--json", "--dir", below.toString(), "pump");
    X509Certificate anchor = PemFiles.readCertificate(root.resolve("ca.pem"));
    List<X509Certificate> chain = PemFiles.readCertificates(below.resolve("devices/pump.pem"));
    assertThat(chain).as("leaf, intermediate").hasSize(2);
    assertThat(CertificateChains.authorityOf(chain, List.of(anchor), Instant.now()))
        .isEqualTo(anchor);
    assertThat(chain.get(1).getBasicConstraints()).as("nobody below").isZero();
    assertThat(PemFiles.readCertificate(below.resolve("devices/ca.pem")))
        .as("what devices trust")
        .isEqualTo(anchor);
  }

  @Test
  void noAuthorityStandsBelowAnIntermediate() throws Exception {
    Path below = dir.resolve("issuing");
    run("intermediate", "--json", "--dir", root.toString(), "--out", below.toString());
    int code =
        new CommandLine(new CertsCommand())
            .setErr(new PrintWriter(err))
            .execute(
                "intermediate", "--dir", below.toString(), "--out", dir.resolve("c").toString());
    assertThat(code).isEqualTo(1);
    assertThat(err.toString()).contains("may have no authority below it");
  }

  @Test
  void aRenewedCertificateHasTheSameKeyAndNamesAndAnotherValidity() throws Exception {
    run(
        "device",
        "--json",
        "--dir",
        root.toString(),
        "--days",
        "10",
        "--san",
        "dns:{name}.pumps.example",
        "--san",
        "email:{name}@example.org",
        "--crl-url",
        "http://pki.example/ca.crl",
        "--ocsp-url",
        "http://pki.example/ocsp",
        "pump");
    Path file = root.resolve("devices/pump.pem");
    X509Certificate before = PemFiles.readCertificate(file);
    JsonNode answer = run("renew", "--json", "--dir", root.toString(), "--days", "20", "pump");
    X509Certificate after = IdentityFolder.at(root.resolve("devices")).read("pump").certificate();
    assertThat(after.getPublicKey()).isEqualTo(before.getPublicKey());
    assertThat(after.getSerialNumber()).isNotEqualTo(before.getSerialNumber());
    assertThat(after.getSubjectX500Principal()).isEqualTo(before.getSubjectX500Principal());
    assertThat(List.copyOf(after.getSubjectAlternativeNames()))
        .isEqualTo(List.copyOf(before.getSubjectAlternativeNames()))
        .hasSize(2);
    assertThat(RevocationList.distributionPoints(after)).hasToString("[http://pki.example/ca.crl]");
    assertThat(OcspQuestion.responderOf(after).orElseThrow())
        .hasToString("http://pki.example/ocsp");
    assertThat(after.getNotAfter()).isAfter(before.getNotAfter());
    assertThat(answer.get("replaces").asText()).isEqualTo(Fingerprint.certificateId(before));
  }

  @Test
  void aGatewayBelowAnIntermediateGetsItsCertificateInTheSameFolder() throws Exception {
    Path below = dir.resolve("issuing");
    run("intermediate", "--json", "--dir", root.toString(), "--out", below.toString());
    run("server", "--json", "--dir", below.toString(), "gw.example");
    assertThat(IdentityFolder.at(below).read("server").chain()).as("leaf, issuing").hasSize(2);
  }

  @Test
  void anIntermediateSaysWhereToAskAboutIt() throws Exception {
    Path below = dir.resolve("issuing");
    run(
        "intermediate",
        "--json",
        "--dir",
        root.toString(),
        "--out",
        below.toString(),
        "--crl-url",
        "http://pki.example/root.crl",
        "--ocsp-url",
        "http://pki.example/ocsp");
    X509Certificate authority = PemFiles.readCertificate(below.resolve("ca.pem"));
    assertThat(RevocationList.distributionPoints(authority))
        .hasToString("[http://pki.example/root.crl]");
    assertThat(OcspQuestion.responderOf(authority).orElseThrow())
        .hasToString("http://pki.example/ocsp");
  }

  @Test
  void renewingAgainAndAgainDoesNotLengthenTheLife() throws Exception {
    run("device", "--json", "--dir", root.toString(), "--days", "10", "pump");
    Path file = root.resolve("devices/pump.pem");
    Duration first = life(PemFiles.readCertificate(file));
    for (int i = 0; i < 3; i++) {
      run("renew", "--json", "--dir", root.toString(), "pump");
    }
    assertThat(life(PemFiles.readCertificate(file))).isEqualTo(first);
  }

  private static Duration life(X509Certificate certificate) {
    return Duration.between(
        certificate.getNotBefore().toInstant(), certificate.getNotAfter().toInstant());
  }

  @Test
  void aRenewalMaySayAnotherPlaceToAskAboutIt() throws Exception {
    run("device", "--json", "--dir", root.toString(), "--crl-url", "http://old/ca.crl", "pump");
    run("renew", "--json", "--dir", root.toString(), "--crl-url", "http://new/ca.crl", "pump");
    X509Certificate after = PemFiles.readCertificate(root.resolve("devices/pump.pem"));
    assertThat(RevocationList.distributionPoints(after)).hasToString("[http://new/ca.crl]");
  }

  @Test
  void aPkcs12FileIsRenewedWithItsCertificateOrNothingIs() throws Exception {
    Path password = Files.writeString(dir.resolve("password"), "s3cret\n");
    String file = password.toString();
    run("device", "--json", "--dir", root.toString(), "--pkcs12-password-file", file, "pump");
    Path certificate = root.resolve("devices/pump.pem");
    byte[] before = Files.readAllBytes(certificate);
    assertThat(refused("renew", "--dir", root.toString(), "pump"))
        .contains("pump.p12 holds the certificate as it is now")
        .contains("--pkcs12-password-file");
    assertThat(certificate).hasBinaryContent(before);

    run("renew", "--json", "--dir", root.toString(), "--pkcs12-password-file", file, "pump");
    KeyStore store =
        KeyStore.getInstance(root.resolve("devices/pump.p12").toFile(), "s3cret".toCharArray());
    assertThat(store.getCertificate("identity")).isEqualTo(PemFiles.readCertificate(certificate));
  }

  private String refused(String... args) {
    int code = new CommandLine(new CertsCommand()).setErr(new PrintWriter(err)).execute(args);
    assertThat(code).isEqualTo(1);
    return err.toString();
  }

  @Test
  void aCompromisedKeyGetsNoNewCertificate() throws Exception {
    run("device", "--json", "--dir", root.toString(), "pump");
    run("revoke", "--json", "--dir", root.toString(), "--reason", "keyCompromise", "pump");
    assertThat(refused("renew", "--dir", root.toString(), "pump"))
        .contains("its key is compromised; renew it with --new-key");
    run("renew", "--json", "--dir", root.toString(), "--new-key", "pump");
  }

  @Test
  void aNewKeyLeavesTheOldPairAside() throws Exception {
    run("server", "--json", "--dir", root.toString(), "gw.example");
    X509Certificate before = PemFiles.readCertificate(root.resolve("server.pem"));
    JsonNode answer = run("renew", "--json", "--dir", root.toString(), "--new-key", "server");
    Identity after = IdentityFolder.at(root).read("server");
    assertThat(after.certificate().getPublicKey()).isNotEqualTo(before.getPublicKey());
    assertThat(after.certificate().getExtendedKeyUsage()).isEqualTo(before.getExtendedKeyUsage());
    Path retired = Path.of(answer.get("retiredFile").asText());
    assertThat(PemFiles.readCertificate(retired)).isEqualTo(before);
  }

  @Test
  void whoIsRevokedIsInTheListWithItsReasonAndOnlyOnce() throws Exception {
    run("device", "--json", "--dir", root.toString(), "pump");
    run("device", "--json", "--dir", root.toString(), "valve");
    X509Certificate pump = PemFiles.readCertificate(root.resolve("devices/pump.pem"));
    run("revoke", "--json", "--dir", root.toString(), "--reason", "keyCompromise", "pump");
    BigInteger first = number(list(root));
    run("revoke", "--json", "--dir", root.toString(), "--serial", "00:ab:cd");
    JsonNode again = run("revoke", "--json", "--dir", root.toString(), "pump");

    X509CRL list = list(root);
    assertThat(RevocationList.isBy(list, PemFiles.readCertificate(root.resolve("ca.pem"))))
        .isTrue();
    X509CRLEntry entry = list.getRevokedCertificate(pump);
    assertThat(entry.getRevocationReason()).isEqualTo(java.security.cert.CRLReason.KEY_COMPROMISE);
    assertThat(list.getRevokedCertificates()).hasSize(2);
    assertThat(list.getRevokedCertificate(new BigInteger("abcd", 16)).hasExtensions())
        .as("unspecified is not written")
        .isFalse();
    assertThat(number(list)).isEqualTo(first.add(BigInteger.TWO));
    assertThat(again.get("reason").asText()).isEqualTo("keyCompromise");
    assertThat(again.get("revoked").asInt()).isEqualTo(2);
  }

  @Test
  void aLineOfTheLedgerThatWasCutOffIsLeftOut() throws Exception {
    run("revoke", "--json", "--dir", root.toString(), "--serial", "1");
    Files.writeString(root.resolve("revoked.txt"), "2 2026-01-0", StandardOpenOption.APPEND);
    JsonNode answer = run("revoke", "--json", "--dir", root.toString(), "--serial", "3");
    assertThat(answer.get("revoked").asInt()).isEqualTo(2);
    assertThat(Files.readString(root.resolve("revoked.txt"))).matches("1 \\S+ \\S+\n3 \\S+ \\S+\n");
  }

  @Test
  void aListIsSignedAnewForLonger() throws Exception {
    run("crl", "--json", "--dir", root.toString(), "--days", "1");
    Instant until = list(root).getNextUpdate().toInstant();
    run("crl", "--json", "--dir", root.toString(), "--days", "90");
    assertThat(list(root).getNextUpdate().toInstant()).isAfter(until);
  }
}
