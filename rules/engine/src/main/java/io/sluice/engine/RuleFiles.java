package io.sluice.engine;

import io.sluice.store.Clock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Rules as files: a folder whose {@code *.sql} files are rules. A file that changes replaces its
 * rule at once and whole; one with an error leaves the old rule in force; one that goes takes its
 * rule along. What the files made is remembered beside the rules, so this holds across restarts.
 *
 * <p>One thread calls {@link #scan}, every second or so; it may block, so it is neither an event
 * loop nor an owner. A file is read when it has not changed since the scan before, or for a while:
 * an editor that is still writing is not disturbed.
 */
public final class RuleFiles {
  private static final Logger LOG = LoggerFactory.getLogger(RuleFiles.class);
  private static final String SUFFIX = ".sql";
  private static final long BYTES_MAX = 1 << 20;
  private static final long SETTLED_MILLIS = 2_000;

  private final Path directory;
  private final RuleBook rules;
  private final Clock clock;
  private final Map<String, Stat> before = new HashMap<>();
  private final Map<String, String> refusedDigests = new HashMap<>();
  private volatile Map<String, String> problems = Map.of();

  private record Stat(long modifiedMillis, long bytes) {}

  public RuleFiles(Path directory, RuleBook rules, Clock clock) {
    this.directory = directory;
    this.rules = rules;
    this.clock = clock;
  }

  /** Why files are not in force, by the names of their rules. Any thread. */
  public Map<String, String> problems() {
    return problems;
  }

  /**
   * Brings the rules to what the files say.
   *
   * <p>A failed disk or an overloaded owner comes up as it is; the next scan tries again.
   *
   * @return how many rules changed
   * @throws IOException when the folder cannot be read; then no rule was deleted
   */
  public int scan() throws IOException {
    Map<String, Path> files = files();
    Map<String, String> inForce = rules.fileDigests();
    Map<String, String> found = new TreeMap<>(problems);
    found.keySet().retainAll(files.keySet());
    before.keySet().retainAll(files.keySet());
    refusedDigests.keySet().retainAll(files.keySet());
    int changed = 0;
    for (Map.Entry<String, Path> file : files.entrySet()) {
      String name = file.getKey();
      try {
        changed += apply(name, file.getValue(), inForce.get(name), found) ? 1 : 0;
      } catch (IOException unreadable) {
        note(name, "the file cannot be read: " + unreadable, found);
      }
    }
    for (String name : inForce.keySet()) {
      if (!files.containsKey(name)) {
        changed += await(rules.deleteFile(name)) ? 1 : 0;
        LOG.info("rule '{}' is deleted, for its file is gone", name);
      }
    }
    problems = Map.copyOf(found);
    return changed;
  }

  private Map<String, Path> files() throws IOException {
    Map<String, Path> files = new TreeMap<>();
    try (DirectoryStream<Path> listing = Files.newDirectoryStream(directory, "*" + SUFFIX)) {
      for (Path file : listing) {
        String fileName = String.valueOf(file.getFileName());
        if (!fileName.startsWith(".") && Files.isRegularFile(file)) {
          files.put(fileName.substring(0, fileName.length() - SUFFIX.length()), file);
        }
      }
    }
    return files;
  }

  private boolean apply(String name, Path file, @Nullable String inForce, Map<String, String> found)
      throws IOException {
    BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
    Stat stat = new Stat(attributes.lastModifiedTime().toMillis(), attributes.size());
    boolean still =
        stat.equals(before.put(name, stat))
            || clock.millis() - stat.modifiedMillis() > SETTLED_MILLIS;
    if (!still) {
      return false;
    }
    if (stat.bytes() > BYTES_MAX) {
      note(name, "the file has more than %d bytes".formatted(BYTES_MAX), found);
      return false;
    }
    byte[] bytes = Files.readAllBytes(file);
    String digest = sha256(bytes);
    if (digest.equals(inForce)) {
      found.remove(name);
      refusedDigests.remove(name);
      return false;
    }
    if (digest.equals(refusedDigests.get(name))) {
      return false; // said already
    }
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      RuleFile parsed = RuleFile.parse(name, text, clock.millis());
      rules.check(parsed.inPlace());
      await(rules.putFile(parsed.rule(), digest));
      found.remove(name);
      refusedDigests.remove(name);
      LOG.info("rule '{}' is in force as its file says", name);
      return true;
    } catch (CharacterCodingException binary) {
      refusedDigests.put(name, digest);
      note(name, "the file is not UTF-8", found);
    } catch (RuleRejected refused) {
      if (refused.code() != RuleRejected.Code.ALREADY_EXISTS) { // that one may go any time
        refusedDigests.put(name, digest);
      }
      note(name, String.valueOf(refused.getMessage()), found);
    }
    return false;
  }

  private static void note(String name, String problem, Map<String, String> found) {
    if (!problem.equals(found.put(name, problem))) {
      LOG.error("rule file '{}.sql' is not in force, what was before stays: {}", name, problem);
    }
  }

  private static boolean await(CompletableFuture<Boolean> done) {
    try {
      return done.join();
    } catch (CompletionException refused) {
      if (refused.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw refused;
    }
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException impossible) { // every JRE has it
      throw new IllegalStateException(impossible);
    }
  }
}
