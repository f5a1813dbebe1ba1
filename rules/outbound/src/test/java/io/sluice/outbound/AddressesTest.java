package io.sluice.outbound;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which addresses actions may reach. */
class AddressesTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1",
        "127.9.9.9",
        "localhost",
        "10.1.2.3",
        "172.31.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fd00::1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2130706433"
      })
  void reservedAddressesAreRefused(String host) {
    assertThatThrownBy(() -> Addresses.allowing("none").check(host))
        .isInstanceOfSatisfying(
            Addresses.Unreachable.class, refused -> assertThat(refused.isForGood()).isTrue());
  }

  @ParameterizedTest
  @ValueSource(strings = {"8.8.8.8", "172.32.0.1", "11.0.0.1", "2606:4700::1111"})
  void publicAddressesMayBeReached(String host) throws Exception {
    assertThat(Addresses.allowing("none").check(host).isOwn()).isFalse();
  }

  @Test
  void theOperatorMayAllowARange() throws Exception {
    Addresses some = Addresses.allowing("10.0.0.0/8, fd00::/8");
    assertThat(some.check("10.1.2.3").isOwn()).isTrue();
    assertThat(some.check("fd00::7").isOwn()).isTrue();
    assertThatThrownBy(() -> some.check("192.168.0.1")).isInstanceOf(Addresses.Unreachable.class);
  }

  @Test
  void aHostNobodyKnowsMayBeKnownLater() {
    assertThatThrownBy(() -> Addresses.allowing("none").check("no-such-host.invalid"))
        .isInstanceOfSatisfying(
            Addresses.Unreachable.class, refused -> assertThat(refused.isForGood()).isFalse());
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.0.0.0/33", "ten", "10.0.0.0/x", "example.com/8", "fd00::/129"})
  void whatIsNoRangeIsSaid(String text) {
    assertThatThrownBy(() -> Addresses.allowing(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is no range of addresses");
  }
}
