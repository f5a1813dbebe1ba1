package io.sluice.api;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The access keys this gateway knows. Immutable, safe for any thread.
 *
 * <p>On disk they are a credentials file of the AWS tools, so that {@code
 * AWS_SHARED_CREDENTIALS_FILE} can point at it: one section for each key, {@code [default]} first,
 * and one line more than AWS knows, {@code sluice_role}.
 */
public final class AccessKeys {
  private static final String ID_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  private static final int ID_RANDOM_LETTERS = 16;
  private static final String SECRET_LETTERS =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  private static final int SECRET_LENGTH = 40; // 64^40: 240 bits
  private static final Set<PosixFilePermission> OTHERS =
      EnumSet.complementOf(
          EnumSet.of(
              PosixFilePermission.OWNER_READ,
              PosixFilePermission.OWNER_WRITE,
              PosixFilePermission.OWNER_EXECUTE));

  private final Map<String, AccessKey> byId;

  private AccessKeys(Collection<AccessKey> keys) {
    Map<String, AccessKey> index = new LinkedHashMap<>();
    for (AccessKey key : keys) {
      if (index.put(key.id(), key) != null) {
        throw new IllegalArgumentException(
            "access key '%s' is given twice; keep one of them".formatted(key.id()));
      }
    }
    this.byId = Map.copyOf(index);
  }

  /**
   * These keys.
   *
   * @throws IllegalArgumentException when an id comes twice
   */
  public static AccessKeys of(Collection<AccessKey> keys) {
    return new AccessKeys(keys);
  }

  /** These and {@code test}/{@code test}, which everybody knows: for {@code --dev} on loopback. */
  public AccessKeys withDevelopmentKey() {
    List<AccessKey> all = new ArrayList<>(byId.values());
    all.removeIf(key -> key.id().equals("test"));
    all.add(new AccessKey("test", "test", AccessKey.Role.ADMIN));
    return new AccessKeys(all);
  }

  /** The key with this id, or null. */
  public @Nullable AccessKey get(String id) {
    return byId.get(id);
  }

  /**
   * The keys in a file; when there is none, one admin key is made and written there, readable by
   * its owner alone.
   *
   * @throws IllegalArgumentException when the file is not as described, or others may read it
   * @throws UncheckedIOException when it can be neither read nor written
   */
  public static AccessKeys loadOrCreate(Path file) {
    if (!Files.exists(file)) {
      write(file, List.of(generate(new SecureRandom())));
    }
    return of(load(file));
  }

  /**
   * The keys in a file, in its order; the first is what tools of this house use.
   *
   * @throws IllegalArgumentException when the file is not as described, or others may read it
   * @throws UncheckedIOException when it cannot be read
   */
  public static List<AccessKey> load(Path file) {
    try {
      requirePrivate(file);
      return AccessKeyFile.parse(file.toString(), Files.readAllLines(file, StandardCharsets.UTF_8));
    } catch (IOException unreadable) {
      throw new UncheckedIOException(
          "access key file %s cannot be read (%s); give this user read access to it"
              .formatted(file, unreadable.getMessage()),
          unreadable);
    }
  }

  static AccessKey generate(SecureRandom random) {
    String id = "AKIA" + letters(random, ID_LETTERS, ID_RANDOM_LETTERS);
    return new AccessKey(id, letters(random, SECRET_LETTERS, SECRET_LENGTH), AccessKey.Role.ADMIN);
  }

  private static String letters(SecureRandom random, String alphabet, int count) {
    StringBuilder text = new StringBuilder(count);
    for (int i = 0; i < count; i++) {
      text.append(alphabet.charAt(random.nextInt(alphabet.length())));
    }
    return text.toString();
  }

  /** Whole or not at all: written aside with mode 0600 from the first byte on, synced, renamed. */
  static void write(Path file, List<AccessKey> keys) {
    Path directory = file.toAbsolutePath().getParent();
    if (directory == null) {
      throw new IllegalArgumentException("access key file " + file + " is no file; name a file");
    }
    try {
      Files.createDirectories(directory);
      Path aside = Files.createTempFile(directory, ".access-key", ".new", privateMode(directory));
      try (FileChannel channel = FileChannel.open(aside, StandardOpenOption.WRITE)) {
        ByteBuffer text =
            ByteBuffer.wrap(AccessKeyFile.format(keys).getBytes(StandardCharsets.UTF_8));
        while (text.hasRemaining()) {
          channel.write(text);
        }
        channel.force(true);
      }
      Files.move(aside, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException refused) {
      throw new UncheckedIOException(
          "access key file %s cannot be written (%s); make its directory writable"
              .formatted(file, refused.getMessage()),
          refused);
    }
  }

  private static FileAttribute<?>[] privateMode(Path directory) throws IOException {
    return Files.getFileStore(directory).supportsFileAttributeView("posix")
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
        }
        : new FileAttribute<?>[0];
  }

  private static void requirePrivate(Path file) throws IOException {
    if (!Files.getFileStore(file).supportsFileAttributeView("posix")) {
      return;
    }
    Set<PosixFilePermission> found = Files.getPosixFilePermissions(file);
    if (found.stream().anyMatch(OTHERS::contains)) {
      throw new IllegalArgumentException(
          "access key file %s has mode %s, so others can read the secret; run 'chmod 600 %s' and replace the keys in it"
              .formatted(file, PosixFilePermissions.toString(found), file));
    }
  }
}
