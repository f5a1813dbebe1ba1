package io.sluice.shadow;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class ShadowCountersTest {
  private final ShadowHouse house = new ShadowHouse();

  @Test
  void whatIsAskedIsCountedByItsKindAndWhatIsRefusedByItsCode() {
    house.update("{'state':{'reported':{'a':1}}}");
    house.ask(new ShadowRequest.RollBack(ShadowAddress.classic("T"), 1, null, ShadowHouse.BACKEND));
    house.get();
    house.update("x");
    house.update("{'state':{},'version':9}");
    house.update("{'state':{},'version':8}");
    house.mqtt("$aws/things/T/shadow/delete", "");
    house.mqtt("$aws/things/T/shadow/delete", "");
    ShadowCounters counters = house.service.counters();
    assertThat(counters.updates.sum()).isEqualTo(2);
    assertThat(counters.reads.sum()).isEqualTo(1);
    assertThat(counters.deletes.sum()).isEqualTo(1);
    assertThat(counters.rejectedByCode()).isEqualTo(Map.of(400, 1L, 404, 1L, 409, 2L));
  }
}
