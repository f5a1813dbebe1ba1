package io.sluice.session;

import io.sluice.message.QoS;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * The network connection of an online session, as far as the session knows it. The transport
 * implements it.
 *
 * <p>Every method may be called from any thread and returns at once; work is handed to the
 * connection's event loop, in the order of the calls of one thread. A closed connection takes
 * everything and drops it.
 */
public interface Outlet {

  /**
   * Delivers a message that only online subscribers get.
   *
   * @param qos the quality of service it is delivered with
   * @param retain the RETAIN flag it is delivered with
   * @param subscriptionIds the identifiers of the subscriptions that matched, empty for none; not
   *     changed by anybody
   */
  void deliver(Shipment shipment, QoS qos, boolean retain, int[] subscriptionIds);

  /**
   * Delivers a message of a shared subscription with QoS 1 or 2 to a session that is not
   * persistent; a closed connection gives the loan back.
   */
  void lend(Shipment shipment, QoS qos, boolean retain, int[] subscriptionIds, Loan loan);

  /**
   * Delivers messages of a persistent session's inbox, in their order; each is acknowledged to
   * {@link Sessions#acknowledge}, those of QoS 2 after {@link Sessions#received}.
   */
  void deliverInbox(List<InboxMessage> messages);

  /**
   * The client has these messages of QoS 2, and that is on disk: send PUBREL for each of these
   * places of the inbox, with the packet identifier that follows from the place.
   */
  void releaseInbox(long[] sequences);

  /** Whether the connection takes one more message now, roughly. */
  boolean hasRoom();

  /**
   * Whether its client is behind with what it got, but takes so much that a publisher had better
   * wait for it. One that takes next to nothing does not lag: it loses messages, others do not
   * wait.
   */
  boolean isLagging();

  /** Who gets what this connection publishes is behind: read less from it for a while. */
  void slowDown();

  /**
   * Completes when everything has been read that the client had sent before this call: a DISCONNECT
   * that lies in the socket counts before the CONNECT of a successor.
   */
  CompletableFuture<?> settle();

  /**
   * Sends a message for this client alone, and tells the message what became of it: with QoS 1 when
   * the client has acknowledged.
   */
  void deliver(DirectMessage message);

  /** What is known of the connection; empty when it has ended. */
  CompletableFuture<Optional<ConnectionFacts>> facts();

  /**
   * An operator ends the connection: say 0x98 and close.
   *
   * @param endSession whether its session ends too
   * @param revokeWill whether its will is not published
   * @return when that is durable; false when the connection had ended already
   */
  CompletableFuture<Boolean> end(boolean endSession, boolean revokeWill);

  /** Runs something on the thread that the connection's state belongs to. */
  void execute(Runnable work);

  /** Another connection uses the client identifier now: say 0x8E and close [MQTT-3.1.4-3]. */
  void takenOver();
}
