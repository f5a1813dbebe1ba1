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
    Answer answer = new Answer(packetId, asked.size());
    List<Wanted> wanted = new ArrayList<>();
    for (int i = 0; i < answer.codes.length; i++) {
      MqttTopicSubscription one = asked.get(i);
      if (!client.isV5() && hasOptions5(one.option())) {
        connection.close(Reason.MALFORMED, "reserved bits beside the QoS [MQTT3-3.8.3-4]");
        return;
      }
      SubscribedFilter filter = judge(one.topicFilter(), answer, i);
      if (filter != null) {
        if (filter.share() != null && one.option().isNoLocal()) {
          connection.close(
              Reason.PROTOCOL_ERROR, "No Local on a shared subscription [MQTT-3.8.3-4]");
          return;
        }
        wanted.add(new Wanted(filter, options(one, identifier)));
        answer.places.add(i);
      }
    }
    awaitRetained(wanted);
    inOrder(
        () -> broker.sessions().subscribe(client.session(), wanted),
        results -> suback(answer, wanted, results));
  }

  private void awaitRetained(List<Wanted> wanted) {
    if (wanted.stream().anyMatch(Wanted::mayWantRetained)) {
      CompletableFuture<?> applied = broker.sessions().retained().whenApplied();
      if (!applied.isDone()) {
        before = before.isDone() ? applied : CompletableFuture.allOf(before, applied);
      }
    }
  }

  /** What a SUBSCRIBE or UNSUBSCRIBE is answered with. */
  private static final class Answer {
    final int packetId;
    final byte[] codes;

    /** Of those filters that the session is asked about. */
    final List<Integer> places = new ArrayList<>();

    @Nullable String why; // the first refused one was

    Answer(int packetId, int filters) {
      this.packetId = packetId;
      this.codes = new byte[filters];
    }

    void refuse(int place, byte code, String reason) {
      codes[place] = code;
      if (why == null) {
        why = reason;
      }
    }
  }

  /** The filter, when it may be subscribed to; else null, and the answer says why not. */
  private @Nullable SubscribedFilter judge(String text, Answer answer, int place) {
    SubscribedFilter filter;
    try {
      filter = SubscribedFilter.of(text);
    } catch (InvalidTopic invalid) {
      LOG.info("client '{}' subscribes in vain: {}", client.clientId(), invalid.getMessage());
      answer.refuse(
          place,
          orFailure(FILTER_INVALID),
          "filter '%s': %s".formatted(text, invalid.getMessage()));
      return null;
    }
    byte refusal = SubscribeBounds.refusal(broker.limits(), text);
    if (refusal != 0) {
      answer.refuse(place, orFailure(refusal), "filter '%s' is not on offer here".formatted(text));
      return null;
    }
    String fault = TopicBounds.fault(broker.limits(), filter.topics());
    if (fault != null) {
      answer.refuse(place, orFailure(FILTER_INVALID), fault);
      return null;
    }
    if (!client.permissions().maySubscribe(text)) {
      broker.counters().denied("subscribe");
      answer.refuse(
          place,
          orFailure(NOT_AUTHORIZED),
          "no policy allows iot:Subscribe on filter '%s'".formatted(text));
      return null;
    }
    return filter;
  }

  /** MQTT 3.1.1 has one code for all [MQTT3-3.9.3-2]. */
  private byte orFailure(byte code) {
    return client.isV5() ? code : FAILURE_3;
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

  private void suback(Answer answer, List<Wanted> wanted, List<Subscribed> results) {
    List<String> granted = new ArrayList<>();
    for (int i = 0; i < answer.places.size(); i++) {
      int place = answer.places.get(i);
      QoS qos = results.get(i).granted();
      String filter = wanted.get(i).filter().toString();
      if (qos != null) {
        answer.codes[place] = (byte) qos.value();
        granted.add(filter);
      } else {
        answer.refuse(
            place,
            orFailure(QUOTA_EXCEEDED),
            "filter '%s' is one subscription too many, or another client has it for itself"
                .formatted(filter));
      }
    }
    if (!client.isV5()) {
      Packets.suback3(outbound.out(), answer.packetId, answer.codes); // [MQTT3-3.8.4-1]
    } else if (!Packets.suback5( // [MQTT-3.8.4-1]
        outbound.out(),
        answer.packetId,
        answer.codes,
        client.told(answer.why),
        client.packetBytesMax())) {
      answerTooLarge();
      return;
    }
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
    Answer answer = new Answer(packetId, asked.size());
    for (int i = 0; i < answer.codes.length; i++) {
      try {
        filters.add(SubscribedFilter.of(asked.get(i)));
        answer.places.add(i);
      } catch (InvalidTopic invalid) {
        answer.refuse(i, FILTER_INVALID, String.valueOf(invalid.getMessage()));
      }
    }
    inOrder(
        () -> broker.sessions().unsubscribe(client.session(), filters),
        removed -> unsuback(answer, filters, removed));
  }

  private void unsuback(Answer answer, List<SubscribedFilter> filters, List<Boolean> removed) {
    List<String> gone = new ArrayList<>();
    for (int i = 0; i < filters.size(); i++) {
      if (removed.get(i)) {
        gone.add(filters.get(i).toString());
      } else {
        answer.codes[answer.places.get(i)] = NO_SUBSCRIPTION_EXISTED;
      }
    }
    if (!client.isV5()) {
      Packets.unsuback3(outbound.out(), answer.packetId); // [MQTT3-3.10.4-4]
    } else if (!Packets.unsuback5( // [MQTT-3.10.4-4]
        outbound.out(),
        answer.packetId,
        answer.codes,
        client.told(answer.why),
        client.packetBytesMax())) {
      answerTooLarge();
      return;
    }
    broker.lifecycle().unsubscribed(connection.presence(), gone);
    connection.flushLater();
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

  /** What cannot be given [MQTT-3.1.2-24]. */
  private void answerTooLarge() {
    connection.close(
        Reason.PACKET_TOO_LARGE, "the answer is larger than the client's Maximum Packet Size");
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
