package io.sluice.stream;

import io.sluice.stream.StreamRequests.CreateStream;

/** How a stream's shards are decided: by its owner, or by us. */
enum StreamMode {
  PROVISIONED((byte) 0),
  ON_DEMAND((byte) 1);

  private static final int ON_DEMAND_SHARDS = 4;

  final byte onDisk;

  StreamMode(byte onDisk) {
    this.onDisk = onDisk;
  }

  static StreamMode onDisk(byte value) {
    for (StreamMode mode : values()) {
      if (mode.onDisk == value) {
        return mode;
      }
    }
    throw new IllegalStateException("stream row has mode %d, known are 0 and 1".formatted(value));
  }

  /** What CreateStream asks for: without a word and without a number of shards, ours to decide. */
  static StreamMode of(CreateStream request) {
    if (request.streamModeDetails() == null) {
      return request.shardCount() == null ? ON_DEMAND : PROVISIONED;
    }
    return parse(
        Check.present(request.streamModeDetails().streamMode(), "streamModeDetails.streamMode"));
  }

  /** How many shards to begin with. */
  int shards(CreateStream request) {
    if (this == PROVISIONED) {
      int shards = Check.present(request.shardCount(), "shardCount");
      return Check.within(shards, shards, 1, Integer.MAX_VALUE, "shardCount");
    }
    if (request.shardCount() != null) {
      throw new StreamError(
          StreamError.Code.VALIDATION,
          "ShardCount cannot be given with ON_DEMAND; leave it out or use PROVISIONED.");
    }
    return ON_DEMAND_SHARDS;
  }

  private static StreamMode parse(String wire) {
    for (StreamMode mode : values()) {
      if (mode.name().equals(wire)) {
        return mode;
      }
    }
    throw StreamError.constraint(
        "streamModeDetails.streamMode",
        wire,
        "Member must satisfy enum value set: [PROVISIONED, ON_DEMAND]");
  }
}
