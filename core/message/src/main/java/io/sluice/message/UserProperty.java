package io.sluice.message;

/** One user property of MQTT 5: names may repeat and their order is kept [MQTT-3.3.2-18]. */
public record UserProperty(String name, String value) {}
