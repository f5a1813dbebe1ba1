package io.sluice.engine;

import java.nio.charset.StandardCharsets;
import java.util.UUID;

/**
 * Where a message lies in the ingress log. All that must be the same when the message comes again
 * after a crash is made from it: identifiers, the random source, the trace.
 */
record Place(int partition, long offset) {

  /** The identifier of one effect of the message; {@code what} tells its effects apart. */
  UUID id(String what) {
    return UUID.nameUUIDFromBytes(
        (partition + "/" + offset + "/" + what).getBytes(StandardCharsets.UTF_8));
  }

  /** A seed of its own for each rule, so that no rule's order among others changes its values. */
  long seed(String rule, long stampMicros) {
    return mix(stampMicros ^ mix(offset ^ mix(partition ^ (long) rule.hashCode() << 32)));
  }

  /** What {@code traceid()} answers: for every message, so without the cost of a digest. */
  String traceId(long stampMicros) {
    long high = mix(stampMicros ^ partition);
    long low = mix(high ^ offset);
    return new UUID(high & ~0xF000L | 0x4000L, low & ~(3L << 62) | 1L << 63).toString();
  }

  /** The finalizer of SplitMix64: every bit of the answer depends on every bit given. */
  private static long mix(long bits) {
    long mixed = (bits ^ bits >>> 30) * 0xBF58476D1CE4E5B9L;
    mixed = (mixed ^ mixed >>> 27) * 0x94D049BB133111EBL;
    return mixed ^ mixed >>> 31;
  }
}
