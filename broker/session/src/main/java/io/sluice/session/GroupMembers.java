package io.sluice.session;

import io.sluice.store.Partitions;
import io.sluice.store.Turn;

/**
 * The persistent members of shared subscriptions in one partition: what waits for one that is
 * offline goes to members that are online. Owner thread only, each method within a turn.
 */
final class GroupMembers {
  private final Partitions partitions;
  private final SubscriptionTree everybody;
  private final Inboxes inboxes;

  GroupMembers(Partitions partitions, SubscriptionTree everybody, Inboxes inboxes) {
    this.partitions = partitions;
    this.everybody = everybody;
    this.inboxes = inboxes;
  }

  /** It is online: what waits for members that are not may come to it. */
  void wake(Session session) {
    for (SubscribedFilter filter : session.filters()) {
      SharedGroup group = filter.share() == null ? null : everybody.group(filter.toString());
      if (group != null) {
        Sessions.wake(partitions, group, session);
      }
    }
  }

  /** It is offline: what waits for it may go to members that are online. */
  void goOffline(Turn turn, Session session) {
    Inbox inbox = session.inbox;
    if (inbox == null || inbox.shared == 0) {
      return;
    }
    for (SubscribedFilter filter : session.filters()) {
      if (filter.share() != null) {
        handOn(turn, new SessionRequests.HandOn(session, filter.toString(), 0));
      }
    }
  }

  /** It is a member no more. */
  void leave(Turn turn, Session session, SubscribedFilter filter) {
    Inbox inbox = session.inbox;
    String group = filter.toString();
    if (inbox != null && filter.share() != null && everybody.group(group) != null) {
      handOn(turn, session, inbox, group, 0);
    }
  }

  /** Hands on what waits for a session that has not ended, if it is offline and others are not. */
  boolean handOn(Turn turn, SessionRequests.HandOn request) {
    Session session = request.session();
    Inbox inbox = session.inbox;
    SharedGroup group = everybody.group(request.group());
    if (inbox == null
        || group == null
        || session.outlet() != null
        || !group.hasOnlineBeside(session)) {
      return false;
    }
    return handOn(turn, session, inbox, request.group(), request.from());
  }

  private boolean handOn(Turn turn, Session session, Inbox inbox, String group, long from) {
    long next = inboxes.handOn(turn, session, inbox, group, from);
    if (next != Long.MAX_VALUE) {
      partitions.apply(turn.partition(), new SessionRequests.HandOn(session, group, next));
    }
    return true;
  }
}
