package io.sluice.sim;

/** Which MQTT a simulated client speaks. */
public enum MqttVersion {
  V3_1_1("3.1.1", 4),
  V5("5", 5);

  private final String label;
  private final int level;

  MqttVersion(String label, int level) {
    this.label = label;
    this.level = level;
  }

  /** The protocol level byte of CONNECT. */
  int level() {
    return level;
  }

  @Override
  public String toString() {
    return label;
  }
}
