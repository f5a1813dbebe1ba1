package io.sluice.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** The table of packet identifiers under way beside a map. */
class PacketIdsProperties {

  @Property(tries = 200)
  void itAnswersLikeAMap(@ForAll long seed) {
    Random random = new Random(seed);
    PacketIds ids = new PacketIds();
    Map<Integer, Long> model = new HashMap<>();
    int spread = 1 + random.nextInt(65_535);
    for (int step = 0; step < 2_000; step++) {
      int id = 1 + random.nextInt(spread);
      switch (random.nextInt(4)) {
        case 0 -> {
          ids.put(id, step);
          model.put(id, (long) step);
        }
        case 1 -> assertThat(ids.release(id)).isEqualTo(removed(model, id));
        case 2 -> {
          if (model.size() < 1_000) {
            int taken = ids.take(step);
            assertThat(model.put(taken, (long) step)).as("identifier %d was free", taken).isNull();
          }
        }
        default -> assertThat(ids.get(id)).isEqualTo(model.getOrDefault(id, PacketIds.NONE));
      }
      assertThat(ids.size()).isEqualTo(model.size());
    }
    Map<Integer, Long> left = new HashMap<>();
    model.forEach((id, value) -> left.put(id, ids.get(id)));
    assertThat(left).isEqualTo(model);
  }

  private static long removed(Map<Integer, Long> model, int id) {
    Long value = model.remove(id);
    return value == null ? PacketIds.NONE : value;
  }

  @Example
  void identifiersGoRoundPast65535AndSkipThoseUnderWay() { // [MQTT-2.2.1-4]
    PacketIds ids = new PacketIds();
    int stays = ids.take(1);
    for (int i = 2; i <= 65_535; i++) {
      assertThat(ids.take(i)).isEqualTo(i);
      ids.release(i);
    }
    assertThat(stays).isEqualTo(1);
    assertThat(ids.take(0)).isEqualTo(2);
  }
}
