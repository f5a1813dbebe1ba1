package io.sluice.store;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Every effect of one decision: rows put and deleted, and records appended to logs. It is written
 * whole or not at all. Keys are complete (with their partition in front). Confined to one thread
 * until it is committed, then immutable by convention; the arrays are not copied.
 */
public final class StateRecord {

  /** A put, or a delete when {@code value} is null. */
  public record Change(Table table, byte[] key, byte @Nullable [] value) {}

  /** A record for the end of a log. */
  public record Append(String log, int partition, byte[] bytes) {}

  private final List<Change> changes = new ArrayList<>();
  private final List<Append> appends = new ArrayList<>();

  public StateRecord put(Table table, byte[] key, byte[] value) {
    changes.add(new Change(table, key, value));
    return this;
  }

  public StateRecord delete(Table table, byte[] key) {
    changes.add(new Change(table, key, null));
    return this;
  }

  public StateRecord append(String log, int partition, byte[] bytes) {
    appends.add(new Append(log, partition, bytes));
    return this;
  }

  /** Puts and deletes in their order; a later one for the same key wins. */
  public List<Change> changes() {
    return Collections.unmodifiableList(changes);
  }

  /** Appends in their order. */
  public List<Append> appends() {
    return Collections.unmodifiableList(appends);
  }

  public boolean isEmpty() {
    return changes.isEmpty() && appends.isEmpty();
  }
}
