package io.sluice.engine;

import io.sluice.message.Publication;
import io.sluice.message.TopicFilter;
import io.sluice.message.TopicName;
import io.sluice.sql.Lookups;
import io.sluice.store.Conveyor;
import io.sluice.store.Partitions;
import io.sluice.store.Table;
import io.sluice.store.Turn;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongUnaryOperator;
import java.util.function.ToIntFunction;

/**
 * All topic rules: keeps them, finds those that a publication is for, runs them, and puts what
 * their actions make into the embedded destinations.
 *
 * <p>Threads: rules are rows of one partition, changed on its owner. {@link #listens}, {@link #get}
 * and {@link #list} from any thread. {@link #evaluate} on the owner of the publication's ingress
 * partition, {@link #apply} on that of the effect's target.
 *
 * <p>A message is for the rules in force when its turn in the log comes, each in one version. After
 * a crash in that very turn, what is carried again meets the rules in force then.
 */
public final class RuleBook {
  private static final String ERRORS = "rule-errors";

  /** The tables that the store must open for this room. */
  public static final Set<Table> TABLES =
      Set.of(RuleKeeper.RULES, RuleKeeper.FILES, Ledger.TABLE, Questions.TABLE, Outbox.TABLE);

  /**
   * The logs of this room: what failed on one partition, on its way to the error action on another.
   */
  public static final Set<String> LOGS = Set.of(ERRORS, Questions.ANSWERS);

  private final Partitions partitions;
  private final ActionCompiler.Targets targets;
  private final RuleSet rules = new RuleSet();
  private final RuleKeeper keeper;
  private final RuleRuns runs;
  private final Ledger ledger;
  private final RuleOutcomes outcomes;
  private final RuleCounters counters = new RuleCounters();
  private final Conveyor<RuleEffect> errors;
  private final Questions questions;
  private final Conveyor<RuleEffect> answers;
  private final Outbox outbox;

  /**
   * Threads on which rules wait for answers; what waits for one of them is bounded by the rules'
   * lanes.
   */
  public static ExecutorService questionThreads(int threads) {
    return Executors.newFixedThreadPool(
        threads,
        work -> {
          Thread thread = new Thread(work, "rule-question");
          thread.setDaemon(true);
          return thread;
        });
  }

  /** As the other, with no lookups; republished messages keep their cause's stamp. */
  public RuleBook(
      Partitions partitions,
      Destinations destinations,
      String accountId,
      String ingressLog,
      ToIntFunction<TopicName> ingressPartition) {
    this(
        partitions,
        destinations,
        accountId,
        ingressLog,
        ingressPartition,
        Lookups.NONE,
        cause -> cause);
  }

  /** As the other; rules that ask somebody wait on the thread that made their message durable. */
  public RuleBook(
      Partitions partitions,
      Destinations destinations,
      String accountId,
      String ingressLog,
      ToIntFunction<TopicName> ingressPartition,
      Lookups lookups,
      LongUnaryOperator stamps) {
    this(
        partitions,
        destinations,
        accountId,
        ingressLog,
        ingressPartition,
        lookups,
        Runnable::run,
        stamps);
  }

  /** As the other, with no way out of the process. */
  public RuleBook(
      Partitions partitions,
      Destinations destinations,
      String accountId,
      String ingressLog,
      ToIntFunction<TopicName> ingressPartition,
      Lookups lookups,
      Executor workers,
      LongUnaryOperator stamps) {
    this(
        partitions,
        destinations,
        accountId,
        ingressLog,
        ingressPartition,
        lookups,
        workers,
        stamps,
        Outside.NONE);
  }

  /**
   * The way out of the process.
   *
   * @param workers where messages are carried out; may refuse when all are busy
   * @param workersMax how many there are
   */
  public record Outside(
      Carrier carrier, Executor workers, int workersMax, OutboxSettings settings) {
    /** There is none. */
    public static final Outside NONE =
        new Outside(Carrier.NONE, Runnable::run, 1, OutboxSettings.STANDARD);

    /** Threads that come when there is something to carry and go when there is not. */
    public static ExecutorService workers(int max) {
      return new ThreadPoolExecutor(
          0,
          max,
          30,
          TimeUnit.SECONDS,
          new SynchronousQueue<>(),
          work -> {
            Thread thread = new Thread(work, "outbox");
            thread.setDaemon(true);
            return thread;
          });
    }
  }

