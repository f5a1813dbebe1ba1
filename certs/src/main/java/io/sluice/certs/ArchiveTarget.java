package io.sluice.certs;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.BiConsumer;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.io.input.BoundedInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Many identities in one tar file, written as they are made: for each its key, then its certificate
 * at last. Until all are there it is {@code FILE.part}; a run that was killed is gone on with after
 * its last whole identity. Its files have the names and modes of an {@link IdentityFolder}. A zip
 * file is made of the tar file at the end: zip cannot be gone on with after any byte.
 */
final class ArchiveTarget implements BulkIssue.Target {
  private static final int BUFFER_BYTES = 1 << 20;
  private static final int RECORD = 512;
  private static final int SECRET = 0100600;
  private static final int PUBLIC = 0100644;
  private static final String PEM = ".pem";
  private static final String KEY_PEM = ".key.pem";
  private static final String AUTHORITY = CertificateAuthority.FILE_NAME + PEM;

  private final Path file;
  private final Path partial;
  private final char @Nullable [] pkcs12Password;
  private final Set<String> complete = new HashSet<>(); // of earlier runs; read-only afterwards
  private final FileChannel channel;
  private final OutputStream out; // guarded by this, as the next
  private final TarArchiveOutputStream tar;

  ArchiveTarget(Path file, CertificateAuthority authority, char @Nullable [] pkcs12Password) {
    this.file = file;
    this.partial = file.resolveSibling(file.getFileName() + ".part");
    this.pkcs12Password = pkcs12Password;
    if (Files.exists(file)) {
      throw NewFile.exists(file, null);
    }
    Path parent = file.toAbsolutePath().getParent();
    if (parent != null) {
      NewFile.ensureFolder(parent);
    }
    try {
      this.channel = NewFile.openOrCreate(partial, NewFile.Readers.OWNER);
    } catch (IOException e) {
      throw NewFile.unwritable(partial, e);
    }
    try {
      OneRun.claim(channel, partial);
      if (Files.exists(file)) { // finished by another run since
        throw NewFile.exists(file, null);
      }
      long whole = scan(authority);
      channel.truncate(whole);
      channel.position(whole);
      this.out = new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER_BYTES);
      this.tar = new TarArchiveOutputStream(out, RECORD, "UTF-8");
      tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
      if (whole == 0) {
        put(AUTHORITY, PemFiles.ascii(PemFiles.toPem(authority.anchor())), PUBLIC);
      }
    } catch (IOException e) {
      close();
      throw NewFile.unwritable(partial, e);
    } catch (CertsRefused refused) {
      close();
      throw refused;
    }
  }

  /** Reads what an earlier run left; answers how many bytes of it are whole identities. */
  private long scan(CertificateAuthority authority) throws IOException {
    long whole = 0;
    String authorityPem = PemFiles.toPem(authority.anchor());
    try {
      // never closed: the channel, and so the lock, would be
      InputStream in = new BufferedInputStream(Channels.newInputStream(channel), BUFFER_BYTES);
      BoundedInputStream counted = BoundedInputStream.builder().setInputStream(in).get();
      TarArchiveInputStream entries = new TarArchiveInputStream(counted);
      for (TarArchiveEntry entry = entries.getNextEntry();
          entry != null;
          entry = entries.getNextEntry()) {
        byte[] content = entries.readNBytes(Math.toIntExact(entry.getSize()));
        long end = (counted.getCount() + RECORD - 1) / RECORD * RECORD;
        if (content.length < entry.getSize() || end > channel.size()) {
          return whole;
        }
        String name = entry.getName();
        if (name.equals(AUTHORITY)) {
          if (!new String(content, StandardCharsets.US_ASCII).equals(authorityPem)) {
            throw new CertsRefused(
                CertsRefused.Reason.MISMATCH,
                "%s is of another authority; delete it, or name another archive"
                    .formatted(partial));
          }
          whole = end;
        } else if (name.endsWith(PEM) && !name.endsWith(KEY_PEM)) {
          complete.add(name.substring(0, name.length() - PEM.length()));
          whole = end;
        }
      }
    } catch (IOException tornHere) {
      return whole; // what follows is made anew
    }
    return whole;
  }

  @Override
  public boolean has(String name, CertificateAuthority authority) {
    return complete.contains(name);
  }

  @Override
  public void issue(
      String name, CertificateAuthority authority, CertificateProfile profile, KeyKind kind) {
    Identity identity = authority.issue(profile, kind);
    byte[] key = PemFiles.ascii(PemFiles.toPem(identity.key()));
    byte[] chain = PemFiles.ascii(PemFiles.toPem(identity.chain()));
    byte[] pkcs12 = pkcs12Password == null ? null : identity.pkcs12(pkcs12Password);
    try {
      synchronized (this) {
        put(name + KEY_PEM, key, SECRET);
        if (pkcs12 != null) {
          put(name + ".p12", pkcs12, SECRET);
        }
        put(name + PEM, chain, PUBLIC); // last: where it is, all is
      }
    } catch (IOException e) {
      throw NewFile.unwritable(partial, e);
    }
  }

  private void put(String name, byte[] content, int mode) throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(name);
    entry.setSize(content.length);
    entry.setMode(mode);
    entry.setIds(0, 0);
    entry.setNames("", "");
    tar.putArchiveEntry(entry);
    tar.write(content);
    tar.closeArchiveEntry();
  }

  @Override
  public void complete() {
    try {
      synchronized (this) {
        tar.finish();
        out.flush(); // which tar does not
        channel.force(false);
      }
      if (isZip()) {
        ZipArchive.of(partial, file);
        Files.delete(partial);
      } else {
        Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
      }
    } catch (IOException e) {
      throw NewFile.unwritable(file, e);
    }
  }

  private boolean isZip() {
    return file.getFileName().toString().toLowerCase(Locale.ROOT).endsWith(".zip");
  }

  @Override
  public void forEach(List<String> names, BiConsumer<String, String> certificates)
      throws IOException {
    if (isZip()) {
      ZipArchive.forEach(file, (name, content) -> tell(name, content, certificates));
      return;
    }
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file), BUFFER_BYTES);
        TarArchiveInputStream entries = new TarArchiveInputStream(in)) {
      for (TarArchiveEntry entry = entries.getNextEntry();
          entry != null;
          entry = entries.getNextEntry()) {
        tell(entry.getName(), entries.readAllBytes(), certificates);
      }
    }
  }

  private static void tell(String name, byte[] content, BiConsumer<String, String> certificates) {
    if (name.endsWith(PEM) && !name.endsWith(KEY_PEM) && !name.equals(AUTHORITY)) {
      certificates.accept(
          name.substring(0, name.length() - PEM.length()),
          new String(content, StandardCharsets.US_ASCII));
    }
  }

  /** What was written whole stays, for the next run. */
  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw NewFile.unwritable(partial, e);
    }
  }
}
