package io.sluice.certs;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/** {@code certs revoke}. */
@Command(
    name = "revoke",
    description =
        "Revokes a certificate: adds it to revoked.txt and signs ca.crl anew, both in the authority's folder.",
    mixinStandardHelpOptions = true)
final class RevokeCommand extends CertsAction {
  @Mixin private final RevocationOptions options = new RevocationOptions();

  @Parameters(
      arity = "0..1",
      paramLabel = "NAME",
      description = "A device, 'server', or a certificate's .pem file.")
  private @Nullable String name;

  @Option(
      names = "--serial",
      paramLabel = "HEX",
      converter = SerialConverter.class,
      description = "Serial number instead of a name, for a certificate that is lost.")
  private @Nullable BigInteger serial;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Folder of the devices (default: 'devices' in the authority's folder).")
  private @Nullable Path out;

  @Option(
      names = "--reason",
      paramLabel = "WORD",
      converter = ReasonConverter.class,
      description =
          "unspecified (default), keyCompromise, cACompromise, affiliationChanged, superseded, cessationOfOperation, certificateHold, privilegeWithdrawn.")
  private RevocationReason reason = RevocationReason.UNSPECIFIED;

  @Override
  Answer run() {
    CertificateAuthority authority = options.authority();
    BigInteger number = serial;
    if ((name == null) == (number == null)) {
      throw new CertsRefused(
          CertsRefused.Reason.MISSING, "name one certificate, or give its --serial");
    }
    if (number == null) {
      number =
          Held.find(
                  String.valueOf(name),
                  IdentityFolder.at(out == null ? options.dir().resolve("devices") : out),
                  IdentityFolder.at(options.dir()))
              .certificate(authority)
              .getSerialNumber();
    }
    Revocations revocations = Revocations.in(options.dir(), authority);
    Map<BigInteger, RevocationList.Revoked> all =
        revocations.revoke(number, reason, options.life());
    RevocationList.Revoked revoked = all.get(number);
    ObjectNode json = options.describe(revocations, all.size());
    json.put("serialNumber", number.toString(16));
    if (revoked != null) {
      json.put("revokedAt", revoked.at().toString()).put("reason", revoked.reason().label());
    }
    String text =
        """
        revoked  serial number %s
        list     %s, %,d in it, good for %d days
        next     give it to the gateway with its setting revocation-lists, or set the certificate REVOKED there"""
            .formatted(
                number.toString(16), revocations.listFile(), all.size(), options.life().toDays());
    return new Answer(text, json);
  }

  static final class ReasonConverter implements ITypeConverter<RevocationReason> {
    @Override
    public RevocationReason convert(String value) {
      try {
        return RevocationReason.of(value);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }

  static final class SerialConverter implements ITypeConverter<BigInteger> {
    @Override
    public BigInteger convert(String value) {
      String digits = value.replace(":", "");
      if (!digits.matches("[0-9A-Fa-f]{1,40}")) { // 20 bytes: RFC 5280, 4.1.2.2
        throw new TypeConversionException(
            "'%s' is no serial number; write its hexadecimal digits, at most 40".formatted(value));
      }
      return new BigInteger(digits, 16);
    }
  }
}
