package io.sluice.gateway;

import static io.sluice.gateway.ShadowGateway.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code sluice shadow} against a running gateway, with its access key file. */
class ShadowCommandTest {
  @TempDir static Path folder;
  private static ShadowGateway house;

  private record Ran(int exit, String out, String err) {
    List<String> lines() {
      return out.lines().map(line -> line.strip().replaceAll(" {2,}", "  ")).toList();
    }

    JsonNode json() {
      return ShadowGateway.json(out);
    }
  }

  @BeforeAll
  static void start() {
    house = new ShadowGateway(folder.resolve("data"), Map.of());
  }

  @AfterAll
  static void stop() {
    house.close();
  }

  private static Ran run(String... words) {
    List<String> all = new ArrayList<>(List.of("shadow"));
    all.addAll(List.of(words));
    all.addAll(
        List.of(
            "--endpoint",
            "http://127.0.0.1:" + house.gateway.port("http"),
            "--access-key-file",
            folder.resolve("data").resolve("access-key").toString()));
    return bare(all.toArray(String[]::new));
  }

  private static Ran bare(String... words) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exit =
        Main.commandLine()
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(err, true))
            .execute(words);
    return new Ran(exit, out.toString(), err.toString());
  }

  @Test
  void showPutsDesiredReportedAndDeltaSideBySideWithTheirAges() {
    house.update(
        "lamp",
        null,
        "{'state':{'desired':{'color':'red','o':{'x':1,'y':2}},'reported':{'color':'blue','o':{'x':1},'l':[1,2]}}}");
    Ran shown = run("show", "lamp");
    assertThat(shown.exit()).as(shown.err()).isZero();
    assertThat(shown.lines().get(0)).isEqualTo("lamp, version 1: 2 attributes differ");
    assertThat(shown.lines().get(1))
        .isEqualTo("attribute  desired  reported  delta  desired since  reported since");
    String rest = String.join("\n", shown.lines());
    assertThat(rest)
        .containsPattern("color  \"red\"  \"blue\"  \"red\"  (now|\\d+ s)  (now|\\d+ s)");
    assertThat(rest).containsPattern("o\\.x  1  1  (now|\\d+ s)  (now|\\d+ s)");
    assertThat(rest).containsPattern("o\\.y  2  -  2  (now|\\d+ s)  -");
    assertThat(rest).containsPattern("l  -  \\[1,2\\]  -  (now|\\d+ s)");
  }

  @Test
  void setChangesDesiredOrReportedAndNullDeletes() {
    assertThat(run("set", "fan", "speed=3", "mode=auto", "o.x=true", "o.y=[1]").out())
        .isEqualTo("version 1\n");
    assertThat(run("set", "fan", "--reported", "speed=1", "text=007up").exit()).isZero();
    assertThat(run("set", "fan", "mode=null", "--expect", "2").exit()).isZero();
    assertThat(house.get("fan", null).get("state"))
        .isEqualTo(
            json(
                "{'desired':{'speed':3,'o':{'x':true,'y':[1]}},'reported':{'speed':1,'text':'007up'},"
                    + "'delta':{'speed':3,'o':{'x':true,'y':[1]}}}"));
    assertThat(run("set", "fan", "--state", "{\"desired\":null}", "--name", "n").exit()).isZero();
    assertThat(run("list", "fan").out()).isEqualTo("n\n");
    Ran late = run("set", "fan", "speed=9", "--expect", "1");
    assertThat(late.exit()).isEqualTo(1);
    assertThat(late.err()).contains("409", "Version conflict");
  }

  @Test
  void historyDiffAndRollbackTellAndUndo() {
    run("set", "pump", "p=1");
    run("set", "pump", "p=2", "q=5");
    Ran history = run("history", "pump");
    assertThat(history.exit()).as(history.err()).isZero();
    assertThat(history.lines().get(1)).isEqualTo("version  when  ago  change  by  from  asked");
    assertThat(history.lines().get(2))
        .startsWith("2  20")
        .endsWith("http 127.0.0.1  {\"desired\":{\"p\":2,\"q\":5}}")
        .contains("  update  ");
    assertThat(history.lines().get(3)).startsWith("1  20");
    assertThat(run("history", "pump", "--last", "1").lines()).hasSize(3);
    assertThat(run("history", "pump", "--json").json().at("/1/state/desired/p").asInt())
        .isEqualTo(2);

    assertThat(run("diff", "pump").lines())
        .containsExactly(
            "pump, version 1 to 2:",
            "attribute  before  after",
            "desired.p  1  2",
            "desired.q  -  5");
    assertThat(run("diff", "pump", "2", "2").out()).contains("no difference");
    assertThat(run("diff", "pump", "1", "--json").json().get("changes")).hasSize(2);

    assertThat(run("rollback", "pump", "1").out())
        .isEqualTo("version 3 has the state of version 1\n");
    assertThat(house.get("pump", null).at("/state/desired")).isEqualTo(json("{'p':1}"));
    assertThat(run("show", "pump", "--as-of-version", "2", "--json").json().at("/state/desired/q"))
        .isEqualTo(json("5"));
    assertThat(run("show", "pump", "--as-of", Instant.now().toString()).lines().get(0))
        .startsWith("pump, version 3");
  }

  @Test
  void whatADeviceWroteCannotMoveTheCursor() {
    house.update("evil", null, "{'state':{'reported':{'k\\u001b[2J':'\\u0007x'}}}");
    assertThat(run("show", "evil").out()).doesNotContain("\u001b", "\u0007");
  }

  @Test
  void aThingWithoutAShadowIsToldSo() {
    Ran none = run("show", "nobody here");
    assertThat(none.exit()).isEqualTo(1);
    assertThat(none.err()).contains("400: Invalid thing name");
    assertThat(run("history", "nobody").err())
        .contains("404: No shadow exists with name: 'nobody'");
  }

  @ParameterizedTest(name = "shadow {0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          set lamp                | PATH=VALUE
          set lamp novalue        | no PATH=VALUE
          set lamp a=1 a.b=2      | set twice
          set lamp --state {      | not JSON
          rollback lamp           | VERSION
          paint lamp              | paint
          """)
  void wrongUsageExitsWith2(String words, String sentence) {
    List<String> all = new ArrayList<>(List.of("shadow"));
    all.addAll(List.of(words.split(" ")));
    Ran ran = bare(all.toArray(String[]::new));
    assertThat(ran.exit()).isEqualTo(2);
    assertThat(ran.err()).contains(sentence);
  }

  @Test
  void aMissingKeyFileIsNamed() {
    Ran ran = bare("shadow", "show", "lamp", "--access-key-file", folder.resolve("no").toString());
    assertThat(ran.exit()).isEqualTo(2);
    assertThat(ran.err()).contains(folder.resolve("no").toString(), "--access-key-file");
  }

  @ParameterizedTest
  @CsvSource({"0, now", "-5, now", "119, 119 s", "120, 2 min", "7200, 2 h", "172800, 2 d"})
  void agesAreSaidAsPeopleSayThem(long seconds, String said) {
    assertThat(ShadowTable.ago(seconds)).isEqualTo(said);
  }
}
