package io.sluice.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.certs.CertificateProfile;
import io.sluice.certs.Identity;
import io.sluice.certs.KeyKind;
import io.sluice.identity.CertificateStatus;
import io.sluice.identity.WebOrigins;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Web pages on the TLS port, where browsers may add a client certificate without being asked. The
 * certificate here may publish to {@code pages}.
 */
class WebPagesOverTlsTest {
  private static final String PAGE = "https://app.example";
  private static final String CONSOLE = "https://console.example.com";
  private static final String POLICY =
      """
      {"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":"iot:Publish","Resource":"arn:aws:iot:local:000000000000:topic/pages"}]}
      """;

  private static RunningApi mutual;
  private static RunningApi signed;
  private static RunningApi listed;
  private static final Map<RunningApi, Identity> DEVICES = new java.util.HashMap<>();

  @BeforeAll
  static void start() {
    DataPlaneWays signers =
        new DataPlaneWays(true, AccessKeys.of(List.of(HandMade.ADMIN)), HttpBearers.NONE);
    mutual = new RunningApi();
    signed = new RunningApi(WebOrigins.ANY, signers);
    listed = new RunningApi(WebOrigins.of(CONSOLE), signers);
    for (RunningApi api : List.of(mutual, signed, listed)) {
      Identity device = api.authority.issue(CertificateProfile.device("d"), KeyKind.EC_P256);
      api.registry.policies().create("pages", POLICY).join();
      api.registry
          .certificates()
          .register(device.certificate(), CertificateStatus.ACTIVE, true)
          .join();
      api.registry
          .policies()
          .attach("pages", api.registry.arns().certificate(device.certificateId()))
          .join();
      DEVICES.put(api, device);
    }
  }

  @AfterAll
  static void stop() {
    DEVICES.keySet().forEach(RunningApi::close);
  }

  private static HttpResponse<String> send(
      RunningApi api, boolean certificate, String method, String path, String origin)
      throws Exception {
    HttpClient client = TlsClients.client(api.authority, certificate ? DEVICES.get(api) : null);
    HttpRequest.Builder request =
        HttpRequest.newBuilder(
                URI.create("https://127.0.0.1:%d%s".formatted(api.devicePort(), path)))
            .method(method, HttpRequest.BodyPublishers.ofString(method.equals("POST") ? "x" : ""))
            .timeout(Duration.ofSeconds(20));
    if (method.equals("OPTIONS")) {
      request.header("Access-Control-Request-Method", "POST");
    }
    if (origin != null) {
      request.header("Origin", origin.replace("PORT", String.valueOf(api.devicePort())));
    }
    return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private static String allowed(HttpResponse<?> response) {
    return response.headers().firstValue("access-control-allow-origin").orElse("");
  }

  /** The browser shows a certificate; the page of elsewhere gains nothing by it. */
  @ParameterizedTest(name = "{0} from {1}: {2}")
  @CsvSource({
    "mutual,,200",
    "mutual,https://app.example,403",
    "mutual,null,403",
    "mutual,https://127.0.0.1:PORT,200", // this very host: some clients that are no browsers say so
    "mutual,http://127.0.0.1:PORT,403",
    "signed,,200",
    "signed,https://app.example,403",
    "signed,https://127.0.0.1:PORT,200",
    "listed,,200",
    "listed,https://console.example.com,200",
    "listed,https://app.example,403",
    "listed,null,403"
  })
  void aCertificateDoesNotCountForAPageOfElsewhere(String which, String origin, int status)
      throws Exception {
    RunningApi api = which.equals("mutual") ? mutual : which.equals("signed") ? signed : listed;
    int before = api.published.size();
    HttpResponse<String> response = send(api, true, "POST", "/topics/pages", origin);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    assertThat(api.published).hasSize(status == 200 ? before + 1 : before);
    assertThat(response.headers().firstValue("access-control-allow-credentials")).isEmpty();
  }

  @Test
  void whereEverybodyNeedsACertificateNoPageReadsAnything() throws Exception {
    for (String method : List.of("GET", "POST", "OPTIONS")) {
      HttpResponse<String> response = send(mutual, true, method, "/topics/pages", PAGE);
      assertThat(response.headers().map().keySet())
          .noneMatch(name -> name.startsWith("access-control-"));
    }
    assertThat(send(mutual, true, "POST", "/topics/pages", PAGE).body())
        .contains("Forbidden: web_origin");
  }

  @Test
  void whereSignaturesAreTakenPagesMayAskAndRead() throws Exception {
    HttpResponse<String> preflight = send(signed, false, "OPTIONS", "/topics/pages", PAGE);
    assertThat(preflight.statusCode()).isEqualTo(200);
    assertThat(allowed(preflight)).isEqualTo("*");
    HttpResponse<String> nobody = send(signed, false, "POST", "/topics/pages", PAGE);
    assertThat(nobody.statusCode()).isEqualTo(403);
    assertThat(nobody.body()).contains("no_credentials");
    assertThat(allowed(nobody)).isEqualTo("*");
    assertThat(allowed(send(listed, false, "OPTIONS", "/topics/pages", CONSOLE)))
        .isEqualTo(CONSOLE);
    assertThat(send(listed, false, "OPTIONS", "/topics/pages", PAGE).statusCode()).isEqualTo(403);
  }

  @ParameterizedTest
  @CsvSource({"/health", "/pki/ca.pem", "/pki/ca.crl"})
  void whatNeedsNoProofCannotBeReadByPages(String path) throws Exception {
    for (RunningApi api : List.of(mutual, signed)) {
      assertThat(allowed(send(api, true, "GET", path, PAGE))).isEmpty();
      assertThat(allowed(send(api, true, "OPTIONS", path, PAGE))).isEmpty();
    }
  }
}
