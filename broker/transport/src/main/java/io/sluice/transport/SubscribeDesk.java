package io.sluice.transport;

import io.netty.handler.codec.mqtt.MqttMessageIdAndPropertiesVariableHeader;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttSubscribeMessage;
import io.netty.handler.codec.mqtt.MqttSubscriptionOption;
import io.netty.handler.codec.mqtt.MqttSubscriptionOption.RetainedHandlingPolicy;
import io.netty.handler.codec.mqtt.MqttTopicSubscription;
import io.netty.handler.codec.mqtt.MqttUnsubscribeMessage;
import io.sluice.message.InvalidTopic;
import io.sluice.message.QoS;
import io.sluice.session.Sessions.Subscribed;
import io.sluice.session.Sessions.Wanted;
import io.sluice.session.SubscribedFilter;
import io.sluice.session.Subscription;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * SUBSCRIBE and UNSUBSCRIBE of one client, answered in their order. A SUBSCRIBE waits until what
 * anybody has published to be retained before it is the topic's retained message: the client sees
 * it as retained, never as nothing. Event loop only.
 */
final class SubscribeDesk {
  private static final Logger LOG = LoggerFactory.getLogger(SubscribeDesk.class);
  private static final int ACKNOWLEDGEMENT_BYTES_MAX = 6; // without its codes
  private static final byte FAILURE_3 = (byte) 0x80;
  private static final byte NOT_AUTHORIZED = (byte) 0x87;
  private static final byte FILTER_INVALID = (byte) 0x8F;
  private static final byte QUOTA_EXCEEDED = (byte) 0x97;
  private static final byte NO_SUBSCRIPTION_EXISTED = 0x11;

  private final Broker broker;
  private final MqttConnection connection;
  private final Client client;
  private final Outbound outbound;

  /** Done when all that was asked has been answered. */
  private CompletableFuture<?> before = CompletableFuture.completedFuture(true);

  /** Done when the one asked last has been answered. */
  private CompletableFuture<?> last = before;

  SubscribeDesk(Broker broker, MqttConnection connection, Client client, Outbound outbound) {
    this.broker = broker;
    this.connection = connection;
    this.client = client;
    this.outbound = outbound;
  }

  void subscribe(MqttSubscribeMessage message) {
    List<MqttTopicSubscription> asked = message.payload().topicSubscriptions();
    int packetId = message.variableHeader().messageId();
    if (asked.isEmpty()) {
      connection.close(Reason.PROTOCOL_ERROR, "SUBSCRIBE without a topic filter [MQTT-3.8.3-2]");
      return;
    }
    int identifier = 0;
    if (client.isV5()
        && message.variableHeader() instanceof MqttMessageIdAndPropertiesVariableHeader header) {
      Integer given =
          Properties5.integer(header.properties(), MqttProperties.SUBSCRIPTION_IDENTIFIER);
      if (given != null && given == 0) {
        connection.close(Reason.PROTOCOL_ERROR, "Subscription Identifier is 0");
        return;
      }
      identifier = given == null ? 0 : given;
    }
    Fault fault = SubscribeBounds.fault(broker.limits(), client.isV5(), asked, identifier);
    if (fault != null) {
      connection.close(fault.reason(), fault.why());
      return;
    }
    byte[] codes = new byte[asked.size()];
    List<Wanted> wanted = new ArrayList<>();
    List<Integer> places = new ArrayList<>();
    for (int i = 0; i < codes.length; i++) {
      MqttTopicSubscription one = asked.get(i);
      if (!client.isV5() && hasOptions5(one.option())) {
        connection.close(Reason.MALFORMED, "reserved bits beside the QoS [MQTT3-3.8.3-4]");
        return;
      }
      SubscribedFilter filter = judge(one.topicFilter(), wanted.size(), codes, i);
      if (filter != null) {
        if (filter.share() != null && one.option().isNoLocal()) {
          connection.close(
              Reason.PROTOCOL_ERROR, "No Local on a shared subscription [MQTT-3.8.3-4]");
          return;
        }
        wanted.add(new Wanted(filter, options(one, identifier)));
        places.add(i);
      }
    }
    awaitRetained(wanted);
    inOrder(
        () -> broker.sessions().subscribe(client.session(), wanted),
        results -> suback(packetId, codes, places, wanted, results));
  }

