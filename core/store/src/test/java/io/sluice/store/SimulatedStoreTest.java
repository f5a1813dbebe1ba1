package io.sluice.store;

import java.util.Random;

/** {@link SimulatedStore}, which all rooms test with, keeps the same contract as the real one. */
class SimulatedStoreTest extends StateStoreContract {
  private SimulatedStore last = new SimulatedStore(4);

  @Override
  StateStore open() {
    last = last.crash(new Random(1)); // nothing is unsynced: what a new process finds
    return last;
  }
}
