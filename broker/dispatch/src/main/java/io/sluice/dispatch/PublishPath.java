package io.sluice.dispatch;

import io.sluice.engine.RuleBook;
import io.sluice.message.Origin;
import io.sluice.message.Publication;
import io.sluice.message.PublicationCodec;
import io.sluice.message.PublishProperties;
import io.sluice.message.QoS;
import io.sluice.message.Stamps;
import io.sluice.message.TopicName;
import io.sluice.session.InboxPolicy;
import io.sluice.session.Ingress;
import io.sluice.session.Outlet;
import io.sluice.session.Session;
import io.sluice.session.Sessions;
import io.sluice.session.SharedGroup;
import io.sluice.session.Shipment;
import io.sluice.shadow.ShadowPublisher;
import io.sluice.shadow.ShadowTopics;
import io.sluice.store.Log;
import io.sluice.store.Partitions;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The way of one publish, from the publisher's side. Two lanes:
 *
 * <ul>
 *   <li>transient: nothing durable listens. Online subscribers get it now, and it has landed.
 *   <li>durable: a rule, the RETAIN flag, a shadow topic or a persistent session listens. Online
 *       subscribers that are not persistent get it now; the publication goes to the ingress log,
 *       and it has landed when that is on disk. {@link IngressConveyor} carries it on from there.
 * </ul>
 *
 * <p>Threads: any; an event loop calls it for its own connections. Never blocks.
 */
public final class PublishPath {
  /** Landed already: compare by identity to spare a callback. */
  public static final CompletableFuture<Landing> LANDED =
      CompletableFuture.completedFuture(Landing.LANDED);

  /** Landed already with nobody. */
  public static final CompletableFuture<Landing> NOBODY =
      CompletableFuture.completedFuture(Landing.NOBODY);

  /** Dropped: the topic is reserved. */
  public static final CompletableFuture<Landing> RESERVED =
      CompletableFuture.completedFuture(Landing.RESERVED);

  /** Refused: an inbox is full, see {@link Landing#FULL}. */
  public static final CompletableFuture<Landing> FULL =
      CompletableFuture.completedFuture(Landing.FULL);

  /** The log that every durable publication passes through. */
  public static final String INGRESS = "ingress";

  private static final String BASIC_INGEST = "$aws/rules/";

  private final Partitions partitions;
  private final Sessions sessions;
  private final RuleBook rules;
  private final Log ingress;
  private final DispatchCounters counters;
  private final SharedDelivery shared;
  private final ThreadLocal<Matches> buffers = ThreadLocal.withInitial(Matches::new);
  private volatile @Nullable PrivateReplies privateReplies;

  public PublishPath(
      Partitions partitions, Sessions sessions, RuleBook rules, DispatchCounters counters) {
    this.partitions = partitions;
    this.sessions = sessions;
    this.rules = rules;
    this.ingress = partitions.store().log(INGRESS);
    this.counters = counters;
    this.shared = new SharedDelivery(counters);
  }

  /** How sessions put wills and publications of QoS 2 into the ingress log. */
  public static Ingress ingress(Partitions partitions) {
    return (turn, publication) ->
        turn.append(
            INGRESS,
            partitionOf(partitions, publication.topic()),
            PublicationCodec.encode(publication));
  }

  /** Whether publishers of durable messages should pause before they are refused. Any thread. */
  public boolean isCongested() {
    return ingress.isCongested();
  }

  public DispatchCounters counters() {
    return counters;
  }

  /**
   * Publishes.
   *
   * @param sender the publisher's session, null when it has none (HTTP, the gateway)
   * @return when and how it has landed; one of the constants above when that is now. Fails with
   *     {@link io.sluice.store.Overloaded} or {@link io.sluice.store.StoreFailed}: then the
   *     publisher must not be told that it landed. Completes on the store's thread.
   */
  public CompletableFuture<Landing> publish(Publication publication, @Nullable Session sender) {
    return publish(publication, sender, null, 0);
  }

  /**
   * Publishes, with QoS 2, what the client of a persistent session sent: exactly once, whatever
   * crashes and however often the client sends it. When something listens, its packet identifier is
   * kept until {@link Sessions#release}.
   *
   * @param connection the client's connection; another one may have taken the session over
   */
  public CompletableFuture<Landing> publishOnce(
      Publication publication, Session sender, Outlet connection, int packetId) {
    return publish(publication, sender, connection, packetId);
  }

  /**
   * Publishes what the gateway itself has to say, if anybody listens; else it is not even made.
   * That it is lost when the log refuses it is counted, and nobody is told.
   */
  public void announce(TopicName topic, Supplier<Publication> making) {
    boolean[] heard = {rules.listens(topic)};
    if (!heard[0]) {
      sessions.subscriptions().match(topic, subscriber -> heard[0] = true);
    }
    if (heard[0]) {
      publish(making.get(), null);
    }
  }

