package io.sluice.dispatch;

import io.sluice.engine.RuleBook;
import io.sluice.message.Publication;
import io.sluice.message.PublicationCodec;
import io.sluice.message.QoS;
import io.sluice.message.TopicName;
import io.sluice.session.InboxDelivery;
import io.sluice.session.LoanRequest;
import io.sluice.session.Outlet;
import io.sluice.session.Session;
import io.sluice.session.Sessions;
import io.sluice.session.SharedGroup;
import io.sluice.session.SharedLog;
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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
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
  private final Conveyor<Effect> sharedConveyor;

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
            partitions,
            "ingress",
            PublishPath.INGRESS,
            this::route,
            this::apply,
            IngressConveyor::rows,
            retainRecords);
    this.sharedConveyor =
        new Conveyor<>(
            partitions, SharedLog.NAME, SharedLog.NAME, this::routeShared, this::apply, 0);
  }

  /** A message that ten thousand sessions wait for must not make a turn of seconds. */
  private static int rows(Effect effect) {
    return effect instanceof Effect.ToInboxes inboxes ? inboxes.delivery().readers().size() : 1;
  }

  /** Whether every publication in the log has had its effects. */
  public boolean isIdle() {
    return conveyor.isIdle() && sharedConveyor.isIdle();
  }

  /**
   * Completes when what was published on a topic before this call has had its effects, or after
   * some time.
   *
   * @param topic null: any topic
   */
  public CompletableFuture<Boolean> carried(@Nullable TopicName topic, long millisMax) {
    if (topic != null) {
      return carried(PublishPath.partitionOf(partitions, topic), millisMax);
    }
    CompletableFuture<Boolean> all = CompletableFuture.completedFuture(true);
    for (int p = 0; p < partitions.count(); p++) {
      all = all.thenCombine(carried(p, millisMax), (others, own) -> others && own);
    }
    return all;
  }

  private CompletableFuture<Boolean> carried(int partition, long millisMax) {
    return conveyor.carried(partition).completeOnTimeout(false, millisMax, TimeUnit.MILLISECONDS);
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
      if (PublishPath.isDeliveredFromLog(publication)) {
        path.deliverFromLog(publication);
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
    long now = partitions.clock().millis() * 1000;
    path.counters().ingressMicros.add(Math.max(0, now - publication.stampMicros()));
  }

  private void routeToInboxes(Publication publication, byte[] encoded, Conveyor.Sink<Effect> sink) {
    if (publication.qos() == QoS.AT_MOST_ONCE && !sessions.limits().inboxQos0()) {
      return;
    }
    Matches matches = new Matches();
    matches.begin(publication);
    sessions
        .subscriptions()
        .match(
            publication.topic(),
            subscriber -> {
              if (!(subscriber instanceof Subscription subscription)
                  || subscription.session().isPersistent()
                      && subscription.sinceMicros() < publication.stampMicros()) {
                matches.accept(subscriber);
              }
            });
    Shipment shipment = new Shipment(publication);
    Map<Integer, List<InboxDelivery.Reader>> byPartition = new TreeMap<>();
    for (int i = 0; i < matches.size(); i++) { // each session once
      Matches.Match match = matches.get(i);
      if (path.waitsInInbox(match.session(), match.qos)) {
        add(
            byPartition,
            new InboxDelivery.Reader(match.session(), match.qos, match.retain, match.ids, ""));
      }
    }
    for (SharedGroup group : matches.groups()) {
      if (group.isDurableFor(publication)) {
        String name = group.name().toString();
        sink.effect(partitions.of(name), new Effect.ToGroup(name, shipment, encoded, false));
      }
    }
    byPartition.forEach(
        (target, readers) ->
            sink.effect(
                target, new Effect.ToInboxes(new InboxDelivery(shipment, encoded, readers))));
  }

  private void add(
      Map<Integer, List<InboxDelivery.Reader>> byPartition, InboxDelivery.Reader reader) {
    byPartition
        .computeIfAbsent(partitions.of(reader.session().clientId()), p -> new ArrayList<>())
        .add(reader);
  }

  /**
   * Chooses the member, in a turn of the group's partition. Not in the route: after a crash a
   * record is routed again, another member may be the next one by then, and two partitions would
   * each have acted once.
   */
  private void choose(Turn turn, Effect.ToGroup effect) {
    Publication publication = effect.shipment().publication();
    SharedGroup group = sessions.group(effect.group());
    Subscription member =
        group == null
            ? null
            : effect.back() ? group.chooseNext(publication) : group.choose(publication, null);
    if (member == null) {
      path.counters().droppedShared.increment();
      return;
    }
    Session session = member.session();
    if (QoS.min(publication.qos(), member.options().qos()) == QoS.AT_MOST_ONCE) {
      Outlet outlet = session.outlet();
      if (outlet != null) {
        boolean retain = SharedDelivery.retain(publication, member);
        outlet.deliver(
            effect.shipment(), QoS.AT_MOST_ONCE, retain, SharedDelivery.identifiers(member));
        path.counters().delivered.increment();
      }
      return;
    }
    session.assigned();
    if (!session.isPersistent()) {
      boolean retain = SharedDelivery.retain(publication, member);
      sessions.lend(
          turn,
          new LoanRequest(effect.group(), member, effect.shipment(), effect.encoded(), retain));
    } else if (partitions.of(session.clientId()) == turn.partition()) {
      deliver(turn, member, effect.group(), effect.shipment(), effect.encoded());
    } else {
      sessions.sendOn(turn, effect.group(), session, effect.encoded());
    }
  }

  /** To the inbox of a member, in a turn of its partition. */
  private void deliver(
      Turn turn, Subscription member, String group, Shipment shipment, byte[] encoded) {
    Publication publication = shipment.publication();
    InboxDelivery.Reader reader =
        new InboxDelivery.Reader(
            member.session(),
            QoS.min(publication.qos(), member.options().qos()),
            SharedDelivery.retain(publication, member),
            SharedDelivery.identifiers(member),
            group);
    sessions.deliver(turn, new InboxDelivery(shipment, encoded, List.of(reader)));
  }

  private void deliver(Turn turn, Effect.ToMember effect) {
    SharedGroup group = sessions.group(effect.group());
    Subscription member = group == null ? null : group.persistentMember(effect.clientId());
    if (member == null) {
      sessions.giveBack(turn, effect.group(), effect.clientId(), effect.encoded());
    } else {
      deliver(turn, member, effect.group(), effect.shipment(), effect.encoded());
    }
  }

  /** On to the member that was chosen, or back to the group, which chooses another. */
  private void routeShared(int source, LogRecord record, Conveyor.Sink<Effect> sink) {
    SharedLog.Entry entry = SharedLog.decode(record.bytes());
    Shipment shipment = new Shipment(PublicationCodec.decode(entry.encoded()));
    String member = entry.member();
    if (member == null) {
      sink.effect(
          partitions.of(entry.group()),
          new Effect.ToGroup(entry.group(), shipment, entry.encoded(), true));
    } else {
      sink.effect(
          partitions.of(member),
          new Effect.ToMember(entry.group(), member, shipment, entry.encoded()));
    }
  }

  private void apply(Turn turn, Effect effect) {
    if (effect instanceof Effect.ToInboxes inboxes) {
      sessions.deliver(turn, inboxes.delivery());
    } else if (effect instanceof Effect.ToGroup group) {
      choose(turn, group);
    } else if (effect instanceof Effect.ToMember member) {
      deliver(turn, member);
    } else if (effect instanceof Effect.Retain retain) {
      sessions.retained().apply(turn, retain.publication(), retain.encoded());
    } else if (effect instanceof Effect.ToShadow shadow) {
      shadows.handle(turn, shadow.request());
    } else if (effect instanceof Effect.ByRule rule) {
      rules.apply(turn, rule.effect());
    }
  }
}
