package io.sluice.firehose;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * Objects as files: bucket and key are a path below one folder. A file appears under its name only
 * when it is whole and on disk: it is written beside as {@code .NAME.part}, synced and renamed, and
 * the directory is synced too. What a crash leaves of a part is overwritten by the repeat.
 *
 * <p>A key cannot lead out of the folder: parts that a file system would take for something else
 * ({@code .}, {@code ..}, an empty one, control characters) are written with percent signs.
 */
public final class FolderTarget implements ObjectTarget {
  private static final int BUFFER_BYTES = 1 << 16;

  private final Path root;

  /**
   * @param root made when it is not there
   */
  public FolderTarget(Path root) {
    this.root = root.toAbsolutePath().normalize();
  }

  @Override
  public String write(String bucket, String key, Body body) throws IOException {
    Path file = file(bucket, key);
    Path directory = file.resolveSibling("").normalize();
    makeDirectories(directory);
    Path part = directory.resolve("." + file.getFileName() + ".part");
    try (FileChannel channel =
        FileChannel.open(
            part,
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE,
            StandardOpenOption.TRUNCATE_EXISTING)) {
      OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER_BYTES);
      body.writeTo(out);
      out.flush();
      channel.force(true);
    } catch (IOException | RuntimeException failed) {
      Files.deleteIfExists(part);
      throw failed;
    }
    rename(part, file);
    sync(directory);
    return file.toString();
  }

  /** The path of an object. */
  Path file(String bucket, String key) {
    Path path = root.resolve(part(bucket));
    for (String part : key.split("/", -1)) {
      path = path.resolve(part(part));
    }
    return path;
  }

  private static String part(String text) {
    if (text.isEmpty()) {
      return "%2F"; // between two slashes
    }
    boolean dots = text.equals(".") || text.equals("..");
    boolean hidden = text.startsWith(".") && text.endsWith(".part"); // ours
    StringBuilder safe = new StringBuilder();
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      boolean escaped = b >= 0 && b < ' ' || b == '%' || b == '\\' || b == 0x7F;
      if (escaped || dots || hidden && safe.length() == 0) {
        safe.append("%%%02X".formatted(b));
      } else {
        safe.append((char) (b & 0xFF));
      }
    }
    return new String(
        safe.toString().getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
  }

  private static void rename(Path part, Path file) throws IOException {
    try {
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (AtomicMoveNotSupportedException unusual) {
      throw new IOException(
          "%s: this file system cannot rename atomically; put the data directory on another"
              .formatted(file),
          unusual);
    }
  }

  private void makeDirectories(Path directory) throws IOException {
    if (Files.isDirectory(directory)) {
      return;
    }
    Path parent = directory.getParent();
    if (parent != null) {
      makeDirectories(parent);
    }
    try {
      Files.createDirectory(directory);
    } catch (java.nio.file.FileAlreadyExistsException beside) {
      if (!Files.isDirectory(directory)) { // else another delivery stream was faster
        throw beside;
      }
    }
    if (parent != null) {
      sync(parent);
    }
  }

  private static void sync(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
