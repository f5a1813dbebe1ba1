package io.sluice.engine;

import io.sluice.store.Keys;
import io.sluice.store.Partitions;
import io.sluice.store.Request;
import io.sluice.store.Row;
import io.sluice.store.Table;
import io.sluice.store.Turn;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps rules as rows, and in force. All rules are rows of one partition, so changes have one
 * order; the handlers run on its owner, the other methods on any thread. A rule that a file
 * describes is changed by its file alone.
 */
final class RuleKeeper {
  static final Table RULES = new Table("rules");

  /** From a rule to the digest of the file it came from. */
  static final Table FILES = new Table("rule-files");

  private static final int RULES_MAX = 50_000; // each is some kilobytes in memory
  private static final String KEY = "rules";
  private static final Logger LOG = LoggerFactory.getLogger(RuleKeeper.class);

  private record Put(Rule rule, boolean replace) implements Request<Boolean> {}

  private record Disable(String name, boolean disabled) implements Request<Boolean> {}

  private record Delete(String name) implements Request<Boolean> {}

  private record PutFile(Rule rule, String digest) implements Request<Boolean> {}

  private record DeleteFile(String name) implements Request<Boolean> {}

  private record Load() implements Request<Boolean> {}

  private final Partitions partitions;
  private final RuleSet rules;
  private final ActionCompiler.Targets targets;
  private final Map<String, String> fileDigests = new ConcurrentHashMap<>();
  private volatile CompletableFuture<Boolean> loaded = CompletableFuture.completedFuture(true);

  RuleKeeper(Partitions partitions, RuleSet rules, ActionCompiler.Targets targets) {
    this.partitions = partitions;
    this.rules = rules;
    this.targets = targets;
    partitions.register(Put.class, this::handlePut);
    partitions.register(Disable.class, this::handleDisable);
    partitions.register(Delete.class, this::handleDelete);
    partitions.register(PutFile.class, this::handlePutFile);
    partitions.register(DeleteFile.class, this::handleDeleteFile);
    partitions.register(Load.class, this::handleLoad);
    partitions.onStart(() -> loaded = partitions.apply(partitions.of(KEY), new Load()));
  }

  CompletableFuture<Boolean> loaded() {
    return loaded;
  }

  CompletableFuture<Boolean> put(Rule rule, boolean replace) {
    return partitions.ask(KEY, new Put(rule, replace));
  }

  CompletableFuture<Boolean> setDisabled(String name, boolean disabled) {
    return partitions.ask(KEY, new Disable(name, disabled));
  }

  CompletableFuture<Boolean> delete(String name) {
    return partitions.ask(KEY, new Delete(name));
  }

  CompletableFuture<Boolean> putFile(Rule rule, String digest) {
    return partitions.ask(KEY, new PutFile(rule, digest));
  }

  CompletableFuture<Boolean> deleteFile(String name) {
    return partitions.ask(KEY, new DeleteFile(name));
  }

  Map<String, String> fileDigests() {
    return Map.copyOf(fileDigests);
  }

  private ActiveRule compile(Rule rule, RecentEvaluations recent) {
    return ActiveRule.of(rule, targets, recent);
  }

  private Boolean handlePut(Turn turn, Put put) {
    String name = put.rule().name();
    refuseIfOfFile(name);
    RuleSlot before = rules.get(name);
    if (before != null && !put.replace()) {
      throw new RuleRejected(
          RuleRejected.Code.ALREADY_EXISTS,
          "rule '%s' exists; replace it or choose another name".formatted(name));
    }
    if (before == null && put.replace()) {
      throw unknown(name);
    }
    checkRoom(before, name);
    install(turn, before, created(before, put.rule()));
    return true;
  }

  private void refuseIfOfFile(String name) {
    if (fileDigests.containsKey(name)) {
      throw new RuleRejected(
          RuleRejected.Code.INVALID_REQUEST,
          "rule '%s' comes from the file %s.sql; change that file, or remove it"
              .formatted(name, name));
    }
  }

  private void checkRoom(@Nullable RuleSlot before, String name) {
    if (before == null && rules.size() >= RULES_MAX) {
      throw new RuleRejected(
          RuleRejected.Code.LIMIT_EXCEEDED,
          "rule '%s' would be one more than the %d that are kept; delete rules, or let one rule select for several"
              .formatted(name, RULES_MAX));
    }
  }

