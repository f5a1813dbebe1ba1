package io.sluice.message;

/** Quality of service of a publication or a subscription. */
public enum QoS {
  AT_MOST_ONCE(0),
  AT_LEAST_ONCE(1),
  EXACTLY_ONCE(2);

  private static final QoS[] VALUES = values();

  private final int value;

  QoS(int value) {
    this.value = value;
  }

  /**
   * The quality of service with this value on the wire.
   *
   * @throws IllegalArgumentException outside 0..2 [MQTT-3.3.1-4]
   */
  public static QoS of(int value) {
    if (value < 0 || value > 2) {
      throw new IllegalArgumentException(
          "QoS %d does not exist; use 0, 1 or 2. [MQTT-3.3.1-4]".formatted(value));
    }
    return VALUES[value];
  }

  /** The value on the wire, 0..2. */
  public int value() {
    return value;
  }

  /** The lower of two: what a subscriber gets of a publication [MQTT-3.8.4-8]. */
  public static QoS min(QoS a, QoS b) {
    return a.compareTo(b) <= 0 ? a : b;
  }
}
