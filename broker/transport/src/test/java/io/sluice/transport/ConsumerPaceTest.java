package io.sluice.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** When publishers wait for a consumer, and when it is left behind. */
class ConsumerPaceTest {
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final ConsumerPace pace =
      new ConsumerPace(channel, TransportLimits.STANDARD.withQueuedMax(80));

  private void period() {
    channel.advanceTimeBy(200, TimeUnit.MILLISECONDS);
    channel.runScheduledPendingTasks();
  }

  private void acknowledges(int messages) {
    for (int i = 0; i < messages; i++) {
      pace.acknowledged();
    }
  }

  @Test
  void aConsumerWithHalfAFullQueueLagsUntilAQuarterIsLeft() {
    pace.waiting(40);
    assertThat(pace.isLagging()).isFalse();
    pace.waiting(41);
    assertThat(pace.isLagging()).isTrue();
    pace.waiting(21);
    assertThat(pace.isLagging()).isTrue();
    pace.waiting(20);
    assertThat(pace.isLagging()).isFalse();
  }

  @Test
  void publishersWaitAsLongAsItTakesAGoodPart() {
    pace.waiting(41);
    for (int periods = 0; periods < 10; periods++) {
      acknowledges(10);
      period();
      assertThat(pace.isLagging()).isTrue();
    }
    acknowledges(9);
    period();
    assertThat(pace.isLagging()).as("left behind").isFalse();
    pace.waiting(80);
    assertThat(pace.isLagging()).as("still").isFalse();
    pace.waiting(20);
    pace.waiting(41);
    assertThat(pace.isLagging()).as("it had caught up").isTrue();
  }
}