  private void awaitRetained(List<Wanted> wanted) {
    if (wanted.stream().anyMatch(Wanted::mayWantRetained)) {
      CompletableFuture<?> applied = broker.sessions().retained().whenApplied();
      if (!applied.isDone()) {
        before = before.isDone() ? applied : CompletableFuture.allOf(before, applied);
      }
    }
  }

  /** The filter, when it may be subscribed to; else null, and its code says why not. */
  private @Nullable SubscribedFilter judge(String text, int more, byte[] codes, int place) {
    SubscribedFilter filter = null;
    byte refusal = SubscribeBounds.refusal(broker.limits(), text);
    try {
      filter = SubscribedFilter.of(text);
      if (refusal == 0
          && (TopicBounds.fault(broker.limits(), filter.topics()) != null
              || text.indexOf(MqttConnection.REPLACED) >= 0)) { // not UTF-8 [MQTT-1.5.4-1]
        refusal = FILTER_INVALID;
      }
    } catch (InvalidTopic invalid) {
      LOG.info("client '{}' subscribes in vain: {}", client.clientId(), invalid.getMessage());
      refusal = FILTER_INVALID;
    }
    if (refusal == 0 && !client.permissions().maySubscribe(text)) {
      broker.counters().denied("subscribe");
      refusal = NOT_AUTHORIZED;
    }
    if (refusal == 0
        && client.session().subscriptions() + more >= broker.limits().subscriptionsMax()) {
      refusal = QUOTA_EXCEEDED;
    }
    codes[place] = refusal != 0 && !client.isV5() ? FAILURE_3 : refusal;
    return refusal == 0 ? filter : null;
  }

  private static boolean hasOptions5(MqttSubscriptionOption option) {
    return option.isNoLocal()
        || option.isRetainAsPublished()
        || option.retainHandling() != RetainedHandlingPolicy.SEND_AT_SUBSCRIBE;
  }

  private Subscription.Options options(MqttTopicSubscription one, int identifier) {
    MqttSubscriptionOption option = one.option();
    return new Subscription.Options(
        QoS.min(QoS.of(option.qos().value()), QoS.of(broker.limits().maximumQos())),
        option.isNoLocal(),
        option.isRetainAsPublished(),
        SubscribeBounds.retainHandling(
            broker.limits(),
            one.topicFilter(),
            switch (option.retainHandling()) {
              case SEND_AT_SUBSCRIBE -> Subscription.RetainHandling.SEND;
              case SEND_AT_SUBSCRIBE_IF_NOT_YET_EXISTS -> Subscription.RetainHandling.SEND_IF_NEW;
              case DONT_SEND_AT_SUBSCRIBE -> Subscription.RetainHandling.DO_NOT_SEND;
            }),
        identifier);
  }

  private void suback(
      int packetId,
      byte[] codes,
      List<Integer> places,
      List<Wanted> wanted,
      List<Subscribed> results) {
    List<String> granted = new ArrayList<>();
    for (int i = 0; i < places.size(); i++) {
      QoS qos = results.get(i).granted();
      codes[places.get(i)] =
          qos != null ? (byte) qos.value() : client.isV5() ? QUOTA_EXCEEDED : FAILURE_3;
      if (qos != null) {
        granted.add(wanted.get(i).filter().toString());
      }
    }
    if (!fits(codes)) {
      return;
    }
    Packets.suback(outbound.out(), client.isV5(), packetId, codes); // [MQTT-3.8.4-1]
    broker.lifecycle().subscribed(connection.presence(), granted);
    for (Subscribed result : results) {
      if (result.granted() != null && result.retained() != null) {
        outbound.deliverRetained(result.retained(), result.granted(), result.identifiers());
      }
    }
    outbound.drainQueues();
    connection.flushLater();
    broker.sessions().feed(client.session());
  }

