package io.sluice.gateway;

import io.sluice.credentials.AuthorizerDefinition;
import io.sluice.credentials.AuthorizerDesk;
import io.sluice.credentials.AuthorizerQuestion;
import io.sluice.credentials.Proof;
import io.sluice.transport.Applicant;
import io.sluice.transport.HttpUpgrade;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Finds which custom authorizer a client names, with its token: behind a question mark in the user
 * name, in the query or in the headers of a request over HTTP or of the one that opened a
 * WebSocket. Source: AWS IoT Developer Guide, "Connecting to AWS IoT Core by using custom
 * authentication".
 *
 * @param byDefault whether this is for clients that name none
 */
record AuthorizerWay(AuthorizerDesk desk, boolean byDefault) implements WayIn.Desk {
  private static final String NAME = "x-amz-customauthorizer-name";
  private static final String SIGNATURE = "x-amz-customauthorizer-signature";

  @Override
  public @Nullable CompletableFuture<Proof> prove(Applicant applicant) {
    Map<String, String> said = said(applicant.upgrade());
    String user = applicant.userName();
    int mark = user == null ? -1 : user.indexOf('?');
    if (user != null && mark >= 0) {
      read(user.substring(mark + 1), said);
    }
    Named named = named(said);
    AuthorizerDefinition asked = named.authorizer();
    return asked == null
        ? named.refusal()
        : desk.prove(
            asked,
            question(
                asked,
                said,
                applicant.upgrade(),
                applicant.serverName(),
                applicant.clientId(),
                user,
                applicant.password()));
  }

  @Override
  public @Nullable CompletableFuture<Proof> prove(
      HttpUpgrade request, @Nullable String serverName) {
    Map<String, String> said = said(request);
    Named named = named(said);
    AuthorizerDefinition asked = named.authorizer();
    return asked == null
        ? named.refusal()
        : desk.proveHttp(asked, question(asked, said, request, serverName, null, null, null));
  }

  /** Who is to be asked; or why nobody is, which is null when another desk may have a look. */
  private record Named(
      @Nullable AuthorizerDefinition authorizer, @Nullable CompletableFuture<Proof> refusal) {}

  private Named named(Map<String, String> said) {
    String name = said.get(NAME);
    if (byDefault) {
      return new Named(name == null ? desk.authorizers().byDefault() : null, null);
    }
    if (name == null) {
      return new Named(null, null);
    }
    AuthorizerDefinition found = desk.authorizers().find(name);
    return found != null
        ? new Named(found, null)
        : new Named(
            null,
            CompletableFuture.completedFuture(
                new Proof.Failed(
                    Proof.Cause.WRONG,
                    "authorizer_unknown",
                    "the client names an authorizer that is not there; ListAuthorizers names all")));
  }

  private static AuthorizerQuestion question(
      AuthorizerDefinition asked,
      Map<String, String> said,
      @Nullable HttpUpgrade request,
      @Nullable String serverName,
      @Nullable String clientId,
      @Nullable String userName,
      byte @Nullable [] password) {
    String key = asked.tokenKeyName();
    return new AuthorizerQuestion(
        key == null ? null : said.get(key.toLowerCase(Locale.ROOT)),
        said.get(SIGNATURE),
        serverName,
        request == null ? null : headers(request),
        request == null || request.query().isEmpty() ? "" : "?" + request.query(),
        clientId,
        userName,
        password);
  }

  private static Map<String, String> headers(HttpUpgrade upgrade) {
    Map<String, String> joined = new TreeMap<>();
    upgrade.headers().forEach((name, values) -> joined.put(name, String.join(",", values)));
    return joined;
  }

  /** Everything in headers and query, by lower-case name; to be added to. */
  private static Map<String, String> said(@Nullable HttpUpgrade request) {
    Map<String, String> said = new TreeMap<>();
    if (request != null) {
      said.putAll(headers(request));
      read(request.query(), said);
    }
    return said;
  }

  private static void read(String query, Map<String, String> into) {
    for (String pair : query.split("&", -1)) {
      int equals = pair.indexOf('=');
      if (equals > 0) {
        into.put(
            decoded(pair.substring(0, equals)).toLowerCase(Locale.ROOT),
            decoded(pair.substring(equals + 1)));
      }
    }
  }

  /** Percent-encoded or not: a signature may come in base64 as it is, '+' and all. */
  private static String decoded(String text) {
    try {
      return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException notEncoded) {
      return text;
    }
  }
}
