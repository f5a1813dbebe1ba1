package io.sluice.store;

import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.io.TempDir;

/** {@link RocksStore} keeps the contract. */
class RocksStoreTest extends StateStoreContract {
  @TempDir Path folder;

  @Override
  StateStore open() {
    return RocksStore.open(DataDirectory.open(folder.resolve("data"), 4), Set.of(ROWS, OTHERS));
  }
}
