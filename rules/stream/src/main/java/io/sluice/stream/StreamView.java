package io.sluice.stream;

import java.util.List;
import java.util.Map;

/**
 * A stream as it was at one instant; any thread.
 *
 * @param shards by index
 */
record StreamView(
    String name,
    long number,
    long createdMillis,
    StreamMode mode,
    int retentionHours,
    Map<String, String> tags,
    List<ShardView> shards) {

  long retentionMillis() {
    return retentionHours * 3_600_000L;
  }
}
