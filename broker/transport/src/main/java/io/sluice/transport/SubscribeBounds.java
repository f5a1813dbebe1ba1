package io.sluice.transport;

import io.netty.handler.codec.mqtt.MqttTopicSubscription;
import io.sluice.message.SharedFilter;
import io.sluice.session.Subscription;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a SUBSCRIBE may ask for: the limits, and what is not on offer. Any thread. */
final class SubscribeBounds {
  private static final byte SHARED_NOT_SUPPORTED = (byte) 0x9E;
  private static final byte WILDCARDS_NOT_SUPPORTED = (byte) 0xA2;

  /** The second levels of reserved filters: AWS IoT Developer Guide, "Reserved topics". */
  private static final Set<String> RESERVED =
      Set.of("things", "events", "certificates", "provisioning-templates", "commands", "sitewise");

  private SubscribeBounds() {}

  /**
   * Null unless the packet as a whole is a fault. An MQTT 5 client was told in its CONNACK what is
   * not on offer, so it made a protocol error (5, 3.2.2.3.11 to 3.2.2.3.13); older ones were not,
   * and get {@link #refusal}.
   */
  static @Nullable Fault fault(
      TransportLimits limits, boolean v5, List<MqttTopicSubscription> asked, int identifier) {
    if (asked.size() > limits.filtersPerSubscribeMax()) {
      return new Fault(
          Reason.QUOTA,
          "SUBSCRIBE with %d filters; at most %d fit in one"
              .formatted(asked.size(), limits.filtersPerSubscribeMax()));
    }
    if (identifier > 0 && !limits.subscriptionIdsAvailable()) {
      return new Fault(
          Reason.SUBSCRIPTION_IDS_NOT_SUPPORTED, "subscription identifiers are not offered");
    }
    for (MqttTopicSubscription one : asked) {
      Fault fault = fault(limits, v5, one);
      if (fault != null) {
        return fault;
      }
    }
    return null;
  }

  private static @Nullable Fault fault(
      TransportLimits limits, boolean v5, MqttTopicSubscription one) {
    byte refusal = v5 ? refusal(limits, one.topicFilter()) : 0;
    if (refusal == SHARED_NOT_SUPPORTED) {
      return new Fault(Reason.SHARED_NOT_SUPPORTED, "shared subscriptions are not offered");
    }
    if (refusal == WILDCARDS_NOT_SUPPORTED) {
      return new Fault(Reason.WILDCARDS_NOT_SUPPORTED, "wildcards in filters are not offered");
    }
    if (limits.awsQuirks() && one.option().qos().value() > limits.maximumQos()) {
      return new Fault(Reason.QOS_NOT_SUPPORTED, "a subscription with QoS 2 is not offered");
    }
    if (limits.awsQuirks() && isReservedForNobody(one.topicFilter())) {
      return new Fault(
          Reason.FILTER_INVALID,
          "the filter '%s' is reserved and nothing is published there"
              .formatted(one.topicFilter()));
    }
    return null;
  }

  /** 0 when a filter of this kind is on offer, else the code that SUBACK has for it. */
  static byte refusal(TransportLimits limits, String filter) {
    if (!limits.sharedAvailable() && SharedFilter.isShared(filter)) {
      return SHARED_NOT_SUPPORTED;
    }
    if (!limits.wildcardsAvailable() && (filter.indexOf('#') >= 0 || filter.indexOf('+') >= 0)) {
      return WILDCARDS_NOT_SUPPORTED;
    }
    return 0;
  }

  private static boolean isReservedForNobody(String text) {
    String filter = text;
    if (SharedFilter.isShared(text)) {
      filter = text.substring(Math.max(0, text.indexOf('/', text.indexOf('/') + 1) + 1));
    }
    if (!filter.startsWith("$")) {
      return false;
    }
    String[] levels = filter.split("/", 3);
    return !levels[0].equals("$aws")
        || levels.length > 1
            && !levels[1].equals("#")
            && !levels[1].equals("+")
            && !RESERVED.contains(levels[1]);
  }

  /** Retained messages come to filters without wildcards only, where AWS is followed. */
  static Subscription.RetainHandling retainHandling(
      TransportLimits limits, String filter, Subscription.RetainHandling wanted) {
    boolean wildcard = filter.indexOf('#') >= 0 || filter.indexOf('+') >= 0;
    return limits.awsQuirks() && wildcard ? Subscription.RetainHandling.DO_NOT_SEND : wanted;
  }
}
