package io.sluice.gateway;

import io.sluice.credentials.Proof;
import io.sluice.credentials.TokenDesk;
import io.sluice.credentials.TokenRules;
import io.sluice.transport.Applicant;
import io.sluice.transport.HttpUpgrade;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Finds a token where clients can put one: the header {@code Authorization: Bearer} or the query
 * parameter {@code token} of a request over HTTP or of the one that opened a WebSocket, or the
 * password of CONNECT.
 */
record Tokens(TokenDesk desk) implements WayIn.Desk {
  private static final String BEARER = "bearer ";
  private static final String PARAMETER = "token=";

  /**
   * The issuer of the settings, and those of the file that they name; or one of the two.
   *
   * @throws GatewayConfig.ConfigRefused when they cannot be
   */
  static List<TokenRules> rules(GatewayConfig config) {
    String file = config.text(Setting.JWT_ISSUERS_FILE);
    List<TokenRules> rules = new ArrayList<>();
    if (file.isEmpty() || !config.text(Setting.JWT_ISSUER).isEmpty()) {
      rules.add(ofSettings(config));
    }
    if (!file.isEmpty()) {
      rules.addAll(IssuersFile.read(Path.of(file), config));
    }
    return List.copyOf(rules);
  }

  private static TokenRules ofSettings(GatewayConfig config) {
    try {
      return new TokenRules(
          "",
          config.text(Setting.JWT_ISSUER),
          config.text(Setting.JWT_KEYS),
          config.text(Setting.JWT_AUDIENCE),
          Set.copyOf(words(config.text(Setting.JWT_ALGORITHMS))),
          Duration.ofSeconds(config.number(Setting.JWT_LEEWAY_SECONDS)),
          config.text(Setting.JWT_NAME_CLAIM),
          TokenRules.mappings(words(config.text(Setting.JWT_POLICIES))));
    } catch (TokenRules.Refused refused) {
      throw new GatewayConfig.ConfigRefused("keys 'jwt-...': " + refused.getMessage());
    }
  }

  /** By comma, or the lines that a list of the file becomes. */
  static List<String> words(String text) {
    return Arrays.stream(text.split(text.endsWith("\n") ? "\n" : ",", -1))
        .map(String::strip)
        .filter(word -> !word.isEmpty())
        .collect(Collectors.toList());
  }

  @Override
  public @Nullable CompletableFuture<Proof> prove(Applicant applicant) {
    HttpUpgrade upgrade = applicant.upgrade();
    String token = upgrade == null ? null : token(upgrade);
    byte @Nullable [] password = applicant.password();
    if (token == null && password != null && TokenDesk.isToken(password)) {
      token = new String(password, StandardCharsets.US_ASCII);
    }
    return token == null ? null : desk.prove(token);
  }

  @Override
  public @Nullable CompletableFuture<Proof> prove(
      HttpUpgrade request, @Nullable String serverName) {
    String token = token(request);
    return token == null ? null : desk.prove(token);
  }

  private static @Nullable String token(HttpUpgrade upgrade) {
    String header = upgrade.header("authorization").orElse("");
    if (header.toLowerCase(Locale.ROOT).startsWith(BEARER)) {
      return header.substring(BEARER.length()).strip();
    }
    for (String parameter : upgrade.query().split("&", -1)) {
      if (parameter.startsWith(PARAMETER)) {
        return decoded(parameter.substring(PARAMETER.length()));
      }
    }
    return null;
  }

  private static String decoded(String text) {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException malformed) {
      return ""; // no token, and refused as such
    }
  }
}
