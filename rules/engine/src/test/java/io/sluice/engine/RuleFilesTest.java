package io.sluice.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.message.TopicName;
import io.sluice.store.Conveyor;
import io.sluice.store.Partitions;
import io.sluice.store.SimulatedStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rules as files. */
class RuleFilesTest {
  private static final String HOT =
      """
      ---
      description: hot engines
      awsIotSqlVersion: 2016-03-23
      actions:
        - sqs: {queueUrl: hot}
      ---

      SELECT * FROM 'f/+'
      WHERE t > 90
      """;

  @TempDir private Path folder;
  private SimulatedStore store = new SimulatedStore(2);
  private RuleBook rules = book();
  private RuleFiles files;

  @BeforeEach
  void watch() {
    files = new RuleFiles(folder, rules, System::currentTimeMillis);
  }

  /** Everything is decided at once, on the calling thread. */
  private RuleBook book() {
    Partitions partitions = new Partitions(store, System::currentTimeMillis, p -> Runnable::run);
    Conveyor.register(partitions);
    RuleBook book =
        new RuleBook(
            partitions, new FakeDestinations(partitions), "123456789012", "ingress", topic -> 0);
    partitions.start();
    return book;
  }

  private void write(String name, String text) throws IOException {
    Files.writeString(folder.resolve(name), text);
  }

  /** Twice, as a file is read when it stood still in between. */
  private void scan() throws IOException {
    files.scan();
    files.scan();
  }

  @Test
  void aFileIsARule() throws IOException {
    write("hot.sql", HOT);
    scan();
    Rule rule = rules.get("hot").orElseThrow();
    assertThat(rule.sql()).isEqualTo("SELECT * FROM 'f/+'\nWHERE t > 90");
    assertThat(rule.description()).isEqualTo("hot engines");
    assertThat(rule.actions()).containsExactly(new RuleAction.ToQueue("hot", false));
    assertThat(rules.listens(TopicName.of("f/1"))).isTrue();
    assertThat(files.problems()).isEmpty();
  }

  @Test
  void aFileThatIsStillBeingWrittenIsLeftAlone() throws IOException {
    write("hot.sql", HOT.substring(0, 40));
    files.scan();
    write("hot.sql", HOT);
    assertThat(files.scan()).isZero();
    assertThat(files.problems()).isEmpty();
    assertThat(files.scan()).isEqualTo(1);
    assertThat(files.scan()).isZero();
  }

  @Test
  void anErrorNamesItsLineInTheFileAndLeavesTheOldRuleInForce() throws IOException {
    write("hot.sql", HOT);
    scan();
    Rule before = rules.get("hot").orElseThrow();
    write("hot.sql", HOT.replace("t > 90", "t > > 90 "));
    scan();
    assertThat(rules.get("hot")).contains(before);
    assertThat(files.problems().get("hot")).contains("line 9, column 11");
    write("hot.sql", HOT.replace("90", "80"));
    scan();
    assertThat(rules.get("hot").orElseThrow().sql()).endsWith("t > 80");
    assertThat(files.problems()).isEmpty();
  }

  @ParameterizedTest(name = "{1}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          SELECT 1                                       | must begin with a line
          ---;SELECT 1                                   | another line
          ---;actions: [;---;SELECT 1                    | no YAML
          ---;actions: [];actions: [];---;SELECT 1       | line 3
          ---;actions: [];sql: SELECT 1;---;SELECT 1     | belongs behind
          ---;---;SELECT 1                               | must be an object
          ---;actions: [];---;                           | sql must be a text
          ---;actions: [x];---;SELECT 1                  | actions[0] must be an object
          """)
  void aFileThatMakesNoRuleIsAProblem(String text, String problem) throws IOException {
    write("r.sql", text.replace(';', '\n'));
    scan();
    assertThat(files.problems().get("r")).contains(problem);
    assertThat(rules.list()).isEmpty();
  }

  @Test
  void aFileThatGoesTakesItsRuleAlongAlsoWhileNobodyLooked() throws IOException {
    write("hot.sql", HOT);
    write("cold.sql", HOT);
    scan();
    Files.delete(folder.resolve("cold.sql"));
    assertThat(files.scan()).isEqualTo(1);
    assertThat(rules.list()).extracting(Rule::name).containsExactly("hot");
    Files.delete(folder.resolve("hot.sql"));
    store = store.crash(new Random(1));
    rules = book();
    assertThat(rules.list()).hasSize(1);
    watch();
    scan();
    assertThat(rules.list()).isEmpty();
  }

  @Test
  void aFolderThatCannotBeReadDeletesNothing() throws IOException {
    write("hot.sql", HOT);
    scan();
    Files.delete(folder.resolve("hot.sql"));
    Files.delete(folder);
    assertThatThrownBy(files::scan).isInstanceOf(NoSuchFileException.class);
    assertThat(rules.list()).hasSize(1);
  }

  @Test
  void aRuleOfAFileIsChangedByItsFileAlone() throws IOException {
    write("hot.sql", HOT);
    scan();
    Rule rule = rules.get("hot").orElseThrow();
    assertThatThrownBy(() -> rules.replace(rule).join()).hasMessageContaining("hot.sql");
    assertThatThrownBy(() -> rules.setDisabled("hot", true).join())
        .isInstanceOf(CompletionException.class);
    assertThatThrownBy(() -> rules.delete("hot").join()).hasMessageContaining("hot.sql");
    assertThat(rules.get("hot")).contains(rule);
  }

  @Test
  void aFileDoesNotTakeOverARuleOfTheApiUntilThatIsGone() throws IOException {
    rules.create(RulesHouse.rule("hot", "SELECT 1 AS n", "'actions': []")).join();
    write("hot.sql", HOT);
    scan();
    assertThat(files.problems().get("hot")).contains("no file made it");
    assertThat(rules.get("hot").orElseThrow().sql()).isEqualTo("SELECT 1 AS n");
    rules.delete("hot").join();
    scan();
    assertThat(rules.get("hot").orElseThrow().sql()).contains("WHERE");
    assertThat(files.problems()).isEmpty();
  }
}
