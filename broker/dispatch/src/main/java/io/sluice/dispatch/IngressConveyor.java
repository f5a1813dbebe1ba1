package io.sluice.dispatch;

import io.sluice.engine.RuleBook;
import io.sluice.message.Origin;
import io.sluice.message.Publication;
import io.sluice.message.PublicationCodec;
import io.sluice.message.QoS;
import io.sluice.session.InboxDelivery;
import io.sluice.session.Session;
import io.sluice.session.Sessions;
import io.sluice.session.Shipment;
import io.sluice.session.Subscription;
import io.sluice.shadow.ShadowRequest;
import io.sluice.shadow.ShadowService;
import io.sluice.shadow.ShadowTopics;
import io.sluice.store.Conveyor;
import io.sluice.store.LogRecord;
import io.sluice.store.Partitions;
import io.sluice.store.Turn;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way of one publish, from the ingress log on: reads each publication in order, finds who
 * durable listens to it, and lets {@link Conveyor} carry the effects to their partitions, each
 * exactly once whatever crashes.
 */
public final class IngressConveyor {
  private static final Logger LOG = LoggerFactory.getLogger(IngressConveyor.class);

  private final Partitions partitions;
  private final Sessions sessions;
  private final RuleBook rules;
  private final ShadowService shadows;
  private final PublishPath path;
  private final Conveyor<Effect> conveyor;

  /**
   * @param retainRecords how many carried records each partition of the ingress log keeps, for
   *     rules to be replayed over
   */
  public IngressConveyor(
      Partitions partitions,
      Sessions sessions,
      RuleBook rules,
      ShadowService shadows,
      PublishPath path,
      long retainRecords) {
    this.partitions = partitions;
    this.sessions = sessions;
    this.rules = rules;
    this.shadows = shadows;
    this.path = path;
    this.conveyor =
        new Conveyor<>(
            partitions, "ingress", PublishPath.INGRESS, this::route, this::apply, retainRecords);
  }

  /** Whether every publication in the log has had its effects. */
  public boolean isIdle() {
    return conveyor.isIdle();
  }

  /** How many publications of the log wait for their effects. */
  public long backlog() {
    long backlog = 0;
    for (int p = 0; p < partitions.count(); p++) {
      backlog += conveyor.backlog(p);
    }
    return backlog;
  }

  private void route(int source, LogRecord record, Conveyor.Sink<Effect> sink) {
    Publication publication;
    try {
      publication = PublicationCodec.decode(record.bytes());
    } catch (IllegalArgumentException damaged) {
      path.counters().unreadable.increment();
      LOG.error(
          "ingress record {} of partition {} cannot be read and is passed over: {}",
          record.offset(),
          source,
          damaged.getMessage());
      return;
    }
    if (!PublishPath.isBasicIngest(publication.topic())) {
      if (publication.origin().kind() == Origin.Kind.GATEWAY) {
        path.deliverFromLog(publication); // nobody's event loop has done it
      }
      routeToInboxes(publication, record.bytes(), sink);
    }
    if (PublishPath.retains(publication)) {
      sink.effect(source, new Effect.Retain(publication, record.bytes()));
    }
    ShadowRequest request =
        ShadowTopics.request(publication.topic(), publication.payload(), publication.origin());
    if (request != null) {
      sink.effect(
          source, new Effect.ToShadow(request)); // the thing's own partition, see partitionOf
    }
    rules.evaluate(
        publication,
        record.bytes(),
        source,
        record.offset(),
        (target, effect) -> sink.effect(target, new Effect.ByRule(effect)));
  }

  private void routeToInboxes(Publication publication, byte[] encoded, Conveyor.Sink<Effect> sink) {
    if (publication.qos() == QoS.AT_MOST_ONCE) {
      return;
    }
    List<Subscription> waiting = new ArrayList<>();
    sessions
        .subscriptions()
        .match(
            publication.topic(),
            subscription -> {
              if (subscription.session().isPersistent()
                  && subscription.sinceMicros() < publication.stampMicros()) {
                waiting.add(subscription);
              }
            });
    if (waiting.isEmpty()) {
      return;
    }
    Shipment shipment = new Shipment(publication);
    Map<Integer, List<InboxDelivery.Reader>> byPartition = new TreeMap<>();
    for (InboxDelivery.Reader reader : readers(waiting, publication)) {
      byPartition
          .computeIfAbsent(partitions.of(reader.session().clientId()), p -> new ArrayList<>())
          .add(reader);
    }
    byPartition.forEach(
        (target, readers) ->
            sink.effect(
                target, new Effect.ToInboxes(new InboxDelivery(shipment, encoded, readers))));
  }

  /**
   * Each session once, as {@link Matches} does it for online subscribers; those that get it with
   * QoS 0 have got it, if they were online.
   */
  private static List<InboxDelivery.Reader> readers(
      List<Subscription> waiting, Publication publication) {
    Matches matches = new Matches();
    matches.begin(publication, senderOf(publication, waiting));
    waiting.forEach(matches);
    List<InboxDelivery.Reader> readers = new ArrayList<>(matches.size());
    for (int i = 0; i < matches.size(); i++) {
      Matches.Match match = matches.get(i);
      if (match.qos != QoS.AT_MOST_ONCE) {
        readers.add(new InboxDelivery.Reader(match.session(), match.qos, match.retain, match.ids));
      }
    }
    return readers;
  }

  /**
   * The publisher's own session, if it is among those that wait: No Local is about it
   * [MQTT-3.8.3-3].
   */
  private static @Nullable Session senderOf(Publication publication, List<Subscription> waiting) {
    String clientId = publication.origin().clientId();
    for (Subscription subscription : waiting) {
      if (subscription.session().clientId().equals(clientId)) {
        return subscription.session();
      }
    }
    return null;
  }

  private void apply(Turn turn, Effect effect) {
    if (effect instanceof Effect.ToInboxes inboxes) {
      sessions.deliver(turn, inboxes.delivery());
    } else if (effect instanceof Effect.Retain retain) {
      sessions.retained().apply(turn, retain.publication(), retain.encoded());
    } else if (effect instanceof Effect.ToShadow shadow) {
      shadows.handle(turn, shadow.request());
    } else if (effect instanceof Effect.ByRule rule) {
      rules.apply(turn, rule.effect());
    }
  }
}
