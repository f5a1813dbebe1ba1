package io.sluice.api;

import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.sluice.identity.Publications;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.concurrent.CompletableFuture;

/**
 * What our own authority publishes, open to everybody: its certificate, its revocation list (RFC
 * 5280) and its OCSP responder (RFC 6960, appendix A). Signing happens off the event loop.
 */
final class PkiService implements HttpService {
  static final String PATH = "/pki/";

  private static final int REQUEST_BYTES_MAX = 8 << 10;
  private static final String OCSP = "ocsp";

  private final Publications publications;

  PkiService(Publications publications) {
    this.publications = publications;
  }

  @Override
  public HttpResponse serve(ServiceRequestContext ctx, HttpRequest req) {
    String rest = ctx.path().substring(PATH.length());
    boolean get = req.method() == HttpMethod.GET || req.method() == HttpMethod.HEAD;
    if (get && rest.equals("ca.pem")) {
      return ok("application/x-pem-file", publications.authorityPem());
    }
    if (get && rest.equals("ca.crl")) {
      return HttpResponse.of(
          publications.revocationList().thenApply(list -> ok("application/pkix-crl", list)));
    }
    if (get && rest.startsWith(OCSP + "/")) {
      return HttpResponse.of(answer(decoded(ctx.rawPath())));
    }
    if (req.method() == HttpMethod.POST && (rest.equals(OCSP) || rest.equals(OCSP + "/"))) {
      ctx.setMaxRequestLength(REQUEST_BYTES_MAX);
      return HttpResponse.of(
          req.aggregate()
              .thenApply(AggregatedHttpRequest::content)
              .thenCompose(content -> answer(content.array())));
    }
    return HttpResponse.of(
        HttpStatus.NOT_FOUND,
        MediaType.PLAIN_TEXT_UTF_8,
        "there is /pki/ca.pem, /pki/ca.crl and /pki/ocsp");
  }

  private CompletableFuture<HttpResponse> answer(byte[] request) {
    return publications.ocsp(request).thenApply(answer -> ok("application/ocsp-response", answer));
  }

  /** RFC 6960, A.1: base64 of the request, percent-encoded, as the last part of the path. */
  private static byte[] decoded(String rawPath) {
    String text = rawPath.substring((PATH + OCSP + "/").length());
    if (text.length() > REQUEST_BYTES_MAX) {
      return new byte[0];
    }
    try {
      String plus = text.replace("+", "%2B"); // a plus is one here, not a space
      return Base64.getDecoder().decode(URLDecoder.decode(plus, StandardCharsets.UTF_8));
    } catch (IllegalArgumentException malformed) {
      return new byte[0]; // answered as a malformed request
    }
  }

  private static HttpResponse ok(String contentType, byte[] body) {
    return HttpResponse.of(
        ResponseHeaders.of(HttpStatus.OK, "content-type", contentType), HttpData.wrap(body));
  }
}
