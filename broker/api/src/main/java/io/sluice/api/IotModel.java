package io.sluice.api;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The operations AWS IoT has, so that those this gateway lacks are refused by their name. */
final class IotModel {
  private static final String OPERATIONS = "iot-operations.txt";
  private static final String ALTERNATIVES = "iot-alternatives.txt";

  /** Where an operation is asked for. */
  enum Plane {
    CONTROL,
    DATA,
    /** The data plane of the mutual-TLS port, where the control plane has the path on the other. */
    DEVICES
  }

  /** One operation of the model. */
  record Line(Plane plane, String method, String path, String name) {}

  private IotModel() {}

  /** Adds a refusal for every operation of the model; what was added before it stays. */
  static void addRefusals(Operations operations) {
    Map<String, String> alternatives = alternatives();
    for (Line line : operations()) {
      RestRoutes routes =
          switch (line.plane) {
            case CONTROL -> operations.control();
            case DATA -> operations.data();
            case DEVICES -> operations.devices();
          };
      Family family = line.plane == Plane.CONTROL ? Family.IOT : Family.IOT_DATA;
      String instead = alternatives.get(line.name);
      routes.addIfAbsent(
          line.method,
          line.path,
          instead == null
              ? Operation.unsupported(family, line.name)
              : Operation.unsupported(family, line.name, instead));
    }
  }

  /** All operations of the model, those that are offered among them. */
  static List<Line> operations() {
    return lines(OPERATIONS).stream().map(IotModel::line).toList();
  }

  /** What to use instead, by the operation's name. */
  static Map<String, String> alternatives() {
    Map<String, String> found = new HashMap<>();
    String sentence = "";
    for (String line : lines(ALTERNATIVES)) {
      if (line.startsWith("= ")) {
        sentence = line.substring(2);
      } else {
        for (String name : line.split(" ", -1)) {
          found.put(name, sentence);
        }
      }
    }
    return found;
  }

  private static List<String> lines(String resource) {
    try (InputStream in = IotModel.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException(resource + " is missing from the jar; build it again");
      }
      return new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))
          .lines()
          .filter(line -> !line.startsWith("#") && !line.isEmpty())
          .toList();
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  private static Line line(String text) {
    String[] parts = text.split(" ", 4);
    return new Line(Plane.valueOf(parts[0].toUpperCase(Locale.ROOT)), parts[1], parts[2], parts[3]);
  }
}
