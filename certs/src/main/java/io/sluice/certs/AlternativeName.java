package io.sluice.certs;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.util.IPAddress;
import org.jspecify.annotations.Nullable;

/**
 * One entry of a certificate's subject alternative names (RFC 5280, 4.2.1.6). A value that exists
 * is valid.
 */
public record AlternativeName(Kind kind, String value) {
  private static final Pattern DNS =
      Pattern.compile(
          "(\\*\\.)?([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\\.)*[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?");
  private static final Pattern EMAIL_ADDRESS =
      Pattern.compile("[\\x21-\\x7E&&[^@<>()\\[\\],;:\\\\\"]]{1,64}@[A-Za-z0-9.-]{1,253}");
  private static final int DNS_MAX = 253;

  /** What kind of name it is. */
  public enum Kind {
    DNS(GeneralName.dNSName),
    IP(GeneralName.iPAddress),
    URI(GeneralName.uniformResourceIdentifier),
    EMAIL(GeneralName.rfc822Name);

    private final int tag;

    Kind(int tag) {
      this.tag = tag;
    }
  }

  public AlternativeName {
    value = kind == Kind.DNS ? value.toLowerCase(Locale.ROOT) : value;
    boolean valid =
        switch (kind) {
          case DNS -> value.length() <= DNS_MAX && DNS.matcher(value).matches();
          case IP -> IPAddress.isValid(value);
          case URI -> isUri(value);
          case EMAIL -> EMAIL_ADDRESS.matcher(value).matches();
        };
    if (!valid) {
      throw new CertsRefused(
          CertsRefused.Reason.INVALID_NAME,
          "'%s' is no %s name for a certificate; %s"
              .formatted(
                  value,
                  kind,
                  switch (kind) {
                    case DNS -> "use a host name such as gateway.example.org or *.example.org";
                    case IP -> "use an address such as 192.0.2.10 or 2001:db8::10, without a mask";
                    case URI -> "use an absolute URI of ASCII characters";
                    case EMAIL -> "use an address such as pump@example.org";
                  }));
    }
  }

  /** An address when it looks like one, else a host name. */
  public static AlternativeName hostOrAddress(String text) {
    return new AlternativeName(IPAddress.isValid(text) ? Kind.IP : Kind.DNS, text);
  }

  public static AlternativeName dns(String host) {
    return new AlternativeName(Kind.DNS, host);
  }

  public static AlternativeName ip(String address) {
    return new AlternativeName(Kind.IP, address);
  }

  /** Those of a certificate, as the JDK reads them; of kinds that are not made here none. */
  static List<AlternativeName> of(@Nullable Collection<List<?>> names) {
    List<AlternativeName> found = new ArrayList<>();
    for (List<?> name : names == null ? List.<List<?>>of() : names) {
      for (Kind kind : Kind.values()) {
        if (name.get(0).equals(kind.tag) && name.get(1) instanceof String text) {
          found.add(new AlternativeName(kind, text));
        }
      }
    }
    return found;
  }

  /**
   * As it is written on the command line: {@code dns:HOST}, {@code ip:ADDRESS}, {@code uri:URI},
   * {@code email:ADDRESS}.
   *
   * @throws CertsRefused {@code INVALID_NAME}
   */
  public static AlternativeName parse(String text) {
    int colon = text.indexOf(':');
    for (Kind kind : Kind.values()) {
      if (colon > 0 && text.substring(0, colon).equalsIgnoreCase(kind.name())) {
        return new AlternativeName(kind, text.substring(colon + 1));
      }
    }
    throw new CertsRefused(
        CertsRefused.Reason.INVALID_NAME,
        "'%s' is no alternative name; write dns:HOST, ip:ADDRESS, uri:URI or email:ADDRESS"
            .formatted(text));
  }

  private static boolean isUri(String text) {
    try {
      return new URI(text).isAbsolute() && text.chars().allMatch(c -> c > 0x20 && c < 0x7F);
    } catch (URISyntaxException notOne) {
      return false;
    }
  }

  GeneralName toGeneralName() {
    return new GeneralName(kind.tag, value);
  }
}
