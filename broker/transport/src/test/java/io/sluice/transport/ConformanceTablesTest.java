package io.sluice.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The pages that say which clause of MQTT is held by which test: complete, without repetition, and
 * every test that they name exists.
 */
class ConformanceTablesTest {
  private static final Path ROOT = Path.of("../..");

  /** How many statements each section of MQTT 5.0 has, appendix B. */
  private static final String SECTIONS_5 =
      """
      1.5.4:3 1.5.5:1 1.5.7:1 2.1.3:1 2.2.1:6 2.2.2:1 3.1.0:2 3.1.2:30 3.1.3:12 3.1.4:6 3.2.0:2
      3.2.2:22 3.3.1:13 3.3.2:20 3.3.4:10 3.4.2:3 3.5.2:3 3.6.1:1 3.6.2:3 3.7.2:3 3.8.1:1 3.8.3:5
      3.8.4:8 3.9.2:2 3.9.3:2 3.10.1:1 3.10.3:2 3.10.4:6 3.11.2:2 3.11.3:2 3.12.4:1 3.14.0:1
      3.14.1:1 3.14.2:4 3.14.4:3 3.15.1:1 3.15.2:3 4.1.0:2 4.2.0:1 4.3.1:1 4.3.2:5 4.3.3:13
      4.4.0:2 4.5.0:2 4.6.0:6 4.7.0:1 4.7.1:2 4.7.2:1 4.7.3:4 4.8.2:6 4.9.0:3 4.12.0:7 4.12.1:2
      4.13.1:1 4.13.2:1 6.0.0:4
      """;

  /** The same of MQTT 3.1.1. */
  private static final String SECTIONS_3 =
      """
      1.5.3:3 2.2.2:2 2.3.1:7 3.1.0:2 3.1.2:24 3.1.3:11 3.1.4:5 3.2.0:1 3.2.2:6 3.3.1:12 3.3.2:3
      3.3.4:1 3.3.5:2 3.6.1:1 3.8.1:1 3.8.3:4 3.8.4:6 3.9.3:2 3.10.1:1 3.10.3:2 3.10.4:6 3.12.4:1
      3.14.1:1 3.14.4:3 4.1.0:2 4.3.1:1 4.3.2:2 4.3.3:2 4.4.0:1 4.5.0:2 4.6.0:6 4.7.1:3 4.7.2:1
      4.7.3:4 4.8.0:2 6.0.0:4 7.0.0:2 7.1.1:1 7.1.2:1
      """;

  private static final Pattern ROW =
      Pattern.compile("\\| \\[(MQTT3?)-(\\d+\\.\\d+\\.\\d+)-(\\d+)] \\| ([^|]+) \\| ([^|]+) \\|");
  private static final Pattern TEST = Pattern.compile("`(\\w+)#(\\w+)`");

  private record Row(String section, int number, String held) {}

  private static List<Row> rows(String page, String prefix) throws IOException {
    List<Row> rows = new ArrayList<>();
    for (String line : Files.readAllLines(ROOT.resolve("docs/conformance").resolve(page))) {
      if (!line.startsWith("| [")) {
        continue;
      }
      Matcher row = ROW.matcher(line);
      assertThat(row.matches()).as("a row with three cells: %s", line).isTrue();
      assertThat(row.group(1)).as(line).isEqualTo(prefix);
      rows.add(new Row(row.group(2), Integer.parseInt(row.group(3)), row.group(5)));
    }
    return rows;
  }

  @ParameterizedTest
  @CsvSource({"mqtt-5.0.md, MQTT, 251", "mqtt-3.1.1.md, MQTT3, 141"})
  void everyStatementStandsThereOnce(String page, String prefix, int count) throws IOException {
    Map<String, List<Integer>> numbers = new TreeMap<>();
    for (Row row : rows(page, prefix)) {
      numbers.computeIfAbsent(row.section, section -> new ArrayList<>()).add(row.number);
    }
    Map<String, List<Integer>> wanted = new TreeMap<>();
    String sections = prefix.equals("MQTT") ? SECTIONS_5 : SECTIONS_3;
    for (String section : sections.strip().split("\\s+", -1)) {
      int colon = section.indexOf(':');
      int last = Integer.parseInt(section.substring(colon + 1));
      for (int number = 1; number <= last; number++) {
        if (!prefix.equals("MQTT") || !section.equals("2.2.1:6") || number > 1) { // has no first
          wanted.computeIfAbsent(section.substring(0, colon), s -> new ArrayList<>()).add(number);
        }
      }
    }
    assertThat(numbers).isEqualTo(wanted);
    assertThat(wanted.values().stream().mapToInt(List::size).sum()).isEqualTo(count);
  }

  @ParameterizedTest
  @CsvSource({"mqtt-5.0.md, MQTT", "mqtt-3.1.1.md, MQTT3"})
  void everyTestThatIsNamedExistsAndWhereThereIsNoneAReasonStands(String page, String prefix)
      throws IOException {
    Map<String, String> sources = testSources();
    List<String> wrong = new ArrayList<>();
    for (Row row : rows(page, prefix)) {
      Matcher test = TEST.matcher(row.held);
      boolean named = false;
      while (test.find()) {
        named = true;
        String source = sources.get(test.group(1));
        if (source == null) {
          wrong.add("%s: there is no class %s".formatted(row, test.group(1)));
        } else if (!Pattern.compile("void " + test.group(2) + "\\s*\\(").matcher(source).find()) {
          wrong.add("%s: there is no method %s".formatted(row, test.group(2)));
        }
      }
      boolean reason = row.held.startsWith("Does not apply: ") || row.held.startsWith("Open: ");
      if (named == reason) {
        wrong.add("%s: needs a test, or a reason why there is none".formatted(row));
      }
    }
    assertThat(wrong).isEmpty();
  }

  /** The test classes of all rooms, by their names. */
  private static Map<String, String> testSources() throws IOException {
    Map<String, String> sources = new HashMap<>();
    for (String room : List.of("core", "broker")) {
      try (Stream<Path> files = Files.walk(ROOT.resolve(room))) {
        for (Path file :
            files.filter(f -> f.toString().matches(".*src/test/java/.*\\.java")).toList()) {
          String name = file.getFileName().toString().replace(".java", "");
          sources.merge(name, Files.readString(file), (one, other) -> one + other);
        }
      }
    }
    return sources;
  }
}
