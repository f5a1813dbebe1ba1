package io.sluice.transport;

/**
 * A method of enhanced authentication (MQTT 5, section 4.12). It comes on top of what the {@link
 * Gatekeeper} wants. Called on event loops: answers at once, never blocks and does not throw for
 * what a client sent. {@link #begin} may be called by several threads at a time.
 */
public interface EnhancedAuthentication {
  /** What clients write into the Authentication Method, to the letter. */
  String method();

  /**
   * Begins to authenticate one client, at CONNECT or anew.
   *
   * @param sourceIp where it is, in digits; empty when that is not known
   */
  Exchange begin(String sourceIp);

  /** One client's questions and answers; one thread at a time. */
  interface Exchange {
    /**
     * The client has said this.
     *
     * @param data the Authentication Data, empty when it sent none; the exchange may keep it
     */
    Step next(byte[] data);
  }

  /** What comes next. After a {@link Success} or {@link Failure} the exchange is over. */
  sealed interface Step {}

  /** The client must answer to this data. */
  record Challenge(byte[] data) implements Step {}

  /** The client is this user. The data proves the server to it and may be empty. */
  record Success(String user, byte[] data) implements Step {}

  /** The client is not who it says; the explanation goes to the client and holds no secret. */
  record Failure(String explanation) implements Step {}
}
