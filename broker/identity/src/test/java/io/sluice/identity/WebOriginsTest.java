package io.sluice.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which web pages may speak (RFC 6454), and for which a certificate counts. */
class WebOriginsTest {
  private static final String CONSOLE = "https://console.example.com";

  private static List<String> headers(String text) {
    return text == null ? List.of() : Arrays.asList(text.split(" & ", -1));
  }

  @ParameterizedTest(name = "{0}: {1} -> {2}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          any                  |                                        | true
          any                  | https://evil.example                   | true
          any                  | null                                   | true
          any                  | https://a.example & https://b.example  | true
          none                 |                                        | true
          none                 | https://console.example.com            | false
          none                 | null                                   | false
          loopback             | http://localhost                       | true
          loopback             | http://localhost:3000                  | true
          loopback             | https://127.0.0.1:5173                 | true
          loopback             | http://[::1]:80                        | true
          loopback             | http://localhost.evil.example          | false
          loopback             | http://localhost:3000.evil.example     | false
          loopback             | http://evil.example/localhost          | false
          loopback             | http://127.0.0.1@evil.example          | false
          loopback             | http://127.0.0.10                      | false
          loopback             | file://localhost                       | false
          loopback             | null                                   | false
          https://console.example.com,http://localhost:3000 | https://console.example.com | true
          https://console.example.com,http://localhost:3000 | HTTPS://Console.Example.Com | true
          https://console.example.com,http://localhost:3000 | http://localhost:3000       | true
          https://console.example.com,http://localhost:3000 | http://localhost:3001       | false
          https://console.example.com | http://console.example.com               | false
          https://console.example.com | https://console.example.com.evil.example | false
          https://console.example.com | https://x.console.example.com            | false
          https://console.example.com | https://console.example.com:444          | false
          https://console.example.com | https://console.example.com/             | false
          https://console.example.com | ''                                       | false
          https://console.example.com | null                                     | false
          https://console.example.com | https://console.example.com & https://console.example.com | false
          https://console.example.com:443,loopback | https://console.example.com | true
          """)
  void aPageMaySpeakAsTheOperatorSays(String setting, String origins, boolean may) {
    assertThat(WebOrigins.of(setting).allow(headers(origins))).isEqualTo(may);
  }

  @ParameterizedTest(name = "{0}: {1} at {2} -> {3}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          any  |                                       | gw.example:8884 | true
          any  | https://evil.example                  | gw.example:8884 | false
          any  | null                                  | gw.example:8884 | false
          any  | https://gw.example:8884               | gw.example:8884 | true
          any  | https://GW.example:8884               | gw.example:8884 | true
          any  | http://gw.example:8884                | gw.example:8884 | false
          any  | https://gw.example                    | gw.example:8884 | false
          any  | https://gw.example                    | gw.example      | true
          any  | https://gw.example                    | gw.example:443  | true
          any  | http://gw.example                     | gw.example      | false
          any  | https://gw.example                    |                 | false
          any  | https://gw.example & https://gw.example | gw.example    | false
          none | https://gw.example                    | gw.example      | true
          https://console.example.com | https://console.example.com | gw.example | true
          https://console.example.com | https://evil.example        | gw.example | false
          """)
  void aCertificateCountsForPagesThatAreNamedOrOfTheSameHost(
      String setting, String origins, String host, boolean counts) {
    assertThat(WebOrigins.of(setting).trust(headers(origins), host)).isEqualTo(counts);
  }

  @Test
  void anyBecomesThisMachineWhereNobodyIsAskedWhoHeIs() {
    WebOrigins narrowed = WebOrigins.ANY.loopbackInsteadOfAny();
    assertThat(narrowed.allow(List.of("http://localhost:3000"))).isTrue();
    assertThat(narrowed.allow(List.of("https://evil.example"))).isFalse();
    assertThat(narrowed.allow(List.of("null"))).isFalse();
    WebOrigins named = WebOrigins.of(CONSOLE);
    assertThat(named.loopbackInsteadOfAny()).isEqualTo(named);
  }

  @Test
  void aVeryLongOriginIsJustAnotherOne() {
    String origin = "https://" + "a".repeat(30_000) + ".example";
    assertThat(WebOrigins.of(CONSOLE).allow(List.of(origin))).isFalse();
    assertThat(WebOrigins.of("loopback").allow(List.of(origin))).isFalse();
    assertThat(WebOrigins.ANY.trust(List.of(origin), "gw.example")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ",",
        "console.example.com",
        "https://console.example.com/",
        "https://console.example.com/path",
        "https://user@console.example.com",
        "https://*.example.com",
        "*",
        "null",
        "any,https://console.example.com"
      })
  void whatIsNoOriginIsSaidWithWhatToWrite(String setting) {
    assertThatThrownBy(() -> WebOrigins.of(setting))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is no origin of web pages")
        .hasMessageContaining("https://console.example.com");
  }
}
