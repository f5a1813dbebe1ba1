package io.sluice.session;

import io.sluice.message.Publication;
import io.sluice.store.Turn;

/** The way from a session's turn into the ingress log, which dispatch owns. */
@FunctionalInterface
public interface Ingress {
  /**
   * Appends a publication to the ingress log in the turn's own record; from there it goes the way
   * of every publication. Owner thread; never blocks.
   */
  void append(Turn turn, Publication publication);
}
