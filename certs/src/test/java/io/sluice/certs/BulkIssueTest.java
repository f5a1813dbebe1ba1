package io.sluice.certs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Many identities, made by a run that may be killed at any byte. */
class BulkIssueTest {
  private static final int COUNT = 7;
  @TempDir Path dir;
  private final CertificateAuthority authority = CertificateAuthority.create("Bulk CA");

  private BulkIssue bulk(int count) {
    return new BulkIssue(
        authority,
        "pump-%03d",
        count,
        SubjectTemplate.of("CN={name},O=Acme"),
        List.of(new AlternativeNameTemplate("uri:urn:pump:{index}")),
        KeyKind.EC_P256,
        Duration.ofDays(30),
        profile -> profile);
  }

  private BulkIssue.Progress archive(Path file, int count) {
    try (BulkIssue.Target target = new ArchiveTarget(file, authority, null)) {
      return bulk(count).run(target, progress -> {});
    }
  }

  private static Map<String, TarArchiveEntry> entries(Path file, Map<String, String> contents)
      throws IOException {
    Map<String, TarArchiveEntry> found = new TreeMap<>();
    try (InputStream in = Files.newInputStream(file);
        TarArchiveInputStream tar = new TarArchiveInputStream(in)) {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        assertThat(found.put(entry.getName(), entry)).as(entry.getName()).isNull();
        contents.put(entry.getName(), new String(tar.readAllBytes(), StandardCharsets.US_ASCII));
      }
    }
    return found;
  }

  private void check(Path file, int count) throws Exception {
    Map<String, String> contents = new TreeMap<>();
    Map<String, TarArchiveEntry> entries = entries(file, contents);
    assertThat(entries).hasSize(2 * count + 1).containsKey("ca.pem");
    Path unpacked = Files.createTempDirectory(dir, "unpacked");
    for (Map.Entry<String, String> content : contents.entrySet()) {
      Files.writeString(unpacked.resolve(content.getKey()), content.getValue());
    }
    for (int i = 1; i <= count; i++) {
      String name = "pump-%03d".formatted(i);
      Identity identity = IdentityFolder.at(unpacked).read(name); // key and certificate fit
      assertThat(authority.issued(identity.certificate())).isTrue();
      assertThat(identity.certificate().getSubjectAlternativeNames())
          .extracting(san -> (Object) san.get(1))
          .containsExactly("urn:pump:" + i);
      assertThat(entries.get(name + ".key.pem").getMode() & 0777).isEqualTo(0600);
    }
  }

  @Test
  void anArchiveHoldsEveryIdentityWithItsModes() throws Exception {
    Path file = dir.resolve("out/fleet.tar");
    BulkIssue.Progress done = archive(file, COUNT);
    assertThat(done.issued()).isEqualTo(COUNT);
    check(file, COUNT);
    assertThat(dir.resolve("out/fleet.tar.part")).doesNotExist();
    assertThatThrownBy(() -> archive(file, COUNT))
        .isInstanceOf(CertsRefused.class)
        .hasMessageContaining("is not overwritten");
  }

  @ParameterizedTest(name = "cut off after {0} bytes")
  @ValueSource(ints = {0, 1, 511, 512, 1_700, 3_000, 5_000, 7_777, 10_000, 13_312, 20_000})
  void anArchiveThatWasCutOffAnywhereIsGoneOnWith(int bytes) throws Exception {
    Path file = dir.resolve("fleet.tar");
    archive(file, COUNT);
    Path partial = dir.resolve("fleet.tar.part");
    Files.move(file, partial);
    Map<String, String> before = new TreeMap<>();
    entries(partial, before);
    try (FileChannel channel = FileChannel.open(partial, StandardOpenOption.WRITE)) {
      channel.truncate(bytes);
    }
    BulkIssue.Progress done = archive(file, COUNT);
    check(file, COUNT);
    assertThat(done.issued() + done.kept()).isEqualTo(COUNT);
    Map<String, String> after = new TreeMap<>();
    entries(file, after);
    assertThat(
            after.entrySet().stream()
                .filter(e -> e.getKey().startsWith("pump"))
                .filter(e -> e.getValue().equals(before.get(e.getKey())))
                .count())
        .as("what was whole stays")
        .isEqualTo(2L * done.kept());
    assertThat(done.kept()).isGreaterThanOrEqualTo(Math.max(0, (bytes - 2_048) / 4_096));
  }

  @Test
  void anArchiveOfAnotherAuthorityIsRefused() throws Exception {
    Path file = dir.resolve("fleet.tar");
    archive(file, 2);
    Files.move(file, dir.resolve("fleet.tar.part"));
    CertificateAuthority other = CertificateAuthority.create("Bulk CA");
    assertThatThrownBy(() -> new ArchiveTarget(file, other, null))
        .isInstanceOf(CertsRefused.class)
        .hasMessageContaining("of another authority");
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"pump-003.key.pem", "pump-003.pem"})
  void aFileThatAPowerFailureEmptiedIsMadeAnew(String torn) throws Exception {
    bulk(COUNT).run(dir, progress -> {});
    Files.writeString(dir.resolve(torn), "-----BEGIN");
    BulkIssue.Progress done = bulk(COUNT).run(dir, progress -> {});
    assertThat(done.issued()).isEqualTo(1);
    assertThat(done.kept()).isEqualTo(COUNT - 1);
    IdentityFolder.at(dir).read("pump-003"); // they fit
  }

  @Test
  void aPlaceIsOneRunsAtATime() {
    Path archive = dir.resolve("fleet.tar");
    try (BulkIssue.Target folder = new FolderTarget(dir, authority, null);
        BulkIssue.Target tar = new ArchiveTarget(archive, authority, null)) {
      assertThatThrownBy(() -> new FolderTarget(dir, authority, null))
          .isInstanceOf(CertsRefused.class)
          .hasMessageContaining("another run is issuing into " + dir);
      assertThatThrownBy(() -> new ArchiveTarget(archive, authority, null))
          .isInstanceOf(CertsRefused.class)
          .hasMessageContaining("another run is issuing into");
      assertThat(bulk(2).run(folder, progress -> {}).issued()).isEqualTo(2);
      assertThat(bulk(2).run(tar, progress -> {}).issued()).isEqualTo(2);
    }
    assertThat(bulk(3).run(dir, progress -> {}).issued()).as("its turn now").isEqualTo(1);
  }

  @Test
  void pkcs12FilesStandBesideWhereAskedFor() throws Exception {
    try (BulkIssue.Target target = new FolderTarget(dir, authority, "secret".toCharArray())) {
      bulk(2).run(target, progress -> {});
    }
    assertThat(
            java.security.KeyStore.getInstance(
                    dir.resolve("pump-002.p12").toFile(), "secret".toCharArray())
                .isKeyEntry("identity"))
        .isTrue();
  }
}
