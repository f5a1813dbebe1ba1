package io.sluice.session;

import org.jspecify.annotations.Nullable;

/**
 * A client as an operator sees it.
 *
 * @param persistent whether its session outlives its connection
 * @param expirySeconds how long it does so
 * @param connection the present one, or the last one for half an hour after its end; null when
 *     nothing is known of it any more
 * @param departure how the last one ended; null when the client is connected
 */
public record ClientState(
    String clientId,
    boolean connected,
    boolean persistent,
    long expirySeconds,
    Waiting waiting,
    @Nullable ConnectionFacts connection,
    @Nullable Departure departure) {

  /**
   * What waits in the inbox of a persistent session, or is under way to its client.
   *
   * @param bytes of the publications
   */
  public record Waiting(long messages, long bytes) {
    static final Waiting NOTHING = new Waiting(0, 0);
  }

  /**
   * How a connection ended.
   *
   * @param reason in the words of AWS IoT's lifecycle events, like {@code CONNECTION_LOST}
   * @param atMillis epoch milliseconds
   */
  public record Departure(String reason, long atMillis) {}
}
