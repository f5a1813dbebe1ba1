package io.sluice.sql;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every function with every type of argument and every operator with every pair of types, each
 * through the door that {@code rules test --cases} uses.
 */
class TypeTablesTest {
  private static final ObjectMapper JSON = ConformanceTest.JSON;
  private static final List<String> NAMES = List.of("i", "d", "s", "t", "b", "a", "o", "n", "u");
  private static final String PAYLOAD =
      "{\"i\":7,\"d\":-2.5,\"s\":\"3.6\",\"t\":\"aBc\",\"b\":true,\"a\":[1,\"x\"],\"o\":{\"k\":1},\"n\":null}";

  static Stream<String> rows() throws IOException {
    return Stream.concat(rows("argument-types.txt"), rows("operand-types.txt"));
  }

  private static Stream<String> rows(String table) throws IOException {
    try (InputStream in = TypeTablesTest.class.getResourceAsStream(table)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines().filter(line -> !line.isBlank() && !line.startsWith("#")).toList().stream();
    }
  }

  @ParameterizedTest
  @MethodSource("rows")
  void holdsForEveryType(String row) throws IOException {
    List<String> cells = List.of(row.split(" ¦ "));
    assertThat(cells).as(row).hasSize(1 + NAMES.size());
    List<JsonNode> answers = answers(cells.get(0));
    for (int i = 0; i < NAMES.size(); i++) {
      String expected = cells.get(i + 1);
      JsonNode answer = answers.get(i);
      String what =
          "%s with %s is %s, wanted %s".formatted(cells.get(0), NAMES.get(i), answer, expected);
      if (expected.equals("U")) {
        assertThat(answer.get("kind").asText()).as(what).isEqualTo("empty");
      } else {
        boolean rough = expected.startsWith("~");
        JsonNode wanted = JSON.readTree(rough ? expected.substring(1) : expected);
        assertThat(answer.get("kind").asText()).as(what).isEqualTo("json");
        assertThat(ConformanceTest.same(answer.get("output"), wanted, rough)).as(what).isTrue();
      }
    }
  }

  private static List<JsonNode> answers(String expression) throws IOException {
    StringBuilder lines = new StringBuilder();
    for (String name : NAMES) {
      ObjectNode line = JSON.createObjectNode();
      line.put("id", name);
      line.put("sql", "SELECT VALUE " + expression.replace("?", name) + " FROM 'fleet/#'");
      line.put("topic", "fleet/u7/stat");
      line.put("payload", PAYLOAD);
      lines.append(line).append('\n');
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new CasesRunner()
        .run(
            new ByteArrayInputStream(lines.toString().getBytes(StandardCharsets.UTF_8)),
            new PrintStream(out, true, StandardCharsets.UTF_8));
    List<JsonNode> answers = new ArrayList<>();
    for (String line : out.toString(StandardCharsets.UTF_8).split("\n", -1)) {
      if (!line.isEmpty()) {
        answers.add(JSON.readTree(line));
      }
    }
    return answers;
  }
}
