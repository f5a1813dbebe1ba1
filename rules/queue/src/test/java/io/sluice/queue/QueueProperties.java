package io.sluice.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** The laws of a queue under random schedules, with crashes; jqwik prints the failing seed. */
class QueueProperties {
  private static final int STEPS = 120;

  /** A message as a simple reader of the rules sees it. */
  private static final class Seen {
    long visibleAt;
    int receives;
    boolean delayed;
    String handle = "";
  }

  /** Without crashes every answer and every counter is that of a simple model. */
  @Property(tries = 150)
  void aStandardQueueBehavesLikeASimpleModel(@ForAll long seed) {
    Random random = new Random(seed);
    QueueHouse house = new QueueHouse().create("q");
    Map<String, Seen> model = new TreeMap<>();
    for (int step = 0; step < STEPS; step++) {
      long now = house.partitions.now();
      List<Seen> held = model.values().stream().filter(m -> m.receives > 0).toList();
      switch (random.nextInt(7)) {
        case 0, 1 -> {
          int delay = random.nextInt(4) == 0 ? random.nextInt(20) : 0;
          Seen seen = new Seen();
          seen.visibleAt = now + delay * 1000L;
          seen.delayed = delay > 0;
          model.put(house.send("q", SendMessage.of("m").withDelaySeconds(delay)).messageId(), seen);
        }
        case 2, 3 -> {
          int max = 1 + random.nextInt(10);
          int visibility = random.nextInt(30);
          List<ReceivedMessage> received =
              house.get(
                  house.queues.receive(
                      "q", ReceiveMessage.now(max).withVisibilityTimeout(visibility)));
          long receivable = model.values().stream().filter(m -> m.visibleAt <= now).count();
          if (visibility > 0) { // else one message may come twice in a row, never in one answer
            assertThat(received).hasSize((int) Math.min(max, receivable));
          }
          for (ReceivedMessage message : received) {
            Seen seen = model.get(message.messageId());
            assertThat(seen).as("not deleted").isNotNull();
            assertThat(seen.visibleAt).as("visible").isLessThanOrEqualTo(now);
            seen.receives++;
            seen.delayed = false;
            seen.visibleAt = now + Math.max(1, visibility * 1000L);
            seen.handle = message.receiptHandle();
            assertThat(message.attributes())
                .containsEntry("ApproximateReceiveCount", Integer.toString(seen.receives));
          }
        }
        case 4 -> {
          if (!held.isEmpty()) {
            Seen seen = held.get(random.nextInt(held.size()));
            house.get(house.queues.deleteMessage("q", seen.handle));
            model.values().remove(seen);
          }
        }
        case 5 -> {
          if (!held.isEmpty()) {
            Seen seen = held.get(random.nextInt(held.size()));
            int seconds = random.nextInt(20);
            house.get(
                house.queues.changeVisibility("q", new ChangeVisibility(seen.handle, seconds)));
            seen.visibleAt = now + seconds * 1000L;
          }
        }
        default -> {
          house.advanceSeconds(random.nextInt(12));
          if (random.nextInt(4) == 0) {
            house.restart();
          }
        }
      }
      long after = house.partitions.now();
      int visible = 0;
      int delayed = 0;
      for (Seen seen : model.values()) {
        if (seen.visibleAt <= after) {
          visible++;
        } else if (seen.delayed) {
          delayed++;
        }
      }
      assertThat(house.counts("q"))
          .containsExactly(visible, model.size() - visible - delayed, delayed);
    }
  }

  /**
   * A disk that syncs late and crashes: what was acknowledged is neither lost nor, while it is
   * invisible, handed out again; what was deleted stays away.
   */
  @Property(tries = 200)
  void acknowledgedMeansLanded(@ForAll long seed) {
    Random random = new Random(seed);
    QueueHouse house = new QueueHouse().create("q");
    Set<String> acknowledged = new HashSet<>();
    Set<String> deleteAsked = new HashSet<>();
    Set<String> deleted = new HashSet<>();
    Map<String, Long> invisibleUntil = new HashMap<>();
    List<ReceivedMessage> held = new ArrayList<>();
    List<String> broken = new ArrayList<>(); // what a callback throws is lost in its future
    house.store.manualSync();
    for (int step = 0; step < STEPS; step++) {
      long now = house.partitions.now();

      switch (random.nextInt(8)) {
        case 0, 1 ->
            house
                .queues
                .send("q", SendMessage.of("m").withDelaySeconds(random.nextInt(3)))
                .thenAccept(sent -> acknowledged.add(sent.messageId()));
        case 2, 3 -> {
          int visibility = 5 + random.nextInt(20);
          CompletableFuture<List<ReceivedMessage>> reply =
              house.queues.receive(
                  "q",
                  new ReceiveMessage(1 + random.nextInt(10), visibility, random.nextInt(3), null));
          reply.thenAccept(
              received -> {
                for (ReceivedMessage message : received) {
                  String id = message.messageId();
                  if (deleted.contains(id)) {
                    broken.add(id + " was deleted");
                  }
                  if (invisibleUntil.getOrDefault(id, 0L) > house.partitions.now()) {
                    broken.add(id + " is invisible");
                  }
                  invisibleUntil.put(id, now + Math.max(1, visibility * 1000L));
                  held.removeIf(old -> old.messageId().equals(id)); // its handle deletes no more
                  held.add(message);
                }
              });
          if (random.nextInt(5) == 0) {
            reply.cancel(false);
          }
        }
        case 4 -> {
          if (!held.isEmpty()) {
            ReceivedMessage message = held.remove(random.nextInt(held.size()));
            // only while it is certainly ours: later its handle may be an old one
            if (invisibleUntil.getOrDefault(message.messageId(), 0L) > now) {
              deleteAsked.add(message.messageId());
              house
                  .queues
                  .deleteMessage("q", message.receiptHandle())
                  .thenAccept(done -> deleted.add(message.messageId()));
            }
          }
        }
        case 5 -> {
          house.partitions.run(); // what was asked now is decided now
          house.advanceSeconds(random.nextInt(10));
        }
        case 6 -> {
          house.partitions.run();
          house.store.sync();
          house.partitions.run();
        }
        default -> {
          if (random.nextInt(3) == 0) {
            house.crash(random);
            house.store.manualSync();
            held.clear();
          }
        }
      }
    }
    house.restart();
    Set<String> found = new HashSet<>();
    house.advanceSeconds(100);
    for (int i = 0; i < STEPS; i++) {
      for (ReceivedMessage message : house.receive("q", 10)) {
        assertThat(found.add(message.messageId())).as("each once").isTrue();
        house.delete("q", message);
      }
    }
    acknowledged.removeAll(deleteAsked);
    assertThat(broken).isEmpty();
    assertThat(found).containsAll(acknowledged);
    assertThat(deleted).doesNotContainAnyElementsOf(found.isEmpty() ? Set.of("none") : found);
    assertThat(house.counts("q")).containsExactly(0, 0, 0);
  }