  private static Rule created(@Nullable RuleSlot before, Rule rule) {
    return before == null ? rule : rule.withCreatedAt(before.state().rule().createdAtMillis());
  }

  private Boolean handlePutFile(Turn turn, PutFile put) {
    String name = put.rule().name();
    RuleSlot before = rules.get(name);
    if (before != null && !fileDigests.containsKey(name)) {
      throw new RuleRejected(
          RuleRejected.Code.ALREADY_EXISTS,
          "rule '%s' exists and no file made it; delete it, or give the file another name"
              .formatted(name));
    }
    checkRoom(before, name);
    install(turn, before, created(before, put.rule()));
    turn.put(FILES, key(name), HexFormat.of().parseHex(put.digest()));
    fileDigests.put(name, put.digest());
    return true;
  }

  private Boolean handleDeleteFile(Turn turn, DeleteFile delete) {
    if (fileDigests.remove(delete.name()) == null) {
      return false;
    }
    turn.delete(FILES, key(delete.name()));
    return handleDelete(turn, new Delete(delete.name()));
  }

  /** Compiles before anything is written: on an error all stays as it was. */
  private void install(Turn turn, @Nullable RuleSlot before, Rule rule) {
    RecentEvaluations recent = before == null ? new RecentEvaluations() : before.recent;
    RuleSlot.State next = new RuleSlot.State(rule, compile(rule, recent), "");
    turn.put(RULES, key(rule.name()), RuleDocument.encode(rule));
    rules.put(rule.name(), before == null ? new RuleSlot(next, recent) : before, next);
  }

  private Boolean handleDisable(Turn turn, Disable disable) {
    refuseIfOfFile(disable.name());
    RuleSlot before = rules.get(disable.name());
    if (before == null) {
      throw unknown(disable.name());
    }
    RuleSlot.State state = before.state();
    if (!state.problem().isEmpty()) {
      if (disable.disabled()) {
        return true; // it is, and its row stays for the version that could read it
      }
      throw new RuleRejected(RuleRejected.Code.SQL_PARSE, state.problem());
    }
    install(turn, before, state.rule().withDisabled(disable.disabled()));
    return true;
  }

  private Boolean handleDelete(Turn turn, Delete delete) {
    refuseIfOfFile(delete.name());
    if (rules.get(delete.name()) == null) {
      return false;
    }
    rules.remove(delete.name());
    turn.delete(RULES, key(delete.name()));
    return true;
  }

  private Boolean handleLoad(Turn turn, Load load) {
    for (Row row : turn.range(RULES, new byte[0], Keys.after(new byte[0]), RULES_MAX)) {
      String name = new String(row.key(), StandardCharsets.UTF_8);
      RecentEvaluations recent = new RecentEvaluations();
      RuleSlot.State state = state(name, row.value(), recent);
      rules.put(name, new RuleSlot(state, recent), state);
    }
    for (Row row : turn.range(FILES, new byte[0], Keys.after(new byte[0]), RULES_MAX)) {
      fileDigests.put(
          new String(row.key(), StandardCharsets.UTF_8), HexFormat.of().formatHex(row.value()));
    }
    return true;
  }

  /** A row that no longer makes a rule must not stop the start: it waits for its author. */
  private RuleSlot.State state(String name, byte[] row, RecentEvaluations recent) {
    Rule rule = RuleDocument.unreadable(name);
    try {
      rule = RuleDocument.decode(row);
      return new RuleSlot.State(rule, compile(rule, recent), "");
    } catch (RuleRejected refused) {
      String problem = String.valueOf(refused.getMessage());
      LOG.error("rule '{}' is kept but does not run: {}. Replace it, or delete it.", name, problem);
      return new RuleSlot.State(rule.withDisabled(true), null, problem);
    }
  }

  private static RuleRejected unknown(String name) {
    return new RuleRejected(
        RuleRejected.Code.UNKNOWN_RULE,
        "rule '%s' does not exist; list the rules to see their names".formatted(name));
  }

  private static byte[] key(String name) {
    return name.getBytes(StandardCharsets.UTF_8);
  }
}
