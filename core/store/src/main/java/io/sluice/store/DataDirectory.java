package io.sluice.store;

import io.sluice.store.DataDirectoryRefused.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The one directory a gateway keeps everything in, held by one process at a time. The layout is in
 * {@code docs/formats/store.md}: {@code FORMAT} comes last when the directory is made, so a
 * directory without it is either not ours or a beginning that may be finished.
 *
 * <p>Opened and closed by the thread that starts the gateway; the paths may be read by any.
 */
public final class DataDirectory implements AutoCloseable {
  /** Partitions of a new directory, unless the operator asks for another number. */
  public static final int PARTITIONS_DEFAULT = 16;

  /** The most there can be; conveyors remember one offset for every pair of partitions. */
  public static final int PARTITIONS_MAX = 1024;

  private static final String FORMAT = "FORMAT";
  private static final String FORMAT_UNFINISHED = "FORMAT.new";
  private static final String LOCK = "LOCK";
  private static final Set<String> FOLDERS = Set.of("store", "certs", "deliveries");

  private final Path path;
  private final int partitions;
  private final FileChannel lockFile;

  private DataDirectory(Path path, int partitions, FileChannel lockFile) {
    this.path = path;
    this.partitions = partitions;
    this.lockFile = lockFile;
  }

  /** Like {@link #open(Path, int)} with {@link #PARTITIONS_DEFAULT}. */
  public static DataDirectory open(Path path) {
    return open(path, PARTITIONS_DEFAULT);
  }

  /**
   * Opens the directory, or makes it where nothing is, and locks it for this process.
   *
   * @param partitionsWhenNew how many partitions a new directory gets; one that exists keeps its
   *     own number
   * @throws DataDirectoryRefused with a sentence for the operator
   */
  public static DataDirectory open(Path path, int partitionsWhenNew) {
    if (partitionsWhenNew < 1 || partitionsWhenNew > PARTITIONS_MAX) {
      throw new IllegalArgumentException(
          "a data directory has 1 to %d partitions, asked for %d"
              .formatted(PARTITIONS_MAX, partitionsWhenNew));
    }
    Path directory = path.toAbsolutePath().normalize();
    FileChannel lockFile = null;
    try {
      makeDirectory(directory);
      boolean fresh = !Files.exists(directory.resolve(FORMAT));
      if (fresh) {
        checkNothingElseIn(directory); // before LOCK: leave a stranger's directory as it is
      }
      lockFile = lock(directory);
      for (String folder : FOLDERS) {
        makePrivate(directory.resolve(folder));
      }
      if (!Files.exists(directory.resolve(FORMAT))) { // asked again: now under the lock
        writeFormat(directory, partitionsWhenNew);
      }
      DataDirectory opened = new DataDirectory(directory, readFormat(directory), lockFile);
      lockFile = null;
      return opened;
    } catch (FileAlreadyExistsException | NotDirectoryException file) {
      throw new DataDirectoryRefused(
          Reason.NOT_A_DIRECTORY,
          "data directory '%s': '%s' is not a directory. Move it away, or choose another --data-dir."
              .formatted(directory, file.getFile()),
          file);
    } catch (IOException denied) {
      throw new DataDirectoryRefused(
          Reason.UNWRITABLE,
          "data directory '%s' cannot be made or written (%s). Give this user write access to it, or choose another --data-dir."
              .formatted(directory, denied),
          denied);
    } finally {
      if (lockFile != null) {
        closeQuietly(lockFile);
      }
    }
  }

