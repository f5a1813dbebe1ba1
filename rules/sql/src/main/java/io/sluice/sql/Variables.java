package io.sluice.sql;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The SET variables of one evaluation, each computed when it is first asked for and then kept:
 * templates of the rule's actions see the values its SELECT saw. For one thread at a time.
 */
public final class Variables {
  /** One value, and all together, as JSON in bytes. */
  static final int BYTES_MAX = 128 * 1024;

  /** Of a statement without SET. */
  public static final Variables NONE = new Variables(List.of());

  private final List<Code> assignments;
  private final @Nullable Value[] values;
  private final Value element; // that FOREACH made the message of
  private long bytes;

  Variables(List<Code> assignments) {
    this(assignments, new @Nullable Value[assignments.size()], Undefined.UNDEFINED);
  }

  private Variables(List<Code> assignments, @Nullable Value[] values, Value element) {
    this.assignments = assignments;
    this.values = values;
    this.element = element;
  }

  /** The same values, for the message that FOREACH makes of an element. */
  Variables over(Value of) {
    return new Variables(assignments, values, of);
  }

  Value element() {
    return element;
  }

  Value get(int index, Frame frame) {
    Value known = values[index];
    if (known == null) {
      known = assignments.get(index).run(frame);
      count(known);
      values[index] = known;
    }
    return known;
  }

  private void count(Value value) {
    bytes +=
        switch (value.type()) {
          case STRING -> value.toString().length() + 2L; // at least
          case ARRAY, OBJECT -> Conversions.json(value).length();
          default -> 0;
        };
    if (bytes > BYTES_MAX) {
      throw new EvaluationStopped(
          Evaluation.Failed.Code.TOO_LARGE,
          "the SET variables hold %d bytes, at most %d are allowed; keep only the members you need"
              .formatted(bytes, BYTES_MAX));
    }
  }
}
