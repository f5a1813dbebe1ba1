package io.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is wrong with how a gateway is named on the command line: exit code 2 and a sentence. */
class ApiOptionsTest {
  @TempDir Path dir;
  private Path keys;

  @BeforeEach
  void keys() throws Exception {
    keys = dir.resolve("access-key");
    keep("[default]\naws_access_key_id = AKIATEST\naws_secret_access_key = secret\n", "rw-------");
  }

  private void keep(String text, String mode) throws Exception {
    Files.writeString(keys, text);
    Files.setPosixFilePermissions(keys, PosixFilePermissions.fromString(mode));
  }

  private String refused(int code, String endpoint) {
    StringWriter err = new StringWriter();
    int found =
        Main.commandLine()
            .setErr(new PrintWriter(err))
            .execute(
                "explain", "denials", "--endpoint", endpoint, "--access-key-file", keys.toString());
    assertThat(err.toString()).doesNotContain("Exception", "\tat ").hasLineCount(1);
    assertThat(found).as(err.toString()).isEqualTo(code);
    return err.toString();
  }

  @ParameterizedTest
  @CsvSource({"nonsense", "localhost:8080", "ftp://localhost", "http:///path"})
  void anEndpointThatIsNoAddressIsRefused(String endpoint) {
    assertThat(refused(2, endpoint)).contains("is no address of an HTTP API");
  }

  @Test
  void keysThatOthersCanReadAreRefused() throws Exception {
    keep("[default]\n", "rw-r--r--");
    assertThat(refused(2, "http://127.0.0.1:9")).contains("so others can read the secret");
  }

  @Test
  void aFileWithoutKeysIsRefused() throws Exception {
    keep("hello\n", "rw-------");
    assertThat(refused(2, "http://127.0.0.1:9")).contains("access-key");
  }

  @Test
  void aGatewayThatIsNotThereIsSaidToBe() {
    assertThat(refused(1, "http://127.0.0.1:1")).contains("cannot be reached (refused)");
  }
}