  /** Whatever consumers do, a message never goes while one before it in its group is not done. */
  @Property(tries = 150)
  void aFifoQueueKeepsTheOrderOfEachGroup(@ForAll long seed) {
    Random random = new Random(seed);
    QueueHouse house =
        new QueueHouse(
                new QueueLimits(120_000, 10, 100, 5 + random.nextInt(30), 10, 60_000, 60_000))
            .create(
                "q.fifo", "FifoQueue", "true", "DelaySeconds", random.nextBoolean() ? "0" : "3");
    Map<String, List<Integer>> alive = new HashMap<>(); // by group, in the order of sending
    List<ReceivedMessage> held = new ArrayList<>();
    Map<String, Long> invisibleUntil = new HashMap<>();
    int sent = 0;
    for (int step = 0; step < STEPS; step++) {
      long now = house.partitions.now();
      switch (random.nextInt(6)) {
        case 0, 1 -> {
          String group = "g" + random.nextInt(4);
          house.sendFifo("q.fifo", group, Integer.toString(sent));
          alive.computeIfAbsent(group, g -> new ArrayList<>()).add(sent++);
        }
        case 2, 3 -> {
          int visibility = 1 + random.nextInt(20);
          List<ReceivedMessage> received =
              house.get(
                  house.queues.receive(
                      "q.fifo",
                      ReceiveMessage.now(1 + random.nextInt(10))
                          .withVisibilityTimeout(visibility)));
          Map<String, List<Integer>> byGroup = new HashMap<>();
          for (ReceivedMessage message : received) {
            assertThat(invisibleUntil.getOrDefault(message.body(), 0L)).isLessThanOrEqualTo(now);
            invisibleUntil.put(message.body(), now + Math.max(1, visibility * 1000L));
            byGroup
                .computeIfAbsent(message.attributes().get("MessageGroupId"), g -> new ArrayList<>())
                .add(Integer.valueOf(message.body()));
          }
          byGroup.forEach(
              (group, bodies) ->
                  assertThat(alive.get(group))
                      .as("from the oldest on")
                      .startsWith(bodies.toArray(new Integer[0])));
          held.addAll(received);
        }
        case 4 -> {
          if (!held.isEmpty()) {
            ReceivedMessage message = held.remove(random.nextInt(held.size()));
            if (invisibleUntil.getOrDefault(message.body(), 0L) > now) {
              if (random.nextInt(4) == 0) {
                house.changeVisibility("q.fifo", message, 0);
                invisibleUntil.put(message.body(), now);
              } else {
                house.delete("q.fifo", message);
                alive
                    .get(message.attributes().get("MessageGroupId"))
                    .remove(Integer.valueOf(message.body()));
              }
            }
          }
        }
        default -> {
          house.advanceSeconds(random.nextInt(8));
          if (random.nextInt(5) == 0) {
            house.restart();
          }
        }
      }
      held.removeIf(m -> invisibleUntil.get(m.body()) <= house.partitions.now());
      assertThat(house.counts("q.fifo").stream().mapToInt(Integer::intValue).sum())
          .isEqualTo(alive.values().stream().mapToInt(List::size).sum());
    }
    house.advanceSeconds(100);
    for (int i = 0; i < STEPS; i++) {
      for (ReceivedMessage message : house.receive("q.fifo", 10)) {
        assertThat(alive.get(message.attributes().get("MessageGroupId")).remove(0))
            .isEqualTo(Integer.valueOf(message.body()));
        house.delete("q.fifo", message);
      }
    }
    assertThat(alive.values()).allMatch(List::isEmpty);
  }
}
