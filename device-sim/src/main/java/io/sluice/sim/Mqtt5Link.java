package io.sluice.sim;

import com.hivemq.client.mqtt.MqttClientSslConfig;
import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.mqtt5.Mqtt5AsyncClient;
import com.hivemq.client.mqtt.mqtt5.Mqtt5ClientBuilder;
import com.hivemq.client.mqtt.mqtt5.message.connect.Mqtt5Connect;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5Publish;
import com.hivemq.client.mqtt.mqtt5.message.subscribe.Mqtt5Subscribe;
import com.hivemq.client.mqtt.mqtt5.message.subscribe.Mqtt5Subscription;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** A link that speaks MQTT 5. */
final class Mqtt5Link extends HiveLink {
  private final Mqtt5AsyncClient client;
  private final Mqtt5Connect connect;

  Mqtt5Link(
      Scenario scenario,
      DeviceName device,
      Network network,
      @Nullable MqttClientSslConfig ssl,
      FleetClock clock) {
    super(clock, scenario.seed() + device.number());
    Scenario.Connect plan = scenario.connect();
    Mqtt5ClientBuilder builder = builder(device.clientId(), network, ssl).useMqttVersion5();
    Scenario.Will will = plan.will();
    if (will != null) {
      builder =
          builder.willPublish(
              publication(
                  will.topic().expand(device),
                  will.payload()
                      .open(scenario.seed(), device, 3)
                      .nextBytes(Duration.ZERO, clock.epochMillis()),
                  will.qos(),
                  will.retain()));
    }
    client = builder.buildAsync();
    connect =
        Mqtt5Connect.builder()
            .cleanStart(!plan.persistent())
            .sessionExpiryInterval(plan.persistent() ? plan.sessionExpiry().toSeconds() : 0)
            .keepAlive((int) plan.keepAlive().toSeconds())
            .build();
    client.publishes(
        MqttGlobalPublishFilter.ALL,
        publish -> received(publish.getTopic().toString(), publish.getPayloadAsBytes()),
        fleetThread());
  }

  @Override
  void connect() {
    client.connect(connect);
  }

  @Override
  CompletableFuture<Void> disconnect() {
    return client.disconnect();
  }

  @Override
  public CompletableFuture<Void> subscribe(List<String> filters, int qos) {
    List<Mqtt5Subscription> subscriptions =
        filters.stream()
            .map(f -> Mqtt5Subscription.builder().topicFilter(f).qos(qosOf(qos)).build())
            .toList();
    return client
        .subscribe(Mqtt5Subscribe.builder().addSubscriptions(subscriptions).build())
        .thenApply(granted -> null);
  }

  @Override
  public CompletableFuture<Void> publish(String topic, byte[] payload, int qos, boolean retain) {
    return client
        .publish(publication(topic, payload, qos, retain))
        .thenAccept(
            result ->
                result
                    .getError()
                    .ifPresent(
                        refused -> {
                          throw new CompletionException(refused);
                        }));
  }

  private static Mqtt5Publish publication(String topic, byte[] payload, int qos, boolean retain) {
    return Mqtt5Publish.builder()
        .topic(topic)
        .payload(payload)
        .qos(qosOf(qos))
        .retain(retain)
        .build();
  }
}
