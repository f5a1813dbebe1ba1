package io.sluice.store;

import java.util.Set;

/**
 * The tables of the store itself; every {@link StateStore} opens them beside those of the rooms.
 */
final class EmbeddedTables {
  static final Set<Table> ALL = Set.of(Timers.TABLE, Conveyor.CURSORS, RocksLog.HEADS);

  private EmbeddedTables() {}
}
