package io.sluice.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.message.Origin;
import io.sluice.message.Publication;
import io.sluice.message.PublishProperties;
import io.sluice.message.QoS;
import io.sluice.message.TopicName;
import org.junit.jupiter.api.Test;

/** How many retained messages there are, and what they weigh, has an end. */
class RetainedBoundsTest extends SessionHouse {
  @Override
  SessionLimits limits() {
    return SessionLimits.STANDARD.withRetainedMax(3).withRetainedBytesMax(100);
  }

  private boolean retain(String topic, int bytes) {
    TopicName name = TopicName.of(topic);
    Publication publication =
        new Publication(
            name,
            new byte[bytes],
            QoS.AT_MOST_ONCE,
            true,
            PublishProperties.NONE,
            Origin.GATEWAY,
            1);
    done(simulation.partitions().apply(0, new Keep(publication)));
    return publication.equals(sessions.retained().find(name));
  }

  @Test
  void furtherTopicsAreRefusedAndCountedAndKnownOnesStillChange() {
    assertThat(retain("a", 10)).isTrue();
    assertThat(retain("b", 10)).isTrue();
    assertThat(retain("c", 10)).isTrue();
    assertThat(retain("d", 10)).isFalse();
    assertThat(sessions.counters().retainedRefusedFull.sum()).isEqualTo(1);
    assertThat(retain("c", 20)).isTrue();
    retain("a", 0);
    assertThat(retain("d", 10)).isTrue();
  }

  @Test
  void payloadsHaveABoundToo() {
    assertThat(retain("a", 60)).isTrue();
    assertThat(retain("b", 41)).isFalse();
    assertThat(retain("b", 40)).isTrue();
    assertThat(retain("a", 61)).isFalse();
    assertThat(sessions.counters().retainedRefusedFull.sum()).isEqualTo(2);
    assertThat(retain("a", 20)).isTrue();
    assertThat(retain("b", 80)).isTrue();
    retain("b", 0);
    assertThat(retain("c", 80)).isTrue();
  }
}
