package io.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5ConnAckException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * A client and what shall end its connection for good.
 *
 * @param action what takes its right away
 */
record CutOff(Mqtt5BlockingClient client, Action action) {
  private static final int CLIENTS = 3;

  /** What a test does. */
  interface Action {
    void run() throws Exception;
  }

  /**
   * Cuts off three clients, one after the other: most lose their connection within a second, so
   * that a pause of the machine is no verdict, and none comes in again.
   *
   * @param ready gives what is not connected yet, for a client id
   */
  static void withinASecond(Function<String, CutOff> ready) throws Exception {
    List<Duration> took = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      CutOff cutOff = ready.apply("cut-off-" + i);
      Mqtt5BlockingClient client = cutOff.client();
      client.connect();
      long begun = System.nanoTime();
      cutOff.action().run();
      await()
          .pollInterval(Duration.ofMillis(10))
          .atMost(Duration.ofSeconds(20))
          .until(() -> !client.getState().isConnected());
      took.add(Duration.ofNanos(System.nanoTime() - begun));
      assertThatThrownBy(client::connect).isInstanceOf(Mqtt5ConnAckException.class);
    }
    took.sort(null);
    assertThat(took.get(CLIENTS / 2)).as("%s", took).isLessThan(Duration.ofSeconds(1));
  }
}