  private CompletableFuture<Landing> publish(
      Publication publication,
      @Nullable Session sender,
      @Nullable Outlet connection,
      int packetId) {
    TopicName topic = publication.topic();
    counters.published.increment();
    PrivateReplies replies = topic.isReserved() ? privateReplies : null;
    if (replies != null && replies.answers(topic)) {
      return answerPrivately(replies, publication, sender);
    }
    if (topic.isReserved()
        && publication.origin().kind() != Origin.Kind.GATEWAY
        && !isOwned(topic)) {
      counters.droppedReserved.increment();
      return RESERVED;
    }
    if (rules.refuses(topic)) {
      counters.refusedFull.increment();
      sessions.retained().forget(publication.stampMicros());
      return FULL;
    }
    if (publication.retain() && topic.isReserved()) {
      sessions.retained().forget(publication.stampMicros()); // reserved topics keep no message
    }
    if (isBasicIngest(
        topic)) { // for its rule and nobody else, so subscribers are not even looked up
      return rules.listens(topic) ? append(publication, sender, connection, packetId) : NOBODY;
    }
    Matches matches = buffers.get().find(sessions.subscriptions(), publication);
    try {
      return publish(publication, matches, sender, connection, packetId);
    } finally {
      matches.clear();
    }
  }

  private CompletableFuture<Landing> publish(
      Publication publication,
      Matches matches,
      @Nullable Session sender,
      @Nullable Outlet connection,
      int packetId) {
    TopicName topic = publication.topic();
    boolean waits = false;
    int online = matches.size() + matches.groups().size();
    for (int i = 0; i < matches.size(); i++) {
      Matches.Match match = matches.get(i);
      if (waitsInInbox(match.session(), match.qos)) {
        if (match.session().isFull() && sessions.limits().inboxPolicy() == InboxPolicy.REJECT) {
          counters.refusedFull.increment();
          sessions.retained().forget(publication.stampMicros());
          return FULL;
        }
        waits = true;
        online--;
      }
    }
    for (int i = 0; i < matches.groups().size(); i++) {
      if (matches.groups().get(i).isDurableFor(publication)) {
        waits = true;
        online--;
      }
    }
    boolean durable =
        waits || retains(publication) || rules.listens(topic) || ShadowTopics.isRequest(topic);
    if (durable || connection != null && online > 0) {
      if (online > 0 && !isDeliveredFromLog(publication)) {
        deliverOnline(matches, publication, sender);
      }
      return append(publication, sender, connection, packetId);
    }
    if (online == 0) {
      counters.nobody.increment();
      return NOBODY;
    }
    return deliverOnline(matches, publication, sender) ? LANDED : NOBODY;
  }

  /** Names who answers on some reserved topics. */
  public void answerPrivately(PrivateReplies replies) {
    this.privateReplies = replies;
  }

  private CompletableFuture<Landing> answerPrivately(
      PrivateReplies replies, Publication request, @Nullable Session sender) {
    if (request.retain()) {
      sessions.retained().forget(request.stampMicros()); // reserved topics keep no message
    }
    return replies
        .answer(request)
        .handle(
            (reply, failure) -> {
              if (reply != null && sender != null) {
                deliverTo(sender, reply);
              }
              return Landing.LANDED;
            });
  }

  /** To one session, if it has subscribed and is online; past its inbox. */
  private void deliverTo(Session session, Publication publication) {
    Matches matches = buffers.get().find(sessions.subscriptions(), publication);
    for (int i = 0; i < matches.size(); i++) {
      Matches.Match match = matches.get(i);
      Outlet outlet = match.session() == session ? session.outlet() : null;
      if (outlet != null) {
        outlet.deliver(new Shipment(publication), match.qos, match.retain, match.ids);
        counters.delivered.increment();
      }
    }
    matches.clear();
  }

  /**
   * Whether a session gets the publication through its inbox: what asks for an acknowledgement
   * always; QoS 0 only while it is offline, where the operator wants that.
   */
  boolean waitsInInbox(Session session, QoS qos) {
    return session.isPersistent()
        && (qos != QoS.AT_MOST_ONCE || sessions.limits().inboxQos0() && session.outlet() == null);
  }

  /**
   * Whether {@link IngressConveyor} delivers it to online subscribers too, since nobody's event
   * loop does: what is born in the log, wills, and QoS 2, whose publication and packet identifier
   * are one record there, so that a repetition delivers nothing.
   */
  static boolean isDeliveredFromLog(Publication publication) {
    Origin.Kind kind = publication.origin().kind();
    return kind == Origin.Kind.GATEWAY
        || kind == Origin.Kind.WILL
        || publication.qos() == QoS.EXACTLY_ONCE;
  }

