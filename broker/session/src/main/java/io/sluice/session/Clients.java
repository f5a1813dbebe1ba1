package io.sluice.session;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.sluice.message.Publication;
import io.sluice.message.QoS;
import io.sluice.store.Partitions;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * What operators ask about a client, and do to it: its connection and subscriptions, the end of
 * both, a message for it alone. Source: AWS IoT API Reference, "GetConnection",
 * "ListSubscriptions", "DeleteConnection" and "SendDirectMessage" of the data plane.
 *
 * <p>Threads: every public method may be called from any thread and none blocks.
 */
public final class Clients {
  /** How long it is known how a connection ended. */
  public static final Duration REMEMBERED = Duration.ofMinutes(30);

  private static final int REMEMBERED_MAX = 50_000;
  private static final int CONFIRMATIONS_MAX = 10_000;
  private static final int END_ATTEMPTS_MAX = 3;

  private record Past(ConnectionFacts connection, ClientState.Departure departure) {}

  private final Partitions partitions;
  private final SessionCounters counters;
  private final AtomicInteger confirmations = new AtomicInteger();
  private final Cache<String, Past> gone =
      Caffeine.newBuilder().maximumSize(REMEMBERED_MAX).expireAfterWrite(REMEMBERED).build();

  Clients(Partitions partitions, SessionCounters counters) {
    this.partitions = partitions;
    this.counters = counters;
  }

  private CompletableFuture<SessionRequests.Found> find(String clientId) {
    return partitions.ask(clientId, new SessionRequests.Find(clientId));
  }

  /** A connection has ended. */
  public void left(ConnectionFacts connection, ClientState.Departure how) {
    gone.asMap()
        .merge(
            connection.clientId(),
            new Past(connection, how),
            (known, now) -> // of two that ended in a takeover the later one counts
            known.connection.sinceMillis() > now.connection.sinceMillis() ? known : now);
  }

  // ---- asking

  /**
   * How the client stands; empty when it is not connected, has no session, and did not leave within
   * the last half hour.
   */
  public CompletableFuture<Optional<ClientState>> state(String clientId) {
    return find(clientId)
        .thenCompose(
            found -> {
              Session session = found.session();
              Outlet outlet = session == null ? null : session.outlet();
              return outlet == null
                  ? CompletableFuture.completedFuture(offline(clientId, found))
                  : outlet
                      .facts()
                      .thenApply(
                          facts ->
                              facts
                                  .map(now -> online(now, found.waiting()))
                                  .or(() -> offline(clientId, found))); // it ended meanwhile
            });
  }

  private static ClientState online(ConnectionFacts facts, ClientState.Waiting waiting) {
    return new ClientState(
        facts.clientId(), true, facts.persistent(), facts.expirySeconds(), waiting, facts, null);
  }

  private Optional<ClientState> offline(String clientId, SessionRequests.Found found) {
    Past past = gone.getIfPresent(clientId);
    Session session = found.session();
    boolean persistent = session != null && session.isPersistent();
    if (past == null) {
      return persistent
          ? Optional.of(
              new ClientState(
                  clientId, false, true, found.expirySeconds(), found.waiting(), null, null))
          : Optional.empty();
    }
    return Optional.of(
        new ClientState(
            clientId,
            false,
            past.connection.persistent(),
            persistent ? found.expirySeconds() : past.connection.expirySeconds(),
            found.waiting(),
            past.connection,
            past.departure));
  }

  /** What the client has subscribed to, in the order of the filters; empty without a session. */
  public CompletableFuture<Optional<List<Sessions.Wanted>>> subscriptions(String clientId) {
    return find(clientId)
        .thenCompose(
            found -> {
              Session session = found.session();
              if (session == null) {
                return CompletableFuture.completedFuture(Optional.empty());
              }
              // Neither an owner nor an event loop sorts thousands of filters.
              return of(session).thenApplyAsync(all -> Optional.of(sorted(all)));
            });
  }

