package io.sluice.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.api.SignatureRefused.Fault;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.http.ContentStreamProvider;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4FamilyHttpSigner;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.HttpSigner;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;
import software.amazon.awssdk.identity.spi.AwsSessionCredentialsIdentity;

class SignatureV4Test {
  private static final AccessKey KEY =
      new AccessKey(
          "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", AccessKey.Role.ADMIN);
  private static final Instant NOW = Instant.parse("2015-08-30T12:36:00Z");
  private static final byte[] EMPTY = new byte[0];

  private final SignatureV4 signatures = at(NOW);

  private static SignatureV4 at(Instant now) {
    return new SignatureV4(AccessKeys.of(List.of(KEY)), now::toEpochMilli);
  }

  /** From AWS's published test suite and the IAM User Guide's worked example. */
  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          get-vanilla | / | '' | host;x-amz-date | 5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31
          get-vanilla-query-order-key-case | / | Param2=value2&Param1=value1 | host;x-amz-date | b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500
          """)
  void acceptsPublishedVectors(
      String name, String path, String query, String headers, String signature) {
    RequestHead head =
        new RequestHead(
            "GET",
            path,
            query,
            Map.of(
                "host",
                List.of("example.amazonaws.com"),
                "x-amz-date",
                List.of("20150830T123600Z"),
                "authorization",
                List.of(
                    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request,"
                        + " SignedHeaders=%s, Signature=%s".formatted(headers, signature))));
    assertThat(signatures.claim(head).prove(EMPTY)).isEqualTo(KEY);
  }

  @ParameterizedTest
  @CsvSource({
    "/,''",
    "/topics/a%2Fb,qos=1&retain=true",
    "/things/t%3A1/shadow,name=a%20b",
    "/a//b/../c,",
    "/x/,b=2&a=1&a=0&empty=",
    "/caf%C3%A9,q=%C3%BC%2B%26%3D~*"
  })
  void acceptsWhatTheSdkSigns(String path, String query) {
    Signed signed = sign(sdkRequest(path, query == null ? "" : query), "hello".getBytes(UTF_8));
    assertThat(signatures.claim(signed.head).prove(signed.body)).isEqualTo(KEY);
  }

  @ParameterizedTest
  @CsvSource({"/,''", "/mqtt,x=1", "/topics/a%2Fb,qos=1"})
  void acceptsPresignedUrls(String path, String query) {
    Signed signed = presign(sdkRequest(path, query), Duration.ofMinutes(5));
    assertThat(signatures.claim(signed.head).prove(EMPTY)).isEqualTo(KEY);
  }

  @Test
  void acceptsSessionTokens() {
    SdkHttpRequest request = sdkRequest("/", "");
    Signed signed =
        sign(
            request,
            EMPTY,
            AwsSessionCredentialsIdentity.create(KEY.id(), KEY.secret(), "a session token"),
            true);
    assertThat(signed.head.header("x-amz-security-token")).isEqualTo("a session token");
    assertThat(signatures.claim(signed.head).prove(EMPTY)).isEqualTo(KEY);
  }

  @Test
  void acceptsAWebSocketTokenAppendedAfterSigning() {
    Signed signed = presign(sdkRequest("/mqtt", ""), Duration.ofMinutes(5));
    RequestHead head =
        new RequestHead(
            "GET",
            signed.head.rawPath(),
            signed.head.rawQuery() + "&X-Amz-Security-Token=t",
            signed.head.headers());
    assertThat(signatures.claim(head).prove(EMPTY)).isEqualTo(KEY);
  }

  @Test
  void acceptsAnUnsignedPayload() {
    SdkHttpRequest request = // only over TLS does the SDK leave a payload unsigned
        sdkRequest("/", "").toBuilder().protocol("https").build();
    Signed signed = sign(request, "one".getBytes(UTF_8), credentials(), false);
    assertThat(signed.head.header("x-amz-content-sha256")).isEqualTo("UNSIGNED-PAYLOAD");
    assertThat(signatures.claim(signed.head).prove("another".getBytes(UTF_8))).isEqualTo(KEY);
  }

  @Test
  void refusesATamperedBody() {
    Signed signed = sign(sdkRequest("/", ""), "one".getBytes(UTF_8));
    assertFault(Fault.MISMATCH, () -> signatures.claim(signed.head).prove("two".getBytes(UTF_8)));
  }

  @Test
  void refusesATamperedTarget() {
    Signed signed = sign(sdkRequest("/", ""), EMPTY);
    RequestHead head = with(signed.head, "x-amz-target", "AmazonSQS.DeleteQueue");
    assertFault(Fault.INCOMPLETE, () -> signatures.claim(head));
  }

  @ParameterizedTest
  @CsvSource({"GET,/other,a=1", "PUT,/path,a=1", "GET,/path,a=2"})
  void refusesATamperedRequestLine(String method, String path, String query) {
    Signed signed = sign(sdkRequest("/path", "a=1"), EMPTY);
    RequestHead head = new RequestHead(method, path, query, signed.head.headers());
    assertFault(Fault.MISMATCH, () -> signatures.claim(head).prove(EMPTY));
  }

  @Test
  void refusesAWrongSecret() {
    Signed signed =
        sign(
            sdkRequest("/", ""),
            EMPTY,
            AwsCredentialsIdentity.create(KEY.id(), "not the secret"),
            true);
    assertFault(Fault.MISMATCH, () -> signatures.claim(signed.head).prove(EMPTY));
  }

  @Test
  void refusesAnUnknownKeyBeforeTheBody() {
    Signed signed =
        sign(sdkRequest("/", ""), EMPTY, AwsCredentialsIdentity.create("AKIDUNKNOWN", "x"), true);
    assertFault(Fault.UNKNOWN_KEY, () -> signatures.claim(signed.head));
  }

  @ParameterizedTest(name = "{0} min: accepted {1}")
  @CsvSource({"-16,false", "-15,true", "0,true", "15,true", "16,false"})
  void allowsFifteenMinutesEachWay(int minutes, boolean accepted) {
    Signed signed = sign(sdkRequest("/", ""), EMPTY);
    SignatureV4 later = at(NOW.plus(Duration.ofMinutes(minutes)));
    if (accepted) {
      assertThat(later.claim(signed.head).prove(EMPTY)).isEqualTo(KEY);
    } else {
      assertFault(Fault.EXPIRED, () -> later.claim(signed.head));
    }
  }

  @Test
  void refusesAPresignedUrlAfterItsTime() {
    Signed signed = presign(sdkRequest("/mqtt", ""), Duration.ofMinutes(5));
    SignatureV4 later = at(NOW.plus(Duration.ofMinutes(5)).plusSeconds(1));
    assertFault(Fault.EXPIRED, () -> later.claim(signed.head));
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          Basic dGVzdDp0ZXN0
          AWS4-HMAC-SHA256
          AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/sqs, SignedHeaders=host, Signature=00
          AWS4-HMAC-SHA256 SignedHeaders=host, Signature=00
          AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/sqs/aws4_request, Signature=00
          AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/sqs/aws4_request, SignedHeaders=x-amz-date, Signature=00
          AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/sqs/aws4_request, SignedHeaders=host
          """)
  void refusesWhatIsIncomplete(String authorization) {
    RequestHead head =
        new RequestHead(
            "POST",
            "/",
            "",
            Map.of(
                "host", List.of("h"),
                "x-amz-date", List.of("20150830T123600Z"),
                "authorization", List.of(authorization)));
    assertFault(Fault.INCOMPLETE, () -> signatures.claim(head));
  }

  @Test
  void refusesNoSignatureAtAll() {
    assertFault(
        Fault.MISSING,
        () -> signatures.claim(new RequestHead("GET", "/", "", Map.of("host", List.of("h")))));
  }

  @Test
  void refusesAScopeOfAnotherDay() {
    RequestHead head =
        new RequestHead(
            "POST",
            "/",
            "",
            Map.of(
                "host",
                List.of("h"),
                "x-amz-date",
                List.of("20150830T123600Z"),
                "authorization",
                List.of(
                    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150829/r/s/aws4_request,"
                        + " SignedHeaders=host, Signature=00")));
    assertFault(Fault.MISMATCH, () -> signatures.claim(head));
  }

  private record Signed(RequestHead head, byte[] body) {}

  private static SdkHttpRequest sdkRequest(String path, String query) {
    return SdkHttpRequest.builder()
        .method(SdkHttpMethod.GET)
        .uri(URI.create("http://localhost:8080" + path + (query.isEmpty() ? "" : "?" + query)))
        .build();
  }

  private static AwsCredentialsIdentity credentials() {
    return AwsCredentialsIdentity.create(KEY.id(), KEY.secret());
  }

  private static Signed sign(SdkHttpRequest request, byte[] body) {
    return sign(request, body, credentials(), true);
  }

  private static Signed sign(
      SdkHttpRequest request, byte[] body, AwsCredentialsIdentity identity, boolean payload) {
    SdkHttpRequest signed =
        AwsV4HttpSigner.create()
            .sign(
                r ->
                    r.identity(identity)
                        .request(request)
                        .payload(ContentStreamProvider.fromByteArray(body))
                        .putProperty(AwsV4HttpSigner.PAYLOAD_SIGNING_ENABLED, payload)
                        .putProperty(AwsV4FamilyHttpSigner.SERVICE_SIGNING_NAME, "iotdata")
                        .putProperty(AwsV4HttpSigner.REGION_NAME, "local")
                        .putProperty(HttpSigner.SIGNING_CLOCK, Clock.fixed(NOW, ZoneOffset.UTC)))
            .request();
    return new Signed(head(signed), body);
  }

  private static Signed presign(SdkHttpRequest request, Duration life) {
    SdkHttpRequest signed =
        AwsV4HttpSigner.create()
            .sign(
                r ->
                    r.identity(credentials())
                        .request(request)
                        .payload(ContentStreamProvider.fromByteArray(EMPTY))
                        .putProperty(
                            AwsV4FamilyHttpSigner.AUTH_LOCATION,
                            AwsV4FamilyHttpSigner.AuthLocation.QUERY_STRING)
                        .putProperty(AwsV4FamilyHttpSigner.EXPIRATION_DURATION, life)
                        .putProperty(AwsV4FamilyHttpSigner.SERVICE_SIGNING_NAME, "iotdevicegateway")
                        .putProperty(AwsV4HttpSigner.REGION_NAME, "local")
                        .putProperty(HttpSigner.SIGNING_CLOCK, Clock.fixed(NOW, ZoneOffset.UTC)))
            .request();
    return new Signed(head(signed), EMPTY);
  }

  /** What goes over the wire. */
  private static RequestHead head(SdkHttpRequest request) {
    URI uri = request.getUri();
    Map<String, List<String>> headers = new HashMap<>();
    request.headers().forEach((name, values) -> headers.put(name.toLowerCase(Locale.ROOT), values));
    headers.putIfAbsent("host", List.of(uri.getAuthority()));
    return new RequestHead(
        request.method().name(),
        uri.getRawPath(),
        uri.getRawQuery() == null ? "" : uri.getRawQuery(),
        headers);
  }

  private static RequestHead with(RequestHead head, String name, String value) {
    Map<String, List<String>> headers = new HashMap<>(head.headers());
    headers.put(name, List.of(value));
    return new RequestHead(head.method(), head.rawPath(), head.rawQuery(), headers);
  }

  private static void assertFault(
      Fault fault, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            SignatureRefused.class,
            refused -> {
              assertThat(refused.fault()).isEqualTo(fault);
              assertThat(refused.getMessage()).doesNotContain(KEY.secret());
            });
  }
}
