package io.sluice.gateway;

import io.sluice.api.AccessKeys;
import io.sluice.api.UpgradeSignatures;
import io.sluice.credentials.PasswordDesk;
import io.sluice.credentials.TokenDesk;
import io.sluice.credentials.Users;
import io.sluice.credentials.Waiting;
import io.sluice.identity.Outgoing;
import io.sluice.store.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Where clients without a certificate are asked who they are, as far as the operator has opened
 * that.
 *
 * @param inOrder the order in which it is looked what a client shows
 * @param waiting where proofs are checked; one kind does not hold up another, whose issuer lets us
 *     wait
 */
record Desks(Users users, List<WayIn.Desk> inOrder, List<Waiting> waiting)
    implements AutoCloseable {

  /**
   * @param keys without the one that everybody knows
   * @param outgoing fetches the keys of issuers
   */
  static Desks open(GatewayConfig config, Users users, AccessKeys keys, Outgoing outgoing) {
    Set<WayIn> open = WayIn.of(config);
    List<WayIn.Desk> desks = new ArrayList<>();
    List<Waiting> rooms = new ArrayList<>();
    if (open.contains(WayIn.SIGV4)) {
      desks.add(
          new SignedUpgrades(
              new UpgradeSignatures(keys, Clock.SYSTEM, config.text(Setting.REGION)),
              Clock.SYSTEM));
    }
    if (open.contains(WayIn.JWT)) {
      desks.add(
          new Tokens(
              new TokenDesk(Tokens.rules(config), room(config, rooms), outgoing, Clock.SYSTEM)));
    }
    if (open.contains(WayIn.PASSWORD)) {
      desks.add(WaysIn.passwords(new PasswordDesk(users, room(config, rooms))));
    }
    return new Desks(users, List.copyOf(desks), List.copyOf(rooms));
  }

  private static Waiting room(GatewayConfig config, List<Waiting> rooms) {
    Waiting room =
        new Waiting(
            config.number(Setting.LOGIN_THREADS),
            config.number(Setting.LOGINS_WAITING_MAX),
            config.transportLimits().connectTimeoutMillis());
    rooms.add(room);
    return room;
  }

  @Override
  public void close() {
    waiting.forEach(Waiting::close);
  }
}
