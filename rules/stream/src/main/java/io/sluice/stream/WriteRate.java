package io.sluice.stream;

/**
 * How much a shard took in the current second of its clock. In memory only: a restart begins a new
 * second. Owner thread of the stream's partition only.
 */
final class WriteRate {
  private long second;
  private long records;
  private long bytes;

  void count(long nowMillis, int recordBytes) {
    roll(nowMillis);
    records++;
    bytes += recordBytes;
  }

  /** Whether one more record would be too much. A record larger than the limit fits when alone. */
  boolean refuses(StreamLimits limits, long nowMillis, int recordBytes) {
    roll(nowMillis);
    boolean tooMany =
        limits.shardRecordsPerSecondMax() > 0 && records >= limits.shardRecordsPerSecondMax();
    boolean tooMuch =
        limits.shardBytesPerSecondMax() > 0
            && bytes > 0
            && bytes + recordBytes > limits.shardBytesPerSecondMax();
    return tooMany || tooMuch;
  }

  private void roll(long nowMillis) {
    if (second != nowMillis / 1000) {
      second = nowMillis / 1000;
      records = 0;
      bytes = 0;
    }
  }
}
