package io.sluice.certs;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.cert.X509CRL;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.x509.Extension;

/**
 * What an authority kept in a folder has revoked: {@code revoked.txt}, to which a line is added for
 * each certificate, and {@code ca.crl}, the signed list made of it. Methods block; several
 * processes may revoke at once.
 */
public final class Revocations {
  /** How long a list is good unless told otherwise: it lies offline, and is published by hand. */
  public static final Duration LIFE = Duration.ofDays(30);

  private static final String LEDGER = "revoked.txt";
  private static final String LIST = "ca.crl";

  private final Path folder;
  private final CertificateAuthority authority;

  private Revocations(Path folder, CertificateAuthority authority) {
    this.folder = folder;
    this.authority = authority;
  }

  /** Those of the authority in a folder. */
  public static Revocations in(Path folder, CertificateAuthority authority) {
    return new Revocations(folder, authority);
  }

  /** The signed list, in PEM. */
  public Path listFile() {
    return folder.resolve(LIST);
  }

  /**
   * Revokes a certificate, or lets the first revocation of it stand, and signs the list anew.
   *
   * @return all that are revoked, by serial number, in the order of their revocation
   */
  public Map<BigInteger, RevocationList.Revoked> revoke(
      BigInteger serialNumber, RevocationReason reason, Duration life) {
    return change(
        new RevocationList.Revoked(
            serialNumber, authority.now().truncatedTo(ChronoUnit.SECONDS), reason),
        life);
  }

  /** Signs the list anew, so that it is good for longer. */
  public Map<BigInteger, RevocationList.Revoked> sign(Duration life) {
    return change(null, life);
  }

  /** All that are revoked, by serial number, in the order of their revocation. */
  Map<BigInteger, RevocationList.Revoked> all() {
    Path ledger = folder.resolve(LEDGER);
    if (!Files.exists(ledger)) {
      return Map.of();
    }
    try (FileChannel channel = FileChannel.open(ledger, StandardOpenOption.READ)) {
      return parse(read(channel), ledger);
    } catch (IOException e) {
      throw new CertsRefused(
          CertsRefused.Reason.FILE_SYSTEM,
          "%s cannot be read (%s); check its owner and permissions".formatted(ledger, e),
          e);
    }
  }

  private Map<BigInteger, RevocationList.Revoked> change(
      RevocationList.@org.jspecify.annotations.Nullable Revoked added, Duration life) {
    Path ledger = folder.resolve(LEDGER);
    try (FileChannel channel =
        FileChannel.open(
            ledger, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      channel.lock(); // until it is closed
      String text = read(channel);
      Map<BigInteger, RevocationList.Revoked> all = parse(text, ledger);
      if (added != null && all.putIfAbsent(added.serialNumber(), added) == null) {
        channel.truncate(text.length()); // a line that was cut off
        channel.position(text.length());
        ByteBuffer line = ByteBuffer.wrap(PemFiles.ascii(line(added)));
        while (line.hasRemaining()) {
          channel.write(line);
        }
        channel.force(false);
      }
      byte[] list =
          RevocationList.issue(authority, all.values(), nextNumber(), authority.now(), life);
      NewFile.replace(
          listFile(), PemFiles.ascii(RevocationList.toPem(list)), NewFile.Readers.EVERYONE);
      return all;
    } catch (IOException e) {
      throw NewFile.unwritable(ledger, e);
    }
  }

  private static String line(RevocationList.Revoked revoked) {
    return "%s %s %s\n"
        .formatted(revoked.serialNumber().toString(16), revoked.at(), revoked.reason().label());
  }

  /** Whole lines only. */
  private static String read(FileChannel channel) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ByteBuffer buffer = ByteBuffer.allocate(64 << 10);
    channel.position(0);
    while (channel.read(buffer) >= 0) {
      bytes.write(buffer.array(), 0, buffer.position());
      buffer.clear();
    }
    String text = bytes.toString(StandardCharsets.US_ASCII);
    return text.substring(0, text.lastIndexOf('\n') + 1);
  }

  private static Map<BigInteger, RevocationList.Revoked> parse(String text, Path where) {
    Map<BigInteger, RevocationList.Revoked> all = new LinkedHashMap<>();
    int number = 0;
    for (String line : text.lines().toList()) {
      number++;
      String[] parts = line.split(" ", -1);
      try {
        RevocationList.Revoked revoked =
            new RevocationList.Revoked(
                new BigInteger(parts[0], 16),
                Instant.parse(parts[1]),
                RevocationReason.of(parts[2]));
        all.putIfAbsent(revoked.serialNumber(), revoked);
      } catch (IllegalArgumentException | DateTimeException | ArrayIndexOutOfBoundsException e) {
        throw new CertsRefused(
            CertsRefused.Reason.MALFORMED,
            "%s, line %d is no 'SERIAL INSTANT REASON'; restore it from a backup: a list without it would let the revoked in again"
                .formatted(where, number),
            e);
      }
    }
    return all;
  }

  /** One more than the last list's (RFC 5280, 5.2.3). */
  private BigInteger nextNumber() throws IOException {
    if (!Files.exists(listFile())) {
      return BigInteger.ONE;
    }
    X509CRL last = RevocationList.parse(Files.readAllBytes(listFile()), listFile().toString());
    byte[] extension = last.getExtensionValue(Extension.cRLNumber.getId());
    return extension == null
        ? BigInteger.ONE
        : ASN1Integer.getInstance(ASN1OctetString.getInstance(extension).getOctets())
            .getValue()
            .add(BigInteger.ONE);
  }
}
