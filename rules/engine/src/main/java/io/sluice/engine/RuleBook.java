package io.sluice.engine;

import io.sluice.message.Origin;
import io.sluice.message.Publication;
import io.sluice.message.PublicationCodec;
import io.sluice.message.TopicFilter;
import io.sluice.message.TopicName;
import io.sluice.message.TopicTrie;
import io.sluice.sql.Evaluation;
import io.sluice.sql.EvaluationContext;
import io.sluice.sql.Lookups;
import io.sluice.sql.MessageContext;
import io.sluice.sql.MessageView;
import io.sluice.store.Conveyor;
import io.sluice.store.Keys;
import io.sluice.store.LogRecord;
import io.sluice.store.Partitions;
import io.sluice.store.Request;
import io.sluice.store.Row;
import io.sluice.store.Table;
import io.sluice.store.Turn;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All topic rules: keeps them, finds those that a publication is for, runs them, and puts what
 * their actions make into the embedded destinations.
 *
 * <p>Threads: rules are rows of one partition, changed on its owner. {@link #listens}, {@link #get}
 * and {@link #list} from any thread. {@link #evaluate} on the owner of the publication's ingress
 * partition, {@link #apply} on that of the effect's target.
 */
public final class RuleBook {
  /** The tables that the store must open for this room. */
  public static final Set<Table> TABLES = Set.of(Rows.RULES, Ledger.TABLE);

  /**
   * The logs of this room: what failed on one partition, on its way to the error action on another.
   */
  public static final Set<String> LOGS = Set.of(Rows.ERRORS);

  private static final Logger LOG = LoggerFactory.getLogger(RuleBook.class);
  private static final String KEY = "rules";
  private static final String BASIC_INGEST = "$aws/rules/";

  private static final class Rows {
    static final Table RULES = new Table("rules");
    static final String ERRORS = "rule-errors";
  }

  private record Put(Rule rule, boolean replace) implements Request<Boolean> {}

  private record Disable(String name, boolean disabled) implements Request<Boolean> {}

  private record Delete(String name) implements Request<Boolean> {}

  private record Load() implements Request<Boolean> {}

  private final Partitions partitions;
  private final Destinations destinations;
  private final String accountId;
  private final String ingressLog;
  private final ToIntFunction<TopicName> ingressPartition;
  private final Ledger ledger;
  private final TopicTrie<ActiveRule> listening = new TopicTrie<>();
  private final Map<String, ActiveRule> rules = new ConcurrentSkipListMap<>();
  private CompletableFuture<Boolean> loaded = CompletableFuture.completedFuture(true);

  /**
   * @param ingressLog the log that republished messages go to
   * @param ingressPartition where in that log a topic belongs
   */
  public RuleBook(
      Partitions partitions,
      Destinations destinations,
      String accountId,
      String ingressLog,
      ToIntFunction<TopicName> ingressPartition) {
    this.partitions = partitions;
    this.destinations = destinations;
    this.accountId = accountId;
    this.ingressLog = ingressLog;
    this.ingressPartition = ingressPartition;
    this.ledger = new Ledger(partitions);
    partitions.register(Put.class, this::handlePut);
    partitions.register(Disable.class, this::handleDisable);
    partitions.register(Delete.class, this::handleDelete);
    partitions.register(Load.class, this::handleLoad);
    partitions.onStart(() -> loaded = partitions.apply(partitions.of(KEY), new Load()));
    new Conveyor<RuleEffect>(
        partitions, Rows.ERRORS, Rows.ERRORS, this::routeError, this::apply, 0);
  }

  /**
   * Completes when the rules of an earlier life are back; until then no publication may be taken.
   */
  public CompletableFuture<Boolean> loaded() {
    return loaded;
  }

  public Ledger ledger() {
    return ledger;
  }

  // ---- rules
  // -------------------------------------------------------------------------------------------------------------------

  /**
   * Creates a rule; it is in force when the future completes.
   *
   * @return fails with {@link RuleRejected} when there is one of that name, or its SQL is refused
   */
  public CompletableFuture<Boolean> create(Rule rule) {
    return partitions.ask(KEY, new Put(rule, false));
  }

  /**
   * Replaces a rule; on any error the old one stays in force. Fails as {@link #create}, and when
   * there is none.
   */
  public CompletableFuture<Boolean> replace(Rule rule) {
    return partitions.ask(KEY, new Put(rule, true));
  }

  /** Enables or disables a rule. */
  public CompletableFuture<Boolean> setDisabled(String name, boolean disabled) {
    return partitions.ask(KEY, new Disable(name, disabled));
  }

  /** Deletes a rule; one that is not there is no error. */
  public CompletableFuture<Boolean> delete(String name) {
    return partitions.ask(KEY, new Delete(name));
  }

  public Optional<Rule> get(String name) {
    return Optional.ofNullable(rules.get(name)).map(ActiveRule::rule);
  }

  /** All rules in the order of their names. */
  public List<Rule> list() {
    return rules.values().stream().map(ActiveRule::rule).toList();
  }

  private Boolean handlePut(Turn turn, Put put) {
    String name = put.rule().name();
    ActiveRule before = rules.get(name);
    if (before != null && !put.replace()) {
      throw new RuleRejected(
          RuleRejected.Code.ALREADY_EXISTS,
          "rule '%s' exists; replace it or choose another name".formatted(name));
    }
    if (before == null && put.replace()) {
      throw unknown(name);
    }
    ActiveRule active = ActiveRule.of(put.rule(), destinations, ingressPartition);
    turn.put(Rows.RULES, key(name), RuleDocument.encode(put.rule()));
    install(active);
    return true;
  }

  private Boolean handleDisable(Turn turn, Disable disable) {
    ActiveRule before = rules.get(disable.name());
    if (before == null) {
      throw unknown(disable.name());
    }
    Rule rule = before.rule().withDisabled(disable.disabled());
    turn.put(Rows.RULES, key(rule.name()), RuleDocument.encode(rule));
    install(ActiveRule.of(rule, destinations, ingressPartition));
    return true;
  }

  private Boolean handleDelete(Turn turn, Delete delete) {
    ActiveRule before = rules.remove(delete.name());
    if (before != null) {
      silence(before);
      turn.delete(Rows.RULES, key(delete.name()));
    }
    return before != null;
  }

  private Boolean handleLoad(Turn turn, Load load) {
    for (Row row :
        turn.range(
            Rows.RULES, new byte[0], Keys.after(new byte[] {(byte) 0xFF}), Integer.MAX_VALUE)) {
      Rule rule = RuleDocument.decode(row.value());
      if (rule != null) {
        install(ActiveRule.of(rule, destinations, ingressPartition));
      }
    }
    return true;
  }

  /**
   * Puts a rule in force: the new one listens before the old one stops, so no message slips
   * between.
   */
  private void install(ActiveRule rule) {
    ActiveRule before = rules.put(rule.rule().name(), rule);
    Optional<TopicFilter> from = rule.sql().from();
    if (!rule.rule().disabled() && from.isPresent()) {
      listening.add(from.get(), rule);
    }
    if (before != null) {
      silence(before);
    }
  }

  private void silence(ActiveRule rule) {
    rule.sql().from().ifPresent(filter -> listening.remove(filter, rule));
  }

  private static RuleRejected unknown(String name) {
    return new RuleRejected(
        RuleRejected.Code.UNKNOWN_RULE,
        "rule '%s' does not exist; list the rules to see their names".formatted(name));
  }

  private static byte[] key(String name) {
    return name.getBytes(StandardCharsets.UTF_8);
  }

  // ---- messages
  // ----------------------------------------------------------------------------------------------------------------

  /**
   * Whether any rule could select a message on this topic: then it must be on disk before it is
   * acknowledged. Hot path.
   */
  public boolean listens(TopicName topic) {
    if (rules.isEmpty()) {
      return false;
    }
    if (topic.isReserved() && topic.toString().startsWith(BASIC_INGEST)) {
      return basicIngest(topic) != null;
    }
    boolean[] found = new boolean[1];
    listening.match(topic, rule -> found[0] = true);
    return found[0];
  }

  private @Nullable ActiveRule basicIngest(TopicName topic) {
    ActiveRule rule = topic.levels() > 2 ? rules.get(topic.level(2)) : null;
    return rule == null || rule.rule().disabled() ? null : rule;
  }

  /**
   * Runs every rule that a logged publication is for.
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
    if (rules.isEmpty()) {
      return;
    }
    TopicName topic = publication.topic();
    List<ActiveRule> selected = new ArrayList<>();
    if (topic.isReserved() && topic.toString().startsWith(BASIC_INGEST)) {
      ActiveRule rule = basicIngest(topic);
      if (rule != null) {
        selected.add(rule);
      }
    } else {
      listening.match(
          topic,
          rule -> {
            if (rule.sql().covers(topic)) {
              selected.add(rule);
            }
          });
    }
    if (selected.isEmpty()) {
      return;
    }
    String seed = source + "/" + offset;
    MessageView view = view(publication, seed);
    EvaluationContext context = context(publication, source, offset);
    for (ActiveRule rule : selected) {
      run(rule, publication, encoded, view, context, seed, source, sink);
    }
  }

  private void run(
      ActiveRule rule,
      Publication publication,
      byte[] encoded,
      MessageView view,
      EvaluationContext context,
      String seed,
      int source,
      Conveyor.Sink<RuleEffect> sink) {
    Evaluation result = rule.sql().evaluate(view, context);
    Ledger.Entry entry;
    if (result instanceof Evaluation.Fired fired) {
      entry = Ledger.Entry.MATCHED;
      rule.run(new ActiveRule.Run(publication, encoded, view, context, fired, seed), sink);
    } else if (result instanceof Evaluation.Failed failed) {
      entry = Ledger.Entry.EVALUATION_FAILED;
      LOG.info(
          "rule '{}' could not be evaluated on topic '{}': {}",
          rule.rule().name(),
          publication.topic(),
          failed.reason());
    } else {
      entry = Ledger.Entry.NOT_MATCHED;
    }
    sink.effect(source, new RuleEffect.Count(rule.rule().name(), entry));
  }

  private static MessageView view(Publication publication, String seed) {
    Origin origin = publication.origin();
    MessageContext context =
        new MessageContext(
            origin.kind() == Origin.Kind.HTTP
                ? MessageContext.Protocol.HTTP
                : MessageContext.Protocol.MQTT,
            origin.clientId(),
            origin.principal(),
            origin.sourceIp(),
            UUID.nameUUIDFromBytes(("trace/" + seed).getBytes(StandardCharsets.UTF_8)).toString(),
            publication.properties());
    return new MessageView(publication.topic(), publication.payload(), context);
  }

  /**
   * The clock and the random source of an evaluation follow from the record, so that a repeat gives
   * the same.
   */
  private EvaluationContext context(Publication publication, int source, long offset) {
    return new EvaluationContext(
        accountId,
        publication.stampMicros() / 1000,
        new SplittableRandom(publication.stampMicros() ^ offset << 16 ^ source),
        Lookups.NONE);
  }

  /** Does what one action made, within a turn of its target. */
  public void apply(Turn turn, RuleEffect effect) {
    if (effect instanceof RuleEffect.Count count) {
      ledger.count(turn, count.rule(), count.entry());
    } else if (effect instanceof RuleEffect.Send send) {
      done(
          turn,
          send.rule(),
          send.failing(),
          destinations.send(turn, send.queue(), send.body(), send.messageId()));
    } else if (effect instanceof RuleEffect.Put put) {
      done(
          turn,
          put.rule(),
          put.failing(),
          destinations.put(turn, put.stream(), put.partitionKey(), put.data()));
    } else if (effect instanceof RuleEffect.Deliver deliver) {
      done(
          turn,
          deliver.rule(),
          deliver.failing(),
          destinations.deliver(turn, deliver.deliveryStream(), deliver.records()));
    } else if (effect instanceof RuleEffect.Republish republish) {
      turn.append(ingressLog, republish.ingressPartition(), republish.publication());
      ledger.count(turn, republish.rule(), Ledger.Entry.DELIVERED);
    } else if (effect instanceof RuleEffect.Failed failed) {
      done(turn, failed.rule(), failed.failing(), failed.message());
    }
  }

  /** Counts an action; when it failed and the rule has an error action, sends that on its way. */
  private void done(Turn turn, String rule, RuleEffect.Failing failing, String failure) {
    if (failure.isEmpty()) {
      ledger.count(
          turn,
          rule,
          failing.isErrorAction() ? Ledger.Entry.ERROR_ACTION_DELIVERED : Ledger.Entry.DELIVERED);
      return;
    }
    ledger.count(
        turn,
        rule,
        failing.isErrorAction() ? Ledger.Entry.ERROR_ACTION_FAILED : Ledger.Entry.ACTION_FAILED);
    LOG.info(
        "rule '{}': action {} on '{}' failed: {}",
        rule,
        failing.action(),
        failing.resource(),
        failure);
    ActiveRule active = rules.get(rule);
    if (active != null && active.errorAction() != null && !failing.isErrorAction()) {
      turn.append(Rows.ERRORS, turn.partition(), FailureRecord.encode(rule, failing, failure));
    }
  }

  /**
   * Runs the error action of a failure that was logged. Source: AWS IoT Developer Guide, "Error
   * handling (error action)".
   */
  private void routeError(int source, LogRecord record, Conveyor.Sink<RuleEffect> sink) {
    FailureRecord failure = FailureRecord.decode(record.bytes());
    ActiveRule rule = rules.get(failure.rule());
    ActiveRule.Action action = rule == null ? null : rule.errorAction();
    if (action == null) {
      return; // gone since
    }
    Publication publication = PublicationCodec.decode(failure.publication());
    String seed = "error/" + source + "/" + record.offset();
    MessageView view = view(publication, seed);
    EvaluationContext context = context(publication, source, record.offset());
    Evaluation.Fired payload = failure.payload(publication, seed);
    action.run(
        new ActiveRule.Run(publication, failure.publication(), view, context, payload, seed),
        0,
        true,
        sink);
  }
}
