package io.sluice.api;

import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.server.SimpleDecoratingHttpService;
import com.linecorp.armeria.server.cors.CorsService;
import com.linecorp.armeria.server.cors.CorsServiceBuilder;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.sluice.identity.WebOrigins;
import java.util.List;
import java.util.UUID;

/**
 * What web pages of other origins may do with the API: ask beforehand (a preflight, which is
 * answered without a key and goes no further), and read the answers, errors too. Never with what a
 * browser adds on its own (credentials mode): every answer but that one has a signature or a token
 * before it. See decision 74.
 */
final class WebPages extends SimpleDecoratingHttpService {
  /** As long as browsers remember a preflight at most, or longer than they do. */
  private static final long PREFLIGHT_SECONDS = 7_200;

  /**
   * What the SDKs send, for browsers that do not know {@code *} yet; that is for the headers that
   * custom authorizers' tokens come in, which operators name. It does not cover {@code
   * authorization} (Fetch standard, section 3.3.2).
   */
  private static final List<String> ASKED_WITH =
      List.of(
          "authorization",
          "content-type",
          "x-amz-date",
          "x-amz-target",
          "x-amz-content-sha256",
          "x-amz-security-token",
          "x-amz-user-agent",
          "x-amzn-query-mode",
          "amz-sdk-invocation-id",
          "amz-sdk-request",
          "x-amz-customauthorizer-name",
          "x-amz-customauthorizer-signature",
          "x-amz-mqtt5-user-properties",
          "x-amz-mqtt5-payload-format-indicator",
          "x-amz-mqtt5-correlation-data",
          "*");

  /** What the SDKs read beside the body: the kind of an error, and our clock to set theirs by. */
  private static final List<String> ANSWERED_WITH =
      List.of(
          "x-amzn-requestid",
          "x-amzn-errortype",
          "x-amzn-query-error",
          "x-amz-id-2",
          "date",
          "retry-after");

  private final HttpService withoutPages;
  private final WebOrigins origins;
  private final boolean overTls;
  private final Counter preflights;
  private final Counter refused;

  private WebPages(
      CorsService api,
      HttpService withoutPages,
      WebOrigins origins,
      boolean overTls,
      MeterRegistry meters) {
    super(api);
    this.withoutPages = withoutPages;
    this.origins = origins;
    this.overTls = overTls;
    this.preflights =
        Counter.builder("sluice.api.preflights")
            .description("Questions of browsers whether a web page may ask")
            .register(meters);
    this.refused =
        Counter.builder("sluice.api.origins.refused")
            .description("Requests of web pages that cors-allowed-origins does not let ask")
            .register(meters);
  }

  /**
   * The API with this before it.
   *
   * @param overTls whether the TLS port is for pages too: not when every client needs a certificate
   *     there
   */
  static HttpService before(
      HttpService api, WebOrigins origins, boolean overTls, MeterRegistry meters) {
    CorsServiceBuilder cors =
        origins.any()
            ? CorsService.builderForAnyOrigin()
            : CorsService.builder(origin -> origins.allow(List.of(origin)));
    CorsService open =
        cors.allowRequestMethods(
                HttpMethod.GET,
                HttpMethod.HEAD,
                HttpMethod.POST,
                HttpMethod.PUT,
                HttpMethod.PATCH,
                HttpMethod.DELETE)
            .allowRequestHeaders(ASKED_WITH)
            .exposeHeaders(ANSWERED_WITH)
            .maxAge(PREFLIGHT_SECONDS)
            .build(api);
    return new WebPages(open, api, origins, overTls, meters);
  }

  @Override
  public HttpResponse serve(ServiceRequestContext ctx, HttpRequest req) throws Exception {
    if (ctx.sessionProtocol().isTls() && !overTls) {
      return withoutPages.serve(ctx, req);
    }
    RequestHeaders headers = req.headers();
    if (!origins.allow(headers.getAll(HttpHeaderNames.ORIGIN)) || isHidden(headers)) {
      refused.increment();
      req.abort();
      return new RestProtocol(Family.IOT)
          .failure(
              ApiError.of(
                  "ForbiddenException",
                  403,
                  "Forbidden: web pages of this origin may not ask; the operator can allow it"
                      + " (cors-allowed-origins)"),
              UUID.randomUUID().toString());
    }
    if (headers.method() == HttpMethod.OPTIONS
        && headers.contains(HttpHeaderNames.ORIGIN)
        && headers.contains(HttpHeaderNames.ACCESS_CONTROL_REQUEST_METHOD)) {
      preflights.increment();
    }
    return unwrap().serve(ctx, req);
  }

  /**
   * A page's GET whose answer it does not want to read has no Origin, as that of an image: it could
   * still be a presigned URL. Whoever confirms a destination may come from anywhere.
   */
  private boolean isHidden(RequestHeaders headers) {
    return !origins.any()
        && !headers.contains(HttpHeaderNames.ORIGIN)
        && "cross-site".equals(headers.get("sec-fetch-site"))
        && !headers.path().startsWith(DestinationOperations.CONFIRM_PATH);
  }
}
