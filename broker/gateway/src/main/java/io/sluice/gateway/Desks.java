package io.sluice.gateway;

import io.sluice.api.AccessKeys;
import io.sluice.api.DataPlaneWays;
import io.sluice.api.HttpBearers;
import io.sluice.api.UpgradeSignatures;
import io.sluice.credentials.AuthorizerAnswer;
import io.sluice.credentials.AuthorizerDesk;
import io.sluice.credentials.Authorizers;
import io.sluice.credentials.FailedLogins;
import io.sluice.credentials.PasswordDesk;
import io.sluice.credentials.Proof;
import io.sluice.credentials.TokenDesk;
import io.sluice.credentials.TokenRules;
import io.sluice.credentials.Users;
import io.sluice.credentials.Waiting;
import io.sluice.identity.Outgoing;
import io.sluice.outbound.Addresses;
import io.sluice.outbound.JsonQuestions;
import io.sluice.store.Clock;
import io.sluice.transport.HttpUpgrade;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Where clients without a certificate are asked who they are, as far as the operator has opened
 * that.
 *
 * @param authorizers also asked by the API, whether clients may use them or not
 * @param tokens which are taken
 * @param inOrder the order in which it is looked what a client shows
 * @param waiting where proofs are checked; one kind does not hold up another, whose issuer lets us
 *     wait
 * @param questions what authorizers are asked with
 */
record Desks(
    Users users,
    AuthorizerDesk authorizers,
    List<TokenRules> tokens,
    List<WayIn.Desk> inOrder,
    List<Waiting> waiting,
    JsonQuestions questions)
    implements AutoCloseable {
  private static final int AUTHORIZER_THREADS_MIN = 16; // they wait for others, mostly

  /**
   * @param failures of passwords, by any way
   * @param keys without the one that everybody knows
   * @param outgoing fetches the keys of issuers
   * @param onChange is told of a principal whose policies an authorizer has changed
   */
  static Desks open(
      GatewayConfig config,
      Users users,
      FailedLogins failures,
      AccessKeys keys,
      Authorizers authorizers,
      Outgoing outgoing,
      Consumer<String> onChange) {
    Set<WayIn> open = WayIn.of(config);
    List<WayIn.Desk> desks = new ArrayList<>();
    List<Waiting> rooms = new ArrayList<>();
    if (open.contains(WayIn.SIGV4)) {
      desks.add(
          new SignedUpgrades(
              new UpgradeSignatures(keys, Clock.SYSTEM, config.text(Setting.REGION)),
              Clock.SYSTEM));
    }
    JsonQuestions questions =
        new JsonQuestions(
            Addresses.reserved(
                config.flag(Setting.AUTHORIZER_PRIVATE_ADDRESSES),
                Setting.AUTHORIZER_PRIVATE_ADDRESSES.key()));
    AuthorizerDesk asking =
        new AuthorizerDesk(
            authorizers,
            room(
                config,
                rooms,
                Math.max(AUTHORIZER_THREADS_MIN, config.number(Setting.LOGIN_THREADS))),
            asker(questions),
            Clock.SYSTEM,
            config.number(Setting.AUTHORIZER_CACHE_SECONDS),
            onChange);
    if (open.contains(WayIn.AUTHORIZER)) {
      desks.add(new AuthorizerWay(asking, false));
    }
    List<TokenRules> tokens = open.contains(WayIn.JWT) ? Tokens.rules(config) : List.of();
    if (open.contains(WayIn.JWT)) {
      desks.add(
          new Tokens(
              tokenDesk(
                  tokens,
                  () -> room(config, rooms, config.number(Setting.LOGIN_THREADS)),
                  outgoing,
                  Clock.SYSTEM)));
    }
    if (open.contains(WayIn.PASSWORD)) {
      desks.add(
          WaysIn.passwords(
              new PasswordDesk(
                  users, room(config, rooms, config.number(Setting.LOGIN_THREADS)), failures)));
    }
    if (open.contains(WayIn.AUTHORIZER)) {
      desks.add(new AuthorizerWay(asking, true));
    }
    return new Desks(users, asking, tokens, List.copyOf(desks), List.copyOf(rooms), questions);
  }

  private static TokenDesk tokenDesk(
      List<TokenRules> tokens, Supplier<Waiting> rooms, Outgoing outgoing, Clock clock) {
    try {
      return new TokenDesk(tokens, rooms, outgoing, clock);
    } catch (TokenRules.Refused refused) {
      throw new GatewayConfig.ConfigRefused("keys 'jwt-...': " + refused.getMessage());
    }
  }

  private static AuthorizerDesk.Asker asker(JsonQuestions questions) {
    return (url, body, timeout, bytesMax) -> {
      try {
        return questions.ask(url, body, timeout, bytesMax);
      } catch (JsonQuestions.Unanswered none) {
        throw new AuthorizerAnswer.Unusable(String.valueOf(none.getMessage()));
      }
    };
  }

  /** The principals, besides certificates, that have a policy by its name; from memory. */
  List<String> having(String policy) {
    List<String> principals = new ArrayList<>(users.having(policy));
    tokens.stream()
        .filter(rules -> rules.give(policy))
        .map(rules -> rules.principals() + "*")
        .forEach(principals::add);
    return principals;
  }

  /** How callers of the data plane over HTTP may say who they are. */
  DataPlaneWays overHttp(GatewayConfig config, AccessKeys keys) {
    Set<WayIn> open = WayIn.of(config);
    boolean scram = config.flag(Setting.SCRAM_DEMANDED); // HTTP has no SCRAM here
    boolean bearers = open.contains(WayIn.JWT) || open.contains(WayIn.AUTHORIZER);
    return new DataPlaneWays(
        open.contains(WayIn.CERTIFICATE) && !scram,
        open.contains(WayIn.SIGV4) && !scram ? keys : null,
        bearers && !scram ? this::prove : HttpBearers.NONE);
  }

  private @Nullable CompletableFuture<Proof> prove(HttpBearers.Head request) {
    HttpUpgrade head = new HttpUpgrade(request.uri(), request.headers());
    for (WayIn.Desk desk : inOrder) {
      CompletableFuture<Proof> proof = desk.prove(head, request.serverName());
      if (proof != null) {
        return proof;
      }
    }
    return null;
  }

  private static Waiting room(GatewayConfig config, List<Waiting> rooms, int threads) {
    Waiting room =
        new Waiting(
            threads,
            config.number(Setting.LOGINS_WAITING_MAX),
            config.transportLimits().connectTimeoutMillis());
    rooms.add(room);
    return room;
  }

  @Override
  public void close() {
    waiting.forEach(Waiting::close);
    questions.close();
  }
}
