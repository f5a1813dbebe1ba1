package io.sluice.api;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.identity.WebOrigins;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What web pages of other origins may do on the plain port (Fetch standard, CORS protocol). */
class WebPagesTest {
  private static final String PAGE = "https://app.example";
  private static final String CONSOLE = "https://console.example.com";
  private static final String PREFLIGHT = "OPTIONS /topics/a";
  private static final String ASKS = "Access-Control-Request-Method: POST\r\n";
  private static final String ALLOW_ORIGIN = "access-control-allow-origin";

  private static RunningApi open;
  private static RunningApi listed;

  @BeforeAll
  static void start() {
    open = new RunningApi();
    listed = new RunningApi(WebOrigins.of(CONSOLE + ",loopback"), DataPlaneWays.CERTIFICATES);
  }

  @AfterAll
  static void stop() {
    open.close();
    listed.close();
  }

  private static HttpResponse<String> preflight(RunningApi api, String path, String origin) {
    return HandMade.request(api.port(), "OPTIONS", path)
        .header("Origin", origin)
        .header("Access-Control-Request-Method", "POST")
        .header("Access-Control-Request-Headers", "authorization,x-amz-date,x-my-token")
        .unsigned()
        .send();
  }

  private static HandMade listQueues(RunningApi api) {
    return HandMade.json(api.port(), "AmazonSQS.ListQueues", "{}");
  }

  private static String header(HttpResponse<?> response, String name) {
    return response.headers().firstValue(name).orElse("");
  }

  private static List<String> listOf(HttpResponse<?> response, String name) {
    return Arrays.asList(header(response, name).toLowerCase(Locale.ROOT).split(", *", -1));
  }

  /** Neither the list of origins nor anything else may ever be combined with credentials. */
  private static void assertNoCredentials(HttpResponse<?> response) {
    assertThat(response.headers().firstValue("access-control-allow-credentials")).isEmpty();
  }

