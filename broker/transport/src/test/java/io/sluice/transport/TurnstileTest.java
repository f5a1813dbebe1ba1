package io.sluice.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** How many connections may come, in all and from one address. */
class TurnstileTest {
  private static final TransportLimits LIMITS =
      TransportLimits.STANDARD
          .withConnectionsMax(8)
          .withUnadmittedMax(4)
          .withConnectsPerSecondMax(0)
          .withAddressConnectionsMax(3)
          .withAddressUnadmittedMax(2)
          .withAddressConnectsPerSecondMax(0);

  private final AtomicLong nanos = new AtomicLong();

  private Turnstile turnstile(TransportLimits limits) {
    return new Turnstile(limits, nanos::get);
  }

  private static InetAddress address(String text) throws Exception {
    return InetAddress.getByName(text);
  }

  private static String word(Throwable refused) {
    return ((ConnectRefused) refused).word();
  }

  @Test
  void soManyMayWaitToBeLetInAndSoManyMayBeOpen() throws Exception {
    Turnstile turnstile = turnstile(LIMITS);
    List<Turnstile.Pass> passes = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      passes.add(turnstile.enter());
    }
    assertThatThrownBy(turnstile::enter)
        .satisfies(e -> assertThat(word(e)).isEqualTo("too_many_unadmitted"));

    passes.forEach(Turnstile.Pass::admitted);
    for (int i = 0; i < 4; i++) {
      passes.add(turnstile.enter());
    }
    assertThatThrownBy(turnstile::enter)
        .satisfies(e -> assertThat(word(e)).isEqualTo("too_many_connections"));

    passes.forEach(Turnstile.Pass::close);
    passes.forEach(Turnstile.Pass::close); // twice is once
    assertThat(turnstile.open()).isZero();
    assertThat(turnstile.unadmitted()).isZero();
  }

  @Test
  void oneAddressCannotTakeThePlaceOfOthers() throws Exception {
    Turnstile turnstile = turnstile(LIMITS.withUnadmittedMax(100).withConnectionsMax(100));
    Turnstile.Pass first = turnstile.enter();
    first.from(address("192.0.2.1"));
    turnstile.enter().from(address("192.0.2.1"));
    assertThatThrownBy(() -> turnstile.enter().from(address("192.0.2.1")))
        .satisfies(e -> assertThat(word(e)).isEqualTo("address_unadmitted"));
    turnstile.enter().from(address("192.0.2.2")); // another is not concerned

    first.admitted();
    turnstile.enter().from(address("192.0.2.1"));
    assertThatThrownBy(() -> turnstile.enter().from(address("192.0.2.1")))
        .satisfies(e -> assertThat(word(e)).isEqualTo("address_connections"));

    first.close();
    turnstile.enter();
    assertThatThrownBy(() -> turnstile.enter().from(address("192.0.2.1")))
        .satisfies(e -> assertThat(word(e)).isEqualTo("address_unadmitted"));
  }

  @Test
  void aNetworkOfIpv6CountsAsOneAddressAndLoopbackHasNoLimit() throws Exception {
    Turnstile turnstile = turnstile(LIMITS.withUnadmittedMax(100).withConnectionsMax(100));
    turnstile.enter().from(address("2001:db8::1"));
    turnstile.enter().from(address("2001:db8::ffff:2"));
    assertThatThrownBy(() -> turnstile.enter().from(address("2001:db8::3")))
        .satisfies(e -> assertThat(word(e)).isEqualTo("address_unadmitted"));
    for (int i = 0; i < 10; i++) {
      turnstile.enter().from(address("127.0.0.1"));
    }
    assertThat(turnstile.sources()).isEqualTo(1);
  }

  @Test
  void aBurstOfTwoSecondsThenTheRate() throws Exception {
    Turnstile turnstile =
        turnstile(
            LIMITS.withUnadmittedMax(1_000).withConnectionsMax(1_000).withConnectsPerSecondMax(10));
    for (int i = 0; i < 20; i++) {
      turnstile.enter();
    }
    assertThatThrownBy(turnstile::enter)
        .satisfies(e -> assertThat(word(e)).isEqualTo("connect_rate"));

    nanos.addAndGet(500_000_000L);
    for (int i = 0; i < 5; i++) {
      turnstile.enter();
    }
    assertThatThrownBy(turnstile::enter)
        .satisfies(e -> assertThat(word(e)).isEqualTo("connect_rate"));
  }

  @Test
  void anAddressIsForgottenWhenItHasLeftAndKeptToItsRate() throws Exception {
    Turnstile turnstile = turnstile(LIMITS.withAddressConnectsPerSecondMax(10));
    Turnstile.Pass pass = turnstile.enter();
    pass.from(address("192.0.2.1"));
    nanos.addAndGet(1_000_000_000L);
    pass.close();
    assertThat(turnstile.sources()).isZero();
  }
}
