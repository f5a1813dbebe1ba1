package io.sluice.dispatch;

import io.sluice.engine.RuleBook;
import io.sluice.message.Origin;
import io.sluice.message.Publication;
import io.sluice.message.PublicationCodec;
import io.sluice.message.PublishProperties;
import io.sluice.message.QoS;
import io.sluice.message.Stamps;
import io.sluice.message.TopicName;
import io.sluice.session.Outlet;
import io.sluice.session.Session;
import io.sluice.session.Sessions;
import io.sluice.session.Shipment;
import io.sluice.shadow.ShadowPublisher;
import io.sluice.shadow.ShadowTopics;
import io.sluice.store.Log;
import io.sluice.store.Partitions;
import java.util.concurrent.CompletableFuture;
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

  /** The log that every durable publication passes through. */
  public static final String INGRESS = "ingress";

  private static final String BASIC_INGEST = "$aws/rules/";

  private final Partitions partitions;
  private final Sessions sessions;
  private final RuleBook rules;
  private final Log ingress;
  private final DispatchCounters counters;
  private final ThreadLocal<Matches> buffers = ThreadLocal.withInitial(Matches::new);

  public PublishPath(
      Partitions partitions, Sessions sessions, RuleBook rules, DispatchCounters counters) {
    this.partitions = partitions;
    this.sessions = sessions;
    this.rules = rules;
    this.ingress = partitions.store().log(INGRESS);
    this.counters = counters;
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
    TopicName topic = publication.topic();
    counters.published.increment();
    if (topic.isReserved()
        && publication.origin().kind() != Origin.Kind.GATEWAY
        && !isOwned(topic)) {
      counters.droppedReserved.increment();
      return RESERVED;
    }
    if (publication.retain() && topic.isReserved()) {
      sessions.retained().forget(publication.stampMicros()); // reserved topics keep no message
    }
    if (isBasicIngest(
        topic)) { // for its rule and nobody else, so subscribers are not even looked up
      return rules.listens(topic) ? append(publication) : NOBODY;
    }
    Matches matches = buffers.get().find(sessions.subscriptions(), publication, sender);
    boolean waits = deliverOnline(matches, publication);
    int listeners = matches.size();
    matches.clear();
    if (waits || retains(publication) || rules.listens(topic) || ShadowTopics.isRequest(topic)) {
      return append(publication);
    }
    if (listeners == 0) {
      counters.nobody.increment();
      return NOBODY;
    }
    return LANDED;
  }

  /**
   * Delivers to online subscribers what no inbox holds for them; answers whether an inbox must hold
   * it for somebody.
   */
  private boolean deliverOnline(Matches matches, Publication publication) {
    Shipment shipment = null;
    boolean waits = false;
    for (int i = 0; i < matches.size(); i++) {
      Matches.Match match = matches.get(i);
      Session session = match.session();
      if (session.isPersistent() && match.qos != QoS.AT_MOST_ONCE) {
        waits = true;
        continue;
      }
      Outlet outlet = session.outlet();
      if (outlet != null) {
        if (shipment == null) {
          shipment = new Shipment(publication);
        }
        outlet.deliver(shipment, match.qos, match.retain, match.ids);
        counters.delivered.increment();
      }
    }
    return waits;
  }

  /**
   * Delivers a publication that was born in the log (shadow replies, republished messages) to
   * online subscribers.
   */
  void deliverFromLog(Publication publication) {
    Matches matches = buffers.get().find(sessions.subscriptions(), publication, null);
    deliverOnline(matches, publication);
    matches.clear();
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
