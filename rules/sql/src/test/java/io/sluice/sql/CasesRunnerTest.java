package io.sluice.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Lines in, lines out. */
class CasesRunnerTest {
  private static List<String> run(String... lines) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int code =
        CasesRunner.run(
            "-",
            new ByteArrayInputStream(String.join("\n", lines).getBytes(StandardCharsets.UTF_8)),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            System.err);
    assertThat(code).isZero();
    return out.toString(StandardCharsets.UTF_8).lines().toList();
  }

  @Test
  void answersEveryLineInOrder() throws IOException {
    assertThat(
            run(
                "{\"id\":\"1\",\"sql\":\"SELECT a FROM 't'\",\"topic\":\"t\",\"payload\":\"{\\\"a\\\":1.50}\"}",
                "",
                "{\"id\":2,\"sql\":\"SELECT a FROM 't' WHERE a > 2\",\"topic\":\"t\",\"payload\":\"{\\\"a\\\":1}\"}",
                "{\"id\":\"3\",\"sql\":\"SELECT VALUE a FROM 't'\",\"topic\":\"t\",\"payload\":\"{}\"}",
                "{\"id\":\"4\",\"sql\":\"SELECT * FROM 't'\",\"topic\":\"t\",\"payloadBase64\":\"SGk=\"}",
                "{\"id\":\"5\",\"sql\":\"SELECT a FROM 't'\",\"topic\":\"t\",\"payload\":\"{\\\"a\\\":1}\",\"template\":\"x/${a}\"}",
                "{\"id\":\"6\",\"sql\":\"SELECT a FROM 't'\",\"topic\":\"t\",\"payload\":\"{}\",\"template\":\"x/${a}\"}"))
        .containsExactly(
            "{\"id\":\"1\",\"matched\":true,\"kind\":\"json\",\"output\":{\"a\":1.50},\"error\":null}",
            "{\"id\":2,\"matched\":false,\"kind\":\"none\",\"output\":null,\"error\":null}",
            "{\"id\":\"3\",\"matched\":true,\"kind\":\"empty\",\"output\":\"\",\"error\":null}",
            "{\"id\":\"4\",\"matched\":true,\"kind\":\"bytes\",\"output\":\"SGk=\",\"error\":null}",
            "{\"id\":\"5\",\"matched\":true,\"kind\":\"template\",\"output\":\"x/1\",\"error\":null}",
            "{\"id\":\"6\",\"matched\":true,\"kind\":\"template\",\"output\":null,\"error\":\"${a} cannot be filled: it is Undefined\"}");
  }

  @Test
  void refusesWhatIsNoCase() throws IOException {
    List<String> answers =
        run(
            "{\"id\":\"1\",\"sql\":\"SELECT\",\"topic\":\"t\"}",
            "not json",
            "{\"id\":\"3\",\"topic\":\"t\"}",
            "{\"id\":\"4\",\"sql\":\"SELECT a FROM 't'\",\"topic\":\"a/#\"}",
            "{\"id\":\"5\",\"sql\":\"SELECT a FROM 't'\",\"topic\":\"t\",\"payloadBase64\":\"%\"}",
            "{\"id\":\"6\",\"sql\":\"SELECT a FROM 't'\",\"topic\":\"x\",\"template\":\"${\"}",
            "[1]",
            "7",
            "null",
            "{\"id\":\"7\"} {\"id\":\"8\"}",
            "{\"id\":\"9\",\"sql\":7,\"topic\":\"t\"}",
            "{\"id\":\"10\",\"sql\":\"SELECT a FROM 't'\"}",
            "{\"id\":\"11\",\"sql\":\"SELECT a FROM 't'\",\"topic\":\"t\",\"context\":5}",
            "{\"id\":\"12\",\"sql\":\"SELECT a FROM 't'\",\"topic\":\"t\",\"template\":{}}",
            "{\"id\":\"13\",\"sql\":\"SELECT a FROM 't'\",\"topic\":\"t\",\"payloadBase64\":7}",
            "{\"id\":\"14\",\"sql\":\"SELECT a FROM 't'\",\"topic\":\"t\",\"context\":{\"timestampMs\":\"x\"}}",
            "{\"id\":\"15\",\"sql\":\"SELECT a FROM 't'\",\"topic\":\"t\",\"context\":{\"protocol\":\"coap\"}}",
            "{\"id\":\"16\",\"sql\":\"SELECT a FROM 't'\",\"topic\":\"t\",\"context\":{\"sqlVersion\":\"1\"}}",
            "{\"id\":\"17\",\"sql\":\"SELECT a FROM 't'\",\"topic\":\"t\",\"context\":{\"mqtt5\":{\"userProperties\":[7]}}}",
            "[".repeat(100_000),
            "{\"id\":".repeat(5_000),
            "{\"id\":\"18\",\"sql\":\"SELECT " + "(".repeat(100_000) + "\",\"topic\":\"t\"}",
            "{\"id\":\"19\",\"sql\":\"SELECT a FROM 't'\",\"topic\":\"\"}");
    assertThat(answers)
        .hasSize(23)
        .allMatch(
            answer ->
                answer.contains(
                    "\"matched\":false,\"kind\":\"error\",\"output\":null,\"error\":\""));
    assertThat(answers.get(0))
        .contains("line 1, column 7: found the end of the statement, expected an expression.");
  }

  @Test
  void readsAFile(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("cases.jsonl");
    Files.writeString(
        file, "{\"id\":\"é\",\"sql\":\"SELECT VALUE 'ü' FROM 't'\",\"topic\":\"t\"}\n");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertThat(
            CasesRunner.run(
                file.toString(),
                System.in,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                System.err))
        .isZero();
    assertThat(out.toString(StandardCharsets.UTF_8))
        .isEqualTo(
            "{\"id\":\"é\",\"matched\":true,\"kind\":\"json\",\"output\":\"ü\",\"error\":null}\n");
  }

  @Test
  void saysWhichFileItCannotRead() {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    assertThat(
            CasesRunner.run(
                "/nowhere/x.jsonl",
                System.in,
                System.out,
                new PrintStream(err, true, StandardCharsets.UTF_8)))
        .isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("/nowhere/x.jsonl");
  }
}
