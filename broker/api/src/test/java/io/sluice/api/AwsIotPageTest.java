package io.sluice.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The page about AWS IoT names tests that are there, and says something of every check. */
class AwsIotPageTest {
  private static final Path ROOT = Path.of("../..");
  private static final Path PAGE = ROOT.resolve("docs/conformance/aws-iot.md");
  private static final Pattern TEST =
      Pattern.compile("`([A-Z][A-Za-z0-9]+(?:Test|Properties))(?:\\.([a-z][A-Za-z0-9]*))?`");
  private static final Pattern NUMBERS = Pattern.compile("^\\| ([0-9]+)(?:(–|, )([0-9]+))? \\|.*");

  @Test
  void everyTestThatThePageNamesIsThere() throws IOException {
    Map<String, List<Path>> classes = new HashMap<>();
    try (Stream<Path> files =
        Files.find(
            ROOT,
            12,
            (path, attributes) ->
                path.toString().contains("/src/test/java/") && path.toString().endsWith(".java"))) {
      files.forEach(
          file ->
              classes
                  .computeIfAbsent(
                      file.getFileName().toString().replace(".java", ""),
                      name -> new ArrayList<>()) // rooms may use a name twice
                  .add(file));
    }
    List<String> missing = new ArrayList<>();
    Matcher named = TEST.matcher(Files.readString(PAGE));
    int count = 0;
    while (named.find()) {
      count++;
      String method = named.group(2) == null ? "" : named.group(2) + "(";
      boolean there = false;
      for (Path file : classes.getOrDefault(named.group(1), List.of())) {
        there |= Files.readString(file).contains(" " + method);
      }
      if (!there) {
        missing.add(named.group());
      }
    }
    assertThat(missing).isEmpty();
    assertThat(count).isGreaterThan(80);
  }

  @Test
  void everyCheckHasItsLine() throws IOException {
    Set<Integer> numbers = new TreeSet<>();
    String page = Files.readString(PAGE);
    for (String line : page.substring(page.indexOf("## 7.")).lines().toList()) {
      Matcher matcher = NUMBERS.matcher(line);
      if (matcher.matches()) {
        int first = Integer.parseInt(matcher.group(1));
        int last = matcher.group(3) == null ? first : Integer.parseInt(matcher.group(3));
        IntStream.rangeClosed(first, last).forEach(numbers::add);
      }
    }
    assertThat(numbers).containsExactlyElementsOf(IntStream.rangeClosed(1, 48).boxed().toList());
  }
}
