package io.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/**
 * A gateway in a process of its own, killed with SIGKILL while devices publish: a short campaign of
 * {@code sluice crash}. What it checks is in {@code CrashOracleTest}; that it finds what is wrong,
 * in {@code CrashCampaignTest}.
 */
class GatewayCrashTest {
  @TempDir Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int sluice(String... arguments) {
    CommandLine line = Main.commandLine();
    return line.setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }

  @Test
  void nothingThatWasAcknowledgedIsLostAndTheQueueHoldsItAsOftenAsItWasPublished()
      throws Exception {
    int code =
        sluice(
            "crash",
            "--rounds",
            "2",
            "--seconds",
            "0.4",
            "--json",
            "--data-dir",
            folder.resolve("crash").toString());

    assertThat(code).as("%s%n%s", err, out).isZero();
    JsonNode report = new ObjectMapper().readTree(out.toString());
    assertThat(report.get("kills").asInt()).isGreaterThanOrEqualTo(2);
    assertThat(report.at("/acknowledged/1").asLong()).isPositive();
    assertThat(report.at("/acknowledged/2").asLong()).isPositive();
    assertThat(report.get("queued").asLong()).isPositive();
    assertThat(report.get("retainedChecks").asLong()).isPositive();
    assertThat(report.get("violationCount").asLong()).isZero();
    assertThat(err.toString()).contains("round   1:").contains("seed " + report.get("seed"));
    assertThat(folder.resolve("crash/gateway.log")).content().contains("SLUICE READY");
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --rounds 0       | --rounds 0; choose from 1 to 100000
          --seconds 0      | --seconds 0; choose from 0.1 to 600
          --qos-max 3      | --qos-max 3; choose from 1 to 2
          """)
  void refusesWhatItCannotDo(String options, String message) {
    assertThat(sluice(("crash " + options).split(" ", -1))).isEqualTo(2);
    assertThat(err.toString()).contains(message);
  }

  @Test
  void aFolderThatIsNotEmptyIsNoPlaceForACampaign() throws Exception {
    Files.writeString(folder.resolve("something"), "here");

    assertThat(sluice("crash", "--data-dir", folder.toString())).isEqualTo(2);
    assertThat(err.toString()).contains("is not empty");
  }
}
