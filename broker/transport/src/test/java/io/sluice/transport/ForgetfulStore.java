package io.sluice.transport;

import io.sluice.store.Log;
import io.sluice.store.Row;
import io.sluice.store.StateRecord;
import io.sluice.store.StateStore;
import io.sluice.store.Table;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A store that forgets every third row of one table: a gateway that would not write it. Shows that
 * a test sees the harm.
 */
final class ForgetfulStore implements StateStore {
  private static final int NTH = 3;

  private final StateStore store;
  private final String forgotten;
  private int rows;

  ForgetfulStore(StateStore store, String forgotten) {
    this.store = store;
    this.forgotten = forgotten;
  }

  @Override
  public CompletableFuture<@Nullable Void> commit(StateRecord record) {
    StateRecord kept = new StateRecord();
    for (StateRecord.Change change : record.changes()) {
      byte[] value = change.value();
      if (value == null) {
        kept.delete(change.table(), change.key());
      } else if (!change.table().name().equals(forgotten) || rows++ % NTH != 0) {
        kept.put(change.table(), change.key(), value);
      }
    }
    record
        .appends()
        .forEach(append -> kept.append(append.log(), append.partition(), append.bytes()));
    return store.commit(kept);
  }

  @Override
  public int partitions() {
    return store.partitions();
  }

  @Override
  public byte @Nullable [] get(Table table, byte[] key) {
    return store.get(table, key);
  }

  @Override
  public List<Row> range(Table table, byte[] from, byte[] to, int max) {
    return store.range(table, from, to, max);
  }

  @Override
  public List<Row> rangeBackwards(Table table, byte[] from, byte[] to, int max) {
    return store.rangeBackwards(table, from, to, max);
  }

  @Override
  public Log log(String name) {
    return store.log(name);
  }

  @Override
  public void close() {
    store.close();
  }
}
