package io.sluice.engine;

import io.sluice.message.Publication;
import io.sluice.message.PublicationCodec;
import io.sluice.sql.LookupFailed;
import io.sluice.sql.Lookups;
import io.sluice.store.Keys;
import io.sluice.store.Partitions;
import io.sluice.store.Request;
import io.sluice.store.Row;
import io.sluice.store.StoreFailed;
import io.sluice.store.Table;
import io.sluice.store.Turn;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Messages on their way out of the process. Each is a row, written with the other effects of its
 * message; workers carry rows out and report how it went; a row goes with the count of its end, in
 * one write ({@code docs/decisions/0028-durable-outbox.md}). So a crash at any instant repeats at
 * most a call, and the ledger adds up.
 *
 * <p>Every action of every rule has a lane of its own, in one partition: {@link OutboxLane}.
 * Threads: {@link #put} and the lanes on the owner of the lane's partition, calls on workers, the
 * views on any.
 */
final class Outbox {
  static final Table TABLE = new Table("outbox");
  static final Logger LOG = LoggerFactory.getLogger(Outbox.class);
  private static final int LOAD_PAGE_ROWS = 256;
  private static final long LOOK_EVERY_MILLIS = 50;

  final Partitions partitions;
  private final RuleSet rules;
  private final RuleOutcomes outcomes;
  private final Lookups lookups;
  private final RuleBook.Outside outside;
  private final Map<String, OutboxLane> lanes = new ConcurrentHashMap<>();
  private final AtomicLong bytes = new AtomicLong();
  private final AtomicInteger calls = new AtomicInteger();
  private final AtomicInteger refusing = new AtomicInteger(); // lanes
  private volatile long lookedAtMillis;
  volatile boolean open; // once the rules of an earlier life are back

  private record Load() implements Request<Boolean> {}

  /** How the calls of a lane ended. */
  record Ended(
      OutboxLane lane,
      List<OutboxLane.Entry> entries,
      List<Carrier.Outcome> outcomes,
      boolean tried)
      implements Request<Boolean> {}

  Outbox(
      Partitions partitions,
      RuleSet rules,
      RuleOutcomes outcomes,
      Lookups lookups,
      RuleBook.Outside outside) {
    this.partitions = partitions;
    this.rules = rules;
    this.outcomes = outcomes;
    this.lookups = lookups;
    this.outside = outside;
    partitions.register(Load.class, (turn, load) -> load(turn));
    partitions.register(Ended.class, this::ended);
    partitions.onStart(
        () -> {
          for (int p = 0; p < partitions.count(); p++) {
            partitions.apply(p, new Load());
          }
        });
    partitions.onLoaded(
        () -> {
          open = true;
          lanes.values().forEach(OutboxLane::wake);
        });
    partitions.onTick(this::tick);
  }

  // ---- in

  /** Takes a message; within the turn of its other effects. Owner of the lane's partition. */
  void put(Turn turn, OutboxRow row) {
    RuleEffect.Attempt attempt = row.attempt();
    OutboxLane lane = lane(turn.partition(), attempt.rule(), attempt.action());
    byte[] encoded = row.encode(turn.now());
    OutboxLimits limits = limits(lane);
    if (limits.policy() == OutboxSettings.Policy.DROP && !hasRoom(lane, limits, encoded.length)) {
      outcomes.dropped(
          turn,
          attempt,
          "too many messages wait for it (%d, %d bytes)".formatted(lane.messages(), lane.bytes()));
      return;
    }
    lane.put(turn, row, encoded); // under REFUSE what was acknowledged is kept, come what may
    bytes.addAndGet(encoded.length);
    lane.checkRefusing(limits.policy() == OutboxSettings.Policy.REFUSE && isFull(lane, limits));
  }

  private boolean hasRoom(OutboxLane lane, OutboxLimits limits, long more) {
    return lane.messages() < limits.messagesMax()
        && lane.bytes() + more <= limits.bytesMax()
        && bytes.get() + more <= outside.settings().bytesMax();
  }

  private boolean isFull(OutboxLane lane, OutboxLimits limits) {
    return !hasRoom(lane, limits, 0);
  }

  /** The bounds of a lane, from the version of its rule that is in force. */
  OutboxLimits limits(OutboxLane lane) {
    RuleSlot slot = rules.get(lane.rule());
    ActiveRule rule = slot == null ? null : slot.state().active();
    return OutboxLimits.of(rule == null ? null : rule.outbound(lane.action()), outside.settings());
  }

  private OutboxLane lane(int partition, String rule, String action) {
    return lanes.computeIfAbsent(
        rule + "/" + action, key -> new OutboxLane(this, partition, rule, action));
  }

  private boolean load(Turn turn) {
    byte[] from = new byte[0];
    byte[] end = Keys.after(new byte[0]);
    while (true) {
      List<Row> page = turn.range(TABLE, from, end, LOAD_PAGE_ROWS);
      for (Row row : page) {
        String rule = Keys.textAt(row.key(), 0);
        String action = Keys.textAt(row.key(), Keys.textEnd(row.key(), 0));
        OutboxLane lane = lane(turn.partition(), rule, action);
        try {
          OutboxRow.Head head = OutboxRow.head(row.value());
          lane.loaded(OutboxLane.sequence(row.key()), head, row.value().length);
          bytes.addAndGet(row.value().length);
        } catch (IllegalArgumentException damaged) {
          LOG.error(
              "a row of rule '{}', action {} cannot be read and is left alone: {}",
              rule,
              action,
              damaged.getMessage());
        }
      }
      if (page.size() < LOAD_PAGE_ROWS) {
        return true;
      }
      byte[] last = page.get(page.size() - 1).key();
      from = Arrays.copyOf(last, last.length + 1);
    }
  }

  // ---- whether a publish may come in

  /** Whether any lane refuses: asked for every publication, so it is one read. */
  boolean isRefusing() {
    return refusing.get() > 0;
  }

  void refusingChanged(int by) {
    refusing.addAndGet(by);
  }

  /** Whether a lane of the rule refuses. */
  boolean isRefusing(ActiveRule rule) {
    for (CompiledAction action : rule.actions()) {
      if (action instanceof OutboundAction outbound) {
        OutboxLane lane = lanes.get(rule.name() + "/" + outbound.label());
        if (lane != null && lane.isRefusing()) {
          return true;
        }
      }
    }
    return false;
  }

  // ---- out

  private void tick() {
    long now = partitions.clock().millis();
    if (now - lookedAtMillis < LOOK_EVERY_MILLIS && now >= lookedAtMillis || !open) {
      return;
    }
    lookedAtMillis = now;
    for (OutboxLane lane : lanes.values()) {
      lane.tick(now);
    }
  }

  /** Whether workers are scarce: then a lane that has a call under way begins no other. */
  boolean isBusy() {
    return 2 * calls.get() >= outside.workersMax();
  }

  /** Begins a call; answers false when no worker is free. */
  boolean call(OutboxLane lane, List<OutboxLane.Entry> entries) {
    calls.incrementAndGet();
    try {
      outside.workers().execute(() -> carry(lane, entries));
      return true;
    } catch (RejectedExecutionException full) {
      calls.decrementAndGet();
      return false;
    }
  }

  /** On a worker. Throws nothing. */
  private void carry(OutboxLane lane, List<OutboxLane.Entry> entries) {
    List<Carrier.Outcome> ends;
    try {
      ends = outcomes(lane, entries);
    } catch (RuntimeException | StackOverflowError ours) {
      LOG.error("rule '{}': action {} threw", lane.rule(), lane.action(), ours);
      ends =
          same(
              entries,
              new Carrier.Outcome.Retry(
                  "the gateway could not do it (%s); look at its log, and report it"
                      .formatted(ours.getClass().getSimpleName())));
    } finally {
      calls.decrementAndGet();
    }
    partitions
        .apply(lane.partition(), new Ended(lane, entries, ends, true))
        .whenComplete(
            (done, failure) -> {
              if (failure != null && !isOfStore(failure)) { // the rows are as they were
                LOG.error(
                    "rule '{}': action {} lost an answer", lane.rule(), lane.action(), failure);
                lane.putBack(entries);
              }
            });
  }

  private static boolean isOfStore(Throwable failure) {
    return failure instanceof StoreFailed
        || failure instanceof CompletionException && failure.getCause() instanceof StoreFailed;
  }

  private static List<Carrier.Outcome> same(
      List<OutboxLane.Entry> entries, Carrier.Outcome outcome) {
    return entries.stream().map(entry -> outcome).toList();
  }

  private List<Carrier.Outcome> outcomes(OutboxLane lane, List<OutboxLane.Entry> entries) {
    List<Carrier.Outcome> ends = new ArrayList<>(same(entries, Carrier.Outcome.DELIVERED));
    List<Carrier.Delivery> deliveries = new ArrayList<>();
    List<Integer> at = new ArrayList<>();
    for (int i = 0; i < entries.size(); i++) {
      byte[] row = partitions.store().get(TABLE, lane.fullKey(entries.get(i).sequence()));
      if (row == null) {
        continue; // of a turn that was refused: there is nothing to send, and nothing is counted
      }
      try {
        deliveries.add(delivery(OutboxRow.decode(row)));
        at.add(i);
      } catch (LookupFailed later) {
        ends.set(i, new Carrier.Outcome.Retry(String.valueOf(later.getMessage())));
      } catch (IllegalArgumentException damaged) {
        ends.set(i, new Carrier.Outcome.Refused(String.valueOf(damaged.getMessage())));
      }
    }
    List<Carrier.Outcome> carried =
        deliveries.isEmpty() ? List.of() : outside.carrier().carry(deliveries);
    for (int i = 0; i < at.size(); i++) {
      ends.set(at.get(i), carried.get(i));
    }
    return ends;
  }

  private Carrier.Delivery delivery(OutboxRow row) {
    RuleEffect.Attempt attempt = row.attempt();
    Publication publication = PublicationCodec.decode(attempt.publication());
    return new Carrier.Delivery(
        row.id(),
        attempt.rule(),
        attempt.key(),
        SecretMarks.reveal(row.fields(), lookups),
        row.output(),
        row.body(),
        new Carrier.Context(
            publication.topic().toString(),
            publication.stampMicros() / 1000,
            attempt.place().traceId(publication.stampMicros())));
  }

  // ---- the end of a try

  private boolean ended(Turn turn, Ended ended) {
    OutboxLane lane = ended.lane();
    OutboxLimits limits = limits(lane);
    int failed = 0;
    for (int i = 0; i < ended.entries().size(); i++) {
      OutboxLane.Entry entry = ended.entries().get(i);
      byte[] key = lane.key(entry.sequence());
      byte[] row = turn.get(TABLE, key);
      Carrier.Outcome outcome = ended.outcomes().get(i);
      failed += outcome instanceof Carrier.Outcome.Retry ? 1 : 0;
      outcome = row == null ? outcome : again(turn, lane, limits, entry, row, outcome);
      if (outcome == null) {
        continue; // it stays
      }
      lane.gone(entry);
      bytes.addAndGet(-entry.bytes());
      if (row != null) { // else of a turn that was refused
        turn.delete(TABLE, key);
        count(turn, lane, entry, row, outcome);
      }
    }
    lane.callEnded();
    if (ended.tried() && failed == ended.entries().size()) {
      lane.failed(turn.now());
    } else if (ended.tried()) {
      lane.answered();
    }
    lane.checkRefusing(limits.policy() == OutboxSettings.Policy.REFUSE && isFull(lane, limits));
    lane.move();
    return true;
  }

  /** Puts a row back that is to be tried again: null. Else how it ended. */
  private Carrier.@Nullable Outcome again(
      Turn turn,
      OutboxLane lane,
      OutboxLimits limits,
      OutboxLane.Entry entry,
      byte[] row,
      Carrier.Outcome outcome) {
    if (!(outcome instanceof Carrier.Outcome.Retry retry)) {
      return outcome;
    }
    lane.noteError(retry.reason(), turn.now());
    int tries = OutboxRow.head(row).tries() + 1;
    long age = turn.now() - entry.firstMillis();
    if (age >= limits.ageMillisMax() || tries >= limits.triesMax()) {
      return new Carrier.Outcome.Refused(
          "given up after %d tries in %d s: %s".formatted(tries, age / 1000, retry.reason()));
    }
    long due = turn.now() + OutboxLimits.backOffMillis(entry.sequence(), tries);
    turn.put(TABLE, lane.key(entry.sequence()), OutboxRow.triedAgain(row, tries, due));
    outcomes.count(turn, lane.rule(), lane.action(), Ledger.Entry.RETRIED);
    lane.again(entry, due);
    return null;
  }

  private void count(
      Turn turn, OutboxLane lane, OutboxLane.Entry entry, byte[] row, Carrier.Outcome outcome) {
    if (outcome instanceof Carrier.Outcome.Refused refused) {
      lane.settle(turn, entry);
      lane.noteError(refused.reason(), turn.now());
      outcomes.failed(turn, attempt(row, lane), refused.reason());
    } else {
      outcomes.count(
          turn,
          lane.rule(),
          lane.action(),
          lane.isOfErrorAction() ? Ledger.Entry.ERROR_ACTION_DELIVERED : Ledger.Entry.DELIVERED);
    }
  }

  /** Also of a row that cannot be read: it must be counted. */
  private static RuleEffect.Attempt attempt(byte[] row, OutboxLane lane) {
    try {
      return OutboxRow.decode(row).attempt();
    } catch (IllegalArgumentException damaged) {
      String key = lane.action().substring(lane.action().indexOf('/') + 1);
      return new RuleEffect.Attempt(
          lane.rule(),
          lane.action(),
          key,
          key,
          new byte[0],
          lane.partition(),
          0,
          lane.isOfErrorAction());
    }
  }

  // ---- what is seen of it

  /** Every lane that has something to tell, by rule and action. Any thread. */
  List<OutboxLaneView> view() {
    return lanes.values().stream()
        .filter(lane -> lane.messages() > 0 || rules.get(lane.rule()) != null)
        .map(OutboxLane::view)
        .sorted(Comparator.comparing(OutboxLaneView::rule).thenComparing(OutboxLaneView::action))
        .toList();
  }

  /** How many messages wait in all. Any thread. */
  long backlog() {
    return sum(lanes.values());
  }

  private static long sum(Collection<OutboxLane> lanes) {
    return lanes.stream().mapToLong(OutboxLane::messages).sum();
  }

  @Nullable OutboxLane laneOrNull(String rule, String action) {
    return lanes.get(rule + "/" + action);
  }
}
