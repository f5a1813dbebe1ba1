package io.sluice.session;

import io.sluice.message.Publication;
import io.sluice.message.QoS;
import io.sluice.message.SharedFilter;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A shared subscription: each publication that its filter matches goes to one of its members
 * [MQTT-4.8.2-1]. It exists as long as it has members.
 *
 * <p>Any thread reads; {@link SharedGroups} alone changes the members, under its lock.
 */
public final class SharedGroup implements Subscriber {
  private final SharedFilter name;
  private final AtomicInteger next = new AtomicInteger();
  private volatile Subscription[] members = {};

  SharedGroup(SharedFilter name) {
    this.name = name;
  }

  public SharedFilter name() {
    return name;
  }

  /**
   * Whether a publication must be kept for the group on disk: it asks for an acknowledgement, and
   * somebody among the members outlives its connection.
   */
  public boolean isDurableFor(Publication publication) {
    if (publication.qos() == QoS.AT_MOST_ONCE) {
      return false;
    }
    for (Subscription member : members) {
      if (keeps(member, publication.stampMicros())) {
        return true;
      }
    }
    return false;
  }

  private static boolean keeps(Subscription member, long stampMicros) {
    return member.session().isPersistent()
        && member.options().qos() != QoS.AT_MOST_ONCE
        && member.sinceMicros() < stampMicros;
  }

  /**
   * The member whose turn it is: in a circle among those that are online and have room in their
   * window; else among those online; else, when the publication may wait on disk, among those that
   * keep it while offline.
   *
   * @param except a member that had the publication and did not take it; null for none
   * @return null when there is nobody
   */
  public @Nullable Subscription choose(Publication publication, @Nullable Session except) {
    return choose(publication, publication.stampMicros(), except);
  }

  /** As {@link #choose}, for one that a member gave back: who came later may have it, too. */
  public @Nullable Subscription chooseNext(Publication publication) {
    return choose(publication, Long.MAX_VALUE, null);
  }

  private @Nullable Subscription choose(
      Publication publication, long beforeMicros, @Nullable Session except) {
    Subscription[] all = members;
    if (all.length == 0) {
      return null;
    }
    int start = Integer.remainderUnsigned(next.getAndIncrement(), all.length);
    Subscription online = null;
    Subscription offline = null;
    for (int i = 0; i < all.length; i++) {
      int at = start + i;
      Subscription member = all[at < all.length ? at : at - all.length];
      Session session = member.session();
      if (session == except || isTooNew(member, publication, beforeMicros)) {
        continue;
      }
      if (session.outlet() != null) {
        if (session.hasRoom()) {
          return member;
        }
        online = online == null ? member : online;
      } else if (offline == null
          && publication.qos() != QoS.AT_MOST_ONCE
          && keeps(member, beforeMicros)) {
        offline = member;
      }
    }
    return online != null ? online : offline;
  }

  /** A persistent member gets nothing past its inbox, and that begins with its SUBSCRIBE. */
  private static boolean isTooNew(Subscription member, Publication publication, long beforeMicros) {
    return publication.qos() != QoS.AT_MOST_ONCE
        && member.options().qos() != QoS.AT_MOST_ONCE
        && member.session().isPersistent()
        && !keeps(member, beforeMicros);
  }

  /** Whether a member other than this one is online. */
  boolean hasOnlineBeside(Session session) {
    for (Subscription member : members) {
      if (member.session() != session && member.session().outlet() != null) {
        return true;
      }
    }
    return false;
  }

  /** The persistent member with this client identifier, or null. */
  public @Nullable Subscription persistentMember(String clientId) {
    for (Subscription member : members) {
      Session session = member.session();
      if (session.isPersistent() && session.clientId().equals(clientId)) {
        return member;
      }
    }
    return null;
  }

  /** Who shares, at this moment; do not change the array. */
  Subscription[] members() {
    return members;
  }

  /** Adds a member, or replaces the one equal to it. */
  void add(Subscription member) {
    Subscription[] before = members;
    for (int i = 0; i < before.length; i++) {
      if (before[i].equals(member)) {
        Subscription[] changed = before.clone();
        changed[i] = member;
        members = changed;
        return;
      }
    }
    Subscription[] more = Arrays.copyOf(before, before.length + 1);
    more[before.length] = member;
    members = more;
  }

  /** Removes a member; answers whether nobody is left. */
  boolean remove(Subscription member) {
    Subscription[] before = members;
    for (int i = 0; i < before.length; i++) {
      if (before[i].equals(member)) {
        Subscription[] fewer = new Subscription[before.length - 1];
        System.arraycopy(before, 0, fewer, 0, i);
        System.arraycopy(before, i + 1, fewer, i, fewer.length - i);
        members = fewer;
        break;
      }
    }
    return members.length == 0;
  }

  @Override
  public String toString() {
    return name.toString();
  }
}
