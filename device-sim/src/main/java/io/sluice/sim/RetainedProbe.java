package io.sluice.sim;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/** Reads what is retained, once: a new subscriber of a clean session. Confined to its loop. */
final class RetainedProbe extends BenchLink {
  private static final int RETAIN = 1;

  private final Map<String, Long> found = new HashMap<>(); // by topic: the message's identity

  RetainedProbe(Session session, LoopStats stats) {
    super(session, stats);
  }

  /** What came with RETAIN set, by topic; see {@link CrashStream#identify}. */
  Map<String, Long> found() {
    return Map.copyOf(found);
  }

  @Override
  void readPacket(int header, ByteBuf in, int at, int length) {
    if (header >> 4 == Wire.PUBLISH && (header & RETAIN) != 0) {
      int topicBytes = in.getUnsignedShort(at);
      String topic = in.toString(at + 2, topicBytes, StandardCharsets.UTF_8);
      int payloadAt = at + 2 + topicBytes + ((header >> 1 & 3) > 0 ? 2 : 0);
      found.put(topic, CrashStream.identify(in, payloadAt, at + length - payloadAt));
    }
    super.readPacket(header, in, at, length); // acknowledges it
  }
}
