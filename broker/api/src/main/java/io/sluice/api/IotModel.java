package io.sluice.api;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The operations AWS IoT has, so that those this gateway lacks are refused by their name. */
final class IotModel {
  private static final String RESOURCE = "iot-operations.txt";

  private record Line(boolean data, String method, String path, String name) {}

  private IotModel() {}

  /** Adds a refusal for every operation of the model; what was added before it stays. */
  static void addRefusals(Operations operations) {
    for (Line line : lines()) {
      RestRoutes routes = line.data ? operations.data() : operations.control();
      Family family = line.data ? Family.IOT_DATA : Family.IOT;
      routes.addIfAbsent(line.method, line.path, Operation.unsupported(family, line.name));
    }
  }

  private static List<Line> lines() {
    try (InputStream in = IotModel.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException(RESOURCE + " is missing from the jar; build it again");
      }
      return new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))
          .lines()
          .filter(line -> !line.startsWith("#"))
          .map(IotModel::line)
          .toList();
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  private static Line line(String text) {
    String[] parts = text.split(" ", 4);
    return new Line(parts[0].equals("data"), parts[1], parts[2], parts[3]);
  }
}
