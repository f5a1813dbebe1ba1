package io.sluice.certs;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;

/**
 * Keeps a place to one run at a time: two that issue into it would mix the key of one with the
 * certificate of the other. The lock ends with the channel, or its process; and, as POSIX has it,
 * with any other channel of this process to the same file that is closed.
 */
final class OneRun {
  private OneRun() {}

  /**
   * Locks the file of an open channel.
   *
   * @throws CertsRefused {@code EXISTS} while another run has it
   */
  static void claim(FileChannel channel, Path file) throws IOException {
    try {
      if (channel.tryLock() != null) {
        return;
      }
    } catch (OverlappingFileLockException ofThisProcess) {
      // answered below
    }
    throw new CertsRefused(
        CertsRefused.Reason.EXISTS,
        "another run is issuing into %s; wait until it is done, or choose another place"
            .formatted(file));
  }
}
