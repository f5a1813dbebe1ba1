package io.sluice.certs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class CertsCommandTest {
  @TempDir Path dir;

  /** A gateway's main, of which {@code certs} is one subcommand. */
  @CommandLine.Command(name = "sluice", subcommands = CertsCommand.class)
  static final class Sluice {}

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... args) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    return new CommandLine(new Sluice())
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(args);
  }

  private String path(String name) {
    return dir.resolve(name).toString();
  }

  @BeforeEach
  void authority() {
    assertThat(run("certs", "init", "--dir", path("ca"))).as(err::toString).isZero();
  }

  @Test
  void initNamesTheFilesAndTheNextCommand() {
    assertThat(out.toString())
        .contains("ca.pem")
        .contains("ca.key.pem")
        .contains("sluice certs server --dir");
  }

  @Test
  void aSecondInitFailsAndLeavesTheFirstAuthorityAlone() throws Exception {
    byte[] key = Files.readAllBytes(dir.resolve("ca/ca.key.pem"));
    assertThat(run("certs", "init", "--dir", path("ca"))).isEqualTo(1);
    assertThat(err.toString()).contains("ca.pem exists and is not overwritten");
    assertThat(dir.resolve("ca/ca.key.pem")).hasBinaryContent(key);
  }

  @Test
  void serverIssuesForHostsAndAddresses() throws Exception {
    assertThat(run("certs", "server", "--dir", path("ca"), "gw.example", "127.0.0.1", "::1"))
        .as(err::toString)
        .isZero();
    X509Certificate server = PemFiles.readCertificate(dir.resolve("ca/server.pem"));
    assertThat(server.getSubjectAlternativeNames())
        .extracting(name -> (Object) name.get(1))
        .containsExactly("gw.example", "127.0.0.1", "0:0:0:0:0:0:0:1");
  }

  @Test
  void deviceAnswersInJsonWithItsIdAndFiles() throws Exception {
    assertThat(run("certs", "device", "--json", "--dir", path("ca"), "pump-1")).isZero();
    JsonNode answer = new ObjectMapper().readTree(out.toString());
    X509Certificate device =
        PemFiles.readCertificate(Path.of(answer.get("certificateFile").asText()));
    assertThat(answer.get("certificateId").asText())
        .isEqualTo(Fingerprint.certificateId(device))
        .matches("[0-9a-f]{64}");
    assertThat(device.getSubjectX500Principal().getName()).isEqualTo("CN=pump-1");
    assertThat(dir.resolve("ca/devices/ca.pem")).exists();
  }

  @Test
  void deviceWritesPkcs12UnderThePasswordOfAFile() throws Exception {
    Files.writeString(dir.resolve("password"), "s3cret\n");
    assertThat(
            run(
                "certs",
                "device",
                "--dir",
                path("ca"),
                "--pkcs12-password-file",
                path("password"),
                "pump-1"))
        .as(err::toString)
        .isZero();
    KeyStore store =
        KeyStore.getInstance(dir.resolve("ca/devices/pump-1.p12").toFile(), "s3cret".toCharArray());
    assertThat(store.getKey("identity", "s3cret".toCharArray())).isNotNull();
  }

  @Test
  void devicesGoesOnWhereItStopped() throws Exception {
    String[] args = {"certs", "devices", "--dir", path("ca"), "--count", "6", "--json"};
    assertThat(run(args)).as(err::toString).isZero();
    Path devices = dir.resolve("ca/devices");
    byte[] third = Files.readAllBytes(devices.resolve("device-00003.pem"));
    Files.delete(devices.resolve("device-00005.pem")); // stopped between key and certificate
    byte[] fifthKey = Files.readAllBytes(devices.resolve("device-00005.key.pem"));

    assertThat(run(args)).isZero();

    JsonNode answer = new ObjectMapper().readTree(out.toString());
    assertThat(answer.get("issued").asInt()).isEqualTo(1);
    assertThat(answer.get("kept").asInt()).isEqualTo(5);
    assertThat(devices.resolve("device-00003.pem")).hasBinaryContent(third);
    assertThat(devices.resolve("device-00005.key.pem")).hasBinaryContent(fifthKey);
    assertThat(
            IdentityFolder.at(devices).read("device-00005").certificate().getSubjectX500Principal())
        .hasToString("CN=device-00005");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ca", "nowhere/fleet.jsonl"})
  void aManifestThatCannotBeWrittenIsSaidBeforeAnythingIsIssued(String manifest) {
    assertThat(
            run(
                "certs",
                "devices",
                "--dir",
                path("ca"),
                "--count",
                "2",
                "--manifest",
                path(manifest)))
        .isEqualTo(1);
    assertThat(err.toString()).contains(path(manifest));
    assertThat(dir.resolve("ca/devices")).doesNotExist();
  }

  @Test
  void devicesRefusesAFolderOfAnotherAuthority() {
    assertThat(run("certs", "devices", "--dir", path("ca"), "--count", "1")).isZero();
    assertThat(run("certs", "init", "--dir", path("other"))).isZero();
    assertThat(
            run(
                "certs",
                "devices",
                "--dir",
                path("other"),
                "--out",
                path("ca/devices"),
                "--count",
                "2"))
        .isEqualTo(1);
    assertThat(err.toString()).contains("is of another authority");
  }

  @Test
  void signsARequestAndShowsBoth() throws Exception {
    String csr =
        SigningRequest.create(new X500Name("CN=valve-7,O=Acme"), KeyKind.EC_P384.generate());
    Files.writeString(dir.resolve("valve.csr"), csr);
    assertThat(run("certs", "show", path("valve.csr"))).isZero();
    assertThat(out.toString()).contains("CN=valve-7").contains("EC P-384");

    assertThat(run("certs", "sign", "--dir", path("ca"), path("valve.csr")))
        .as(err::toString)
        .isZero();
    assertThat(run("certs", "show", "--json", path("valve.pem"))).isZero();
    JsonNode shown = new ObjectMapper().readTree(out.toString()).get("certificates").get(0);
    assertThat(shown.get("issuer").asText()).isEqualTo("CN=Sluice CA");
    assertThat(shown.get("purposes").get(0).asText()).isEqualTo("TLS client");
    assertThat(shown.get("expired").asBoolean()).isFalse();
  }

  @ParameterizedTest(name = "certs {0}")
  @ValueSource(
      strings = {
        "",
        "server",
        "device",
        "devices",
        "devices --count 0",
        "devices --count many",
        "device x --key ec-p224",
        "init --days never",
        "sign",
        "frobnicate",
        "intermediate",
        "renew",
        "revoke --serial xyz",
        "revoke pump --reason bored",
        "init --colour blue",
        "init --crl-url http://pki.example/ca.crl",
        "device x --ocsp-url file:///etc/passwd",
        "device x --crl-url nowhere"
      })
  void wrongUsageIsExitCode2AndSaysWhatWasExpected(String args) {
    assertThat(run(("certs " + args).strip().split(" "))).isEqualTo(2);
    assertThat(err.toString()).isNotBlank();
  }

  @Test
  void aSubjectIsShownAndEncodedAsRfc4514WritesIt() throws Exception {
    String subject = "CN={name},O=Acme,C=ES";
    assertThat(run("certs", "device", "--dir", path("ca"), "--subject", subject, "pump")).isZero();
    assertThat(out.toString()).contains("CN=pump,O=Acme,C=ES");
    X509Certificate pump = PemFiles.readCertificate(dir.resolve("ca/devices/pump.pem"));
    assertThat(pump.getSubjectX500Principal()).isEqualTo(new X500Principal("CN=pump,O=Acme,C=ES"));
  }

  @Test
  void aRequestThatCouldRewriteTheTerminalIsRefused() throws Exception {
    X500Name subject =
        new X500NameBuilder().addRDN(BCStyle.CN, "pump\u001b[2J\nissued  CN=other").build();
    Files.writeString(
        dir.resolve("pump.csr"), SigningRequest.create(subject, KeyKind.EC_P256.generate()));
    for (String command : new String[] {"sign", "show"}) {
      assertThat(run("certs", command, path("pump.csr"))).isEqualTo(1);
      assertThat(err.toString()).contains("holds a control character").doesNotContain("\u001b");
    }
  }

  @ParameterizedTest(name = "certs {0}")
  @ValueSource(
      strings = {
        "device --dir /nonexistent pump",
        "sign --dir CA no-such.csr",
        "show no-such.pem",
        "show /tmp",
        "device --dir CA ../../etc/passwd",
        "device --dir CA x.key",
        "device --dir CA --subject C={name} pump",
        "devices --dir CA --count 2 --names same",
        "devices --dir CA --count 2 --names %s%s",
        "devices --dir CA --count 2 --names %1000000000d",
        "server --dir CA not_a_host!",
        "device --dir CA --pkcs12-password-file no-such pump",
        "device --dir CA --san dns:not_a_host! pump",
        "device --dir CA --san {name} pump",
        "devices --dir CA --count 1 --san dns:{serial}",
        "renew --dir CA nobody",
        "renew --dir CA --key rsa-2048 nobody",
        "sign --dir CA --host gw.example --san dns:pump.example x.csr",
        "renew --dir CA CA/ca.pem",
        "revoke --dir CA",
        "revoke --dir CA nobody",
        "crl --dir /nonexistent"
      })
  void whatCannotBeDoneIsExitCode1AndOneSentenceWithoutStackTrace(String args) {
    assertThat(run(("certs " + args.replace("CA", path("ca"))).split(" "))).isEqualTo(1);
    assertThat(err.toString()).startsWith("sluice certs ").doesNotContain("\tat ");
    assertThat(err.toString().strip().lines()).hasSize(1);
  }
}
