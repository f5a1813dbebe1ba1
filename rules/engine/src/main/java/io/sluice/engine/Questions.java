package io.sluice.engine;

import io.sluice.message.Publication;
import io.sluice.message.PublicationCodec;
import io.sluice.sql.Lookups;
import io.sluice.store.Conveyor;
import io.sluice.store.Keys;
import io.sluice.store.LogRecord;
import io.sluice.store.Partitions;
import io.sluice.store.Request;
import io.sluice.store.Row;
import io.sluice.store.Table;
import io.sluice.store.Turn;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Messages whose rule asks somebody who may take his time. No owner of a partition and no event
 * loop waits for an answer: the message becomes a row, workers evaluate the rule and write the
 * answers down, the row becomes a record of a log with them, and only then does the rule run, from
 * what was written ({@code docs/decisions/0026-questions-that-wait.md}).
 *
 * <p>Threads: {@link #put} on the owner of the message's partition, asking on the workers, the
 * conveyor of answers as its route and effects say. Each rule has a lane of its own, so a dead
 * function delays no other rule.
 */
final class Questions {
  static final Table TABLE = new Table("rule-questions");
  static final String ANSWERS = "rule-answers";

  /** Messages of one rule that wait; more are failed evaluations, counted in the ledger. */
  private static final int WAITING_MAX = 10_000;

  private static final long WAITING_BYTES_MAX = 64L << 20; // of all rules, in memory
  private static final int ASKING_MAX = 4; // messages of one rule that ask at once
  private static final Logger LOG = LoggerFactory.getLogger(Questions.class);

  private final Partitions partitions;
  private final RuleSet rules;
  private final RuleRuns runs;
  private final Ledger ledger;
  private final Lookups lookups;
  private final Executor workers;
  private final RuleCounters counters;
  private final Map<String, Lane> lanes = new ConcurrentHashMap<>();
  private final AtomicLong waitingBytes = new AtomicLong();
  private volatile boolean open; // once the rules of an earlier life are back

  private record Waiting(int partition, byte[] key, byte[] record) {}

  private record Load() implements Request<Boolean> {}

  private record Answered(byte[] key, byte[] record) implements Request<Boolean> {}

  /**
   * @param workers runs what waits; bounded by its maker
   */
  Questions(
      Partitions partitions,
      RuleSet rules,
      RuleRuns runs,
      Ledger ledger,
      Lookups lookups,
      Executor workers,
      RuleCounters counters) {
    this.partitions = partitions;
    this.rules = rules;
    this.runs = runs;
    this.ledger = ledger;
    this.lookups = lookups;
    this.workers = workers;
    this.counters = counters;
    partitions.register(Load.class, (turn, load) -> load(turn));
    partitions.register(Answered.class, Questions::answered);
    partitions.onStart(
        () -> {
          for (int p = 0; p < partitions.count(); p++) {
            partitions.apply(p, new Load());
          }
        });
    partitions.onLoaded(
        () -> {
          open = true;
          lanes.values().forEach(Lane::move);
        });
  }

  /** Messages that wait for answers, those being asked for among them. Any thread. */
  long backlog() {
    return lanes.values().stream().mapToLong(Lane::size).sum();
  }

  /** Keeps a message until its rule has its answers. */
  void put(Turn turn, RuleEffect.Ask ask) {
    byte[] record =
        new QuestionRecord(ask.rule(), ask.publication(), ask.place(), Map.of()).encode();
    Lane lane = lane(ask.rule());
    if (lane.size() >= WAITING_MAX || waitingBytes.get() + record.length > WAITING_BYTES_MAX) {
      ledger.count(turn, ask.rule(), Ledger.RULE_ITSELF, Ledger.Entry.EVALUATION_FAILED);
      counters.questionsDropped.increment();
      return;
    }
    byte[] key = Keys.of().number(ask.place().offset()).text(ask.rule()).bytes();
    turn.put(TABLE, key, record);
    lane.expect(record.length);
    Waiting waiting = new Waiting(turn.partition(), key, record);
    turn.afterDurable(() -> lane.add(waiting));
  }

  private boolean load(Turn turn) {
    for (Row row : turn.prefix(TABLE, new byte[0], Integer.MAX_VALUE)) {
      Lane lane = lane(Keys.textAt(row.key(), Long.BYTES));
      lane.expect(row.value().length);
      lane.add(new Waiting(turn.partition(), row.key(), row.value()));
    }
    return true;
  }

  /** Once: an answer that comes again finds no row. */
  private static boolean answered(Turn turn, Answered answered) {
    if (turn.get(TABLE, answered.key()) == null) {
      return false;
    }
    turn.delete(TABLE, answered.key());
    turn.append(ANSWERS, turn.partition(), answered.record());
    return true;
  }

  private Lane lane(String rule) {
    return lanes.computeIfAbsent(rule, name -> new Lane());
  }

  /** The messages of one rule. Guarded by itself. */
  private final class Lane {
    private final Deque<Waiting> waiting = new ArrayDeque<>();
    private int expected; // in all: on the way to disk, waiting, asking
    private int asking;

    synchronized int size() {
      return expected;
    }

    synchronized void expect(int bytes) {
      expected++;
      waitingBytes.addAndGet(bytes);
    }

    synchronized void add(Waiting one) {
      waiting.add(one);
      move();
    }

    synchronized void move() {
      while (open && asking < ASKING_MAX && !waiting.isEmpty()) {
        Waiting next = waiting.remove();
        asking++;
        workers.execute(() -> ask(next));
      }
    }

    private void ask(Waiting one) {
      partitions
          .apply(one.partition(), new Answered(one.key(), answers(one.record())))
          .whenComplete((done, failure) -> finished(one)); // a failed store keeps the row
    }

    private synchronized void finished(Waiting one) {
      asking--;
      expected--;
      waitingBytes.addAndGet(-one.record().length);
      move();
    }
  }

  /** Evaluates the rule to learn what it asks, and asks. Throws nothing. */
  private byte[] answers(byte[] record) {
    QuestionRecord question = QuestionRecord.decode(record);
    RecordedLookups asking = RecordedLookups.asking(lookups);
    ActiveRule rule = rule(question.rule());
    if (rule != null) {
      try {
        runs.rehearse(rule, question.publication(), question.place(), asking);
      } catch (RuntimeException | StackOverflowError ours) { // it then fails where it counts
        LOG.error("rule '{}': could not be asked for", question.rule(), ours);
      }
    }
    return new QuestionRecord(
            question.rule(), question.publication(), question.place(), asking.answers())
        .encode();
  }

  private @org.jspecify.annotations.Nullable ActiveRule rule(String name) {
    RuleSlot slot = rules.get(name);
    return slot == null ? null : slot.running();
  }

  /** Runs a rule that has its answers. Owner of the message's partition. */
  void route(int source, LogRecord record, Conveyor.Sink<RuleEffect> sink) {
    QuestionRecord answered;
    Publication publication;
    try {
      answered = QuestionRecord.decode(record.bytes());
      publication = PublicationCodec.decode(answered.publication());
    } catch (IllegalArgumentException damaged) {
      counters.unreadableFailures.increment();
      LOG.error(
          "answer {} of partition {} cannot be read and is passed over: {}",
          record.offset(),
          source,
          damaged.getMessage());
      return;
    }
    ActiveRule rule = rule(answered.rule());
    if (rule == null) { // gone or disabled since
      sink.effect(source, new RuleEffect.Count(answered.rule(), Ledger.Entry.EVALUATION_FAILED));
      return;
    }
    runs.run(
        List.of(rule),
        publication,
        answered.publication(),
        answered.place(),
        sink,
        RecordedLookups.given(lookups, answered.answers()));
  }
}
