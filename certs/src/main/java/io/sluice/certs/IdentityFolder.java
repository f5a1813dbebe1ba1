package io.sluice.certs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A folder of identities: {@code NAME.pem} (certificate, then its chain), {@code NAME.key.pem}
 * (private key, mode 0600), and {@code NAME.p12} where asked for. The folder is made with mode
 * 0700. The key is written first, so that a certificate never stands without its key. Methods
 * block; any thread.
 */
public final class IdentityFolder {
  private static final Pattern NAME =
      Pattern.compile("[A-Za-z0-9_:@=,+-][A-Za-z0-9_:@=,+.-]{0,127}");

  private final Path path;

  private IdentityFolder(Path path) {
    this.path = path;
  }

  public static IdentityFolder at(Path path) {
    return new IdentityFolder(path);
  }

  public Path path() {
    return path;
  }

  /** {@code NAME.pem}. */
  public Path certificateFile(String name) {
    return path.resolve(checkName(name) + ".pem");
  }

  /** {@code NAME.key.pem}. */
  public Path keyFile(String name) {
    return path.resolve(checkName(name) + ".key.pem");
  }

  /** {@code NAME.p12}. */
  public Path pkcs12File(String name) {
    return path.resolve(checkName(name) + ".p12");
  }

  /**
   * A name that is safe as a file name: no separators, no leading dot, and not ending in {@code
   * .key}, or {@code x.key}'s certificate would be {@code x}'s key.
   */
  static String checkName(String name) {
    if (!NAME.matcher(name).matches() || name.endsWith(".key")) {
      throw new CertsRefused(
          CertsRefused.Reason.INVALID_NAME,
          "'%s' cannot name a file of certificates; use 1 to 128 letters, digits and _ : @ = , + - . (no leading dot, no '.key' at the end)"
              .formatted(name));
    }
    return name;
  }

  /**
   * Whether key or certificate of this name is there.
   *
   * @see #isComplete
   */
  public boolean has(String name) {
    return Files.exists(keyFile(name)) || Files.exists(certificateFile(name));
  }

  /** Whether both are there. */
  public boolean isComplete(String name) {
    return Files.exists(keyFile(name)) && Files.exists(certificateFile(name));
  }

  /**
   * Writes both files.
   *
   * @throws CertsRefused {@code EXISTS} when either is there; nothing is changed then
   */
  public void write(String name, Identity identity) {
    NewFile.ensureFolder(path);
    if (Files.exists(certificateFile(name))) {
      throw new CertsRefused(
          CertsRefused.Reason.EXISTS,
          "%s exists and is not overwritten; name another folder, or move it away first"
              .formatted(certificateFile(name)));
    }
    PemFiles.writePrivateKey(keyFile(name), identity.key());
    PemFiles.writeCertificates(certificateFile(name), identity.chain());
  }

  /**
   * Reads both files and checks that they belong together.
   *
   * @throws CertsRefused {@code MISSING}, {@code MALFORMED} or {@code MISMATCH}
   */
  public Identity read(String name) {
    return read(certificateFile(name), keyFile(name));
  }

  /** As {@link #read(String)}, of two files anywhere. */
  public static Identity read(Path certificateFile, Path keyFile) {
    List<X509Certificate> chain = PemFiles.readCertificates(certificateFile);
    PrivateKey key = PemFiles.readPrivateKey(keyFile);
    if (!belongTogether(key, chain.get(0).getPublicKey())) {
      throw new CertsRefused(
          CertsRefused.Reason.MISMATCH,
          "%s is not the key of %s; restore the pair from one backup, or issue a new one under another name"
              .formatted(keyFile, certificateFile));
    }
    return new Identity(key, chain);
  }

  private static boolean belongTogether(PrivateKey key, PublicKey publicKey) {
    try {
      String algorithm =
          switch (key.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> key.getAlgorithm();
          };
      byte[] probe = {1, 2, 3};
      Signature signature = Signature.getInstance(algorithm);
      signature.initSign(key);
      signature.update(probe);
      byte[] signed = signature.sign();
      signature.initVerify(publicKey);
      signature.update(probe);
      return signature.verify(signed);
    } catch (GeneralSecurityException differentKinds) {
      return false;
    }
  }

  /**
   * Writes {@code NAME.p12}: key and chain under a password, mode 0600.
   *
   * @param password borrowed; at least one character
   */
  public void writePkcs12(String name, Identity identity, char[] password) {
    NewFile.ensureFolder(path);
    NewFile.write(pkcs12File(name), identity.pkcs12(password), NewFile.Readers.OWNER);
  }

  /** As {@link #writePkcs12}, over one that may be there. */
  void replacePkcs12(String name, Identity identity, char[] password) {
    NewFile.replace(pkcs12File(name), identity.pkcs12(password), NewFile.Readers.OWNER);
  }

  /**
   * Puts a renewed certificate in the place of the one that is there, for the same key.
   *
   * @param chain leaf first
   */
  public void replaceCertificate(String name, List<X509Certificate> chain) {
    NewFile.replace(
        certificateFile(name), PemFiles.ascii(PemFiles.toPem(chain)), NewFile.Readers.EVERYONE);
  }

  /**
   * Moves key and certificate of this name aside, into {@code retired/}, where their serial number
   * is part of their names.
   *
   * @return the moved certificate
   */
  public Path retire(String name, X509Certificate certificate) {
    IdentityFolder retired = at(path.resolve("retired"));
    NewFile.ensureFolder(retired.path());
    String aside = name + "-" + certificate.getSerialNumber().toString(16);
    if (aside.length() > 100) { // of a long name its beginning and the serial number are enough
      aside = name.substring(0, 50) + "-" + certificate.getSerialNumber().toString(16);
    }
    try {
      Files.move(certificateFile(name), retired.certificateFile(aside));
      Files.move(keyFile(name), retired.keyFile(aside));
      return retired.certificateFile(aside);
    } catch (IOException e) {
      throw NewFile.unwritable(retired.certificateFile(aside), e);
    }
  }

  /**
   * Puts {@code ca.pem} beside the identities, for clients to trust; the same one again is fine,
   * and so is the chain that ends with it, in the folder of an authority below it.
   *
   * @throws CertsRefused {@code MISMATCH} when another authority's is there
   */
  public void writeAuthority(X509Certificate authority) {
    NewFile.ensureFolder(path);
    Path file = certificateFile(CertificateAuthority.FILE_NAME);
    if (!Files.exists(file)) {
      try {
        PemFiles.writeCertificates(file, List.of(authority));
      } catch (CertsRefused refused) {
        if (refused.reason() != CertsRefused.Reason.EXISTS) {
          throw refused;
        }
        writeAuthority(authority); // another run was here just now
      }
    } else if (!PemFiles.readCertificates(file).contains(authority)) {
      throw new CertsRefused(
          CertsRefused.Reason.MISMATCH,
          "%s is of another authority; keep each authority's devices in a folder of their own"
              .formatted(file));
    }
  }
}