  void unsubscribe(MqttUnsubscribeMessage message) {
    int packetId = message.variableHeader().messageId();
    List<String> asked = message.payload().topics();
    if (asked.isEmpty()) {
      connection.close(Reason.PROTOCOL_ERROR, "UNSUBSCRIBE without a topic filter [MQTT-3.10.3-2]");
      return;
    }
    List<SubscribedFilter> filters = new ArrayList<>();
    List<Integer> places = new ArrayList<>();
    byte[] codes = new byte[asked.size()];
    for (int i = 0; i < codes.length; i++) {
      try {
        filters.add(SubscribedFilter.of(asked.get(i)));
        places.add(i);
      } catch (InvalidTopic invalid) {
        codes[i] = FILTER_INVALID;
      }
    }
    inOrder(
        () -> broker.sessions().unsubscribe(client.session(), filters),
        removed -> {
          List<String> gone = new ArrayList<>();
          for (int i = 0; i < places.size(); i++) {
            if (removed.get(i)) {
              gone.add(filters.get(i).toString());
            }
            codes[places.get(i)] = removed.get(i) ? 0 : NO_SUBSCRIPTION_EXISTED;
          }
          if (fits(codes)) {
            Packets.unsuback(outbound.out(), client.isV5(), packetId, codes); // [MQTT-3.10.4-4]
            broker.lifecycle().unsubscribed(connection.presence(), gone);
            connection.flushLater();
          }
        });
  }

  /** Takes from the session what its client may no longer subscribe to. */
  void recheck() {
    if (client.session().subscriptions() == 0) {
      return;
    }
    broker
        .sessions()
        .filters(client.session())
        .whenCompleteAsync((filters, failure) -> recheck(filters), connection.loop().eventLoop());
  }

  private void recheck(@Nullable List<SubscribedFilter> filters) {
    if (filters == null || connection.isClosing()) {
      return;
    }
    List<SubscribedFilter> denied =
        filters.stream()
            .filter(filter -> !client.permissions().maySubscribe(filter.toString()))
            .toList();
    if (!denied.isEmpty()) {
      denied.forEach(filter -> broker.counters().denied("subscription"));
      LOG.info(
          "client '{}' lost {} subscriptions: no policy allows them any more",
          client.clientId(),
          denied.size());
      broker.sessions().unsubscribe(client.session(), denied);
    }
  }

  /** An answer that is larger than the client takes cannot be given [MQTT-3.1.2-24]. */
  private boolean fits(byte[] codes) {
    if (codes.length + ACKNOWLEDGEMENT_BYTES_MAX > client.packetBytesMax()) {
      connection.close(
          Reason.PACKET_TOO_LARGE, "the answer is larger than the client's Maximum Packet Size");
      return false;
    }
    return true;
  }

  /**
   * Asks when all before it was answered, and answers on the loop. A client that has gone meanwhile
   * asks no more: its session may have gone with it.
   */
  private <R> void inOrder(Supplier<CompletableFuture<R>> ask, Consumer<R> answer) {
    Executor loop = connection.loop().eventLoop();
    CompletableFuture<?> previous = before;
    if (!previous.isDone()) {
      before = previous.thenRunAsync(() -> askLater(ask, answer), loop).thenCompose(asked -> last);
      return;
    }
    askNow(ask, answer);
    before = last;
  }

  /** Outside of a read batch nobody else flushes. */
  private <R> void askLater(Supplier<CompletableFuture<R>> ask, Consumer<R> answer) {
    askNow(ask, answer);
    connection.loop().flush();
  }

  private <R> void askNow(Supplier<CompletableFuture<R>> ask, Consumer<R> answer) {
    last = CompletableFuture.completedFuture(true);
    if (connection.isClosing()) {
      return;
    }
    CompletableFuture<R> asked = ask.get();
    if (asked.isDone() && !asked.isCompletedExceptionally()) {
      answer.accept(asked.join());
      connection.flushLater();
      return;
    }
    last =
        asked.handleAsync(
            (result, failure) -> {
              if (connection.isClosing()) {
                return true;
              }
              if (failure == null) {
                answer.accept(result);
              } else {
                refused(failure);
              }
              connection.loop().flush();
              return true;
            },
            connection.loop().eventLoop());
  }

  private void refused(Throwable failure) {
    LOG.warn(
        "client '{}': its subscriptions cannot be stored: {}",
        client.clientId(),
        failure.toString());
    connection.close(Reason.SERVER_ERROR, "the gateway's store did not take a subscription");
  }
}
