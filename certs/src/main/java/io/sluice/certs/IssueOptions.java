package io.sluice.certs;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Options of the subcommands that sign something: which authority, for how long. */
final class IssueOptions {
  @Option(
      names = "--dir",
      paramLabel = "DIR",
      defaultValue = "certs",
      description = "Folder of the authority, with ca.pem and ca.key.pem (default: certs).")
  private Path dir = Path.of("certs");

  @Option(
      names = "--days",
      paramLabel = "N",
      converter = DaysConverter.class,
      description = "How long it is valid; never longer than the authority.")
  private @Nullable Duration life;

  Path dir() {
    return dir;
  }

  Duration lifeOr(Duration usual) {
    return life == null ? usual : life;
  }

  CertificateAuthority authority() {
    return CertificateAuthority.load(dir);
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
