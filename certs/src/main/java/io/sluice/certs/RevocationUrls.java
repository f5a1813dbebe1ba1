package io.sluice.certs;

import java.net.URI;
import java.net.URISyntaxException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** What certificates say of where to find out whether they are revoked. */
final class RevocationUrls {
  @Option(
      names = "--crl-url",
      paramLabel = "URL",
      converter = UrlConverter.class,
      description = "Say in the certificate where the revocation list (ca.crl) is published.")
  private @Nullable URI list;

  @Option(
      names = "--ocsp-url",
      paramLabel = "URL",
      converter = UrlConverter.class,
      description = "Say in the certificate who answers OCSP about it.")
  private @Nullable URI responder;

  /** With what was given; what was not given stays as it is. */
  CertificateProfile completed(CertificateProfile profile) {
    return profile.withRevocation(
        list == null ? profile.revocationList() : list,
        responder == null ? profile.ocspResponder() : responder);
  }

  @Nullable URI list() {
    return list;
  }

  @Nullable URI responder() {
    return responder;
  }

  /**
   * What checkers of certificates fetch from: nobody follows a file, or an address without host.
   */
  static final class UrlConverter implements ITypeConverter<URI> {
    @Override
    public URI convert(String value) {
      try {
        URI url = new URI(value);
        if (url.getHost() != null && url.getScheme().matches("(?i)https?")) {
          return url;
        }
      } catch (URISyntaxException notOne) {
        // answered below
      }
      throw new TypeConversionException(
          "'%s' is no address to fetch from; write it as http://HOST/PATH".formatted(value));
    }
  }
}
