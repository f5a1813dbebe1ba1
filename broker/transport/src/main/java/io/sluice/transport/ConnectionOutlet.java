package io.sluice.transport;

import io.sluice.message.QoS;
import io.sluice.session.ConnectionFacts;
import io.sluice.session.DirectMessage;
import io.sluice.session.InboxMessage;
import io.sluice.session.Loan;
import io.sluice.session.Outlet;
import io.sluice.session.Shipment;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What the session room and other threads reach a connection by: hands everything over to its event
 * loop, and drops or gives back what comes when it lives no more.
 */
final class ConnectionOutlet implements Outlet {
  private static final int MAILBOX_QOS0_MAX = 200_000;
  private static final int MAILBOX_MAX = 1_000_000;

  private final TransportCounters counters;
  private final Loop loop;
  private final MqttConnection connection;
  private volatile @Nullable Outbound outbound; // what others ask without waiting for the loop

  ConnectionOutlet(TransportCounters counters, Loop loop, MqttConnection connection) {
    this.counters = counters;
    this.loop = loop;
    this.connection = connection;
  }

  /** The client is let in. */
  void begin(Outbound out) {
    outbound = out;
  }

  @Override
  public void deliver(Shipment shipment, QoS qos, boolean retain, int[] subscriptionIds) {
    if (loop.isHere()) {
      deliverHere(shipment, qos, retain, subscriptionIds);
    } else if (loop.backlog() > (qos == QoS.AT_MOST_ONCE ? MAILBOX_QOS0_MAX : MAILBOX_MAX)) {
      counters.dropped("slow_loop");
    } else {
      loop.post(() -> deliverHere(shipment, qos, retain, subscriptionIds));
    }
  }

  private void deliverHere(Shipment shipment, QoS qos, boolean retain, int[] subscriptionIds) {
    Outbound out = connection.live();
    if (out != null) {
      try {
        out.deliver(shipment, qos, retain, subscriptionIds, null);
      } catch (RuntimeException mistake) { // the border: it may be another client's publish
        connection.failed(mistake);
      }
      connection.flushLater();
    }
  }

  @Override
  public void lend(Shipment shipment, QoS qos, boolean retain, int[] subscriptionIds, Loan loan) {
    if (loop.backlog() > MAILBOX_MAX) {
      counters.dropped("slow_loop");
      loan.done();
      return;
    }
    loop.post(
        () -> {
          Outbound out = connection.live();
          if (out == null) {
            loan.returned();
          } else {
            out.deliver(shipment, qos, retain, subscriptionIds, loan);
            connection.flushLater();
          }
        });
  }

  @Override
  public void deliver(DirectMessage message) {
    loop.post(
        () -> {
          Outbound out = connection.live();
          if (out == null) {
            message.returned();
          } else {
            out.deliver(message);
            connection.flushLater();
          }
        });
  }

  @Override
  public void deliverInbox(List<InboxMessage> messages) {
    whileLive(out -> out.deliverInbox(messages));
  }

  @Override
  public void releaseInbox(long[] sequences) {
    whileLive(out -> out.releaseInbox(sequences));
  }

  private void whileLive(Consumer<Outbound> work) {
    loop.post(
        () -> {
          Outbound out = connection.live();
          if (out != null) {
            work.accept(out);
            connection.flushLater();
          }
        });
  }

  @Override
  public boolean hasRoom() {
    Outbound out = outbound;
    return out != null && out.hasRoomNow();
  }

  @Override
  public boolean isLagging() {
    Outbound out = outbound;
    return out != null && out.isLagging();
  }

  /** Called on this connection's loop, from within {@link PublishDesk#publish}. */
  @Override
  public void slowDown() {
    connection.reading().slowDown();
  }

  @Override
  public CompletableFuture<?> settle() {
    CompletableFuture<Boolean> read = new CompletableFuture<>();
    loop.post(() -> read.complete(true)); // the loop reads from all ready sockets before its mail
    return read;
  }

  @Override
  public CompletableFuture<Optional<ConnectionFacts>> facts() {
    CompletableFuture<Optional<ConnectionFacts>> facts = new CompletableFuture<>();
    loop.post(() -> facts.complete(connection.facts()));
    return facts;
  }

  @Override
  public CompletableFuture<Boolean> end(boolean endSession, boolean revokeWill) {
    CompletableFuture<CompletableFuture<Boolean>> ended = new CompletableFuture<>();
    loop.post(() -> ended.complete(connection.endForOperator(endSession, revokeWill)));
    return ended.thenCompose(durable -> durable);
  }

  @Override
  public void execute(Runnable work) {
    loop.post(work);
  }

  @Override
  public void takenOver() {
    loop.post(connection::evict);
  }
}
