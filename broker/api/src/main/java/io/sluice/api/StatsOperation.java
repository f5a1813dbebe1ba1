package io.sluice.api;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * {@code GET /sluice/stats}: the counters of all rooms, and {@code GET
 * /sluice/connections/refused}: the clients that were not let in; for the tools of this house.
 */
final class StatsOperation {
  private StatsOperation() {}

  /**
   * @param counters read at every call, on an event loop: it must not block
   * @param refused the same
   */
  static void addTo(
      Operations operations, Supplier<JsonNode> counters, Supplier<JsonNode> refused) {
    operations
        .control()
        .add(
            "GET",
            "/sluice/connections/refused",
            Operation.read(
                Family.IOT,
                "ListRefusedConnections",
                call -> CompletableFuture.completedFuture(Reply.of(refused.get()))));
    operations
        .control()
        .add(
            "GET",
            "/sluice/stats",
            Operation.read(
                Family.IOT,
                "GetStats",
                call -> CompletableFuture.completedFuture(Reply.of(counters.get()))));
  }
}
