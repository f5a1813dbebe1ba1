package io.sluice.transport;

import java.util.Set;

/**
 * What clients meet before they are let in, beside the numbers of {@link TransportLimits}. Change
 * one with its {@code with} method.
 *
 * @param origins which web pages may open a WebSocket, as their {@code Origin} header says it
 *     ({@code https://console.example.com}); empty: any. A client that sends no Origin is no
 *     browser and always may
 * @param subprotocolRequired whether a WebSocket must name a sub-protocol [MQTT-6.0.0-3]; else one
 *     that names none is taken for MQTT
 */
public record FrontSettings(Set<String> origins, boolean subprotocolRequired) {
  public static final FrontSettings STANDARD = new FrontSettings(Set.of(), true);

  public FrontSettings {
    origins = Set.copyOf(origins);
  }

  public FrontSettings withOrigins(Set<String> allowed) {
    return new FrontSettings(allowed, subprotocolRequired);
  }

  public FrontSettings withSubprotocolRequired(boolean required) {
    return new FrontSettings(origins, required);
  }
}
