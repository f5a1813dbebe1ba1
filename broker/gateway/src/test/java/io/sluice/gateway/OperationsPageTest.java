package io.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The operator's page and the settings say the same. */
class OperationsPageTest {
  static final Path PAGE = Path.of("../../docs/operations.md");
  private static final Pattern ROW =
      Pattern.compile("^\\| `([a-z0-9-]+)` \\| ([^|]*) \\| ([^|]*) \\|", Pattern.MULTILINE);

  @Test
  void everySettingIsInTheTableWithItsDefaults() throws IOException {
    TreeMap<String, String> named = new TreeMap<>();
    var row = ROW.matcher(Files.readString(PAGE));
    while (row.find()) {
      named.put(row.group(1), row.group(2).strip() + " | " + row.group(3).strip());
    }
    TreeMap<String, String> there = new TreeMap<>();
    Arrays.stream(Setting.values())
        .forEach(
            setting ->
                there.put(
                    setting.key(),
                    shown(setting.absent())
                        + " | "
                        + (setting.absentAws().equals(setting.absent())
                            ? ""
                            : shown(setting.absentAws()))));

    assertThat(named).isEqualTo(there);
  }

  private static String shown(String value) {
    return value.isEmpty() ? "none" : "`" + value + "`";
  }
}
