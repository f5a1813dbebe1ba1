package io.sluice.credentials;

import io.sluice.identity.Bearer;

/** What came of somebody's attempt to prove who he is. */
public sealed interface Proof {

  /**
   * He is who he says.
   *
   * @param how for the operator: {@code user 'ann'}
   * @param endsMillis until when it holds, of the wall clock; {@link Long#MAX_VALUE} without end
   */
  record Proven(Bearer bearer, String how, long endsMillis) implements Proof {}

  /**
   * It is not proved.
   *
   * @param word one of a few fixed words, for counters
   * @param sentence for the operator, without secrets
   */
  record Failed(Cause cause, String word, String sentence) implements Proof {}

  /** Why it is not proved: decides what the client is told. */
  enum Cause {
    /** What was shown is wrong. */
    WRONG,
    /** Too many wait already. */
    BUSY,
    /** Who has to be asked does not answer. */
    UNAVAILABLE
  }
}
