package io.sluice.shadow;

import static io.sluice.shadow.ShadowHouse.accepted;
import static io.sluice.shadow.ShadowHouse.rejected;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** One thing may ask so much in a second. */
class RequestRateTest {
  private final ShadowHouse house =
      new ShadowHouse(ShadowSettings.standard().withRequestsPerSecondMax(3));

  @Test
  void tooManyRequestsOfOneThingAreTold429WithTheirClientTokenAndNothingChanges() {
    for (int i = 1; i <= 3; i++) {
      accepted(house.update("{'state':{'reported':{'n':" + i + "}}}"));
    }
    house.told.clear();
    assertThat(rejected(house.update("{'state':{'reported':{'n':4}},'clientToken':'t'}")))
        .isEqualTo(new ShadowError(429, "Too many requests"));
    assertThat(house.heard("update/rejected").get(0))
        .isEqualTo(
            Json.tree(
                "{'code':429,'message':'Too many"
                    + " requests','timestamp':1700000000,'clientToken':'t'}"));
    house.partitions.advance(1000);
    assertThat(house.get().at("/state/reported/n").intValue()).isEqualTo(3);
  }

  @Test
  void overMqttAndHttpAndNamedShadowsItIsOneCount() {
    accepted(house.update("{'state':{}}"));
    house.get();
    house.mqtt("$aws/things/T/shadow/name/n/update", "{'state':{}}");
    assertThat(rejected(house.mqtt("$aws/things/T/shadow/get", "")).code()).isEqualTo(429);
  }

  @Test
  void otherThingsAndLaterSecondsAreNotConcerned() {
    for (int i = 0; i < 4; i++) {
      house.update("{'state':{}}");
    }
    accepted(house.mqtt("$aws/things/other/shadow/update", "{'state':{}}"));
    house.partitions.advance(1000);
    accepted(house.update("{'state':{}}"));
  }

  @Test
  void whatIsRememberedIsBounded() {
    RequestRate rate = new RequestRate(1);
    assertThat(rate.admits("first", 0)).isTrue();
    assertThat(rate.admits("first", 0)).isFalse();
    for (int i = 0; i < RequestRate.THINGS_MAX; i++) {
      assertThat(rate.admits("thing-" + i, 0)).isTrue();
    }
    assertThat(rate.admits("first", 0)).as("pushed out, so its second starts again").isTrue();
  }

  @Test
  void withoutALimitNobodyIsCounted() {
    RequestRate none = new RequestRate(0);
    for (int i = 0; i < 1000; i++) {
      assertThat(none.admits("T", 0)).isTrue();
    }
  }
}
