package io.sluice.message;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;

class StampsTest {
  private long clockMillis = 1000;

  @Test
  void stampsGrowWhileTheClockStandsOrGoesBack() {
    Stamps stamps = new Stamps(() -> clockMillis, 0);
    assertThat(stamps.next()).isEqualTo(1_000_000);
    assertThat(stamps.next()).isEqualTo(1_000_001);
    clockMillis = 1;
    assertThat(stamps.next()).isEqualTo(1_000_002);
    clockMillis = 1001;
    assertThat(stamps.next()).isEqualTo(1_001_000);
  }

  @Test
  void stampsFollowThoseOfAnEarlierLife() {
    assertThat(new Stamps(() -> clockMillis, 5_000_000).next()).isEqualTo(5_000_001);
  }

  @Test
  void threadsNeverShareAStamp() throws Exception {
    Stamps stamps = new Stamps(() -> clockMillis, 0);
    Set<Long> given = ConcurrentHashMap.newKeySet();
    Thread[] threads = new Thread[4];
    for (int t = 0; t < threads.length; t++) {
      threads[t] =
          new Thread(
              () -> {
                for (int i = 0; i < 5000; i++) {
                  given.add(stamps.next());
                }
              });
      threads[t].start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(given).hasSize(20_000);
  }
}
