package io.sluice.session;

import io.sluice.message.QoS;

/**
 * One topic filter of one session with its options. Two subscriptions are equal when session and
 * filter are: subscribing again replaces [MQTT-3.8.4-3].
 */
public final class Subscription implements Subscriber {

  /**
   * When retained messages are sent [MQTT-3.3.1-9] to [MQTT-3.3.1-11]; the number is the value on
   * the wire.
   */
  public enum RetainHandling {
    SEND(0),
    SEND_IF_NEW(1),
    DO_NOT_SEND(2);

    private final int value;

    RetainHandling(int value) {
      this.value = value;
    }

    public int value() {
      return value;
    }

    static RetainHandling of(int value) {
      return value == 0 ? SEND : value == 1 ? SEND_IF_NEW : DO_NOT_SEND;
    }
  }

  /**
   * The options a client asks for.
   *
   * @param qos the highest quality of service it gets [MQTT-3.8.4-8]
   * @param noLocal its own publications are not for it [MQTT-3.8.3-3]
   * @param retainAsPublished it sees the publisher's RETAIN flag [MQTT-3.3.1-12]
   * @param retainHandling when retained messages are sent
   * @param identifier the subscription identifier, 0: none [MQTT-3.3.4-3]
   */
  public record Options(
      QoS qos,
      boolean noLocal,
      boolean retainAsPublished,
      RetainHandling retainHandling,
      int identifier) {

    /** What MQTT 3.1.1 can say. */
    public static Options of(QoS qos) {
      return new Options(qos, false, false, RetainHandling.SEND, 0);
    }
  }

  private final Session session;
  private final SubscribedFilter filter;
  private final Options options;
  private final long sinceMicros;

  Subscription(Session session, SubscribedFilter filter, Options options, long sinceMicros) {
    this.session = session;
    this.filter = filter;
    this.options = options;
    this.sinceMicros = sinceMicros;
  }

  public Session session() {
    return session;
  }

  public SubscribedFilter filter() {
    return filter;
  }

  public Options options() {
    return options;
  }

  /**
   * The stamp of the SUBSCRIBE: an earlier publication still on its way through the log is not live
   * for this subscription; the subscriber gets it as retained or not at all.
   */
  public long sinceMicros() {
    return sinceMicros;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Subscription that
        && session == that.session
        && filter.equals(that.filter);
  }

  @Override
  public int hashCode() {
    return System.identityHashCode(session) * 31 + filter.hashCode();
  }
}
