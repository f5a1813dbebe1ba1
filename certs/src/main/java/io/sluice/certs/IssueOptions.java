package io.sluice.certs;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Options of the subcommands that sign something: which authority, which key, for how long. */
final class IssueOptions {
  @Option(
      names = "--dir",
      paramLabel = "DIR",
      defaultValue = "certs",
      description = "Folder of the authority, with ca.pem and ca.key.pem (default: certs).")
  private Path dir = Path.of("certs");

  @Option(
      names = "--key",
      paramLabel = "KIND",
      defaultValue = "ec-p256",
      converter = KeyKindConverter.class,
      description =
          "Key to make: ec-p256 (default), ec-p384, ed25519, rsa-2048, rsa-3072, rsa-4096.")
  private KeyKind key = KeyKind.EC_P256;

  @Option(
      names = "--days",
      paramLabel = "N",
      converter = DaysConverter.class,
      description = "How long it is valid; never longer than the authority.")
  private @Nullable Duration life;

  @Option(
      names = "--crl-url",
      paramLabel = "URL",
      description = "Say in the certificate where the revocation list (ca.crl) is published.")
  private @Nullable URI revocationList;

  @Option(
      names = "--ocsp-url",
      paramLabel = "URL",
      description = "Say in the certificate who answers OCSP about it.")
  private @Nullable URI ocspResponder;

  /** What all certificates of this authority say. */
  CertificateProfile completed(CertificateProfile profile) {
    return profile.withRevocation(revocationList, ocspResponder);
  }

  Path dir() {
    return dir;
  }

  KeyKind key() {
    return key;
  }

  Duration lifeOr(Duration usual) {
    return life == null ? usual : life;
  }

  CertificateAuthority authority() {
    return CertificateAuthority.load(dir);
  }

  static final class KeyKindConverter implements ITypeConverter<KeyKind> {
    @Override
    public KeyKind convert(String value) {
      try {
        return KeyKind.of(value);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }

  static final class DaysConverter implements ITypeConverter<Duration> {
    private static final int DAYS_MAX = 36_500;

    @Override
    public Duration convert(String value) {
      try {
        int days = Integer.parseInt(value);
        if (days >= 1 && days <= DAYS_MAX) {
          return Duration.ofDays(days);
        }
      } catch (NumberFormatException notOne) {
        // answered below
      }
      throw new TypeConversionException(
          "'%s' is no number of days between 1 and %d".formatted(value, DAYS_MAX));
    }
  }
}
