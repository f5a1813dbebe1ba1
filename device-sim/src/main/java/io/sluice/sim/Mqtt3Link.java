package io.sluice.sim;

import com.hivemq.client.mqtt.MqttClientSslConfig;
import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.mqtt3.Mqtt3AsyncClient;
import com.hivemq.client.mqtt.mqtt3.Mqtt3ClientBuilder;
import com.hivemq.client.mqtt.mqtt3.message.connect.Mqtt3Connect;
import com.hivemq.client.mqtt.mqtt3.message.publish.Mqtt3Publish;
import com.hivemq.client.mqtt.mqtt3.message.subscribe.Mqtt3Subscribe;
import com.hivemq.client.mqtt.mqtt3.message.subscribe.Mqtt3Subscription;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A link that speaks MQTT 3.1.1. */
final class Mqtt3Link extends HiveLink {
  private final Mqtt3AsyncClient client;
  private final Mqtt3Connect connect;

  Mqtt3Link(
      Scenario scenario,
      DeviceName device,
      Network network,
      @Nullable MqttClientSslConfig ssl,
      FleetClock clock) {
    super(clock, scenario.seed() + device.number());
    Scenario.Connect plan = scenario.connect();
    Mqtt3ClientBuilder builder = builder(device.clientId(), network, ssl).useMqttVersion3();
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
        Mqtt3Connect.builder()
            .cleanSession(!plan.persistent())
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
    List<Mqtt3Subscription> subscriptions =
        filters.stream()
            .map(f -> Mqtt3Subscription.builder().topicFilter(f).qos(qosOf(qos)).build())
            .toList();
    return client
        .subscribe(Mqtt3Subscribe.builder().addSubscriptions(subscriptions).build())
        .thenApply(granted -> null);
  }

  @Override
  public CompletableFuture<Void> publish(String topic, byte[] payload, int qos, boolean retain) {
    return client.publish(publication(topic, payload, qos, retain)).thenApply(sent -> null);
  }

  private static Mqtt3Publish publication(String topic, byte[] payload, int qos, boolean retain) {
    return Mqtt3Publish.builder()
        .topic(topic)
        .payload(payload)
        .qos(qosOf(qos))
        .retain(retain)
        .build();
  }
}
