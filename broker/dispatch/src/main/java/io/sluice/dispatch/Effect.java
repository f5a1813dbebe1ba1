package io.sluice.dispatch;

import io.sluice.engine.RuleEffect;
import io.sluice.message.Publication;
import io.sluice.session.InboxDelivery;
import io.sluice.session.Shipment;
import io.sluice.shadow.ShadowRequest;

/**
 * What a logged publication does to one partition. Closed: {@link IngressConveyor} applies every
 * kind.
 */
sealed interface Effect {
  /** It waits in the inboxes of persistent sessions. */
  record ToInboxes(InboxDelivery delivery) implements Effect {}

  /**
   * One member of a shared subscription gets it; the group's own partition chooses, once.
   *
   * @param back whether a member had it and gave it back
   */
  record ToGroup(String group, Shipment shipment, byte[] encoded, boolean back) implements Effect {}

  /** It is for the persistent member that the group's partition has chosen. */
  record ToMember(String group, String clientId, Shipment shipment, byte[] encoded)
      implements Effect {}

  /** It becomes its topic's retained message, or clears it. */
  record Retain(Publication publication, byte[] encoded) implements Effect {}

  /** It asks for a thing's shadow, changes it, or deletes it. */
  record ToShadow(ShadowRequest request) implements Effect {}

  /** A rule selected it, and this is what one of its actions does. */
  record ByRule(RuleEffect effect) implements Effect {}
}
