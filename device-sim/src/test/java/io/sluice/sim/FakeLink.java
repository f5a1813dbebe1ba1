package io.sluice.sim;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** A link whose network is the test. */
final class FakeLink implements MqttLink {
  record Sent(String topic, String payload, int qos, CompletableFuture<Void> acknowledgement) {}

  final List<Sent> sent = new ArrayList<>();
  final List<List<String>> subscriptions = new ArrayList<>();
  boolean acknowledges = true;
  boolean closed;
  Events events;

  @Override
  public void open(Events told) {
    events = told;
  }

  @Override
  public CompletableFuture<Void> subscribe(List<String> filters, int qos) {
    subscriptions.add(filters);
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public CompletableFuture<Void> publish(String topic, byte[] payload, int qos, boolean retain) {
    CompletableFuture<Void> acknowledgement = new CompletableFuture<>();
    sent.add(new Sent(topic, new String(payload, StandardCharsets.UTF_8), qos, acknowledgement));
    if (acknowledges) {
      acknowledgement.complete(null);
    }
    return acknowledgement;
  }

  @Override
  public CompletableFuture<Void> close() {
    closed = true;
    return CompletableFuture.completedFuture(null);
  }

  List<String> payloadsOn(String topic) {
    return sent.stream().filter(s -> s.topic().equals(topic)).map(Sent::payload).toList();
  }

  void receive(String topic, String payload) {
    events.received(topic, payload.getBytes(StandardCharsets.UTF_8));
  }
}
