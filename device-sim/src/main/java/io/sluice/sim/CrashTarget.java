package io.sluice.sim;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * The broker of a crash campaign: two implementations, a gateway in a process of its own and a fake
 * in the tests. Called on the campaign's thread; may block for as long as an operating system needs
 * to start or end a process.
 */
public interface CrashTarget {
  /**
   * Starts the broker on the data it had.
   *
   * @return completes when it takes MQTT connections at {@link CrashCampaign.Plan#port}; fails when
   *     it ended before, unless {@link #kill} ended it
   */
  CompletableFuture<Void> start();

  /**
   * Ends it at once, without a word, and waits until it is gone (SIGKILL).
   *
   * @throws IllegalStateException when it had ended by itself before: then the campaign has found
   *     something else
   */
  void kill();

  /** What a rule of the broker routes to a durable queue, if it has rules and queues. */
  String QUEUED = "crash/+/t0";

  /**
   * The payloads of all messages on {@link #QUEUED} that a rule routed to a durable queue, taken
   * out of it; called once, in the end. Empty: there is none to look into.
   */
  Optional<List<String>> collect();
}
