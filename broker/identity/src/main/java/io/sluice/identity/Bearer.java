package io.sluice.identity;

import org.jspecify.annotations.Nullable;

/**
 * Somebody who proved without a certificate who he is: by a password, a token, a signature. What he
 * may do can change while he is connected, so it is asked for again whenever {@link #version} has
 * moved. Any thread; answers from memory, at once.
 */
public interface Bearer {

  /** How origins, events and denials name him; never a certificate id. */
  String principal();

  /** Moves with every change of {@link #grant}; read it before that. */
  int version();

  /** What he may do now; null when he may be connected no longer. */
  @Nullable Grant grant();
}
