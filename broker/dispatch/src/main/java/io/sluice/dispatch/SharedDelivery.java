package io.sluice.dispatch;

import io.sluice.message.Publication;
import io.sluice.message.QoS;
import io.sluice.session.Loan;
import io.sluice.session.Outlet;
import io.sluice.session.Session;
import io.sluice.session.SharedGroup;
import io.sluice.session.Shipment;
import io.sluice.session.Subscription;
import org.jspecify.annotations.Nullable;

/**
 * Gives a publication to one member of a shared subscription, in memory: for groups whose members
 * all end with their connections, and for QoS 0. A member that goes before it acknowledged gives it
 * back, and the next one gets it. Any thread; never blocks.
 */
final class SharedDelivery {
  private static final int[] NO_IDS = {};

  private final DispatchCounters counters;

  SharedDelivery(DispatchCounters counters) {
    this.counters = counters;
  }

  /** Answers whether a member was there. */
  boolean deliver(SharedGroup group, Shipment shipment) {
    return deliver(group, shipment, null);
  }

  private boolean deliver(SharedGroup group, Shipment shipment, @Nullable Session except) {
    Publication publication = shipment.publication();
    Subscription member = group.choose(publication, except);
    Outlet outlet = member == null ? null : member.session().outlet();
    if (member == null || outlet == null) {
      counters.droppedShared.increment();
      return false;
    }
    QoS qos = QoS.min(publication.qos(), member.options().qos());
    if (qos == QoS.AT_MOST_ONCE) {
      outlet.deliver(shipment, qos, retain(publication, member), identifiers(member));
    } else {
      Session session = member.session();
      session.assigned();
      outlet.lend(
          shipment,
          qos,
          retain(publication, member),
          identifiers(member),
          new InMemory(group, shipment, session));
    }
    counters.delivered.increment();
    return true;
  }

  static boolean retain(Publication publication, Subscription member) {
    return member.options().retainAsPublished() && publication.retain();
  }

  static int[] identifiers(Subscription member) {
    int id = member.options().identifier();
    return id == 0 ? NO_IDS : new int[] {id};
  }

  /** What a member has until it acknowledges; gone with the process, like its session. */
  private final class InMemory implements Loan {
    private final SharedGroup group;
    private final Shipment shipment;
    private final Session member;

    InMemory(SharedGroup group, Shipment shipment, Session member) {
      this.group = group;
      this.shipment = shipment;
      this.member = member;
    }

    @Override
    public void done() {
      member.unassigned();
    }

    @Override
    public void returned() {
      member.unassigned();
      deliver(group, shipment, member);
    }
  }
}
