package io.sluice.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.sluice.certs.CertificateAuthority;
import io.sluice.certs.CertificateProfile;
import io.sluice.certs.Identity;
import io.sluice.certs.IdentityFolder;
import io.sluice.certs.KeyKind;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** Each mode of the bench against the fake broker. */
class BenchCommandTest {
  private final BrokerFake broker = new BrokerFake();
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @AfterEach
  void closeBroker() {
    broker.close();
  }

  private int bench(String line) {
    List<String> arguments = new ArrayList<>(List.of("bench"));
    arguments.addAll(List.of(line.split(" +", -1)));
    return new CommandLine(new SimCommand())
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments.toArray(String[]::new));
  }

  private JsonNode measured(String line) throws Exception {
    int code = bench(line + " --json --port " + broker.port());
    assertThat(code).as("%s %s", err, out).isZero();
    return PayloadTemplate.JSON.readTree(out.toString());
  }

  @ParameterizedTest
  @CsvSource({"3.1.1,0", "3.1.1,1", "3.1.1,2", "5,0", "5,1", "5,2"})
  void pairs(String mqtt, int qos) throws Exception {
    JsonNode report =
        measured(
            "pairs --pairs 3 --warm-up 0s --messages 200 --mqtt %s --qos %d --broker-pid %d"
                .formatted(mqtt, qos, ProcessHandle.current().pid()));

    assertThat(report.get("sound").asBoolean()).isTrue();
    assertThat(report.get("messages").asLong()).isGreaterThanOrEqualTo(200);
    assertThat(report.get("delivered")).isEqualTo(report.get("published"));
    assertThat(report.get("outOfOrder").asLong()).isZero();
    assertThat(report.at("/deliveryLatencyMicros/p50").asLong()).isPositive();
    assertThat(report.get("brokerCpuMicrosPerMessage").asDouble()).isNotNegative();
    assertThat(report.path("exactlyOnce").asBoolean()).isEqualTo(qos == 2);
    assertThat(broker.published)
        .allMatch(p -> p.qos() == qos && p.topic().startsWith("bench/pairs/"));
    assertThat(broker.published).hasSize(report.get("published").asInt());
  }

  @Test
  void pairsAtARateKeepThePace() throws Exception {
    JsonNode report = measured("pairs --pairs 2 --warm-up 0s --duration 500ms --rate 1000 --qos 1");

    double due = report.get("seconds").asDouble() * 1_000;
    assertThat(report.get("published").asDouble()).isBetween(due / 10, due + 500);
    assertThat(report.get("unacknowledged").asLong()).isZero();
  }

  @ParameterizedTest
  @CsvSource({"0", "1"})
  void fanout(int qos) throws Exception {
    JsonNode report =
        measured(
            "fanout --subscribers 20 --warm-up 0s --messages 400 --threads 2 --qos %d"
                .formatted(qos));

    assertThat(report.get("delivered").asLong()).isEqualTo(report.get("published").asLong() * 20);
    assertThat(report.get("lost").asLong()).isZero();
  }

  @ParameterizedTest
  @CsvSource({"3.1.1,1", "5,2"})
  void durable(String mqtt, int qos) throws Exception {
    JsonNode report =
        measured(
            "durable --publishers 2 --sessions 2 --warm-up 0s --messages 200 --mqtt %s --qos %d"
                .formatted(mqtt, qos));

    assertThat(report.get("acknowledged")).isEqualTo(report.get("published"));
    assertThat(report.get("collected")).isEqualTo(report.get("acknowledged"));
    assertThat(report.get("acknowledgedAndLost").asLong()).isZero();
    assertThat(report.get("doubled").asLong()).isZero();
  }

  @Test
  void connections() throws Exception {
    JsonNode report =
        measured(
            "connections --connections 60 --hold 100ms --broker-pid "
                + ProcessHandle.current().pid());

    assertThat(report.get("connected").asInt()).isEqualTo(60);
    assertThat(report.get("aliveAfterHold").asInt()).isEqualTo(60);
    assertThat(report.at("/connectLatencyMicros/count").asInt()).isEqualTo(60);
    assertThat(report.get("brokerResidentBytesBefore").asLong()).isPositive();
    assertThat(report.has("brokerBytesPerConnection"))
        .as("known or said to be unknown, never both")
        .isNotEqualTo(report.has("brokerBytesPerConnectionUnknown"));
  }

  @Test
  void connectionsOverMutualTls(@TempDir Path folder) throws Exception {
    CertificateAuthority authority = CertificateAuthority.create("Test CA");
    IdentityFolder identities = IdentityFolder.at(folder.resolve("d"));
    identities.writeAuthority(authority.certificate());
    identities.write("bench", authority.issue(CertificateProfile.device("bench"), KeyKind.EC_P256));
    Identity server =
        authority.issue(CertificateProfile.server(List.of("localhost")), KeyKind.EC_P256);
    SslContext tls =
        SslContextBuilder.forServer(server.key(), server.chainArray())
            .trustManager(authority.certificate())
            .clientAuth(ClientAuth.REQUIRE)
            .build();
    try (BrokerFake secured = new BrokerFake(tls)) {
      String line =
          "connections --connections 5 --hold 50ms --port %d --certs %s"
              .formatted(secured.port(), identities.path());
      assertThat(bench(line + " --identity bench")).as("%s %s", err, out).isZero();
      assertThat(bench(line)).as("no certificate: TLS refuses").isEqualTo(1);
    }
  }

  @Test
  void aStormIsRiddenOutByTryingAgain() throws Exception {
    broker.refuseOnly = "-storm-";
    broker.refuseConnects.set(30);
    JsonNode report = measured("storm --clients 50 --quiet-time 100ms --rate 200");

    assertThat(report.get("connected").asInt()).isEqualTo(50);
    assertThat(report.get("stillConnected").asInt()).isEqualTo(50);
    assertThat(report.get("othersDelivered")).isEqualTo(report.get("othersPublished"));
    assertThat(report.get("othersPublished").asLong()).isPositive();
    assertThat(report.at("/attemptsRefused/CONNECT refused: 0x03").asInt()).isEqualTo(30);
  }

  @ParameterizedTest
  @CsvSource({"''", "--persistent"})
  void aTakeoverEndsTheConnectionBefore(String option) throws Exception {
    JsonNode report =
        measured(
            "takeover --rate 500 --duration 200ms --broker-pid %d %s"
                .formatted(ProcessHandle.current().pid(), option)
                .strip());

    assertThat(report.get("connects").asInt()).isEqualTo(100);
    assertThat(report.get("standingAtTheEnd").asInt()).isEqualTo(1);
    assertThat(report.at("/connectLatencyMicros/count").asInt())
        .isEqualTo(report.get("accepted").asInt());
  }

  @Test
  void handshakesComeAndGoAndAreAllCounted() throws Exception {
    JsonNode report =
        measured(
            "handshakes --concurrency 4 --warm-up 100ms --duration 300ms --broker-pid %d"
                .formatted(ProcessHandle.current().pid()));

    assertThat(report.get("connects").asInt()).isPositive();
    assertThat(report.get("brokerCpuMicrosPerConnect").asDouble()).isPositive();
    assertThat(report.get("failures")).isEmpty();
    assertThat(bench("handshakes --resumed --port %d".formatted(broker.port()))).isEqualTo(2);
    assertThat(err.toString()).contains("--resumed needs --certs");
  }

  @Test
  void besideMeasuresEveryBrokerWithTheSameLoads() throws Exception {
    try (BrokerFake other = new BrokerFake()) {
      String brokers =
          " --broker one=%d,%d --broker other=%d"
              .formatted(broker.port(), ProcessHandle.current().pid(), other.port());
      int code = bench("beside --quick --only 2, --only 5,000" + brokers);
      assertThat(code).as("%s %s", err, out).isZero();
      assertThat(out.toString())
          .contains("| load | figure | one | other |")
          .containsPattern(
              "\\| 50 pairs, QoS 2, window 1 \\| messages per second \\| [\\d,.]+ \\| [\\d,.]+ \\|")
          .contains("| storm of 5,000 connects | seconds |");

      out.getBuffer().setLength(0);
      assertThat(bench("beside --quick --json --only takeovers" + brokers)).isZero();
      JsonNode reports = PayloadTemplate.JSON.readTree(out.toString());
      assertThat(reports).hasSize(2);
      assertThat(reports.at("/1/broker").asText()).isEqualTo("other");
      assertThat(reports.at("/0/sound").asBoolean()).isTrue();
    }
  }

  @Test
  void besideSaysWhichBrokerCouldNotBeMeasured() {
    int code = bench("beside --quick --only takeovers --broker gone=1");
    assertThat(code).isEqualTo(1);
    assertThat(out.toString()).contains("(not sound)");
  }

  @Test
  void whatComesTwiceIsNotExactlyOnce() {
    broker.doublesEvery = 50;
    int code = bench("pairs --pairs 1 --warm-up 0s --messages 200 --qos 2 --port " + broker.port());

    assertThat(code).isEqualTo(1);
    assertThat(out.toString()).contains("NOT SOUND").containsPattern("exactly once +false");
  }

  @Test
  void aBrokerThatLosesWhatItAcknowledgedIsFoundOut() {
    broker.dropDeliveries = true;
    int code =
        bench(
            "durable --publishers 1 --warm-up 0s --messages 20 --drain 100ms --port "
                + broker.port());

    assertThat(code).isEqualTo(1);
    assertThat(out.toString()).contains("NOT SOUND").containsPattern("acknowledged and lost +\\d+");
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          pairs --host 192.0.2.1                 | 2 | if it is yours, add --i-own-this-host
          pairs --broker-pid 999999999           | 2 | no readable process 999999999
          pairs --qos 3                          | 2 | --qos 3; choose from 0 to 2
          pairs --pairs 0                        | 2 | --pairs 0; choose from 1
          pairs --payload -1                     | 2 | --payload -1; choose from 0
          pairs --mqtt 4                         | 2 | '4' is no MQTT version here; write 3.1.1 or 5
          pairs --duration 5                     | 2 | '5' is not a duration
          pairs --identity x                     | 2 | --identity needs --certs DIR
          beside --broker x                      | 2 | write a name, a port and, if known, a process
          beside --broker x=1 --only y           | 2 | no load's name contains [y]
          durable --sessions 0                   | 2 | without sessions nothing durable listens
          pairs --pairs 1 --port 1               | 1 | nothing listens there
          nonsense                               | 2 | nonsense
          """)
  void refusesWhatItCannotDo(String line, int code, String message) {
    assertThat(bench(line)).isEqualTo(code);
    assertThat(err.toString()).contains(message);
  }

  @Test
  void refusesMoreConnectionsThanThisProcessMayOpen() {
    assertThatThrownBy(() -> BenchOptions.checkOpenFiles(2_000_000_000))
        .isInstanceOf(SimExit.WrongUsage.class)
        .hasMessageContaining("raise it with 'ulimit -n");
  }

  @Test
  void aBrokerThatRefusesIsSaidSo() {
    broker.refuseConnects.set(100);

    assertThat(bench("pairs --pairs 1 --port " + broker.port())).isEqualTo(1);
    assertThat(err.toString()).contains("CONNECT refused: 0x03");
  }
}
