package io.sluice.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.message.Origin;
import io.sluice.message.Publication;
import io.sluice.message.PublishProperties;
import io.sluice.message.QoS;
import io.sluice.message.TopicName;
import java.util.List;
import org.junit.jupiter.api.Test;

/** When a will is published: [MQTT-3.1.2-8], [MQTT-3.1.3-9]; also over a crash. */
class WillsTest extends SessionHouse {
  private final Reader reader = new Reader();

  private static Publication will(String topic) {
    return new Publication(
        TopicName.of(topic),
        new byte[] {1},
        QoS.AT_LEAST_ONCE,
        false,
        PublishProperties.NONE,
        new Origin("c", null, null, Origin.Kind.WILL, 0),
        0);
  }

  private List<String> wills() {
    return published.stream().map(publication -> publication.topic().toString()).toList();
  }

  private Session connect(long expirySeconds, long delaySeconds) {
    return open("c", false, expirySeconds, reader, will("w"), delaySeconds);
  }

  @Test
  void aConnectionThatBreaksPublishesItAndAGoodbyeDoesNot() {
    done(sessions.close(connect(0, 0), reader, 0, false));
    assertThat(wills()).containsExactly("w");
    assertThat(published.get(0).stampMicros()).as("it is stamped now").isPositive();

    done(sessions.close(connect(0, 0), reader, 0, true)); // [MQTT-3.14.4-3]
    assertThat(wills()).containsExactly("w");
    assertNothingIsLeft();
  }

  @Test
  void aDelayedOneWaitsForItsTime() {
    done(sessions.close(connect(100, 10), reader, 100, false));
    pass(9_999);
    assertThat(wills()).isEmpty();
    pass(1);
    assertThat(wills()).containsExactly("w");
    assertThat(rows("wills")).isZero();
  }

  @Test
  void aClientThatIsBackInTimeTakesItBack() {
    done(sessions.close(connect(100, 10), reader, 100, false));
    pass(5_000);
    Session back = open("c", false, 100, reader);
    pass(20_000);
    assertThat(wills()).isEmpty();

    done(sessions.close(back, reader, 0, true));
    assertNothingIsLeft();
  }

  @Test
  void aSessionThatEndsBeforeTheDelayPublishesItThen() {
    done(sessions.close(connect(5, 10), reader, 5, false));
    pass(5_000);
    assertThat(wills()).containsExactly("w");
    assertNothingIsLeft();
  }

  @Test
  void aCleanStartEndsTheSessionAndPublishesWhatWaits() {
    done(sessions.close(connect(100, 10), reader, 100, false));
    open("c", true, 0, reader);
    assertThat(wills()).containsExactly("w");
  }

  @Test
  void aTakeoverPublishesItUnlessItHasADelay() {
    connect(100, 0);
    open("c", false, 100, new Reader());
    assertThat(wills()).containsExactly("w");
    published.clear();

    open("c", false, 100, reader, will("w"), 10);
    open("c", false, 100, new Reader());
    pass(20_000);
    assertThat(wills()).isEmpty();
  }

  @Test
  void afterACrashThoseOfAllWhoWereConnectedArePublishedOrWaitTheirDelay() {
    open("persistent", false, 100, reader, will("persistent"), 10);
    open("clean", true, 0, reader, will("clean"), 10);
    done(sessions.close(open("left", false, 100, reader, will("left"), 10), reader, 100, true));
    store.sync();
    restart();
    assertThat(wills()).containsExactly("clean");
    pass(10_000);
    assertThat(wills()).containsExactly("clean", "persistent");
    restart();
    pass(100_000);
    assertThat(wills()).containsExactly("clean", "persistent");
    assertNothingIsLeft();
  }
}
