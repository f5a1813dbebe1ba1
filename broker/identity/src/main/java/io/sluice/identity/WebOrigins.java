package io.sluice.identity;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which web pages may speak to this gateway, as the {@code Origin} headers of their requests tell
 * (RFC 6454, section 7). A request without one comes from no page, and is not asked about.
 * Immutable.
 *
 * @param any whether every page may, also one that says {@code null}
 * @param loopback whether the pages that this machine itself serves may
 * @param named further origins, in lower case and without the port that goes without saying
 */
public record WebOrigins(boolean any, boolean loopback, Set<String> named) {
  public static final WebOrigins ANY = new WebOrigins(true, false, Set.of());

  private static final String THIS_MACHINE = "loopback";
  private static final Pattern ORIGIN =
      Pattern.compile("[a-z][a-z0-9+.-]*://([a-z0-9._-]+|\\[[0-9a-f:.]+\\])(:[0-9]{1,5})?");
  private static final Pattern LOOPBACK =
      Pattern.compile("https?://(localhost|127\\.0\\.0\\.1|\\[::1\\])(:[0-9]{1,5})?");

  public WebOrigins {
    named = Set.copyOf(named);
  }

  /**
   * Reads {@code any}, {@code none}, or origins and the word {@code loopback} with commas or line
   * breaks between.
   *
   * @throws IllegalArgumentException with a sentence for the operator
   */
  public static WebOrigins of(String text) {
    if (text.equals("any")) {
      return ANY;
    }
    if (text.equals("none")) {
      return new WebOrigins(false, false, Set.of());
    }
    Set<String> listed =
        Arrays.stream(text.split("[,\n]", -1))
            .map(one -> one.strip().toLowerCase(Locale.ROOT))
            .filter(one -> !one.isEmpty())
            .collect(Collectors.toSet());
    return new WebOrigins(
        false,
        listed.contains(THIS_MACHINE),
        (listed.isEmpty() ? Stream.of(text) : listed.stream())
            .filter(one -> !one.equals(THIS_MACHINE))
            .map(WebOrigins::checked)
            .collect(Collectors.toUnmodifiableSet()));
  }

  private static String checked(String origin) {
    if (!ORIGIN.matcher(origin).matches()) {
      throw new IllegalArgumentException(
          ("'%s' is no origin of web pages; write scheme, host and port as"
                  + " https://console.example.com or http://localhost:3000, or one of the words any,"
                  + " none, loopback")
              .formatted(origin));
    }
    return withoutDefaultPort(origin);
  }

  /** As browsers write it. */
  private static String withoutDefaultPort(String origin) {
    return origin.startsWith("https://")
        ? origin.replaceFirst(":443$", "")
        : origin.startsWith("http://") ? origin.replaceFirst(":80$", "") : origin;
  }

  /** The same, but that only this machine's pages may where any might. */
  public WebOrigins loopbackInsteadOfAny() {
    return any ? new WebOrigins(false, true, named) : this;
  }

  /**
   * Whether a request may be looked at.
   *
   * @param origins its {@code Origin} headers; several are a forgery, unless any page may
   */
  public boolean allow(List<String> origins) {
    return any || origins.isEmpty() || (origins.size() == 1 && name(origins.get(0)));
  }

  /**
   * Whether what a browser adds on its own, a client certificate, may count for a request: not when
   * it comes from a page that neither this host serves nor the operator has named. That any page
   * may ask says nothing about that.
   *
   * @param host the request's {@code Host} over TLS; null when there is none
   */
  public boolean trust(List<String> origins, @Nullable String host) {
    return origins.isEmpty()
        || (origins.size() == 1 && (name(origins.get(0)) || isOf(origins.get(0), host)));
  }

  private boolean name(String origin) {
    String lower = origin.toLowerCase(Locale.ROOT);
    return named.contains(lower) || (loopback && LOOPBACK.matcher(lower).matches());
  }

  private static boolean isOf(String origin, @Nullable String host) {
    return host != null
        && withoutDefaultPort(origin.toLowerCase(Locale.ROOT))
            .equals(withoutDefaultPort("https://" + host.toLowerCase(Locale.ROOT)));
  }
}
