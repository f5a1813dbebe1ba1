package io.sluice.session;

import io.sluice.store.Keys;
import io.sluice.store.Row;
import io.sluice.store.Table;
import io.sluice.store.Turn;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Makes the memory of one partition's {@link SessionOwner} again from the rows that an earlier life
 * left. Owner thread, within the one turn of the start.
 */
final class SessionLoader {
  private static final int PAGE = 512;

  private final Turn turn;
  private final SessionOwner owner;
  private final SubscriptionTree subscriptions;
  private final Map<Session, SessionRow> rows = new HashMap<>();

  SessionLoader(Turn turn, SessionOwner owner, SubscriptionTree subscriptions) {
    this.turn = turn;
    this.owner = owner;
    this.subscriptions = subscriptions;
  }

  void load() {
    eachRow(SessionTables.SESSIONS, this::session);
    eachRow(SessionTables.RECEIVED, this::received);
    owner.inboxes.load(turn, owner.persistent);
    owner.wills.load(turn);
    owner.loans.load(turn);
    Set<String> hadWills = new HashSet<>(owner.wills.clientsThatWereOnline());
    rows.forEach(
        (session, row) -> {
          settle(session, row);
          if (hadWills.remove(session.clientId())) {
            owner.wills.connectionEnded(turn, session.clientId(), false, row.expirySeconds());
          }
        });
    for (String clientId : hadWills) { // their sessions were not persistent
      owner.wills.connectionEnded(turn, clientId, false, 0);
    }
  }

  private void eachRow(Table table, Consumer<Row> sink) {
    byte[] from = new byte[0];
    byte[] end = Keys.after(new byte[] {(byte) 0xFF});
    List<Row> page;
    do {
      page = turn.range(table, from, end, PAGE);
      for (Row row : page) {
        sink.accept(row);
        from = Keys.of().raw(row.key()).raw(new byte[1]).bytes();
      }
    } while (page.size() == PAGE);
  }

  private void session(Row row) {
    SessionRow state = SessionRow.decode(row.value());
    String clientId = new String(row.key(), StandardCharsets.UTF_8);
    Session session = new Session(clientId, new Inbox(state.inboxFrom()));
    session.expirySeconds = state.expirySeconds();
    owner.persistent.put(clientId, session);
    rows.put(session, state);
    byte[] prefix = Inbox.rowPrefix(clientId);
    for (Row subscription : turn.prefix(SessionTables.SUBSCRIPTIONS, prefix, Integer.MAX_VALUE)) {
      byte[] key = subscription.key();
      String filter =
          new String(key, prefix.length, key.length - prefix.length, StandardCharsets.UTF_8);
      SubscriptionRow stored = SubscriptionRow.decode(subscription.value());
      Sessions.Wanted want = new Sessions.Wanted(SubscribedFilter.of(filter), stored.options());
      session.add(subscriptions, want, stored.sinceMicros(), Integer.MAX_VALUE); // was let in
      if (stored.retainedRun()) {
        session.retainedRuns.add(new Session.RetainedRun(owner.own.retained(want), want, true));
      }
    }
  }

  private void received(Row row) {
    Session session = owner.persistent.get(Keys.textAt(row.key(), 0));
    if (session != null) {
      session.received.add((int) Keys.numberAt(row.key(), Keys.textEnd(row.key(), 0)));
    }
  }

  private void settle(Session session, SessionRow row) {
    Inbox inbox = session.inbox;
    if (inbox == null) {
      return;
    }
    inbox.sentBefore = Math.min(row.sentBefore(), inbox.next);
    if (row.isOnline()) {
      SessionOwner.rest(turn, session, inbox, row.expirySeconds()); // it was, when all ended
    } else if (row.expirySeconds() != Sessions.EXPIRY_NEVER) {
      session.expiryDueMillis = row.expiresAtMillis();
    }
  }
}
