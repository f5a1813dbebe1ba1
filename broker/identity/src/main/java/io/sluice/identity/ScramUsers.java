package io.sluice.identity;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The users of SCRAM-SHA-256 and the file that keeps them (docs/formats/users.md). {@link #find}
 * answers from memory, on any thread; all else reads or writes the file.
 */
public final class ScramUsers {
  private static final int USERS_MAX = 100_000;

  private final Path file;
  private final byte[] secret = new byte[ScramHash.BYTES]; // of this process
  private volatile Map<String, ScramUser> users = Map.of();
  private @Nullable FileTime seen; // of the version that was read; the refreshing thread's

  private ScramUsers(Path file) {
    this.file = file;
    new SecureRandom().nextBytes(secret);
  }

  /**
   * Reads the users file of a data directory; without one there are no users.
   *
   * @throws UsersRefused when it is not as it must be
   */
  public static ScramUsers load(Path dataDirectory) {
    ScramUsers loaded = new ScramUsers(dataDirectory.resolve("users"));
    loaded.refresh();
    return loaded;
  }

  /**
   * Reads the file again if it was changed. One thread at a time.
   *
   * @throws UsersRefused when it is not as it must be; the users stay as they were
   */
  public void refresh() {
    try {
      FileTime changed = Files.exists(file) ? Files.getLastModifiedTime(file) : null;
      if (changed == null) {
        users = Map.of();
        seen = null;
      } else if (!changed.equals(seen)) {
        seen = changed; // a bad file is told once
        users = Map.copyOf(read());
      }
    } catch (IOException unreadable) {
      throw new UsersRefused(
          "users file %s cannot be read (%s); check its owner and mode"
              .formatted(file, unreadable.getClass().getSimpleName()));
    }
  }

  private Map<String, ScramUser> read() throws IOException {
    Map<String, ScramUser> read = new TreeMap<>();
    if (!Files.exists(file)) {
      return read;
    }
    List<String> lines = Files.readAllLines(file, StandardCharsets.US_ASCII);
    for (int i = 0; i < lines.size(); i++) {
      if (!lines.get(i).isEmpty() && !lines.get(i).startsWith("#")) {
        ScramUser user =
            ScramUser.parse("users file %s, line %d".formatted(file, i + 1), lines.get(i));
        read.put(user.name(), user);
      }
    }
    return read;
  }

  /** The user, or null. */
  @Nullable ScramUser find(String name) {
    return users.get(name);
  }

  /** What an unknown user is shown, always the same, so that names cannot be probed. */
  byte[] saltOfNobody(String name) {
    return Arrays.copyOf(
        ScramHash.hmac(secret, name.getBytes(StandardCharsets.UTF_8)), ScramUser.SALT_BYTES);
  }

  /** The names, sorted. */
  public Set<String> names() {
    return new TreeMap<>(users).keySet();
  }

  /** Adds the user, or gives it another password. */
  public void put(ScramUser user) {
    change(all -> all.put(user.name(), user));
  }

  /** Removes the user; false when there was none. */
  public boolean remove(String name) {
    boolean there = users.containsKey(name);
    if (there) {
      change(all -> all.remove(name));
    }
    return there;
  }

  private void change(Consumer<Map<String, ScramUser>> edit) {
    try {
      Map<String, ScramUser> all = read();
      edit.accept(all);
      if (all.size() > USERS_MAX) {
        throw new UsersRefused("there are %d users already; remove some".formatted(USERS_MAX));
      }
      StringBuilder text = new StringBuilder("# name iterations salt StoredKey ServerKey\n");
      all.values().forEach(user -> text.append(user.line()).append('\n'));
      replace(text.toString().getBytes(StandardCharsets.US_ASCII));
      users = Map.copyOf(all);
    } catch (IOException failed) {
      throw new UncheckedIOException("users file " + file + " cannot be replaced", failed);
    }
  }

  /** Whole or not at all: written aside with mode 0600 from the first byte on, synced, renamed. */
  private void replace(byte[] text) throws IOException {
    Path directory = file.toAbsolutePath().getParent();
    Path aside =
        Files.createTempFile(
            directory,
            "users",
            ".tmp",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    try {
      try (FileChannel out = FileChannel.open(aside, StandardOpenOption.WRITE)) {
        ByteBuffer left = ByteBuffer.wrap(text);
        while (left.hasRemaining()) {
          out.write(left);
        }
        out.force(true);
      }
      Files.move(aside, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(aside);
    }
  }
}
