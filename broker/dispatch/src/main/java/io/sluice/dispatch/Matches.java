package io.sluice.dispatch;

import io.sluice.message.Publication;
import io.sluice.message.QoS;
import io.sluice.message.TopicTrie;
import io.sluice.session.Session;
import io.sluice.session.SharedGroup;
import io.sluice.session.Subscriber;
import io.sluice.session.Subscription;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The sessions that one publication is for, each once: where several subscriptions of a session
 * match, it gets the highest quality of service among them and all their identifiers [MQTT-3.3.4-2]
 * [MQTT-3.3.4-4]; beside them the groups that share a subscription. Reused from message to message;
 * confined to one thread.
 */
final class Matches implements Consumer<Subscriber> {
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
  private final ArrayList<SharedGroup> groups = new ArrayList<>(0);

  /**
   * The matches of sessions with several subscriptions: ten thousand of them must not cost a search
   * each.
   */
  private IdentityHashMap<Session, Match> several = new IdentityHashMap<>();

  private int size;
  private @Nullable Publication publication;
  private @Nullable String sender; // its client identifier

  /** Finds the sessions again for a new publication. */
  Matches find(TopicTrie<Subscriber> subscriptions, Publication published) {
    begin(published);
    subscriptions.match(published.topic(), this);
    return this;
  }

  /** Begins anew; the caller feeds the subscriptions. */
  void begin(Publication published) {
    forgetSeveral();
    groups.clear();
    size = 0;
    publication = published;
    sender = published.origin().clientId();
  }

  int size() {
    return size;
  }

  /** The shared subscriptions that match; one member of each gets the publication. */
  List<SharedGroup> groups() {
    return groups;
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
    groups.clear();
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
  public void accept(Subscriber subscriber) {
    if (subscriber instanceof Subscription subscription) {
      accept(subscription);
    } else if (subscriber instanceof SharedGroup group) {
      groups.add(group);
    }
  }

  private void accept(Subscription subscription) {
    Publication published = publication;
    if (published == null) {
      return;
    }
    Session session = subscription.session();
    Subscription.Options options = subscription.options();
    if (options.noLocal() && session.clientId().equals(sender)) {
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
