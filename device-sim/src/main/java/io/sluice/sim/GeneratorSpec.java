package io.sluice.sim;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * What a scenario says about one value of a payload; immutable and shared by the fleet. Each device
 * opens its own {@link Generator} with a random source of its own, so a device's values depend on
 * seed, device and position, never on its neighbours.
 */
sealed interface GeneratorSpec {
  /**
   * @param random the device's; a spec that needs chance splits its own off, once
   */
  Generator open(DeviceName device, SplittableRandom random);

  /** A number with a fixed count of decimals, a whole number at 0. */
  private static JsonNode rounded(double value, int decimals) {
    if (decimals == 0) {
      return LongNode.valueOf(Math.round(value));
    }
    double scale = Math.pow(10, decimals);
    return DoubleNode.valueOf(Math.round(value * scale) / scale);
  }

  /** The same value each time. */
  record Constant(JsonNode value) implements GeneratorSpec {
    @Override
    public Generator open(DeviceName device, SplittableRandom random) {
      return tick -> value;
    }
  }

  /** A text with the device's name in it. */
  record Named(NameTemplate template) implements GeneratorSpec {
    @Override
    public Generator open(DeviceName device, SplittableRandom random) {
      JsonNode text = TextNode.valueOf(template.expand(device));
      return tick -> text;
    }
  }

  /** A JSON object, in the order it was written. */
  record Fields(Map<String, GeneratorSpec> fields) implements GeneratorSpec {
    public Fields {
      fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
    }

    @Override
    public Generator open(DeviceName device, SplittableRandom random) {
      Map<String, Generator> opened = new LinkedHashMap<>();
      fields.forEach((name, spec) -> opened.put(name, spec.open(device, random)));
      return tick -> {
        ObjectNode object = JsonNodeFactory.instance.objectNode();
        opened.forEach((name, generator) -> object.set(name, generator.next(tick)));
        return object;
      };
    }
  }

  /** A JSON array. */
  record Items(List<GeneratorSpec> items) implements GeneratorSpec {
    public Items {
      items = List.copyOf(items);
    }

    @Override
    public Generator open(DeviceName device, SplittableRandom random) {
      List<Generator> opened = new ArrayList<>();
      items.forEach(spec -> opened.add(spec.open(device, random)));
      return tick -> {
        ArrayNode array = JsonNodeFactory.instance.arrayNode();
        opened.forEach(generator -> array.add(generator.next(tick)));
        return array;
      };
    }
  }

  /**
   * A random walk: each value is near the one before, and turns back at the bounds.
   *
   * @param step the standard deviation of one step
   */
  record Walk(double start, double step, double min, double max, int decimals)
      implements GeneratorSpec {
    @Override
    public Generator open(DeviceName device, SplittableRandom random) {
      SplittableRandom own = random.split();
      double[] at = {start};
      return tick -> {
        if (tick.count() > 0) {
          double next = at[0] + own.nextGaussian() * step;
          double reflected = next > max ? 2 * max - next : next < min ? 2 * min - next : next;
          at[0] = Math.max(min, Math.min(max, reflected)); // a step longer than the range
        }
        return rounded(at[0], decimals);
      };
    }
  }

  /** Any value from {@code min} to {@code max} alike. */
  record Uniform(double min, double max, int decimals) implements GeneratorSpec {
    @Override
    public Generator open(DeviceName device, SplittableRandom random) {
      SplittableRandom own = random.split();
      return tick -> rounded(min + own.nextDouble() * (max - min), decimals);
    }
  }

  /** Values around a mean. */
  record Gaussian(double mean, double deviation, int decimals) implements GeneratorSpec {
    @Override
    public Generator open(DeviceName device, SplittableRandom random) {
      SplittableRandom own = random.split();
      return tick -> rounded(mean + own.nextGaussian() * deviation, decimals);
    }
  }

  /**
   * A wave, each device at its own phase: days, tides, machines that turn.
   *
   * @param period one full turn, by the planned time
   */
  record Sine(double mean, double amplitude, Duration period, int decimals)
      implements GeneratorSpec {
    @Override
    public Generator open(DeviceName device, SplittableRandom random) {
      double phase = random.split().nextDouble();
      return tick -> {
        double turns = (double) tick.planned().toMillis() / period.toMillis() + phase;
        return rounded(mean + amplitude * Math.sin(2 * Math.PI * turns), decimals);
      };
    }
  }

  /** Counts up, or down with a negative step. */
  record Counter(long start, long step) implements GeneratorSpec {
    @Override
    public Generator open(DeviceName device, SplittableRandom random) {
      return tick -> LongNode.valueOf(start + step * tick.count());
    }
  }

  /** One of a list; a value that is listed twice comes twice as often. */
  record Choice(List<JsonNode> values) implements GeneratorSpec {
    public Choice {
      values = List.copyOf(values);
    }

    @Override
    public Generator open(DeviceName device, SplittableRandom random) {
      SplittableRandom own = random.split();
      return tick -> values.get(own.nextInt(values.size()));
    }
  }

  /** The wall clock; the one value that does not repeat from run to run. */
  record Timestamp(Form form) implements GeneratorSpec {
    /** How it is written. */
    enum Form {
      MILLIS,
      SECONDS,
      ISO
    }

    @Override
    public Generator open(DeviceName device, SplittableRandom random) {
      return tick ->
          switch (form) {
            case MILLIS -> LongNode.valueOf(tick.epochMillis());
            case SECONDS -> LongNode.valueOf(tick.epochMillis() / 1_000);
            case ISO -> TextNode.valueOf(Instant.ofEpochMilli(tick.epochMillis()).toString());
          };
    }
  }
}