  private CompletableFuture<List<Sessions.Wanted>> of(Session session) {
    if (session.isPersistent()) {
      return partitions.ask(session.clientId(), new SessionRequests.Wants(session));
    }
    CompletableFuture<List<Sessions.Wanted>> all = new CompletableFuture<>();
    Outlet outlet = session.outlet();
    if (outlet == null) {
      all.complete(List.of());
    } else {
      outlet.execute(() -> all.complete(session.wants()));
    }
    return all;
  }

  private static List<Sessions.Wanted> sorted(List<Sessions.Wanted> all) {
    return all.stream().sorted(Comparator.comparing(want -> want.filter().toString())).toList();
  }

  // ---- doing

  /**
   * Ends a client's connection, and its session if that is wanted too; an MQTT 5 client is told
   * 0x98.
   *
   * @param cleanSession whether its session ends too, with all that it holds; else a persistent one
   *     rests as after a lost connection
   * @param preventWill whether its will is not published, nor one that waits for its delay
   * @return when that is durable, whether there was a connection or a persistent session
   */
  public CompletableFuture<Boolean> end(
      String clientId, boolean cleanSession, boolean preventWill) {
    return end(clientId, cleanSession, preventWill, END_ATTEMPTS_MAX);
  }

  private CompletableFuture<Boolean> end(
      String clientId, boolean cleanSession, boolean preventWill, int attempts) {
    return find(clientId)
        .thenCompose(
            found -> {
              Session session = found.session();
              if (session == null) {
                return CompletableFuture.completedFuture(false);
              }
              Outlet outlet = session.outlet();
              CompletableFuture<Boolean> ended =
                  outlet == null
                      ? partitions.ask(
                          clientId, new SessionRequests.Forget(session, cleanSession, preventWill))
                      : outlet.end(cleanSession, preventWill);
              return ended.thenCompose(
                  done -> // else it came, left or was taken over meanwhile
                  done || attempts == 1
                          ? CompletableFuture.completedFuture(true)
                          : end(clientId, cleanSession, preventWill, attempts - 1)
                              .thenApply(again -> true));
            });
  }

  /**
   * Sends a message to a client that is connected, whatever it has subscribed to; nobody else gets
   * it, no rule sees it, and it waits for nobody.
   *
   * @param message of QoS 1 to be confirmed by the client, else of QoS 0
   * @param confirmWithin how long to wait for that
   */
  public CompletableFuture<DirectMessage.Outcome> send(
      String clientId, Publication message, Duration confirmWithin) {
    DirectMessage direct = new DirectMessage(new Shipment(message));
    boolean confirmed = message.qos() != QoS.AT_MOST_ONCE;
    if (confirmed && confirmations.incrementAndGet() > CONFIRMATIONS_MAX) {
      confirmations.decrementAndGet();
      return CompletableFuture.completedFuture(DirectMessage.Outcome.NO_ROOM);
    }
    return find(clientId)
        .thenCompose(
            found -> {
              Outlet outlet = outletOf(found);
              if (outlet == null) {
                direct.became(DirectMessage.Outcome.NOT_CONNECTED);
              } else {
                outlet.deliver(direct);
              }
              return direct
                  .outcome()
                  .completeOnTimeout(
                      DirectMessage.Outcome.UNCONFIRMED,
                      confirmWithin.toMillis(),
                      TimeUnit.MILLISECONDS);
            })
        .whenComplete(
            (outcome, failure) -> {
              if (confirmed) {
                confirmations.decrementAndGet();
              }
              if (outcome == DirectMessage.Outcome.DELIVERED) {
                counters.directDelivered.increment();
              } else {
                counters.directFailed.increment();
              }
            });
  }

  private static @Nullable Outlet outletOf(SessionRequests.Found found) {
    Session session = found.session();
    return session == null ? null : session.outlet();
  }
}
