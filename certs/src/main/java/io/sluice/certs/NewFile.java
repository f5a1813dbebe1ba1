package io.sluice.certs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Makes a file that was not there: whole or not at all, never over another, and with its
 * permissions set by the call that creates it, so that there is no instant at which others could
 * open it.
 */
final class NewFile {
  private NewFile() {}

  /** Who may read what is written. */
  enum Readers {
    OWNER("rw-------", "rwx------"),
    EVERYONE("rw-r--r--", "rwxr-xr-x");

    private final String file;
    private final String folder;

    Readers(String file, String folder) {
      this.file = file;
      this.folder = folder;
    }
  }

  /**
   * Writes beside the place, then links the finished file to its name: a link, unlike a rename,
   * fails when the name is taken.
   */
  static void write(Path file, byte[] content, Readers readers) {
    Path partial = partial(file);
    try {
      fill(partial, content, readers, true);
      try {
        Files.createLink(file, partial);
      } catch (FileAlreadyExistsException taken) {
        throw taken;
      } catch (UnsupportedOperationException | FileSystemException noHardLinks) {
        fill(file, content, readers, true); // some network shares and memory cards know none
      } finally {
        Files.deleteIfExists(partial);
      }
    } catch (FileAlreadyExistsException e) {
      throw exists(file, e);
    } catch (IOException e) {
      throw unwritable(file, e);
    }
  }

  /** Writes over a file that is there, whole or not at all. */
  static void replace(Path file, byte[] content, Readers readers) {
    Path partial = partial(file);
    try {
      try {
        fill(partial, content, readers, true);
        Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(partial);
      }
    } catch (IOException e) {
      throw unwritable(file, e);
    }
  }

  /**
   * As {@link #write}, for many files: the disk is not waited for, so that after a power failure,
   * unlike after a kill, a file may be empty or cut off. The caller has looked that the name is
   * free.
   */
  static void writeUnsynced(Path file, byte[] content, Readers readers) {
    Path partial = file.resolveSibling("." + file.getFileName() + ".part");
    try {
      Files.deleteIfExists(partial); // of a run that was killed here
      fill(partial, content, readers, false);
      Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw unwritable(file, e);
    }
  }

  /** Opens a file to go on with what is in it; makes it when it is not there. */
  static FileChannel openOrCreate(Path file, Readers readers) throws IOException {
    Set<StandardOpenOption> options =
        Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    return FileChannel.open(file, options, permissions(file, readers.file));
  }

  /** Waits until the disk has it. */
  static void force(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.force(false);
    }
  }

  static CertsRefused unwritable(Path file, IOException e) {
    return new CertsRefused(
        CertsRefused.Reason.FILE_SYSTEM,
        "%s cannot be written (%s); check that the folder is yours and has room".formatted(file, e),
        e);
  }

  private static Path partial(Path file) {
    Path parent = file.toAbsolutePath().getParent();
    if (parent == null) {
      throw new CertsRefused(
          CertsRefused.Reason.FILE_SYSTEM, file + " is no file name; name a file in a folder");
    }
    String unique = Long.toHexString(ThreadLocalRandom.current().nextLong());
    return parent.resolve("." + file.getFileName() + "." + unique + ".part");
  }

  static CertsRefused exists(Path file, @Nullable Exception cause) {
    return new CertsRefused(
        CertsRefused.Reason.EXISTS,
        "%s exists and is not overwritten: a lost key cannot be made again; name another folder, or move it away first"
            .formatted(file),
        cause);
  }

  private static void fill(Path file, byte[] content, Readers readers, boolean sync)
      throws IOException {
    Set<StandardOpenOption> create =
        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    try (FileChannel channel = FileChannel.open(file, create, permissions(file, readers.file))) {
      ByteBuffer rest = ByteBuffer.wrap(content);
      while (rest.hasRemaining()) {
        channel.write(rest);
      }
      if (sync) {
        channel.force(false);
      }
    }
  }

  /** Makes a folder, and those above it, for the owner alone; one that is there stays as it is. */
  static void ensureFolder(Path folder) {
    if (Files.isDirectory(folder, new LinkOption[0])) {
      return;
    }
    try {
      Files.createDirectories(folder, permissions(folder, Readers.OWNER.folder));
    } catch (IOException e) {
      throw new CertsRefused(
          CertsRefused.Reason.FILE_SYSTEM,
          "folder %s cannot be made (%s); check the path and the permissions above it"
              .formatted(folder, e),
          e);
    }
  }

  private static FileAttribute<?>[] permissions(Path path, String permissions) {
    if (!path.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      return new FileAttribute<?>[0]; // Windows: the access list of the user's folder is inherited
    }
    return new FileAttribute<?>[] {
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
    };
  }
}
