package io.sluice.sql;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The rows of {@code conformance.txt}, each through the door that {@code rules test --cases} uses.
 */
class ConformanceTest {
  static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

  static Stream<Arguments> rows() throws IOException {
    try (InputStream table = ConformanceTest.class.getResourceAsStream("conformance.txt")) {
      List<String> lines =
          new String(table.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
      return lines.stream()
          .filter(line -> !line.isBlank() && !line.startsWith("#"))
          .map(
              line -> {
                String[] row = line.split(" ¦ ?", -1);
                assertThat(row).as(line).hasSizeBetween(4, 5);
                return Arguments.of(row[0], row[1], row[2], row[3], row.length > 4 ? row[4] : "{}");
              });
    }
  }

  @ParameterizedTest(name = "{0}: {1} on {2} gives {3}")
  @MethodSource("rows")
  void holds(String clause, String sql, String payload, String expected, String context)
      throws IOException {
    JsonNode answer = answer(sql, payload, context);
    String kind = answer.get("kind").asText();
    String error = answer.get("error").asText();
    if (expected.equals("NO MATCH")) {
      assertThat(answer.get("matched").asBoolean()).as(answer.toString()).isFalse();
      assertThat(kind).isEqualTo("none");
      assertThat(answer.get("error").isNull()).as(error).isTrue();
    } else if (expected.startsWith("REJECTED")) {
      assertThat(kind).as(answer.toString()).isEqualTo("error");
      if (expected.length() > "REJECTED ".length()) {
        assertThat(codeOf(sql, context))
            .isEqualTo(SqlRejected.Code.valueOf(expected.substring("REJECTED ".length())));
      }
    } else if (expected.startsWith("FAILED ")) {
      assertThat(answer.get("matched").asBoolean()).isFalse();
      assertThat(kind).isEqualTo("none");
      assertThat(error).startsWith(expected.substring("FAILED ".length()));
    } else if (expected.startsWith("TEMPLATE ")) {
      assertThat(kind).as(answer.toString()).isEqualTo("template");
      assertThat(answer.get("output").asText())
          .as(answer.toString())
          .isEqualTo(expected.substring("TEMPLATE ".length()));
    } else if (expected.equals("EMPTY")) {
      assertThat(kind).as(answer.toString()).isEqualTo("empty");
    } else if (expected.startsWith("BYTES")) {
      assertThat(kind).isEqualTo("bytes");
      assertThat(answer.get("output").asText())
          .isEqualTo(expected.substring("BYTES".length()).strip());
    } else {
      assertThat(answer.get("matched").asBoolean()).as(answer.toString()).isTrue();
      assertThat(kind).as(answer.toString()).isEqualTo("json");
      boolean rough = expected.startsWith("~");
      JsonNode wanted = JSON.readTree(rough ? expected.substring(1) : expected);
      assertThat(same(answer.get("output"), wanted, rough))
          .as("%s, wanted %s", answer, wanted)
          .isTrue();
    }
  }

  private static JsonNode answer(String sql, String payload, String context) throws IOException {
    ObjectNode given = JSON.createObjectNode();
    JsonNode circumstances = JSON.readTree(context);
    given.put("id", "x");
    given.put("sql", statement(sql));
    given.put("topic", circumstances.path("topic").asText("fleet/u7/stat"));
    if (payload.startsWith("base64:")) {
      given.put("payloadBase64", payload.substring("base64:".length()));
    } else {
      given.put("payload", payload);
    }
    if (circumstances.has("template")) {
      given.set("template", circumstances.get("template"));
    }
    given.set("context", circumstances);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new CasesRunner()
        .run(
            new ByteArrayInputStream(JSON.writeValueAsBytes(given)),
            new PrintStream(out, true, StandardCharsets.UTF_8));
    return JSON.readTree(out.toByteArray());
  }

  private static String statement(String sql) {
    String start = sql.toLowerCase(java.util.Locale.ROOT);
    return start.startsWith("select") || start.startsWith("foreach ") || start.startsWith("set ")
        ? sql
        : "SELECT VALUE " + sql + " FROM 'fleet/#'";
  }

  private static SqlRejected.Code codeOf(String sql, String context) throws IOException {
    SqlVersion version =
        SqlVersion.of(JSON.readTree(context).path("sqlVersion").asText("2016-03-23")).orElseThrow();
    try {
      RuleSql.compile(statement(sql), version);
    } catch (SqlRejected rejected) {
      return rejected.code();
    }
    throw new AssertionError("compiled: " + sql);
  }

  /** Equal as JSON, numbers as numbers. */
  static boolean same(JsonNode a, JsonNode b, boolean rough) {
    if (a.isNumber() && b.isNumber()) {
      BigDecimal difference = a.decimalValue().subtract(b.decimalValue()).abs();
      return rough
          ? difference.compareTo(
                  new BigDecimal("1E-12").multiply(b.decimalValue().abs().max(BigDecimal.ONE)))
              < 0
          : difference.signum() == 0;
    }
    if (a.isArray() && b.isArray() && a.size() == b.size()) {
      Iterator<JsonNode> others = b.iterator();
      for (JsonNode element : a) {
        if (!same(element, others.next(), rough)) {
          return false;
        }
      }
      return true;
    }
    if (a.isObject() && b.isObject() && a.size() == b.size()) {
      for (Map.Entry<String, JsonNode> field : a.properties()) {
        if (!b.has(field.getKey()) || !same(field.getValue(), b.get(field.getKey()), rough)) {
          return false;
        }
      }
      return true;
    }
    return a.equals(b);
  }
}
