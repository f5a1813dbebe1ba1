package io.sluice.sim;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.time.Duration;
import java.util.SplittableRandom;

/** The payload of a scenario; immutable. Each device opens its own {@link Source}. */
record PayloadTemplate(GeneratorSpec root) {
  static final ObjectMapper JSON = JsonMapper.builder().build();

  /**
   * @param role keeps the random numbers of telemetry and shadow apart
   */
  Source open(long seed, DeviceName device, int role) {
    // SplittableRandom mixes its seed well, but seeds in a row must not give streams in a row.
    long mixed = seed * 0x9E3779B97F4A7C15L + device.number() * 0xBF58476D1CE4E5B9L + role;
    SplittableRandom random = new SplittableRandom(mixed);
    random.nextLong();
    return new Source(root.open(device, random));
  }

  /** One device's payloads, one after the other. Confined to the device's thread. */
  static final class Source {
    private final Generator generator;
    private long count;

    private Source(Generator generator) {
      this.generator = generator;
    }

    JsonNode next(Duration planned, long epochMillis) {
      return generator.next(new Tick(count++, planned, epochMillis));
    }

    /** The next payload as UTF-8 JSON; the caller owns the array. */
    byte[] nextBytes(Duration planned, long epochMillis) {
      return bytes(next(planned, epochMillis));
    }
  }

  static byte[] bytes(JsonNode node) {
    try {
      return JSON.writeValueAsBytes(node);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of plain values cannot fail to be written", e);
    }
  }
}
