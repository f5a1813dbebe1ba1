package io.sluice.engine;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Executor;
import java.util.function.Function;

/**
 * A world outside that does as it is told, and its workers: calls wait until the test lets them
 * run. It outlives crashes of the gateway, as the world does.
 */
final class FakeCarrier implements Carrier, Executor {
  final Deque<Runnable> waiting = new ArrayDeque<>();

  /** What got through, by url, in its order; also twice. */
  final Map<String, List<String>> got = new HashMap<>();

  /** How many messages each call carried. */
  final List<Integer> calls = new ArrayList<>();

  /** How a try of a url ends. */
  Function<Delivery, Outcome> answers = delivery -> Outcome.DELIVERED;

  Batching batching = Batching.ALONE;
  int freeWorkers = Integer.MAX_VALUE;

  @Override
  public String check(String kind, JsonNode fields) {
    return fields.path("url").asText().contains("forbidden") ? "this url is forbidden" : "";
  }

  @Override
  public Batching batching(String kind, JsonNode fields) {
    return batching;
  }

  @Override
  public String group(String kind, JsonNode filled) {
    return filled.path("url").asText();
  }

  @Override
  public List<Outcome> carry(List<Delivery> deliveries) {
    calls.add(deliveries.size());
    List<Outcome> outcomes = new ArrayList<>();
    Outcome first = answers.apply(deliveries.get(0));
    for (Delivery delivery : deliveries) {
      boolean same = batching.isWhole() || outcomes.isEmpty();
      Outcome outcome = same ? first : answers.apply(delivery);
      if (outcome instanceof Outcome.Delivered) {
        got.computeIfAbsent(delivery.fields().path("url").asText(), url -> new ArrayList<>())
            .add(new String(delivery.body(), StandardCharsets.UTF_8));
      }
      outcomes.add(outcome);
    }
    return outcomes;
  }

  @Override
  public void execute(Runnable call) {
    if (waiting.size() >= freeWorkers) {
      throw new java.util.concurrent.RejectedExecutionException("all workers are busy");
    }
    waiting.add(call);
  }

  List<String> at(String url) {
    return got.getOrDefault(url, List.of());
  }

  /** One call, any of those that wait. */
  boolean step(Random random) {
    if (waiting.isEmpty()) {
      return false;
    }
    for (int skip = random.nextInt(waiting.size()); skip > 0; skip--) {
      waiting.add(waiting.remove());
    }
    waiting.remove().run();
    return true;
  }

  RuleBook.Outside with(OutboxSettings settings) {
    return new RuleBook.Outside(this, this, 64, settings);
  }
}
