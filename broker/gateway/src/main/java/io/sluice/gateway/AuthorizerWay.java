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
 * name, in the query or in the headers of the request that opened a WebSocket. Source: AWS IoT
 * Developer Guide, "Connecting to AWS IoT Core by using custom authentication".
 *
 * @param byDefault whether this is for clients that name none
 */
record AuthorizerWay(AuthorizerDesk desk, boolean byDefault) implements WayIn.Desk {
  private static final String NAME = "x-amz-customauthorizer-name";
  private static final String SIGNATURE = "x-amz-customauthorizer-signature";

  @Override
  public @Nullable CompletableFuture<Proof> prove(Applicant applicant) {
    Map<String, String> said = said(applicant);
    String name = said.get(NAME);
    AuthorizerDefinition asked;
    if (byDefault) {
      asked = desk.authorizers().byDefault();
      if (name != null || asked == null) {
        return null;
      }
    } else {
      if (name == null) {
        return null;
      }
      asked = desk.authorizers().find(name);
      if (asked == null) {
        return CompletableFuture.completedFuture(
            new Proof.Failed(
                Proof.Cause.WRONG,
                "authorizer_unknown",
                "the client names an authorizer that is not there; ListAuthorizers names all"));
      }
    }
    return desk.prove(asked, question(applicant, said, asked));
  }

  private static AuthorizerQuestion question(
      Applicant applicant, Map<String, String> said, AuthorizerDefinition asked) {
    String key = asked.tokenKeyName();
    HttpUpgrade upgrade = applicant.upgrade();
    return new AuthorizerQuestion(
        key == null ? null : said.get(key.toLowerCase(Locale.ROOT)),
        said.get(SIGNATURE),
        applicant.serverName(),
        upgrade == null ? null : headers(upgrade),
        upgrade == null || upgrade.query().isEmpty() ? "" : "?" + upgrade.query(),
        applicant.clientId(),
        applicant.userName(),
        applicant.password());
  }

  private static Map<String, String> headers(HttpUpgrade upgrade) {
    Map<String, String> joined = new TreeMap<>();
    upgrade.headers().forEach((name, values) -> joined.put(name, String.join(",", values)));
    return joined;
  }

  /** Everything of this kind that the client sent, by lower-case name. */
  private static Map<String, String> said(Applicant applicant) {
    Map<String, String> said = new TreeMap<>();
    HttpUpgrade upgrade = applicant.upgrade();
    if (upgrade != null) {
      said.putAll(headers(upgrade));
      read(upgrade.query(), said);
    }
    String user = applicant.userName();
    int mark = user == null ? -1 : user.indexOf('?');
    if (user != null && mark >= 0) {
      read(user.substring(mark + 1), said);
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
