package io.sluice.sql;

import io.sluice.message.TopicFilter;
import io.sluice.message.TopicName;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A statement ready to run over messages. Immutable; any number of threads may evaluate at once,
 * each over its own {@link MessageView}.
 */
public final class CompiledRule {
  private final SourceText source;
  private final SqlVersion version;
  private final IntDivision division;
  private final Statement statement;
  private final Program program;
  private final @Nullable TopicFilter from;

  private CompiledRule(
      SourceText source,
      SqlVersion version,
      IntDivision division,
      Statement statement,
      Program program) {
    this.source = source;
    this.version = version;
    this.division = division;
    this.statement = statement;
    this.program = program;
    Statement.From clause = statement.from();
    this.from = clause == null ? null : TopicFilter.of(clause.filter());
  }

  static CompiledRule of(SourceText source, SqlVersion version, IntDivision division) {
    Statement statement = Parser.statement(source, version);
    return new CompiledRule(
        source,
        version,
        division,
        statement,
        Program.of(statement, source, version, division, false));
  }

  /** The author's text. */
  public String sql() {
    return source.text();
  }

  /** The version it was compiled for. */
  public SqlVersion version() {
    return version;
  }

  /** The FROM clause; empty for a rule that only Basic Ingest reaches. */
  public Optional<TopicFilter> from() {
    return Optional.ofNullable(from);
  }

  /**
   * Whether FROM covers a topic as AWS reads filters: {@code a/#} does not cover {@code a} itself,
   * unlike in MQTT (AWS IoT Developer Guide, "MQTT topics"). A rule found in a {@link
   * io.sluice.message.TopicTrie} asks this too.
   */
  public boolean covers(TopicName topic) {
    TopicFilter filter = from;
    return filter != null
        && filter.matches(topic)
        && (topic.levels() >= filter.levels() || !filter.level(filter.levels() - 1).equals("#"));
  }

  /** Whether evaluation may wait for somebody else: then never on an event loop. */
  public boolean callsOut() {
    return program.callsOut();
  }

  /**
   * Runs WHERE and SELECT over a message whose topic is covered, or that came by Basic Ingest.
   * Throws nothing for any payload.
   */
  public Evaluation evaluate(MessageView message, EvaluationContext context) {
    Variables variables =
        program.assignments().isEmpty() ? Variables.NONE : new Variables(program.assignments());
    Frame frame =
        new Frame(message, context, variables, version.has2016(), program.nestingDepth(), null);
    try {
      return program.where().holds(frame)
          ? program.output(frame, variables)
          : Evaluation.NotMatched.INSTANCE;
    } catch (LookupFailed failed) {
      return new Evaluation.Failed(Evaluation.Failed.Code.LOOKUP_FAILED, failed.reason());
    } catch (EvaluationStopped stopped) {
      return stopped.failed();
    }
  }

  static Evaluation.Fired fired(Value output, Variables variables) {
    return switch (output.type()) {
      case UNDEFINED -> new Evaluation.Empty(variables);
      case BYTES -> new Evaluation.Bytes(((Value.Bytes) output).bytes(), variables);
      case NULL, BOOLEAN, INT, DECIMAL, STRING, ARRAY, OBJECT ->
          new Evaluation.Json(output, variables);
    };
  }

  /**
   * A substitution template of one of this rule's actions: it sees the payload and the SET
   * variables, and with FOREACH the element its message was made of.
   *
   * @throws SqlRejected when an expression in it is refused; places count in the template's text
   */
  public Template template(String text) {
    Statement.Foreach foreach = statement.foreach();
    return Template.of(
        text,
        version,
        division,
        program.variables(),
        program.nestingDepth(),
        foreach == null ? null : foreach.name());
  }

  /**
   * Evaluates with all intermediate values kept: why it fired or not, and what was Undefined. Asks
   * {@link Lookups} like an evaluation.
   */
  public Explanation explain(MessageView message, EvaluationContext context) {
    return Explanation.of(statement, source, version, division, message, context);
  }

  /** The statement, fully bracketed. */
  String canonical() {
    return SqlText.print(statement);
  }
}
