package io.sluice.certs;

import java.math.BigInteger;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code certs crl}. */
@Command(
    name = "crl",
    description = "Signs the revocation list anew, so that it is good for longer.",
    mixinStandardHelpOptions = true)
final class CrlCommand extends CertsAction {
  @Mixin private final RevocationOptions options = new RevocationOptions();

  @Override
  Answer run() {
    Revocations revocations = Revocations.in(options.dir(), options.authority());
    Map<BigInteger, RevocationList.Revoked> all = revocations.sign(options.life());
    String text =
        "signed %s, %,d in it, good for %d days"
            .formatted(revocations.listFile(), all.size(), options.life().toDays());
    return new Answer(text, options.describe(revocations, all.size()));
  }
}
