package io.sluice.certs;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Which key to make; of the subcommands that make one. */
final class KeyOption {
  @Option(
      names = "--key",
      paramLabel = "KIND",
      converter = KeyKindConverter.class,
      description =
          "Key to make: ec-p256 (default), ec-p384, ed25519, rsa-2048, rsa-3072, rsa-4096.")
  private @Nullable KeyKind kind;

  KeyKind kind() {
    return kind == null ? KeyKind.EC_P256 : kind;
  }

  boolean isGiven() {
    return kind != null;
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
}
