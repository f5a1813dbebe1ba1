package io.sluice.stream;

/** How a stream's shards are decided: by its owner, or by us. */
enum StreamMode {
  PROVISIONED((byte) 0),
  ON_DEMAND((byte) 1);

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

  static StreamMode parse(String wire) {
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