  private static void makeDirectory(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      Path parent = directory.getParent();
      if (parent != null) {
        Files.createDirectories(parent);
      }
      makePrivate(directory);
    }
  }

  /** Creates a directory that only this user may enter: it will hold keys and payloads. */
  private static void makePrivate(Path directory) throws IOException {
    if (Files.isDirectory(directory)) {
      return;
    }
    if (directory.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      Files.createDirectory(
          directory,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } else {
      Files.createDirectory(directory);
    }
  }

  /** What an interrupted beginning leaves is taken for nothing, so the next start finishes it. */
  private static void checkNothingElseIn(Path directory) throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      for (Path entry : entries.toList()) {
        String name = String.valueOf(entry.getFileName());
        boolean ours =
            name.equals(LOCK)
                || name.equals(FORMAT_UNFINISHED)
                || name.equals("lost+found") // of a fresh file system
                || FOLDERS.contains(name) && isEmpty(entry);
        if (!ours) {
          throw new DataDirectoryRefused(
              Reason.NOT_OURS,
              "data directory '%s' holds '%s' but no FORMAT file, so it is not a data directory of this gateway. Choose an empty or new directory; if it was one, restore FORMAT from a backup."
                  .formatted(directory, name),
              null);
        }
      }
    }
  }

  private static boolean isEmpty(Path folder) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.findAny().isEmpty();
    }
  }

  private static FileChannel lock(Path directory) throws IOException {
    FileChannel channel =
        FileChannel.open(
            directory.resolve(LOCK),
            StandardOpenOption.CREATE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE);
    @Nullable FileLock lock;
    try {
      lock = channel.tryLock();
    } catch (OverlappingFileLockException thisProcess) {
      lock = null;
    } catch (IOException refused) {
      closeQuietly(channel);
      throw refused;
    }
    if (lock == null) {
      String holder = holder(channel);
      closeQuietly(channel);
      throw new DataDirectoryRefused(
          Reason.IN_USE,
          "data directory '%s' is in use: another gateway%s runs on it. Stop that one, or start this one with another --data-dir."
              .formatted(directory, holder),
          null);
    }
    channel.truncate(0);
    channel.write(
        ByteBuffer.wrap(
            (ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII)));
    return channel;
  }

  private static String holder(FileChannel channel) throws IOException {
    ByteBuffer pid = ByteBuffer.allocate(20);
    channel.read(pid, 0);
    String text = new String(pid.array(), 0, pid.position(), StandardCharsets.US_ASCII).strip();
    return text.matches("[0-9]+") ? " (process " + text + ")" : "";
  }

  private static void writeFormat(Path directory, int partitions) throws IOException {
    Path unfinished = directory.resolve(FORMAT_UNFINISHED);
    try (FileChannel file =
        FileChannel.open(
            unfinished,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      file.write(
          ByteBuffer.wrap(
              new DataFormat(DataFormat.VERSION, partitions)
                  .text()
                  .getBytes(StandardCharsets.UTF_8)));
      file.force(true);
    }
    try {
      Files.move(unfinished, directory.resolve(FORMAT), StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException odd) {
      Files.move(unfinished, directory.resolve(FORMAT));
    }
    try (FileChannel entry = FileChannel.open(directory, StandardOpenOption.READ)) {
      entry.force(true); // the new name itself
    } catch (IOException notHere) {
      // Some systems cannot sync a directory; RocksDB's own files carry what matters then.
    }
  }

  private static int readFormat(Path directory) throws IOException {
    List<String> lines;
    try {
      lines = Files.readAllLines(directory.resolve(FORMAT), StandardCharsets.UTF_8);
    } catch (java.nio.charset.CharacterCodingException notText) {
      lines = List.of();
    }
    DataFormat format;
    try {
      format = DataFormat.parse(lines);
    } catch (IllegalArgumentException damaged) {
      throw new DataDirectoryRefused(
          Reason.DAMAGED_FORMAT,
          "data directory '%s': FORMAT is damaged: %s. Restore it from a backup; the number of partitions must be the one it was made with."
              .formatted(directory, damaged.getMessage()),
          damaged);
    }
    if (format.version() > DataFormat.VERSION) {
      throw new DataDirectoryRefused(
          Reason.NEWER_FORMAT,
          "data directory '%s' has format version %d, this gateway reads up to version %d. Start the newer gateway that wrote it, or choose another --data-dir."
              .formatted(directory, format.version(), DataFormat.VERSION),
          null);
    }
    return format.partitions();
  }

  /** Where it is, absolute. */
  public Path path() {
    return path;
  }

  /** The database's folder; nobody but {@link RocksStore} writes there. */
  public Path store() {
    return path.resolve("store");
  }

  /** Where the certificate authority and the server's certificate are. */
  public Path certs() {
    return path.resolve("certs");
  }

  /** Where delivery streams put their objects. */
  public Path deliveries() {
    return path.resolve("deliveries");
  }

  /** How many partitions it was made with. */
  public int partitions() {
    return partitions;
  }

  /** Lets other processes in; again is no error. */
  @Override
  public void close() {
    closeQuietly(lockFile); // LOCK itself stays: removing it would race with the next holder
  }

  private static void closeQuietly(FileChannel channel) {
    try {
      channel.close();
    } catch (IOException harmless) {
      // The operating system releases the lock with the process at the latest.
    }
  }
}
