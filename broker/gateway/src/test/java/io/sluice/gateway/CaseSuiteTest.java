package io.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.engine.RuleTrial;
import io.sluice.sql.SqlVersion;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What rule authors see when they try their rules. */
class CaseSuiteTest {
  private static final String RULE =
      """
      ---
      awsIotSqlVersion: "2016-03-23"
      actions:
        - sqs: {queueUrl: "http://h/1/alarms-${topic(2)}"}
        - republish: {topic: "alarm/${sev}"}
      ---
      SELECT temp, topic(2) AS device
      FROM 'plant/+/climate'
      WHERE temp > 60 AND NOT maintenance
      """;

  @TempDir Path folder;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  private String printed() {
    return out.toString(StandardCharsets.UTF_8);
  }

  private int suite(String cases) throws IOException {
    Files.writeString(folder.resolve("hot.sql"), RULE);
    Path file = Files.writeString(folder.resolve("hot.cases.yaml"), cases);
    return CaseSuite.run(file, new PrintStream(out, true, StandardCharsets.UTF_8));
  }

  @Test
  void aSuiteThatHoldsIsZero() throws IOException {
    assertThat(
            suite(
                """
                rule: hot.sql
                cases:
                  - name: hot
                    topic: plant/p1/climate
                    payload: {temp: 61.50, maintenance: false, sev: 3}
                    expect:
                      fires: true
                      kind: json
                      output: {device: p1, temp: 61.5}
                      templates: {"alarm/${sev}": alarm/3}
                  - name: cold
                    topic: plant/p1/climate
                    payload: '{"temp": 3, "maintenance": false}'
                    expect: {fires: false}
                  - name: bytes
                    topic: plant/p1/climate
                    payloadBase64: /w==
                    expect: {fires: false}
                """))
        .as(printed())
        .isZero();
    assertThat(printed()).contains("ok    hot", "ok    cold", "3 of 3 cases passed");
  }

  @Test
  void aDifferenceIsShownWithItsPlaceAndIsOne() throws IOException {
    assertThat(
            suite(
                """
                rule: hot.sql
                cases:
                  - name: hot
                    topic: plant/p1/climate
                    payload: {temp: 61, maintenance: false}
                    expect:
                      output: {temp: 60, device: p1, more: [1]}
                      templates: {"alarm/${sev}": alarm/3}
                  - name: unheard
                    topic: plant/p1
                    payload: {temp: 61}
                    expect: {fires: true}
                """))
        .isEqualTo(1);
    assertThat(printed())
        .contains(
            "FAIL  hot",
            "output at /temp: expected 60, found 61",
            "output at /more: expected [1], found nothing",
            "${sev} cannot be filled: it is Undefined",
            "it did not fire",
            "0 of 2 cases passed");
  }

  @Test
  void refusedStatementsCanBeExpected() throws IOException {
    assertThat(
            suite(
                """
                sql: SELECT a b FROM 't'
                cases:
                  - {topic: t, payload: {}, expect: {error: "column 10"}}
                """))
        .as(printed())
        .isZero();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          '['                                                                   | is no YAML
          'cases: []'                                                           | at least one case
          'cases: [{topic: t, expect: {fires: true}}]'                          | either a 'rule'
          'sql: x\ncases: [{topic: t, expect: {fire: true}}]'                  | 'fire'
          'rule: gone.sql\ncases: [{topic: t, expect: {fires: true}}]'         | cannot be read
          """)
  void whatIsNoSuiteIsRefusedWithItsReason(String text, String reason) {
    assertThatThrownBy(() -> suite(text.replace("\\n", "\n")))
        .isInstanceOf(GatewayConfig.ConfigRefused.class)
        .hasMessageContaining(reason);
  }

  private int dryRun(String payload, boolean json) {
    return DryRun.print(
        RuleTrial.parse("hot", RULE, SqlVersion.V2016_03_23),
        "plant/p1/climate",
        payload.getBytes(StandardCharsets.UTF_8),
        "dev-1",
        json,
        new PrintStream(out, true, StandardCharsets.UTF_8));
  }

  @Test
  void aDryRunShowsOutputClausesAndActionsWithTheirTemplatesFilled() {
    assertThat(dryRun("{\"temp\":61,\"maintenance\":false}", false)).isZero();
    assertThat(printed())
        .contains(
            "where holds   temp > 60  -> true",
            "output        {\"temp\":61,\"device\":\"p1\"}",
            "action        0/sqs {queue=alarms-p1, bytes=25}",
            "1/republish would fail: template '${sev}' has no value");
  }

  @Test
  void aDryRunSaysWhatWasUndefinedAndWhere() {
    assertThat(dryRun("{\"temp\":61}", false)).isEqualTo(1);
    assertThat(printed())
        .contains(
            "where FAILS   NOT maintenance  -> Undefined",
            "undefined     line 9, column 25: maintenance",
            "not matched");
  }

  @Test
  void aDryRunIsJsonForPrograms() {
    assertThat(dryRun("{\"temp\":61,\"maintenance\":false,\"sev\":2}", true)).isZero();
    assertThat(printed())
        .contains("\"fires\":true", "\"topic\":\"alarm/2\"", "\"output\":{\"temp\":61");
  }
}