  /**
   * Registers everything with the partitions; they must not have started.
   *
   * @param ingressLog the log that republished messages go to
   * @param ingressPartition where in that log a topic belongs
   * @param lookups what statements may ask; what may wait is called on {@code workers}
   * @param workers where rules wait for answers
   * @param stamps from the stamp of its cause to that of a republished message; called when it is
   *     written
   * @param outside where actions lead that leave the process
   */
  public RuleBook(
      Partitions partitions,
      Destinations destinations,
      String accountId,
      String ingressLog,
      ToIntFunction<TopicName> ingressPartition,
      Lookups lookups,
      Executor workers,
      LongUnaryOperator stamps,
      Outside outside) {
    this.partitions = partitions;
    this.targets =
        new ActionCompiler.Targets(
            destinations, ingressPartition, outside.carrier(), partitions::of);
    this.runs = new RuleRuns(accountId, lookups, partitions.clock());
    this.ledger = new Ledger(partitions);
    this.outcomes =
        new RuleOutcomes(rules, runs, destinations, ledger, ingressLog, ERRORS, stamps, counters);
    this.outbox = new Outbox(partitions, rules, outcomes, lookups, outside);
    this.keeper = new RuleKeeper(partitions, rules, targets);
    this.questions = new Questions(partitions, rules, runs, ledger, lookups, workers, counters);
    this.answers =
        new Conveyor<>(
            partitions, Questions.ANSWERS, Questions.ANSWERS, questions::route, this::apply, 0);
    this.errors = new Conveyor<>(partitions, ERRORS, ERRORS, outcomes::routeError, this::apply, 0);
  }

  /**
   * Completes when the rules of an earlier life are back; until then no publication may be taken.
   */
  public CompletableFuture<Boolean> loaded() {
    return keeper.loaded();
  }

  /** What became of messages. */
  public Ledger ledger() {
    return ledger;
  }

  /** What happened since the start that belongs to no rule. */
  public RuleCounters counters() {
    return counters;
  }

  /** How many failed actions wait for their error action. Any thread. */
  public long errorBacklog() {
    long backlog = 0;
    for (int p = 0; p < partitions.count(); p++) {
      backlog += errors.backlog(p);
    }
    return backlog;
  }

  /** How many messages wait in their rule for somebody's answer. Any thread. */
  public long questionBacklog() {
    long backlog = questions.backlog();
    for (int p = 0; p < partitions.count(); p++) {
      backlog += answers.backlog(p);
    }
    return backlog;
  }

  /** How many messages wait in the outbox. Any thread. */
  public long outboxBacklog() {
    return outbox.backlog();
  }

  /** What waits in the outbox, by rule and action. Any thread. */
  public List<OutboxLaneView> outbox() {
    return outbox.view();
  }

  // ---- rules

  /**
   * Creates a rule; it is in force when the future completes.
   *
   * @return fails with {@link RuleRejected} when there is one of that name, or its SQL is refused
   */
  public CompletableFuture<Boolean> create(Rule rule) {
    return keeper.put(rule, false);
  }

  /**
   * Replaces a rule, which keeps its time of creation; on any error the old one stays in force.
   * Fails as {@link #create}, and when there is none.
   */
  public CompletableFuture<Boolean> replace(Rule rule) {
    return keeper.put(rule, true);
  }

  /** Enables or disables a rule. Fails when there is none, or when it cannot be enabled. */
  public CompletableFuture<Boolean> setDisabled(String name, boolean disabled) {
    return keeper.setDisabled(name, disabled);
  }

  /** Deletes a rule; one that is not there is no error. */
  public CompletableFuture<Boolean> delete(String name) {
    return keeper.delete(name);
  }

  public Optional<Rule> get(String name) {
    return Optional.ofNullable(rules.get(name)).map(slot -> slot.state().rule());
  }

  /** All rules in the order of their names. */
  public List<Rule> list() {
    return rules.all().stream().map(slot -> slot.state().rule()).toList();
  }

  /**
   * Why a rule of an earlier version of the gateway cannot run; such a rule is kept, and shown as
   * disabled. Empty when there is no such trouble, or no such rule.
   */
  public Optional<String> problem(String name) {
    return Optional.ofNullable(rules.get(name))
        .map(slot -> slot.state().problem())
        .filter(problem -> !problem.isEmpty());
  }

  /** A rule's FROM; empty when it has none, cannot run, or is not there. */
  public Optional<TopicFilter> from(String name) {
    return Optional.ofNullable(rules.get(name))
        .map(slot -> slot.state().active())
        .flatMap(active -> active.sql().from());
  }