  /**
   * Delivers to online subscribers what no inbox and no group holds for them; answers whether there
   * was one.
   */
  private boolean deliverOnline(
      Matches matches, Publication publication, @Nullable Session sender) {
    Shipment shipment = null;
    boolean lagging = false;
    boolean delivered = false;
    for (int i = 0; i < matches.size(); i++) {
      Matches.Match match = matches.get(i);
      Session session = match.session();
      if (session.isPersistent() && match.qos != QoS.AT_MOST_ONCE) {
        continue;
      }
      Outlet outlet = session.outlet();
      if (outlet != null) {
        if (shipment == null) {
          shipment = new Shipment(publication);
        }
        outlet.deliver(shipment, match.qos, match.retain, match.ids);
        lagging |= outlet.isLagging();
        counters.delivered.increment();
        delivered = true;
      }
    }
    for (int i = 0; i < matches.groups().size(); i++) {
      SharedGroup group = matches.groups().get(i);
      if (!group.isDurableFor(publication)) {
        shipment = shipment == null ? new Shipment(publication) : shipment;
        delivered |= shared.deliver(group, shipment);
      }
    }
    Outlet connection = lagging && sender != null ? sender.outlet() : null;
    if (connection != null) {
      connection.slowDown();
    }
    return delivered;
  }

  /**
   * Delivers a publication that was born in the log (shadow replies, republished messages) to
   * online subscribers.
   */
  void deliverFromLog(Publication publication) {
    Matches matches = buffers.get().find(sessions.subscriptions(), publication);
    deliverOnline(matches, publication, null);
    matches.clear();
  }

  private CompletableFuture<Landing> append(
      Publication publication,
      @Nullable Session sender,
      @Nullable Outlet connection,
      int packetId) {
    if (sender == null || connection == null) {
      return append(publication);
    }
    counters.durable.increment();
    return sessions
        .take(sender, connection, packetId, publication)
        .handle(
            (isNew, failure) -> {
              if (failure != null || !isNew) {
                sessions.retained().forget(publication.stampMicros());
              }
              if (failure != null) {
                counters.refused.increment();
                throw failure instanceof CompletionException wrapped
                    ? wrapped
                    : new CompletionException(failure);
              }
              return Landing.LANDED;
            });
  }

  private CompletableFuture<Landing> append(Publication publication) {
    counters.durable.increment();
    CompletableFuture<Landing> landed = new CompletableFuture<>();
    ingress
        .append(partitionOf(partitions, publication.topic()), PublicationCodec.encode(publication))
        .whenComplete(
            (offset, failure) -> {
              if (failure == null) {
                landed.complete(Landing.LANDED);
              } else {
                counters.refused.increment();
                if (publication.retain()) {
                  sessions.retained().forget(publication.stampMicros());
                }
                landed.completeExceptionally(failure);
              }
            });
    return landed;
  }

  /**
   * How the shadow service speaks: its replies enter the ingress log in the same record as the
   * state they tell of, and are delivered from there.
   */
  public ShadowPublisher shadowPublisher(Stamps stamps) {
    return (turn, topic, payload, cause) -> {
      TopicName name = TopicName.of(topic);
      Origin origin = new Origin(null, null, null, Origin.Kind.GATEWAY, cause.hops());
      Publication reply =
          new Publication(
              name,
              payload,
              QoS.AT_LEAST_ONCE,
              false,
              PublishProperties.NONE,
              origin,
              stamps.next());
      turn.append(INGRESS, partitionOf(partitions, name), PublicationCodec.encode(reply));
    };
  }

  /**
   * The ingress partition of a topic. All messages of a topic share one, so their order is kept and
   * the last retained one wins; all shadow topics of a thing share one too, so its updates are
   * applied in their order.
   */
  public static int partitionOf(Partitions partitions, TopicName topic) {
    if (topic.levels() > 3 && topic.level(0).equals("$aws") && topic.level(1).equals("things")) {
      return partitions.of(topic.level(2));
    }
    return partitions.of(topic.toString());
  }

  private static boolean isOwned(TopicName topic) {
    return ShadowTopics.isRequest(topic) || isBasicIngest(topic);
  }

  /** Whether it names a rule directly. Source: AWS IoT Developer Guide, "Basic Ingest". */
  static boolean isBasicIngest(TopicName topic) {
    return topic.isReserved() && topic.toString().startsWith(BASIC_INGEST);
  }

  /** Whether it becomes its topic's retained message; a reserved topic keeps none. */
  static boolean retains(Publication publication) {
    return publication.retain() && !publication.topic().isReserved();
  }
}
