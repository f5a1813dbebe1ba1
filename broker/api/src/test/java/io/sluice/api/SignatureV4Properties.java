package io.sluice.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import software.amazon.awssdk.http.ContentStreamProvider;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4FamilyHttpSigner;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.HttpSigner;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;
import software.amazon.awssdk.utils.http.SdkHttpUtils;

/** What the AWS SDK signs we accept; with one bit changed we do not. */
class SignatureV4Properties {
  private static final AccessKey KEY = new AccessKey("AK", "secret", AccessKey.Role.ADMIN);
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final SignatureV4 SIGNATURES =
      new SignatureV4(AccessKeys.of(List.of(KEY)), NOW::toEpochMilli);

  @Property(tries = 200)
  void acceptsWhatTheSdkSigns(
      @ForAll @Size(max = 4) List<@StringLength(min = 1, max = 12) String> segments,
      @ForAll @Size(max = 4) Map<@StringLength(min = 1, max = 8) String, String> query,
      @ForAll byte[] body) {
    RequestHead head = signed(segments, query, body);
    assertThat(SIGNATURES.claim(head).prove(body)).isEqualTo(KEY);
  }

  @Property(tries = 100)
  void refusesAnotherBody(@ForAll @Size(min = 1) byte[] body, @ForAll int at) {
    RequestHead head = signed(List.of("a"), Map.of(), body);
    byte[] other = body.clone();
    other[Math.floorMod(at, other.length)] ^= 1;
    assertThatThrownBy(() -> SIGNATURES.claim(head).prove(other))
        .isInstanceOf(SignatureRefused.class);
  }

  /** Whatever a stranger sends, it is refused as a stranger's and not as our mistake. */
  @Property(tries = 300)
  void refusesAnyOtherAuthorization(
      @ForAll String authorization, @ForAll String date, @ForAll String query) {
    RequestHead head =
        new RequestHead(
            "POST",
            "/",
            query,
            Map.of(
                "host", List.of("h"),
                "x-amz-date", List.of(date),
                "authorization", List.of("AWS4-HMAC-SHA256 " + authorization)));
    assertThatThrownBy(() -> SIGNATURES.claim(head).prove(new byte[0]))
        .isInstanceOf(SignatureRefused.class);
  }

  private static RequestHead signed(List<String> segments, Map<String, String> query, byte[] body) {
    StringBuilder path = new StringBuilder();
    for (String segment : segments) {
      path.append('/').append(SdkHttpUtils.urlEncode(wellFormed(segment)));
    }
    SdkHttpRequest.Builder request =
        SdkHttpRequest.builder()
            .method(SdkHttpMethod.POST)
            .protocol("http")
            .host("localhost")
            .port(8080)
            .encodedPath(path.isEmpty() ? "/" : path.toString());
    query.forEach(
        (name, value) -> request.putRawQueryParameter(wellFormed(name), wellFormed(value)));
    SdkHttpRequest signed =
        AwsV4HttpSigner.create()
            .sign(
                r ->
                    r.identity(AwsCredentialsIdentity.create(KEY.id(), KEY.secret()))
                        .request(request.build())
                        .payload(ContentStreamProvider.fromByteArray(body))
                        .putProperty(AwsV4FamilyHttpSigner.SERVICE_SIGNING_NAME, "iot")
                        .putProperty(AwsV4HttpSigner.REGION_NAME, "local")
                        .putProperty(HttpSigner.SIGNING_CLOCK, Clock.fixed(NOW, ZoneOffset.UTC)))
            .request();
    URI uri = signed.getUri();
    Map<String, List<String>> headers = new HashMap<>();
    signed.headers().forEach((name, values) -> headers.put(name.toLowerCase(Locale.ROOT), values));
    return new RequestHead(
        "POST", uri.getRawPath(), uri.getRawQuery() == null ? "" : uri.getRawQuery(), headers);
  }

  /** Without lone surrogates, which no UTF-8 on a wire can carry. */
  private static String wellFormed(String text) {
    return new String(
        text.getBytes(java.nio.charset.StandardCharsets.UTF_8),
        java.nio.charset.StandardCharsets.UTF_8);
  }
}
