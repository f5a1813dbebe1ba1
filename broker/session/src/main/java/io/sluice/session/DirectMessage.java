package io.sluice.session;

import java.util.concurrent.CompletableFuture;

/**
 * A message for one connection alone, whatever its client has subscribed to. The connection says
 * once what became of it; any thread.
 */
public final class DirectMessage implements Loan {

  /** What became of it. */
  public enum Outcome {
    /** Written to the connection or, where that was asked for, acknowledged by the client. */
    DELIVERED,
    /** There is no such connection, or it ended before the client acknowledged. */
    NOT_CONNECTED,
    /** The client may not receive from the topic. */
    NOT_PERMITTED,
    /** The packet is larger than the client takes [MQTT-3.1.2-25]. */
    TOO_LARGE,
    /** The client reads or acknowledges so slowly that there is no room for it. */
    NO_ROOM,
    /** The client answered with a reason code of 0x80 or more. */
    REFUSED,
    /** The client did not acknowledge in time; it may have the message all the same. */
    UNCONFIRMED
  }

  private final Shipment shipment;
  private final CompletableFuture<Outcome> outcome = new CompletableFuture<>();

  DirectMessage(Shipment shipment) {
    this.shipment = shipment;
  }

  /** Its quality of service is the one it is delivered with: 0, or 1 to be acknowledged. */
  public Shipment shipment() {
    return shipment;
  }

  /** Tells what became of it; what is told later than the first does not count. */
  public void became(Outcome what) {
    outcome.complete(what);
  }

  @Override
  public void done() {
    became(Outcome.DELIVERED);
  }

  @Override
  public void refused() {
    became(Outcome.REFUSED);
  }

  @Override
  public void tooLarge() {
    became(Outcome.TOO_LARGE);
  }

  @Override
  public void expired() {
    became(Outcome.UNCONFIRMED);
  }

  @Override
  public void returned() {
    became(Outcome.NOT_CONNECTED);
  }

  /** Not when nobody waits for it any more. */
  @Override
  public boolean isWanted() {
    return !outcome.isDone();
  }

  CompletableFuture<Outcome> outcome() {
    return outcome;
  }
}
