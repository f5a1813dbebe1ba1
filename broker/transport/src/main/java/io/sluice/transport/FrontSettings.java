package io.sluice.transport;

import io.sluice.identity.WebOrigins;
import java.util.List;

/**
 * What clients meet before they are let in, and what they are told then, beside the numbers of
 * {@link TransportLimits}. Change one with its {@code with} method.
 *
 * @param origins which web pages may open a WebSocket. A client that sends no Origin is no browser
 *     and always may
 * @param subprotocolRequired whether a WebSocket must name a sub-protocol [MQTT-6.0.0-3]; else one
 *     that names none is taken for MQTT
 * @param methods of enhanced authentication that MQTT 5 clients may ask for; one of each name
 * @param responsePrefix what CONNACK's Response Information begins with, before the client's own
 *     identifier; empty: none is told
 * @param serverReference where clients find another server, like {@code b.example.com:8883}, told
 *     when this one stops or has moved; empty: nowhere
 * @param serverMoved whether clients are sent there for good instead of being let in
 */
public record FrontSettings(
    WebOrigins origins,
    boolean subprotocolRequired,
    List<EnhancedAuthentication> methods,
    String responsePrefix,
    String serverReference,
    boolean serverMoved) {
  public static final FrontSettings STANDARD =
      new FrontSettings(WebOrigins.ANY, true, List.of(), "", "", false);

  public FrontSettings {
    methods = List.copyOf(methods);
  }

  public FrontSettings withOrigins(WebOrigins allowed) {
    return new FrontSettings(
        allowed, subprotocolRequired, methods, responsePrefix, serverReference, serverMoved);
  }

  public FrontSettings withSubprotocolRequired(boolean required) {
    return new FrontSettings(
        origins, required, methods, responsePrefix, serverReference, serverMoved);
  }

  public FrontSettings withMethods(List<EnhancedAuthentication> offered) {
    return new FrontSettings(
        origins, subprotocolRequired, offered, responsePrefix, serverReference, serverMoved);
  }

  public FrontSettings withResponsePrefix(String prefix) {
    return new FrontSettings(
        origins, subprotocolRequired, methods, prefix, serverReference, serverMoved);
  }

  public FrontSettings withServerReference(String reference, boolean moved) {
    return new FrontSettings(
        origins, subprotocolRequired, methods, responsePrefix, reference, moved);
  }
}
