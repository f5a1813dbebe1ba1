package io.sluice.shadow;

import io.sluice.message.Origin;
import io.sluice.store.Turn;

/** Tells the world what became of a shadow. */
@FunctionalInterface
public interface ShadowPublisher {

  /**
   * Publishes as part of a turn: together with the state it speaks of, or not at all. Called on the
   * owner of the shadow's partition, during its turn; must not wait and must not throw.
   *
   * @param topic a valid topic name
   * @param payload JSON; the publisher's from now on, nobody changes it
   * @param cause who asked: the publication itself is the gateway's, but it has as many hops behind
   *     it as its cause, or a rule that republishes to the shadow it listens to would go round for
   *     ever
   */
  void publish(Turn turn, String topic, byte[] payload, Origin cause);
}
