package io.sluice.dispatch;

import io.sluice.message.Publication;
import io.sluice.message.QoS;
import io.sluice.message.TopicTrie;
import io.sluice.session.Session;
import io.sluice.session.Subscription;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The sessions that one publication is for, each once: where several subscriptions of a session
 * match, it gets the highest quality of service among them and all their identifiers [MQTT-3.3.4-2]
 * [MQTT-3.3.4-4]. Reused from message to message; confined to one thread.
 */
final class Matches implements Consumer<Subscription> {
  private static final int[] NO_IDS = new int[0];

  /** One session and how it gets the publication. */
  static final class Match {
    @Nullable Session session;
    QoS qos = QoS.AT_MOST_ONCE;
    boolean retain;
    int[] ids = NO_IDS;

    Session session() {
      return Objects.requireNonNull(session, "only filled matches are handed out");
    }
  }

  private static final int KEPT_MAX = 1024;

  private final ArrayList<Match> matches = new ArrayList<>();

  /**
   * The matches of sessions with several subscriptions: ten thousand of them must not cost a search
   * each.
   */
  private IdentityHashMap<Session, Match> several = new IdentityHashMap<>();

  private int size;
  private @Nullable Publication publication;
  private @Nullable Session sender;

  /**
   * Finds the sessions again for a new publication; {@code sender} is the session that published,
   * if one did.
   */
  Matches find(
      TopicTrie<Subscription> subscriptions, Publication published, @Nullable Session from) {
    begin(published, from);
    subscriptions.match(published.topic(), this);
    return this;
  }

  /** Begins anew; the caller feeds the subscriptions. */
  void begin(Publication published, @Nullable Session from) {
    forgetSeveral();
    size = 0;
    publication = published;
    sender = from;
  }

  int size() {
    return size;
  }

  Match get(int index) {
    return matches.get(index);
  }

  /** Lets go of the sessions, so that a thread that falls silent keeps none alive. */
  void clear() {
    for (int i = 0; i < size; i++) {
      matches.get(i).session = null;
    }
    forgetSeveral();
    size = 0;
    publication = null;
    sender = null;
  }

  private void forgetSeveral() {
    if (several.size() > KEPT_MAX) {
      several = new IdentityHashMap<>(); // clearing a map costs its capacity
    } else if (!several.isEmpty()) {
      several.clear();
    }
  }

  @Override
  public void accept(Subscription subscription) {
    Publication published = publication;
    if (published == null) {
      return;
    }
    Session session = subscription.session();
    Subscription.Options options = subscription.options();
    if (options.noLocal() && session == sender) {
      return; // [MQTT-3.8.3-3]
    }
    QoS qos = QoS.min(published.qos(), options.qos()); // [MQTT-3.8.4-8]
    boolean retain =
        options.retainAsPublished() && published.retain(); // [MQTT-3.3.1-12] [MQTT-3.3.1-13]
    boolean one = session.subscriptions() <= 1;
    Match match = one ? null : several.get(session);
    if (match == null) {
      match = next();
      match.session = session;
      match.qos = qos;
      match.retain = retain;
      match.ids = with(NO_IDS, options.identifier());
      if (!one) {
        several.put(session, match);
      }
    } else {
      match.qos = match.qos.compareTo(qos) >= 0 ? match.qos : qos;
      match.retain |= retain;
      match.ids = with(match.ids, options.identifier());
    }
  }

  private Match next() {
    if (size == matches.size()) {
      matches.add(new Match());
    }
    return matches.get(size++);
  }

  private static int[] with(int[] ids, int id) {
    if (id == 0) {
      return ids;
    }
    int[] more = Arrays.copyOf(ids, ids.length + 1);
    more[ids.length] = id;
    return more;
  }
}
