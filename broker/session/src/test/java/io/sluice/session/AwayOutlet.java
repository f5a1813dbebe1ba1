package io.sluice.session;

import io.sluice.message.QoS;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * A connection that has closed and is not forgotten yet: takes everything, drops it, and gives back
 * what is lent. For tests, which override what they are about.
 */
public class AwayOutlet implements Outlet {
  @Override
  public void deliver(Shipment shipment, QoS qos, boolean retain, int[] subscriptionIds) {}

  @Override
  public void lend(Shipment shipment, QoS qos, boolean retain, int[] subscriptionIds, Loan loan) {
    loan.returned();
  }

  @Override
  public void deliverInbox(List<InboxMessage> messages) {}

  @Override
  public void releaseInbox(long[] sequences) {}

  @Override
  public boolean hasRoom() {
    return false;
  }

  @Override
  public boolean isLagging() {
    return false;
  }

  @Override
  public void slowDown() {}

  @Override
  public CompletableFuture<?> settle() {
    return CompletableFuture.completedFuture(true);
  }

  @Override
  public void deliver(DirectMessage message) {
    message.returned();
  }

  @Override
  public CompletableFuture<Optional<ConnectionFacts>> facts() {
    return CompletableFuture.completedFuture(Optional.empty());
  }

  @Override
  public CompletableFuture<Boolean> end(boolean endSession, boolean revokeWill) {
    return CompletableFuture.completedFuture(false);
  }

  @Override
  public void execute(Runnable work) {
    work.run();
  }

  @Override
  public void takenOver() {}
}
