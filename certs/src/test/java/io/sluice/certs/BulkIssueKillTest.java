package io.sluice.certs;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** A process that issues many identities is killed in the middle, and the same command goes on. */
class BulkIssueKillTest {
  private static final int COUNT = 1_500;
  @TempDir Path dir;

  /** The process that is killed. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new CertsCommand()).execute(args));
  }

  private JsonNode run(String... args) throws IOException {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code =
        new CommandLine(new CertsCommand())
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .execute(args);
    assertThat(code).as(err.toString()).isZero();
    return new ObjectMapper().readTree(out.toString());
  }

  private static long size(Path place) {
    try {
      if (Files.isDirectory(place)) {
        try (Stream<Path> files = Files.list(place)) {
          return files.count();
        }
      }
      Path partial = place.resolveSibling(place.getFileName() + ".part");
      return Files.exists(partial) ? Files.size(partial) / 2_000 : 0; // an identity has some 3 KB
    } catch (IOException gone) { // renamed while it was looked at
      return 0;
    }
  }

  /** Runs the command in a process of its own and kills it when this much is there. */
  private void kill(Path place, long enough, String... args) throws Exception {
    Process process =
        new ProcessBuilder(
                Stream.concat(
                        Stream.of(
                            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                            "-cp",
                            System.getProperty("java.class.path"),
                            BulkIssueKillTest.class.getName()),
                        Stream.of(args))
                    .toList())
            .redirectErrorStream(true)
            .redirectOutput(dir.resolve("out.txt").toFile())
            .start();
    try {
      await()
          .atMost(Duration.ofSeconds(60))
          .pollInterval(Duration.ofMillis(1))
          .until(() -> !process.isAlive() || size(place) >= enough);
    } finally {
      process.destroyForcibly();
      process.waitFor(20, TimeUnit.SECONDS);
    }
    assertThat(process.exitValue()).as("killed in the middle").isEqualTo(128 + 9);
  }

  /** All that is there, by name. */
  private static Map<String, String> contents(Path place) throws IOException {
    Map<String, String> found = new TreeMap<>();
    if (Files.isDirectory(place)) {
      try (Stream<Path> files = Files.list(place)) {
        for (Path file : (Iterable<Path>) files::iterator) {
          found.put(file.getFileName().toString(), Files.readString(file));
        }
      }
    } else if (place.toString().endsWith(".zip")) {
      try (ZipFile zip = ZipFile.builder().setPath(place).get()) {
        for (ZipArchiveEntry entry : java.util.Collections.list(zip.getEntries())) {
          boolean key = entry.getName().endsWith(".key.pem");
          assertThat(entry.getUnixMode() & 0777).as(entry.getName()).isEqualTo(key ? 0600 : 0644);
          try (InputStream in = zip.getInputStream(entry)) {
            assertThat(found.put(entry.getName(), new String(in.readAllBytes(), US_ASCII)))
                .isNull();
          }
        }
      }
    } else {
      try (TarArchiveInputStream tar = new TarArchiveInputStream(Files.newInputStream(place))) {
        for (TarArchiveEntry entry = tar.getNextEntry();
            entry != null;
            entry = tar.getNextEntry()) {
          assertThat(found.put(entry.getName(), new String(tar.readAllBytes(), US_ASCII))).isNull();
        }
      }
    }
    return found;
  }

  @ParameterizedTest
  @ValueSource(strings = {"fleet", "fleet.tar", "fleet.zip"})
  void whatWasWholeStaysAndTheRestIsMadeOnce(String name) throws Exception {
    Path place = dir.resolve(name);
    Path manifest = dir.resolve("fleet.jsonl");
    run("init", "--json", "--dir", dir.resolve("ca").toString());
    String[] args = {
      "devices",
      "--json",
      "--dir",
      dir.resolve("ca").toString(),
      "--count",
      Integer.toString(COUNT),
      "--names",
      "pump-%05d",
      name.equals("fleet") ? "--out" : "--archive",
      place.toString(),
      "--manifest",
      manifest.toString()
    };
    kill(place, 100, args);
    kill(place, 500, args); // and once more
    assertThat(manifest).doesNotExist();

    JsonNode done = run(args);

    assertThat(done.path("issued").asInt() + done.path("kept").asInt()).isEqualTo(COUNT);
    assertThat(done.path("kept").asInt()).as("of the runs that were killed").isPositive();
    Map<String, String> files = contents(place);
    assertThat(files).hasSize(2 * COUNT + 1).containsKey("ca.pem");
    Path unpacked = Files.createDirectories(dir.resolve("unpacked"));
    Set<java.math.BigInteger> serials = new HashSet<>();
    for (int i = 1; i <= COUNT; i += i < COUNT - 20 ? 7 : 1) { // some of them: reading takes time
      String device = "pump-%05d".formatted(i);
      Files.writeString(unpacked.resolve("x.pem"), files.get(device + ".pem"));
      Files.writeString(unpacked.resolve("x.key.pem"), files.get(device + ".key.pem"));
      Identity identity = IdentityFolder.at(unpacked).read("x"); // they fit
      assertThat(serials.add(identity.certificate().getSerialNumber())).isTrue();
      assertThat(identity.certificate().getSubjectX500Principal()).hasToString("CN=" + device);
    }
    try (Stream<Path> all = Files.list(dir)) {
      assertThat(all.map(file -> file.getFileName().toString()))
          .as("nothing half is left")
          .noneMatch(file -> file.endsWith(".part"));
    }
    List<String> lines = Files.readAllLines(manifest);
    assertThat(lines).hasSize(COUNT).doesNotHaveDuplicates();
    assertThat(lines.stream().map(BulkIssueKillTest::thing))
        .doesNotHaveDuplicates()
        .contains("pump-00001", "pump-01500");
    assertThat(Files.readString(manifest)).doesNotContain("PRIVATE");
  }

  private static String thing(String line) {
    try {
      return new ObjectMapper().readTree(line).path("ThingName").asText();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aZipThatIsThereIsNotWrittenOver() throws Exception {
    run("init", "--json", "--dir", dir.resolve("ca").toString());
    Path zip = Files.writeString(dir.resolve("fleet.zip"), "mine");
    StringWriter err = new StringWriter();
    assertThat(
            new CommandLine(new CertsCommand())
                .setErr(new PrintWriter(err))
                .execute(
                    "devices",
                    "--dir",
                    dir.resolve("ca").toString(),
                    "--count",
                    "2",
                    "--archive",
                    zip.toString()))
        .isEqualTo(1);
    assertThat(err.toString()).contains("is not overwritten");
    assertThat(zip).hasContent("mine");
  }
}
