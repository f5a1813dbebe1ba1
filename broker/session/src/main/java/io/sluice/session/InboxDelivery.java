package io.sluice.session;

import io.sluice.message.QoS;
import java.util.List;

/**
 * One publication for the persistent sessions of one partition that listen to it.
 *
 * @param encoded the publication as it stands in the ingress log; the inbox keeps the same bytes
 */
public record InboxDelivery(Shipment shipment, byte[] encoded, List<Reader> readers) {

  /**
   * One session that gets it.
   *
   * @param qos the lower of the publication's and the subscription's; 0 only where the operator
   *     lets such messages wait
   * @param share the group it was chosen in, empty when it subscribed alone
   */
  public record Reader(
      Session session, QoS qos, boolean retain, int[] subscriptionIds, String share) {}
}