  private static void assertNoCors(HttpResponse<?> response) {
    assertThat(response.headers().map().keySet())
        .noneMatch(name -> name.startsWith("access-control-"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/", "/topics/a/b?qos=1", "/things/lamp/shadow", "/policies/p", "/000000000000/q"})
  void aPreflightIsAnsweredWithoutAKeyAndCounted(String path) {
    double before = open.counted("sluice.api.preflights");
    HttpResponse<String> response = preflight(open, path, PAGE);
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body()).isEmpty();
    assertThat(header(response, ALLOW_ORIGIN)).isEqualTo("*");
    assertThat(listOf(response, "access-control-allow-methods"))
        .contains("get", "head", "post", "put", "patch", "delete");
    assertThat(listOf(response, "access-control-allow-headers"))
        .contains("authorization", "content-type", "x-amz-date", "x-amz-target")
        .contains("x-amz-content-sha256", "x-amz-security-token", "x-amz-user-agent")
        .contains("amz-sdk-invocation-id", "amz-sdk-request", "x-amzn-query-mode")
        .contains("x-amz-customauthorizer-name", "x-amz-customauthorizer-signature")
        .contains("*"); // an authorizer's token may be in any header
    assertThat(header(response, "access-control-max-age")).isEqualTo("7200");
    assertNoCredentials(response);
    assertThat(open.counted("sluice.api.preflights")).isEqualTo(before + 1);
  }

  @Test
  void aPreflightIsAsShortWhateverItAsksFor() {
    int length = header(preflight(open, "/", PAGE), "access-control-allow-headers").length();
    HttpResponse<String> response =
        HandMade.request(open.port(), "OPTIONS", "/")
            .header("Origin", PAGE)
            .header("Access-Control-Request-Method", "POST")
            .header("Access-Control-Request-Headers", "x".repeat(20_000))
            .unsigned()
            .send();
    assertThat(header(response, "access-control-allow-headers")).hasSize(length);
  }

  @Test
  void optionsThatAreNoPreflightNeedAKeyAsEverythingElse() {
    HttpResponse<String> response =
        HandMade.request(open.port(), "OPTIONS", "/topics/a").unsigned().send();
    assertThat(response.statusCode()).isEqualTo(403);
    assertNoCors(response);
  }

  @Test
  void aPageReadsAnswersAndWhatTheSdkNeedsBesideThem() {
    HttpResponse<String> response = listQueues(open).header("Origin", PAGE).send();
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(header(response, ALLOW_ORIGIN)).isEqualTo("*");
    assertThat(listOf(response, "access-control-expose-headers"))
        .contains("x-amzn-requestid", "x-amzn-errortype", "x-amzn-query-error", "date");
    assertNoCredentials(response);
  }

  @Test
  void whoIsNoPageSeesNothingOfIt() {
    assertNoCors(listQueues(open).send());
  }

  @ParameterizedTest(name = "{0} {1}, signed {2}: {3}")
  @CsvSource({
    "GET,/things/none,true,404",
    "GET,/nowhere,true,404",
    "GET,/things/none/shadow,true,404",
    "GET,/things/none/shadow,false,403",
    "POST,/topics/a,false,403",
    "POST,/topics/a?qos=7,true,400",
    "GET,/things/none/jobs,true,400"
  })
  void aPageReadsErrorsToo(String method, String path, boolean signed, int status) {
    HandMade request = HandMade.request(open.port(), method, path).header("Origin", PAGE);
    HttpResponse<String> response = (signed ? request : request.unsigned()).send();
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    assertThat(header(response, ALLOW_ORIGIN)).isEqualTo("*");
    assertThat(header(response, "x-amzn-errortype")).isNotEmpty();
    assertThat(listOf(response, "access-control-expose-headers")).contains("x-amzn-errortype");
  }

  @Test
  void aPageReadsThatItsSignatureIsWrong() {
    HttpResponse<String> response =
        listQueues(open)
            .header("Origin", PAGE)
            .key(new AccessKey("AKADMIN", "guess", AccessKey.Role.ADMIN))
            .send();
    assertThat(response.statusCode()).isEqualTo(403);
    assertThat(response.body()).contains("InvalidSignatureException");
    assertThat(header(response, ALLOW_ORIGIN)).isEqualTo("*");
  }

  /** What the transport refuses before the API has seen the body. */
  @Test
  void aPageReadsThatItSentTooMuch() throws IOException {
    assertThat(
            raw(
                open.port(),
                "POST /topics/a",
                "Origin: " + PAGE + "\r\nContent-Length: " + (17 << 20) + "\r\n"))
        .startsWith("HTTP/1.1 413")
        .contains(ALLOW_ORIGIN + ": *");
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {
        CONSOLE,
        "https://Console.Example.com",
        "http://localhost:3000",
        "https://127.0.0.1:8443"
      })
  void aListedOriginIsNamedInTheAnswerSoThatCachesKeepItApart(String origin) {
    for (HttpResponse<String> response :
        List.of(
            preflight(listed, "/topics/a", origin),
            listQueues(listed).header("Origin", origin).send(),
            HandMade.request(listed.port(), "GET", "/things/none/shadow")
                .header("Origin", origin)
                .send())) {
      assertThat(header(response, ALLOW_ORIGIN)).isEqualTo(origin);
      assertThat(header(response, "vary").toLowerCase(Locale.ROOT)).contains("origin");
      assertNoCredentials(response);
    }
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {
        PAGE,
        "null",
        "*",
        "https://console.example.com.evil.example",
        "http://console.example.com",
        "http://localhost:3000@evil.example",
        "https://evil.example#https://console.example.com"
      })
  void anotherOriginIsRefusedBeforeAnythingIsDone(String origin) {
    double before = listed.counted("sluice.api.origins.refused");
    HttpResponse<String> asked = preflight(listed, "/topics/a", origin);
    assertThat(asked.statusCode()).isEqualTo(403);
    assertNoCors(asked);
    HttpResponse<String> sent =
        HandMade.request(listed.port(), "POST", "/topics/refused")
            .header("Origin", origin)
            .body("x")
            .send();
    assertThat(sent.statusCode()).isEqualTo(403);
    assertThat(sent.body()).contains("cors-allowed-origins");
    assertThat(header(sent, "x-amzn-errortype")).isEqualTo("ForbiddenException");
    assertNoCors(sent);
    assertThat(listed.published).noneMatch(p -> p.topic().toString().equals("refused"));
    assertThat(listed.counted("sluice.api.origins.refused")).isEqualTo(before + 2);
  }

  @Test
  void aVeryLongOriginIsAnsweredLikeAnyOther() {
    String origin = "https://" + "a".repeat(20_000) + ".example";
    assertThat(header(preflight(open, "/", origin), ALLOW_ORIGIN)).isEqualTo("*");
    assertThat(preflight(listed, "/", origin).statusCode()).isEqualTo(403);
  }

  @Test
  void severalOriginsAreAForgery() throws IOException {
    String answer =
        raw(listed.port(), PREFLIGHT, "Origin: " + CONSOLE + "\r\nOrigin: " + PAGE + "\r\n" + ASKS);
    assertThat(answer).startsWith("HTTP/1.1 403").doesNotContain("access-control-");
    answer =
        raw(open.port(), PREFLIGHT, "Origin: " + CONSOLE + "\r\nOrigin: " + PAGE + "\r\n" + ASKS);
    assertThat(answer).contains(ALLOW_ORIGIN + ": *").doesNotContain(CONSOLE).doesNotContain(PAGE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Origin: https://console.example.com\r\n x-evil: 1\r\n", // folded: one header
        "Origin: https://console.example.com\rx-evil: 1\r\n",
        "Origin: https://console.example.com\nx-evil: 1\r\n", // two headers, of a lax reader
        "Origin: https://console.example.com%0d%0ax-evil: 1\r\n"
      })
  void anOriginWithALineBreakPutsNothingIntoTheAnswer(String header) throws IOException {
    assertThat(raw(listed.port(), PREFLIGHT, header + ASKS)).doesNotContain("x-evil");
    assertThat(raw(open.port(), PREFLIGHT, header + ASKS)).doesNotContain("x-evil");
  }

  /** A request by hand, whose body never comes; the head of the answer, in lower case. */
  private static String raw(int port, String line, String headers) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(20_000);
      socket
          .getOutputStream()
          .write((line + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + headers + "\r\n").getBytes(US_ASCII));
      BufferedReader answer =
          new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII));
      StringBuilder head = new StringBuilder(answer.readLine()).append('\n');
      for (String one = answer.readLine(); one != null && !one.isEmpty(); one = answer.readLine()) {
        head.append(one.toLowerCase(Locale.ROOT)).append('\n');
      }
      return head.toString();
    }
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"/health", "/metrics", "/pki/ca.pem", "/pki/ca.crl", "/pki/ocsp/x"})
  void whatNeedsNoKeyCannotBeReadByPages(String path) {
    for (RunningApi api : List.of(open, listed)) {
      assertNoCors(
          HandMade.request(api.port(), "GET", path).unsigned().header("Origin", CONSOLE).send());
      assertNoCors(preflight(api, path, CONSOLE));
    }
  }

  /** A presigned URL as the address of an image: no Origin, and nobody reads the answer. */
  @ParameterizedTest(name = "{0}, listed {1}: {2}")
  @CsvSource({"cross-site,true,403", "same-site,true,200", "none,true,200", "cross-site,false,200"})
  void aPageOfElsewhereCannotAskUnnamedEither(String site, boolean only, int status) {
    HttpResponse<String> response =
        HandMade.request(only ? listed.port() : open.port(), "GET", "/?Action=ListQueues")
            .header("Sec-Fetch-Site", site)
            .send();
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
  }
}