  /** What a rule did lately, sampled, the newest first; empty for an unknown one. Any thread. */
  public List<RuleEvaluation> recent(String name, int max) {
    RuleSlot slot = rules.get(name);
    return slot == null ? List.of() : slot.recent.newest(max);
  }

  /**
   * What a rule would do with a message; nothing is done, counted or kept. Any thread; waits when
   * the statement asks somebody.
   *
   * @throws RuleRejected as {@link #create}
   */
  public DryRun dryRun(Rule rule, Publication publication) {
    return runs.dryRun(ActiveRule.of(rule, targets, new RecentEvaluations()), publication);
  }

  /**
   * Whether a rule could be made, with nothing done.
   *
   * @throws RuleRejected as {@link #create}
   */
  public void check(Rule rule) {
    ActiveRule.of(rule, targets, new RecentEvaluations());
  }

  /**
   * Puts a rule in force that a file describes. Refused when there is one of that name that no file
   * describes: neither may quietly win.
   *
   * @param digest of the file, in hexadecimal
   */
  CompletableFuture<Boolean> putFile(Rule rule, String digest) {
    return keeper.putFile(rule, digest);
  }

  /** Deletes a rule whose file is gone. */
  CompletableFuture<Boolean> deleteFile(String name) {
    return keeper.deleteFile(name);
  }

  /** The rules that files describe, each with the digest of its file. Any thread. */
  Map<String, String> fileDigests() {
    return keeper.fileDigests();
  }

  // ---- messages

  /**
   * Whether any rule could select a message on this topic: then it must be on disk before it is
   * acknowledged. Asked once for each publication: Basic Ingest to a rule that is missing or
   * disabled is counted here, for there it ends. Hot path.
   */
  public boolean listens(TopicName topic) {
    if (RuleSet.isBasicIngest(topic)) {
      boolean found = rules.basicIngest(topic) != null;
      if (!found) {
        counters.ruleNotFound.increment();
      }
      return found;
    }
    return !rules.isEmpty() && rules.listens(topic);
  }

  /**
   * Whether a message on this topic must be refused: a rule that would select it has an action for
   * which too many wait, and refusing is what the operator wants then. Hot path: one read, unless
   * such a lane is full now.
   */
  public boolean refuses(TopicName topic) {
    if (!outbox.isRefusing()) {
      return false;
    }
    if (RuleSet.isBasicIngest(topic)) {
      ActiveRule rule = rules.basicIngest(topic);
      return rule != null && outbox.isRefusing(rule);
    }
    return rules.select(topic).stream().anyMatch(outbox::isRefusing);
  }

  /**
   * Runs every rule that a logged publication is for. Throws nothing for any publication or rule.
   *
   * @param source its ingress partition, {@code offset} its place there: identifiers are made from
   *     these
   * @param encoded the publication's bytes in the log
   */
  public void evaluate(
      Publication publication,
      byte[] encoded,
      int source,
      long offset,
      Conveyor.Sink<RuleEffect> sink) {
    Collection<ActiveRule> selected;
    if (RuleSet.isBasicIngest(publication.topic())) {
      ActiveRule rule = rules.basicIngest(publication.topic());
      if (rule == null) { // gone since it was logged, or republished to
        counters.ruleNotFound.increment();
        return;
      }
      selected = List.of(rule);
    } else {
      selected = rules.isEmpty() ? List.of() : rules.select(publication.topic());
    }
    if (selected.isEmpty()) {
      return;
    }
    Place place = new Place(source, offset);
    Collection<ActiveRule> atOnce = selected;
    for (ActiveRule rule : selected) {
      if (rule.callsOut()) { // runs when it has its answers, see apply
        sink.effect(source, new RuleEffect.Ask(rule.name(), encoded, place));
        atOnce = atOnce == selected ? new ArrayList<>(selected) : atOnce;
        atOnce.remove(rule);
      }
    }
    if (!atOnce.isEmpty()) {
      runs.run(atOnce, publication, encoded, place, sink, Lookups.NONE);
    }
  }

  /** Does what one action made, within a turn of its target. */
  public void apply(Turn turn, RuleEffect effect) {
    if (effect instanceof RuleEffect.Ask ask) {
      questions.put(turn, ask);
    } else if (effect instanceof RuleEffect.Dispatch dispatch) {
      outbox.put(turn, dispatch.row());
    } else {
      outcomes.apply(turn, effect);
    }
  }
}
