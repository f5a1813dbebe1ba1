package io.sluice.sim;

import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.MqttClientBuilder;
import com.hivemq.client.mqtt.MqttClientExecutorConfig;
import com.hivemq.client.mqtt.MqttClientSslConfig;
import com.hivemq.client.mqtt.MqttClientTransportConfig;
import com.hivemq.client.mqtt.MqttClientTransportConfigBuilder;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.lifecycle.MqttClientDisconnectedContext;
import com.hivemq.client.mqtt.lifecycle.MqttClientReconnector;
import com.hivemq.client.mqtt.lifecycle.MqttDisconnectSource;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What the links of both MQTT versions share: transport, shared event loops, reconnecting.
 *
 * <p>Threads: the client calls its listeners on one of its event loops; they hop to the fleet's
 * thread and come back by a future that decides whether to connect again. {@link #closing} and
 * {@link #waiting} are the only state that both sides see.
 */
abstract class HiveLink implements MqttLink {
  private static final Duration BACKOFF_FIRST = Duration.ofMillis(250);
  private static final Duration BACKOFF_MAX = Duration.ofSeconds(30);
  private static final int TIMEOUT_SECONDS = 20;

  /**
   * How the links of a fleet reach the broker.
   *
   * @param loops runs the event loops; the client keeps one group of loops per executor object
   */
  record Network(InetSocketAddress address, Executor loops, int loopCount) {}

  private final FleetClock clock;
  private final Backoff backoff;
  private volatile boolean closing;
  private volatile CompletableFuture<Void> waiting = CompletableFuture.completedFuture(null);
  private @Nullable Events events;

  HiveLink(FleetClock clock, long seed) {
    this.clock = clock;
    this.backoff = new Backoff(BACKOFF_FIRST, BACKOFF_MAX, new SplittableRandom(seed));
  }

  /** The client's builder, up to where the MQTT versions part. */
  final MqttClientBuilder builder(
      String clientId, Network network, @Nullable MqttClientSslConfig ssl) {
    MqttClientTransportConfigBuilder transport =
        MqttClientTransportConfig.builder()
            .serverAddress(network.address())
            .socketConnectTimeout(TIMEOUT_SECONDS, TimeUnit.SECONDS)
            .mqttConnectTimeout(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    if (ssl != null) {
      transport = transport.sslConfig(ssl);
    }
    return MqttClient.builder()
        .identifier(clientId)
        .transportConfig(transport.build())
        .executorConfig(
            MqttClientExecutorConfig.builder()
                .nettyExecutor(network.loops())
                .nettyThreads(network.loopCount())
                .build())
        .addConnectedListener(context -> clock.execute(this::nowConnected))
        .addDisconnectedListener(this::nowDisconnected);
  }

  static MqttQos qosOf(int qos) {
    return Objects.requireNonNull(MqttQos.fromCode(qos), "a scenario's QoS is 0, 1 or 2");
  }

  final Executor fleetThread() {
    return clock::execute;
  }

  final void received(String topic, byte[] payload) {
    if (events != null) {
      events.received(topic, payload);
    }
  }

  @Override
  public final void open(Events events) {
    this.events = events;
    connect();
  }

  /** Begins the first attempt; its outcome comes by the listeners. */
  abstract void connect();

  /** Says DISCONNECT; fails when there is no connection. */
  abstract CompletableFuture<Void> disconnect();

  private void nowConnected() {
    backoff.reset();
    if (closing) {
      disconnect(); // it was on its way when we closed
    } else if (events != null) {
      events.connected();
    }
  }

  /** On an event loop. */
  private void nowDisconnected(MqttClientDisconnectedContext context) {
    String reason = FailureReason.of(context.getCause());
    if (context.getSource() != MqttDisconnectSource.USER && !closing) {
      CompletableFuture<Void> wait = new CompletableFuture<>();
      waiting = wait;
      context
          .getReconnector()
          .republishIfSessionExpired(
              true) // an unacknowledged publication is the device's to repeat
          .resubscribeIfSessionExpired(false) // the device subscribes after each connect
          .reconnectWhen(wait, (done, failure) -> againUnlessClosing(context.getReconnector()));
      clock.execute(() -> clock.after(backoff.next(), () -> wait.complete(null)));
      if (closing) {
        wait.complete(null); // closed between the two lines above: nobody else would wake it
      }
    }
    clock.execute(
        () -> {
          if (events != null) {
            events.disconnected(reason);
          }
        });
  }

  private void againUnlessClosing(MqttClientReconnector reconnector) {
    reconnector.reconnect(!closing);
  }

  @Override
  public final CompletableFuture<Void> close() {
    closing = true;
    waiting.complete(null);
    return disconnect().exceptionally(notConnected -> null);
  }
}
