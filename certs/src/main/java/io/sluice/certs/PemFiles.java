package io.sluice.certs;

import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.openssl.PEMEncryptedKeyPair;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;
import org.bouncycastle.util.io.pem.PemGenerationException;
import org.jspecify.annotations.Nullable;

/**
 * Certificates and private keys as PEM text (RFC 7468). Keys are written as PKCS#8 and read as
 * PKCS#8, SEC 1 or PKCS#1. File methods block.
 */
public final class PemFiles {
  private static final long FILE_BYTES_MAX = 1 << 20;

  private PemFiles() {}

  /** All certificates of a file, in its order; at least one. */
  public static List<X509Certificate> readCertificates(Path file) {
    return certificates(readText(file), file.toString());
  }

  /** The first certificate of a file. */
  public static X509Certificate readCertificate(Path file) {
    return readCertificates(file).get(0);
  }

  /** The first private key of a file. */
  public static PrivateKey readPrivateKey(Path file) {
    return privateKey(readText(file), file.toString());
  }

  /** All certificates of a text, in its order; at least one. */
  public static List<X509Certificate> certificates(String pem) {
    return certificates(pem, "the text");
  }

  private static List<X509Certificate> certificates(String pem, String where) {
    List<X509Certificate> found = new ArrayList<>();
    JcaX509CertificateConverter converter = new JcaX509CertificateConverter();
    try (PEMParser parser = new PEMParser(new StringReader(pem))) {
      for (Object block = parser.readObject(); block != null; block = parser.readObject()) {
        if (block instanceof X509CertificateHolder holder) {
          found.add(converter.getCertificate(holder));
        }
      }
    } catch (IOException | GeneralSecurityException | RuntimeException e) {
      throw malformed(where, "a PEM block that does not parse", "certificate", e);
    }
    if (found.isEmpty()) {
      throw malformed(where, "no block 'BEGIN CERTIFICATE'", "certificate", null);
    }
    return found;
  }

  private static PrivateKey privateKey(String pem, String where) {
    JcaPEMKeyConverter converter = new JcaPEMKeyConverter();
    try (PEMParser parser = new PEMParser(new StringReader(pem))) {
      for (Object block = parser.readObject(); block != null; block = parser.readObject()) {
        if (block instanceof PrivateKeyInfo key) {
          return converter.getPrivateKey(key);
        } else if (block instanceof PEMKeyPair pair) {
          return converter.getKeyPair(pair).getPrivate();
        } else if (block instanceof PEMEncryptedKeyPair
            || block instanceof PKCS8EncryptedPrivateKeyInfo) {
          throw new CertsRefused(
              CertsRefused.Reason.MALFORMED,
              "%s holds a key under a pass phrase, which a server that starts by itself cannot ask for; take it off with: openssl pkey -in FILE -out NEW, in a folder only you can read"
                  .formatted(where));
        }
      }
    } catch (IOException | RuntimeException e) {
      if (e instanceof CertsRefused refused) {
        throw refused;
      }
      throw malformed(where, "a PEM block that does not parse", "private key", e);
    }
    throw malformed(where, "no block 'BEGIN PRIVATE KEY'", "private key", null);
  }

  /**
   * Writes certificates, leaf first, to a new file that all may read.
   *
   * @throws CertsRefused {@code EXISTS} rather than overwrite
   */
  public static void writeCertificates(Path file, List<X509Certificate> certificates) {
    NewFile.write(file, ascii(toPem(certificates)), NewFile.Readers.EVERYONE);
  }

  /**
   * Writes a private key to a new file that only its owner may read, from its first byte on.
   *
   * @throws CertsRefused {@code EXISTS} rather than overwrite
   */
  public static void writePrivateKey(Path file, PrivateKey key) {
    NewFile.write(file, ascii(toPem(key)), NewFile.Readers.OWNER);
  }

  /** Certificates one below the other. */
  public static String toPem(List<X509Certificate> certificates) {
    StringBuilder pem = new StringBuilder();
    certificates.forEach(certificate -> pem.append(toPem(certificate)));
    return pem.toString();
  }

  public static String toPem(X509Certificate certificate) {
    return pem(certificate);
  }

  /** The key as PKCS#8 without a pass phrase: handle with care. */
  public static String toPem(PrivateKey key) {
    try {
      return pem(new JcaPKCS8Generator(key, null));
    } catch (PemGenerationException e) {
      throw new IllegalStateException("a key of this kind has no PKCS#8 form", e);
    }
  }

  /** The key as SubjectPublicKeyInfo. */
  public static String toPem(PublicKey key) {
    return pem(key);
  }

  private static String pem(Object what) {
    StringWriter text = new StringWriter();
    try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
      writer.writeObject(what);
    } catch (IOException e) {
      throw new IllegalStateException("a StringWriter does not fail", e);
    }
    return text.toString();
  }

  static byte[] ascii(String pem) {
    return pem.getBytes(StandardCharsets.US_ASCII);
  }

  /** A small file's text; what is not ASCII in it is text around the blocks. */
  static String readText(Path file) {
    try {
      if (Files.isDirectory(file)) {
        throw new CertsRefused(
            CertsRefused.Reason.MALFORMED, "%s is a folder; name a PEM file in it".formatted(file));
      }
      if (Files.size(file) > FILE_BYTES_MAX) {
        throw new CertsRefused(
            CertsRefused.Reason.MALFORMED,
            "%s has %d bytes, more than any PEM file of certificates; name another file"
                .formatted(file, Files.size(file)));
      }
      return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
    } catch (NoSuchFileException e) {
      throw new CertsRefused(
          CertsRefused.Reason.MISSING, "%s is not there; check the path".formatted(file), e);
    } catch (IOException e) {
      throw new CertsRefused(
          CertsRefused.Reason.FILE_SYSTEM,
          "%s cannot be read (%s); check its owner and permissions".formatted(file, e),
          e);
    }
  }

  private static CertsRefused malformed(
      String where, String found, String wanted, @Nullable Exception e) {
    String message =
        "%s: %s where a %s in PEM was expected; DER files become PEM with: openssl x509 -inform der, or openssl pkey -inform der"
            .formatted(where, found, wanted);
    return new CertsRefused(CertsRefused.Reason.MALFORMED, message, e);
  }
}
