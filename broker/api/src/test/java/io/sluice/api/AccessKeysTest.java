package io.sluice.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AccessKeysTest {
  @TempDir Path directory;

  @Test
  void firstStartMakesAnAdminKeyThatOnlyItsOwnerCanRead() throws IOException {
    Path file = directory.resolve("new/access-key");
    AccessKeys.loadOrCreate(file);
    List<AccessKey> keys = AccessKeys.load(file);
    assertThat(keys).hasSize(1);
    assertThat(keys.get(0).role()).isEqualTo(AccessKey.Role.ADMIN);
    assertThat(keys.get(0).id()).matches("AKIA[A-Z2-7]{16}");
    assertThat(keys.get(0).secret()).hasSize(40);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(file.getParent().toFile().list()).containsExactly("access-key");
  }

  @Test
  void secondStartKeepsTheKey() {
    Path file = directory.resolve("access-key");
    AccessKeys.loadOrCreate(file);
    AccessKey first = AccessKeys.load(file).get(0);
    assertThat(AccessKeys.loadOrCreate(file).get(first.id())).isEqualTo(first);
  }

  @Test
  void severalKeysWithRolesComeBackAsWritten() {
    Path file = directory.resolve("access-key");
    List<AccessKey> keys =
        List.of(
            new AccessKey("A", "secret=with=signs", AccessKey.Role.ADMIN),
            new AccessKey("B", "s2", AccessKey.Role.READ_ONLY));
    AccessKeys.write(file, keys);
    assertThat(AccessKeys.load(file)).isEqualTo(keys);
  }

  @Test
  void aFileThatOthersCanReadIsRefused() throws IOException {
    Path file = directory.resolve("access-key");
    AccessKeys.loadOrCreate(file);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    assertThatThrownBy(() -> AccessKeys.load(file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("chmod 600");
  }

  @ParameterizedTest(name = "{1}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ''                                                                   | holds no key
          aws_access_key_id = A                                                | line 1
          [default];aws_access_key_id = A                                      | aws_secret_access_key is missing
          [default];aws_access_key_id = A;aws_secret_access_key = TOPSECRET;sluice_role = root | neither 'admin' nor 'read-only'
          [default];nonsense TOPSECRET                                         | line 2
          """)
  void aMalformedFileIsRefusedWithItsLineAndWithoutItsContents(String text, String expected)
      throws IOException {
    Path file = directory.resolve("access-key");
    Files.writeString(file, text.replace(';', '\n'));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    assertThatThrownBy(() -> AccessKeys.load(file))
        .hasMessageContaining(expected)
        .hasMessageContaining(file.toString())
        .hasMessageNotContaining("TOPSECRET");
  }

  @Test
  void theDevelopmentKeyIsThereOnlyWhenAskedFor() {
    AccessKeys keys = AccessKeys.of(List.of());
    assertThat(keys.get("test")).isNull();
    assertThat(keys.withDevelopmentKey().get("test"))
        .isEqualTo(new AccessKey("test", "test", AccessKey.Role.ADMIN));
  }

  @Test
  void aKeyNeverPrintsItsSecret() {
    assertThat(new AccessKey("A", "TOPSECRET", AccessKey.Role.ADMIN).toString())
        .doesNotContain("TOPSECRET");
  }
}
