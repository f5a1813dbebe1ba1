package io.sluice.certs;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Enumeration;
import java.util.function.BiConsumer;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveOutputStream;
import org.apache.commons.compress.archivers.zip.ZipFile;

/** A zip file with what a tar file has, modes too; zip64 where it is needed. */
final class ZipArchive {
  private static final int BUFFER_BYTES = 1 << 20;
  private static final int TYPE_AND_MODE = 0177777;

  private ZipArchive() {}

  /** Makes it; where {@code zip} is, all of it is. A run that is killed here is done again. */
  static void of(Path tar, Path zip) throws IOException {
    Path unfinished = zip.resolveSibling("." + zip.getFileName() + ".part");
    Files.deleteIfExists(unfinished);
    NewFile.writeUnsynced(unfinished, new byte[0], NewFile.Readers.OWNER);
    try (InputStream in = new BufferedInputStream(Files.newInputStream(tar), BUFFER_BYTES);
        TarArchiveInputStream entries = new TarArchiveInputStream(in);
        ZipArchiveOutputStream out = new ZipArchiveOutputStream(unfinished)) {
      for (TarArchiveEntry from = entries.getNextEntry();
          from != null;
          from = entries.getNextEntry()) {
        ZipArchiveEntry to = new ZipArchiveEntry(from.getName());
        to.setUnixMode(from.getMode() & TYPE_AND_MODE);
        to.setTime(from.getLastModifiedTime());
        out.putArchiveEntry(to);
        entries.transferTo(out);
        out.closeArchiveEntry();
      }
    }
    NewFile.force(unfinished);
    Files.move(unfinished, zip, StandardCopyOption.ATOMIC_MOVE);
  }

  static void forEach(Path zip, BiConsumer<String, byte[]> files) throws IOException {
    try (ZipFile archive = ZipFile.builder().setPath(zip).get()) {
      Enumeration<ZipArchiveEntry> entries = archive.getEntriesInPhysicalOrder();
      while (entries.hasMoreElements()) {
        ZipArchiveEntry entry = entries.nextElement();
        try (InputStream in = archive.getInputStream(entry)) {
          files.accept(entry.getName(), in.readAllBytes());
        }
      }
    }
  }
}
