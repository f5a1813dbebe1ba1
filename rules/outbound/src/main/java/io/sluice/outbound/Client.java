package io.sluice.outbound;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.engine.Carrier;
import java.util.ArrayList;
import java.util.List;

/** Reaches one kind of destination; the contract is that of {@link Carrier}. */
interface Client extends AutoCloseable {
  /** Why an action cannot be taken into a rule; empty when it can. */
  default String check(JsonNode fields) {
    return "";
  }

  default Carrier.Batching batching(JsonNode fields) {
    return Carrier.Batching.ALONE;
  }

  default String group(JsonNode filled) {
    return "";
  }

  /** Tries deliveries of one group; each alone unless a client knows better. */
  default List<Carrier.Outcome> carry(List<Carrier.Delivery> deliveries) {
    List<Carrier.Outcome> outcomes = new ArrayList<>(deliveries.size());
    for (Carrier.Delivery delivery : deliveries) {
      outcomes.add(carry(delivery));
    }
    return outcomes;
  }

  /** Tries one. */
  Carrier.Outcome carry(Carrier.Delivery delivery);

  /** All of a call end the same. */
  static List<Carrier.Outcome> all(List<Carrier.Delivery> deliveries, Carrier.Outcome outcome) {
    return deliveries.stream().map(delivery -> outcome).toList();
  }

  @Override
  default void close() {}
}
