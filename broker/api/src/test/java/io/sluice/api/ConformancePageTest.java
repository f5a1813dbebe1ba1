package io.sluice.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The page that says what is there says it all, and nothing that is not. */
class ConformancePageTest {
  private static final Path PAGE = Path.of("../../docs/conformance/http-api.md");
  private static final Pattern NAME = Pattern.compile("`([A-Z][A-Za-z0-9]+)`");

  @Test
  void thePageAndTheCodeNameTheSameOperations() throws IOException {
    Set<String> supported = new TreeSet<>();
    for (String line : Files.readAllLines(PAGE)) {
      if (line.startsWith("|") && line.matches(".*\\| [rw] \\|.*")) {
        Matcher matcher = NAME.matcher(line.substring(0, line.indexOf("|", 1)));
        while (matcher.find()) {
          supported.add(matcher.group(1));
        }
      }
    }
    try (RunningApi api = new RunningApi()) {
      assertThat(supported)
          .isEqualTo(
              api.operations()
                  .filter(Operation::supported)
                  .map(Operation::name)
                  .collect(Collectors.toCollection(TreeSet::new)));
    }
  }
}
