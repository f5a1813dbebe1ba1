package io.sluice.certs;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.PrivateKey;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Many identities in a folder, as {@link IdentityFolder} has them, but without waiting for the disk
 * after each file: a kill leaves whole files, a power failure may leave some cut off, and the next
 * run finds those and makes them anew. A key whose certificate is missing gets one.
 */
final class FolderTarget implements BulkIssue.Target {
  private static final String KEY_END = "-----END PRIVATE KEY-----";

  private final IdentityFolder folder;
  private final char @Nullable [] pkcs12Password;
  private final FileChannel run; // to ca.pem, which nobody else here opens from now on

  /**
   * @param pkcs12Password for a PKCS#12 file beside each; null for none
   */
  FolderTarget(Path folder, CertificateAuthority authority, char @Nullable [] pkcs12Password) {
    this.folder = IdentityFolder.at(folder);
    this.pkcs12Password = pkcs12Password;
    this.folder.writeAuthority(authority.anchor());
    Path shared = this.folder.certificateFile(CertificateAuthority.FILE_NAME);
    try {
      this.run = FileChannel.open(shared, StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw NewFile.unwritable(shared, e);
    }
    try {
      OneRun.claim(run, this.folder.path());
    } catch (IOException e) {
      close();
      throw NewFile.unwritable(shared, e);
    } catch (CertsRefused another) {
      close();
      throw another;
    }
  }

  @Override
  public boolean has(String name, CertificateAuthority authority) {
    Path certificate = folder.certificateFile(name);
    if (!folder.isComplete(name)
        || pkcs12Password != null && !Files.exists(folder.pkcs12File(name))
        || !isWholeKey(folder.keyFile(name))) {
      return false;
    }
    try {
      if (authority.claimsToIssue(PemFiles.readCertificate(certificate))) {
        return true;
      }
    } catch (CertsRefused torn) {
      if (torn.reason() == CertsRefused.Reason.MALFORMED) {
        return false;
      }
      throw torn;
    }
    throw new CertsRefused(
        CertsRefused.Reason.MISMATCH,
        "%s was issued by another authority; choose another folder or other names"
            .formatted(certificate));
  }

  private static boolean isWholeKey(Path file) {
    try {
      return Files.readString(file, StandardCharsets.ISO_8859_1).stripTrailing().endsWith(KEY_END);
    } catch (IOException e) {
      throw NewFile.unwritable(file, e);
    }
  }

  @Override
  public void issue(
      String name, CertificateAuthority authority, CertificateProfile profile, KeyKind kind) {
    Path keyFile = folder.keyFile(name);
    Identity identity;
    if (Files.exists(keyFile) && isWholeKey(keyFile)) {
      PrivateKey key = PemFiles.readPrivateKey(keyFile);
      identity =
          new Identity(
              key, authority.chainOf(authority.certify(profile, PublicKeys.of(key, keyFile))));
    } else {
      identity = authority.issue(profile, kind);
      byte[] pem = PemFiles.ascii(PemFiles.toPem(identity.key()));
      NewFile.writeUnsynced(keyFile, pem, NewFile.Readers.OWNER);
    }
    if (pkcs12Password != null) {
      NewFile.writeUnsynced(
          folder.pkcs12File(name), identity.pkcs12(pkcs12Password), NewFile.Readers.OWNER);
    }
    List<java.security.cert.X509Certificate> chain = identity.chain();
    NewFile.writeUnsynced( // last: where it is, all is
        folder.certificateFile(name),
        PemFiles.ascii(PemFiles.toPem(chain)),
        NewFile.Readers.EVERYONE);
  }

  @Override
  public void complete() {}

  @Override
  public void forEach(List<String> names, BiConsumer<String, String> certificates)
      throws IOException {
    for (String name : names) {
      certificates.accept(
          name, Files.readString(folder.certificateFile(name), StandardCharsets.US_ASCII));
    }
  }

  @Override
  public void close() {
    try {
      run.close();
    } catch (IOException nothingWasWrittenThere) {
      // the lock ends with the process then
    }
  }
}
