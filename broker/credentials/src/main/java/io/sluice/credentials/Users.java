package io.sluice.credentials;

import io.sluice.identity.Bearer;
import io.sluice.identity.Grant;
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
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The users, and the file that keeps them (docs/formats/users.md). {@link #find} and {@link
 * #proven} answer from memory, on any thread; all else reads or writes the file.
 */
public final class Users {
  private static final String PRINCIPALS = "user/";
  private static final int USERS_MAX = 100_000;

  private final Path file;
  private final byte[] secret = new byte[ScramHash.BYTES]; // of this process
  private final PasswordHash nobody; // in place of a user's hash while there is none
  private final AtomicInteger version = new AtomicInteger();
  private volatile Map<String, User> users = Map.of();
  private volatile List<PasswordHash> hashes = List.of();
  private @Nullable FileTime seen; // of the version that was read; the refreshing thread's

  private Users(Path file) {
    this.file = file;
    new SecureRandom().nextBytes(secret);
    this.nobody = PasswordHash.of(secret);
  }

  /**
   * Reads the users file of a data directory; without one there are no users.
   *
   * @throws UsersRefused when it is not as it must be
   */
  public static Users load(Path dataDirectory) {
    Users loaded = new Users(dataDirectory.resolve("users"));
    loaded.refresh();
    return loaded;
  }

  /**
   * Reads the file again if it was changed, and answers whether it was. One thread at a time.
   *
   * @throws UsersRefused when it is not as it must be; the users stay as they were
   */
  public boolean refresh() {
    try {
      FileTime changed = Files.exists(file) ? Files.getLastModifiedTime(file) : null;
      if (changed == null ? seen == null : changed.equals(seen)) {
        return false;
      }
      seen = changed; // a bad file is told once
      take(read());
      return true;
    } catch (IOException unreadable) {
      throw new UsersRefused(
          "users file %s cannot be read (%s); check its owner and mode"
              .formatted(file, unreadable.getClass().getSimpleName()));
    }
  }

  private Map<String, User> read() throws IOException {
    Map<String, User> read = new TreeMap<>();
    if (!Files.exists(file)) {
      return read;
    }
    List<String> lines = Files.readAllLines(file, StandardCharsets.US_ASCII);
    for (int i = 0; i < lines.size(); i++) {
      if (!lines.get(i).isEmpty() && !lines.get(i).startsWith("#")) {
        User user = User.parse("users file %s, line %d".formatted(file, i + 1), lines.get(i));
        read.put(user.name(), user);
      }
    }
    return read;
  }

  private void take(Map<String, User> read) {
    users = Map.copyOf(read);
    hashes = read.values().stream().map(User::hash).filter(Objects::nonNull).toList();
    version.incrementAndGet(); // last: who sees it sees the users
  }

  /** The user, or null. */
  public @Nullable User find(String name) {
    return users.get(name);
  }

  /** A hash to compute for a name that has none, always the same, as slow as somebody's own. */
  PasswordHash decoy(String name) {
    List<PasswordHash> all = hashes;
    byte[] chosen = ScramHash.hmac(secret, name.getBytes(StandardCharsets.UTF_8));
    int number = ByteBuffer.wrap(chosen).getInt() & Integer.MAX_VALUE;
    return all.isEmpty() ? nobody : all.get(number % all.size());
  }

  /** Says that the owner of this name has proved himself. */
  public Proof.Proven proven(String name) {
    return new Proof.Proven(
        new Known(this, name), "user '%s' of the users file".formatted(name), Long.MAX_VALUE);
  }

  /** A user as the file has him now. */
  private record Known(Users users, String name) implements Bearer {
    @Override
    public String principal() {
      return PRINCIPALS + name;
    }

    @Override
    public int version() {
      return users.version.get();
    }

    @Override
    public @Nullable Grant grant() {
      User user = users.find(name);
      return user == null
          ? null
          : Grant.of(user.policies(), Map.of("user:name", List.of(user.name())));
    }
  }

  /** What an unknown user is shown, always the same, so that names cannot be probed. */
  byte[] saltOfNobody(String name) {
    return Arrays.copyOf(
        ScramHash.hmac(secret, name.getBytes(StandardCharsets.UTF_8)), ScramKeys.SALT_BYTES);
  }

  /** The principals of those who have a policy, sorted. */
  public List<String> having(String policy) {
    return users.values().stream()
        .filter(user -> user.policies().contains(policy))
        .map(user -> PRINCIPALS + user.name())
        .sorted()
        .toList();
  }

  /** The names, sorted. */
  public Set<String> names() {
    return new TreeMap<>(users).keySet();
  }

  /** Adds the user, or gives it another password. */
  public void put(User user) {
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

  private void change(Consumer<Map<String, User>> edit) {
    try {
      Map<String, User> all = read();
      edit.accept(all);
      if (all.size() > USERS_MAX) {
        throw new UsersRefused("there are %d users already; remove some".formatted(USERS_MAX));
      }
      StringBuilder text =
          new StringBuilder(
              "# name scram=iterations,salt,StoredKey,ServerKey hash=... policy=...\n");
      all.values().forEach(user -> text.append(user.line()).append('\n'));
      replace(text.toString().getBytes(StandardCharsets.US_ASCII));
      take(all);
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
