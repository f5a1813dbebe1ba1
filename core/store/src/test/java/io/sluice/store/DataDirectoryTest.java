package io.sluice.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.sluice.store.DataDirectoryRefused.Reason;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the operator is told, and that a directory we may not have is left as it was. */
class DataDirectoryTest {
  @TempDir Path folder;
  private Path data;

  @BeforeEach
  void name() {
    data = folder.resolve("data");
  }

  private DataDirectoryRefused refusal() {
    DataDirectoryRefused refused =
        catchThrowableOfType(DataDirectoryRefused.class, () -> DataDirectory.open(data).close());
    assertThat(refused).as("refused").isNotNull();
    return refused;
  }

  @Test
  void aNewDirectoryGetsItsFormatAndPrivateFolders() throws Exception {
    try (DataDirectory made = DataDirectory.open(data, 8)) {
      assertThat(made.partitions()).isEqualTo(8);
      for (Path private_ : Set.of(data, made.store(), made.certs(), made.deliveries())) {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(private_)))
            .as("%s", private_)
            .isEqualTo("rwx------");
      }
    }
    assertThat(Files.readString(data.resolve("FORMAT")))
        .isEqualTo("Sluice data directory\nversion: 1\npartitions: 8\n");
  }

  @Test
  void anExistingDirectoryKeepsItsPartitions() {
    DataDirectory.open(data, 8).close();
    try (DataDirectory again = DataDirectory.open(data, 32)) {
      assertThat(again.partitions()).isEqualTo(8);
    }
  }

  @Test
  void anEmptyDirectoryAndAnInterruptedBeginningAreFinished() throws Exception {
    Files.createDirectories(data.resolve("store"));
    Files.writeString(data.resolve("FORMAT.new"), "Sluice da");
    Files.createFile(data.resolve("LOCK"));
    DataDirectory.open(data).close();
    assertThat(data.resolve("FORMAT")).exists();
  }

  @Test
  void aSecondOpeningIsRefusedUntilTheFirstIsClosed() {
    try (DataDirectory first = DataDirectory.open(data)) {
      DataDirectoryRefused refused = refusal();
      assertThat(refused.reason()).isEqualTo(Reason.IN_USE);
      assertThat(refused)
          .hasMessageContaining(first.path().toString())
          .hasMessageContaining("process " + ProcessHandle.current().pid())
          .hasMessageContaining("--data-dir");
    }
    DataDirectory.open(data).close();
  }

  @Test
  void aSecondProcessIsRefused() throws Exception {
    try (DataDirectory first = DataDirectory.open(data)) {
      ChildJvm second = ChildJvm.start(SecondProcess.class, data.toString());
      assertThat(second.lines())
          .singleElement()
          .asString()
          .startsWith("IN_USE")
          .contains(first.path().toString(), "another gateway (process", "Stop that one");
      assertThat(second.waitFor()).isEqualTo(3);
    }
  }

  /** What another gateway would do. */
  static final class SecondProcess {
    private SecondProcess() {}

    public static void main(String[] arguments) {
      try (DataDirectory opened = DataDirectory.open(Path.of(arguments[0]))) {
        System.out.println("opened " + opened.path());
      } catch (DataDirectoryRefused refused) {
        System.out.println(refused.reason() + " " + refused.getMessage());
        System.exit(3);
      }
    }
  }

  @Test
  void aFileIsRefused() throws Exception {
    Files.writeString(data, "a file");
    DataDirectoryRefused refused = refusal();
    assertThat(refused.reason()).isEqualTo(Reason.NOT_A_DIRECTORY);
    assertThat(refused).hasMessageContaining("not a directory").hasMessageContaining("--data-dir");
    assertThat(Files.readString(data)).isEqualTo("a file");
  }

  @Test
  void aPathThroughAFileIsRefused() throws Exception {
    Files.writeString(folder.resolve("file"), "a file");
    data = folder.resolve("file").resolve("data");
    assertThat(refusal().reason()).isEqualTo(Reason.NOT_A_DIRECTORY);
  }

  @Test
  void aPlaceWhereNothingCanBeMadeIsRefused() {
    data = Path.of("/proc/sluice-data"); // nobody can write there, not even root
    DataDirectoryRefused refused = refusal();
    assertThat(refused.reason()).isEqualTo(Reason.UNWRITABLE);
    assertThat(refused).hasMessageContaining("write access");
  }

  @Test
  void somebodyElsesDirectoryIsRefusedAndNotTouched() throws Exception {
    Files.createDirectories(data);
    Files.writeString(data.resolve("thesis.txt"), "precious");
    DataDirectoryRefused refused = refusal();
    assertThat(refused.reason()).isEqualTo(Reason.NOT_OURS);
    assertThat(refused).hasMessageContaining("thesis.txt");
    try (Stream<Path> entries = Files.list(data)) {
      assertThat(entries).containsExactly(data.resolve("thesis.txt"));
    }
  }

  @Test
  void aStoreWithoutFormatIsNotTakenForNew() throws Exception {
    RocksStore.open(DataDirectory.open(data), Set.of()).close();
    Files.delete(data.resolve("FORMAT"));
    assertThat(refusal().reason()).isEqualTo(Reason.NOT_OURS);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          Sluice data directory;version: 2;something: new | NEWER_FORMAT   | version 2
          Sluice data directory;version: 1                | DAMAGED_FORMAT | partitions
          Sluice data directory;version: 1;partitions: 0  | DAMAGED_FORMAT | partitions
          Sluice data directory;version: 1;partitions: -3 | DAMAGED_FORMAT | partitions
          Sluice data directory;version: 1;partitions: 99999 | DAMAGED_FORMAT | 99999
          Sluice data directory;version: one              | DAMAGED_FORMAT | version
          something else;version: 1;partitions: 16        | DAMAGED_FORMAT | first line
          ''                                              | DAMAGED_FORMAT | first line
          """)
  void aFormatWeCannotReadIsRefused(String lines, Reason reason, String said) throws Exception {
    DataDirectory.open(data).close();
    Files.writeString(data.resolve("FORMAT"), lines.replace(";", "\n"));
    DataDirectoryRefused refused = refusal();
    assertThat(refused.reason()).isEqualTo(reason);
    assertThat(refused).hasMessageContaining(said).hasMessageContaining(data.toString());
  }

  @Test
  void aFormatThatIsNotTextIsRefused() throws Exception {
    DataDirectory.open(data).close();
    Files.write(data.resolve("FORMAT"), new byte[] {(byte) 0xC3, (byte) 0x28, 0});
    assertThat(refusal().reason()).isEqualTo(Reason.DAMAGED_FORMAT);
  }

  @ParameterizedTest
  @CsvSource({"CURRENT,garbage", "CURRENT,delete", "MANIFEST,garbage", "MANIFEST,delete"})
  void aDamagedStoreIsRefusedAndTheDirectoryGivenBack(String file, String damage) throws Exception {
    try (RocksStore store = RocksStore.open(DataDirectory.open(data), Set.of())) {
      store.log("x").append(0, new byte[100]).join();
    }
    try (Stream<Path> files = Files.list(data.resolve("store"))) {
      for (Path found : files.filter(f -> f.getFileName().toString().startsWith(file)).toList()) {
        if (damage.equals("delete")) {
          Files.delete(found);
        } else {
          try (RandomAccessFile content = new RandomAccessFile(found.toFile(), "rw")) {
            content.write(new byte[(int) Math.min(content.length(), 64)]);
          }
        }
      }
    }
    assertThatThrownBy(() -> RocksStore.open(DataDirectory.open(data), Set.of()))
        .isInstanceOfSatisfying(
            DataDirectoryRefused.class,
            refused -> assertThat(refused.reason()).isEqualTo(Reason.DAMAGED_STORE))
        .hasMessageContaining(data.toString())
        .hasMessageContaining("restore the data directory from a backup");
    DataDirectory.open(data).close(); // not locked by the refused
  }
}
