package io.sluice.firehose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FolderTargetTest {
  @TempDir Path root;

  @Test
  void anObjectIsAFileBelowItsBucket() throws IOException {
    String location = write("2026/01/01/00/logs-1", "hello");

    assertThat(location).isEqualTo(root.resolve("deliveries/lake/2026/01/01/00/logs-1").toString());
    assertThat(Path.of(location)).hasContent("hello");
  }

  @Test
  void theSameKeyAgainReplacesTheObject() throws IOException {
    write("a/b", "first, and longer");
    write("a/b", "second");

    assertThat(files()).containsExactly("lake/a/b");
    assertThat(root.resolve("deliveries/lake/a/b")).hasContent("second");
  }

  @Test
  void aBodyThatFailsLeavesNothingBehind() throws IOException {
    FolderTarget target = new FolderTarget(root.resolve("deliveries"));

    assertThatThrownBy(
            () ->
                target.write(
                    "lake",
                    "a/b",
                    out -> {
                      out.write(1);
                      throw new IOException("on cue");
                    }))
        .hasMessage("on cue");

    assertThat(files()).isEmpty();
  }

  @Test
  void aBodyThatFailsLeavesTheObjectOfTheSameKeyAsItWas() throws IOException {
    write("a/b", "whole");
    FolderTarget target = new FolderTarget(root.resolve("deliveries"));

    assertThatThrownBy(
            () ->
                target.write(
                    "lake",
                    "a/b",
                    out -> {
                      throw new IllegalStateException("on cue");
                    }))
        .hasMessage("on cue");

    assertThat(root.resolve("deliveries/lake/a/b")).hasContent("whole");
  }

  @Test
  void aPartThatACrashLeftIsOverwritten() throws IOException {
    Path part = root.resolve("deliveries/lake/a/.b.part");
    Files.createDirectories(part.getParent());
    Files.writeString(part, "left by a crash, and longer than what follows");

    write("a/b", "whole");

    assertThat(files()).containsExactly("lake/a/b");
    assertThat(root.resolve("deliveries/lake/a/b")).hasContent("whole");
  }

  @ParameterizedTest(name = "{0} -> {1}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ../../etc/passwd | %2E%2E/%2E%2E/etc/passwd
          ./a              | %2E/a
          /a               | %2F/a
          a//b             | a/%2F/b
          100%             | 100%25
          .x.part          | %2Ex.part
          é/..a            | é/..a
          """)
  void aKeyStaysInsideTheFolder(String key, String path) {
    assertThat(new FolderTarget(root).file("lake", key)).isEqualTo(root.resolve("lake/" + path));
  }

  @Test
  void aFolderThatCannotBeMadeIsAnErrorThatNamesIt() throws IOException {
    Files.writeString(root.resolve("deliveries"), "a file where the folder should be");

    assertThatThrownBy(() -> write("a/b", "x"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("deliveries");
  }

  private String write(String key, String text) throws IOException {
    return new FolderTarget(root.resolve("deliveries"))
        .write("lake", key, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
  }

  private List<String> files() throws IOException {
    Path deliveries = root.resolve("deliveries");
    try (Stream<Path> all = Files.walk(deliveries)) {
      return all.filter(Files::isRegularFile)
          .map(file -> deliveries.relativize(file).toString())
          .toList();
    }
  }
}
