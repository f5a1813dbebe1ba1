package io.sluice.sim;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class SimCommandTest {
  @TempDir private Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private String scenario;

  @BeforeEach
  void writeScenario() throws IOException {
    scenario =
        write(
            """
            name: small
            devices: 2
            duration: 300ms
            connect: {rampUp: 1000}
            telemetry: {every: 20ms, payload: {n: {$counter: {}}}}
            """);
  }

  private String write(String yaml) throws IOException {
    return Files.writeString(folder.resolve("s.yaml"), yaml).toString();
  }

  private int sim(String... arguments) {
    return new CommandLine(new SimCommand())
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }

  @Test
  void runsAScenarioAndSumsItUp() {
    try (BrokerFake broker = new BrokerFake()) {
      String port = Integer.toString(broker.port());

      assertThat(sim("run", scenario, "--plain", "--port", port)).as("%s", err).isZero();
      assertThat(out.toString())
          .contains("small", "2 devices", "connected", "2 of 2", "failed 0, outstanding 0");
    }
  }

  @Test
  void saysItToProgramsToo() throws IOException {
    try (BrokerFake broker = new BrokerFake()) {
      String port = Integer.toString(broker.port());
      int code =
          sim(
              "run",
              scenario,
              "--plain",
              "--host",
              "127.0.0.1",
              "--port",
              port,
              "--devices",
              "3",
              "--duration",
              "200ms",
              "--seed",
              "9",
              "--json");
      assertThat(code).as("%s", err).isZero();
      JsonNode report = PayloadTemplate.JSON.readTree(out.toString());

      assertThat(report.get("whole").asBoolean()).isTrue();
      assertThat(report.get("devices").asInt()).isEqualTo(3);
      assertThat(report.get("acknowledged").asInt()).isPositive();
      assertThat(report.get("published")).isEqualTo(report.get("acknowledged"));
      assertThat(report.at("/latencyMicros/count")).isEqualTo(report.get("acknowledged"));
    }
  }

  @Test
  void failsWhenNotAllWasAcknowledged() {
    try (BrokerFake broker = new BrokerFake()) {
      broker.withholdAcknowledgements = true;
      String port = Integer.toString(broker.port());

      assertThat(sim("run", scenario, "--plain", "--port", port, "--drain", "50ms")).isEqualTo(1);
      assertThat(out.toString()).containsPattern("acknowledged +0, failed");
    }
  }

  @Test
  void saysWhenTheRampUpIsLongerThanTheRun() throws IOException {
    String slow =
        write("devices: 9\nduration: 20ms\nconnect: {rampUp: 3}\ntelemetry: {payload: 1}");

    assertThat(sim("run", slow, "--plain", "--port", "1", "--drain", "0s")).isEqualTo(1);
    assertThat(err.toString())
        .contains(
            "at 3.0 devices per second the last of 9 starts after 3 s, and the run takes 20ms");
  }

  @Test
  void failsWhenNobodyIsThere() {
    assertThat(sim("run", scenario, "--plain", "--port", "1", "--drain", "0s")).isEqualTo(1);
    assertThat(out.toString()).contains("0 of 2", "connection refused: nothing listens there");
  }

  @Test
  void refusesWithTheRemedy() throws IOException {
    assertThat(sim("run", scenario)).isEqualTo(2);
    assertThat(err.toString()).contains("give either --certs DIR", "or --plain");

    assertThat(sim("run", scenario, "--certs", folder.toString())).isEqualTo(2);
    assertThat(err.toString()).contains("ca.pem");

    assertThat(sim("run", scenario, "--plain", "--port", "99999")).isEqualTo(2);
    assertThat(sim("run", scenario, "--plain", "--devices", "0")).isEqualTo(2);
    assertThat(sim("run")).isEqualTo(2);
    assertThat(sim()).isEqualTo(2);
    assertThat(sim("bench")).isEqualTo(2);

    assertThat(sim("check", write("telemtry: {}"))).isEqualTo(2);
    assertThat(err.toString())
        .contains("s.yaml: unknown key 'telemtry'; did you mean 'telemetry'?");
  }

  @Test
  void showsWhatAScenarioWouldSend() {
    assertThat(sim("check", "scenarios/demo.yaml", "--count", "2")).as("%s", err).isZero();
    assertThat(out.toString())
        .contains("demo: 20 devices from sensor-0001, 15s, MQTT 3.1.1")
        .contains("devices/sensor-0001/telemetry (QoS 1)")
        .contains("{\"device\":\"sensor-0001\",\"seq\":1,\"temperature\":21.0,")
        .contains("$aws/things/sensor-0001/shadow/update");
  }
}
