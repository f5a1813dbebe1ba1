package io.sluice.gateway;

import io.sluice.credentials.Proof;
import io.sluice.transport.Applicant;
import io.sluice.transport.HttpUpgrade;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A way for clients to prove who they are: the words of the setting {@code ways-in}. */
enum WayIn {
  /** By a registered certificate. */
  CERTIFICATE,
  /** By SCRAM-SHA-256, in place of a certificate. */
  SCRAM,
  /** By user name and password in CONNECT. */
  PASSWORD,
  /** By a JSON Web Token. */
  JWT,
  /** By a signature with an access key, over WebSocket. */
  SIGV4,
  /** By what a custom authorizer says. */
  AUTHORIZER;

  /** Looks whether a client without a certificate comes this way. Called on event loops. */
  @FunctionalInterface
  interface Desk {
    /** What comes of it, at once or later; null when the client shows nothing of this kind. */
    @Nullable CompletableFuture<Proof> prove(Applicant applicant);

    /**
     * The same for a request for the data plane over HTTP, of which nothing is upgraded.
     *
     * @param serverName as asked for in the TLS handshake; null without
     */
    default @Nullable CompletableFuture<Proof> prove(
        HttpUpgrade request, @Nullable String serverName) {
      return null;
    }
  }

  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * Those that the operator has opened.
   *
   * @throws GatewayConfig.ConfigRefused when a word is not one of ours
   */
  static Set<WayIn> of(GatewayConfig config) {
    Set<WayIn> open = EnumSet.noneOf(WayIn.class);
    for (String word : config.text(Setting.WAYS_IN).split(",", -1)) {
      open.add(
          Arrays.stream(values())
              .filter(way -> way.word().equals(word.strip()))
              .findFirst()
              .orElseThrow(
                  () ->
                      new GatewayConfig.ConfigRefused(
                          "key 'ways-in': there is no way '%s'; name some of %s"
                              .formatted(
                                  word.strip(),
                                  Arrays.stream(values())
                                      .map(WayIn::word)
                                      .collect(Collectors.joining(","))))));
    }
    return open;
  }
}
