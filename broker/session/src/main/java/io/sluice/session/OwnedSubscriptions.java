package io.sluice.session;

import io.sluice.message.Publication;
import io.sluice.message.PublicationCodec;
import io.sluice.message.QoS;
import io.sluice.store.Keys;
import io.sluice.store.Turn;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The subscriptions of one partition's persistent sessions: their rows, and the retained messages
 * that a new one brings. Owner thread only, each method within a turn.
 */
final class OwnedSubscriptions {
  private static final int RETAINED_STEPS_MAX = 256; // in one go
  private static final int RETAINED_GOES_MAX = 4; // in one turn
  private static final int RETAINED_AHEAD_MAX = 256; // messages in the inbox

  private final SessionLimits limits;
  private final SubscriptionTree everybody;
  private final RetainedMessages retained;
  private final Inboxes inboxes;

  OwnedSubscriptions(
      SessionLimits limits,
      SubscriptionTree everybody,
      RetainedMessages retained,
      Inboxes inboxes) {
    this.limits = limits;
    this.everybody = everybody;
    this.retained = retained;
    this.inboxes = inboxes;
  }

  /** Subscribes a session that has not ended; answers for each filter in order. */
  List<Sessions.Subscribed> subscribe(Turn turn, SessionRequests.Subscribe subscribe) {
    Session session = subscribe.session();
    List<Sessions.Subscribed> results = new ArrayList<>();
    for (Sessions.Wanted want : subscribe.wanted()) {
      boolean isNew = session.subscription(want.filter()) == null;
      Subscription added =
          session.add(everybody, want, subscribe.sinceMicros(), limits.subscriptionsMax());
      if (added == null) {
        results.add(Sessions.Subscribed.REFUSED);
        continue;
      }
      if (want.wantsRetained(isNew)) {
        session.retainedRuns.add(new Session.RetainedRun(retained(want), want, false));
      }
      results.add(new Sessions.Subscribed(want.options().qos(), null, want.identifiers()));
    }
    Inbox inbox = session.inbox;
    if (inbox != null) {
      sendRetained(turn, session, inbox); // the client asks for the rest after its SUBACK
    }
    for (int i = 0; i < results.size(); i++) {
      if (results.get(i).granted() != null) {
        write(turn, session, subscribe.wanted().get(i).filter());
      }
    }
    return results;
  }

  /** Removes a subscription and what it has still to bring; answers whether it was there. */
  boolean remove(Turn turn, Session session, SubscribedFilter filter) {
    boolean removed = session.remove(everybody, filter);
    session.retainedRuns.removeIf(run -> run.isFor(filter));
    turn.delete(SessionTables.SUBSCRIPTIONS, key(session, filter));
    return removed;
  }

  /** A walk over the retained messages for a subscription. */
  RetainedCursor retained(Sessions.Wanted want) {
    return retained.cursor(want.filter().topics());
  }

  /** Writes a subscription as it stands. */
  private static void write(Turn turn, Session session, SubscribedFilter filter) {
    Subscription subscription = session.subscription(filter);
    if (subscription == null) {
      return; // meanwhile gone
    }
    boolean retainedRun = false;
    for (Session.RetainedRun run : session.retainedRuns) {
      if (run.isFor(filter)) {
        run.onDisk = true;
        retainedRun = true;
      }
    }
    turn.put(
        SessionTables.SUBSCRIPTIONS,
        key(session, filter),
        new SubscriptionRow(subscription.options(), subscription.sinceMicros(), retainedRun)
            .encode());
  }

  /**
   * Puts retained messages into the inbox, a few ahead of what the client takes.
   *
   * @return whether to go on in another turn
   */
  boolean sendRetained(Turn turn, Session session, Inbox inbox) {
    for (int goes = 0; inbox.size < RETAINED_AHEAD_MAX; goes++) {
      Session.RetainedRun run = session.retainedRuns.peek();
      if (run == null) {
        return false;
      }
      if (goes == RETAINED_GOES_MAX) {
        return true;
      }
      boolean more =
          run.cursor.advance(
              turn.now(),
              RETAINED_STEPS_MAX,
              publication -> sendRetained(turn, session, run.want, publication));
      if (!more) {
        session.retainedRuns.remove();
        if (run.onDisk) {
          write(turn, session, run.want.filter());
        }
      }
    }
    return false;
  }

  private void sendRetained(
      Turn turn, Session session, Sessions.Wanted want, Publication publication) {
    QoS qos = QoS.min(publication.qos(), want.options().qos());
    InboxDelivery.Reader reader =
        new InboxDelivery.Reader(session, qos, true, want.identifiers(), "");
    byte[] encoded = PublicationCodec.encode(publication);
    inboxes.append(turn, new Shipment(publication), encoded, List.of(reader), false);
  }

  private static byte[] key(Session session, SubscribedFilter filter) {
    return Keys.of()
        .text(session.clientId())
        .raw(filter.toString().getBytes(StandardCharsets.UTF_8))
        .bytes();
  }
}
